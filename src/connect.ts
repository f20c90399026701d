import { CLOUDS, cloudNames } from './entra/clouds.ts';
import { parseClientId, parseTenantId } from './entra/ids.ts';
import { describeClaims } from './entra/oidc-claims.ts';
import { type ClientCredential, signIn, SignInError } from './entra/sign-in.ts';
import { KeysetsClient } from './graph/keysets-client.ts';
import type { HttpClient } from './http/client.ts';
import { NetworkError } from './http/errors.ts';
import { throwExplained } from './http/guidance.ts';
import type { ActionContext } from './runner/action.ts';
import { findOidcService, requestIdToken } from './runner/id-token.ts';
import type { InputReader } from './runner/input-reader.ts';
import { log, mask } from './runner/log.ts';

/** Who signs in where, the same for both actions. */
type Identity = NonNullable<ReturnType<typeof readIdentity>>;

/** Reads the inputs for the sign-in, and masks the client secret. */
export function readIdentity(inputs: InputReader) {
  const clientSecret = inputs.text('client-secret');
  mask(clientSecret);
  const tenantId = inputs.required('tenant-id', parseTenantId);
  const clientId = inputs.required('client-id', parseClientId);
  const cloud = inputs.oneOf('cloud', cloudNames());
  const audience = inputs.text('audience');
  return tenantId && clientId && cloud ? { app: { tenantId, clientId }, cloud, audience, clientSecret } : undefined;
}

/**
 * Signs in with GitHub's OIDC token, or with the client secret where one is given.
 *
 * @returns the client for the keysets of the tenant
 * @throws ActionError with the claims that were presented, what is wrong with them and what to do
 */
export async function createKeysetsClient(identity: Identity, { client }: ActionContext): Promise<KeysetsClient> {
  const { app, cloud, audience, clientSecret } = identity;
  const { authority, graph, audience: defaultAudience } = CLOUDS[cloud];
  const step = `Signing in as app ${app.clientId} to tenant ${app.tenantId}`;
  log.info(`${step} (cloud: ${cloud}) with ${clientSecret === '' ? "GitHub's OIDC token" : 'the client secret'}.`);
  const credential =
    clientSecret === '' ? gitHubCredential(audience || defaultAudience, client) : { secret: clientSecret };
  try {
    const token = await signIn(app, credential, CLOUDS[cloud], client);
    mask(token);
    return new KeysetsClient(client, graph, token);
  } catch (error) {
    if (error instanceof NetworkError) throwExplained(`Signing in at ${new URL(authority).host}`, error);
    const claims = error instanceof SignInError ? error.claims : undefined;
    throwExplained(step, error, claims && describeClaims(claims, app, cloud));
  }
}

/** @throws ActionError when the job may not request a token */
function gitHubCredential(audience: string, client: HttpClient): ClientCredential {
  const service = findOidcService(process.env);
  return { assertion: () => requestIdToken(service, audience, client) };
}
