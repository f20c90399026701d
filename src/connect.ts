import { CLOUDS, cloudNames } from './entra/clouds.ts';
import { parseClientId, parseTenantId } from './entra/ids.ts';
import { describeClaims, describeCommand, readTenantId } from './entra/oidc-claims.ts';
import { type ClientCredential, signIn, SignInError } from './entra/sign-in.ts';
import { KeysetsClient } from './graph/keysets-client.ts';
import { NetworkError } from './http/errors.ts';
import { throwExplained } from './http/guidance.ts';
import type { ActionContext } from './runner/action.ts';
import { idTokenSource } from './runner/id-token.ts';
import type { InputReader } from './runner/input-reader.ts';
import { log, mask } from './runner/log.ts';
import { MS_PER_DAY } from './shared/format.ts';

/** Who signs in where, the same for both actions. */
type Identity = NonNullable<ReturnType<typeof readIdentity>>;

/** Reads the inputs for the sign-in, and masks the client secret. */
export function readIdentity(inputs: InputReader) {
  const clientSecret = inputs.secret('client-secret');
  const tenantId = inputs.required('tenant-id', parseTenantId);
  const clientId = inputs.required('client-id', parseClientId);
  const cloud = inputs.oneOf('cloud', cloudNames(), 'public');
  const audience = inputs.text('audience');
  return tenantId && clientId && cloud ? { app: { tenantId, clientId }, cloud, audience, clientSecret } : undefined;
}

/**
 * Signs in with GitHub's OIDC token, or with the client secret where one is given.
 *
 * @returns the client for the tenant's keysets, and the tenant's GUID where the access token shows it, else what the user gave, in
 *   lower case
 * @throws ActionError with the claims that were presented, what is wrong with them and what to do
 */
export async function connect(identity: Identity, { client }: ActionContext) {
  const { app, cloud, audience, clientSecret } = identity;
  const { authority, graph, audience: defaultAudience } = CLOUDS[cloud];
  const step = `Signing in as app ${app.clientId} to tenant ${app.tenantId}`;
  log.info(`${step} (cloud: ${cloud}) with ${clientSecret === '' ? "GitHub's OIDC token" : 'the client secret'}.`);
  const credential: ClientCredential =
    clientSecret === '' ? { assertion: idTokenSource(audience || defaultAudience, client) } : { secret: clientSecret };
  try {
    const token = await signIn(app, credential, CLOUDS[cloud], client);
    mask(token);
    const tenantId = (readTenantId(token) ?? app.tenantId).toLowerCase();
    return { keysets: new KeysetsClient(client, graph, token), tenantId };
  } catch (error) {
    if (error instanceof NetworkError) throwExplained(`Signing in at ${new URL(authority).host}`, error);
    if (!(error instanceof SignInError) || error.claims === undefined) throwExplained(step, error);
    const command = error.isMismatch ? describeCommand(error.claims, app, cloud) : [];
    throwExplained(step, error, [...describeClaims(error.claims, cloud), ...command]);
  }
}

/** Says so when the service's clock differs from the runner's: forecasts use the service's time. */
export function logClockDifference({ clockOffsetMs: offset }: KeysetsClient): void {
  if (offset === 0) return;
  const difference = Math.abs(offset);
  const isLong = difference >= MS_PER_DAY;
  const amount = isLong ? `${Math.floor(difference / MS_PER_DAY)} d` : `${Math.round(difference / 60_000)} min`;
  const line = `The clock of Graph is ${amount} ${offset > 0 ? 'ahead of' : 'behind'} the runner's; forecasts use Graph's time.`;
  if (isLong) log.warning(line);
  else log.info(line);
}
