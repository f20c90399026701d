import { readClaims } from './entra/assertion.ts';
import { CLOUDS, type CloudName } from './entra/clouds.ts';
import { diagnose } from './entra/diagnosis.ts';
import { type App, signIn, SignInError } from './entra/sign-in.ts';
import { KeysetsApi } from './graph/keysets.ts';
import { explainTransport } from './http/explain.ts';
import { TransportFailure } from './http/failure.ts';
import type { Job } from './runner/action.ts';
import { findTokenService, requestIdToken } from './runner/id-token.ts';
import { log } from './runner/log.ts';
import { mask } from './runner/secrets.ts';

/** Who signs in where; the same for both actions. */
export interface Identity {
  readonly app: App;
  readonly cloud: CloudName;
  /** `''` for the cloud's own. */
  readonly audience: string;
  /** `''` to sign in with GitHub's token, which is the rule. */
  readonly clientSecret: string;
}

/**
 * Signs in, and opens the keysets of the tenant.
 *
 * @throws ActionError that says what was presented, what is wrong with it and what to do
 */
export async function connect({ app, cloud, audience, clientSecret }: Identity, job: Job): Promise<KeysetsApi> {
  const { authority, graph, audience: usual } = CLOUDS[cloud];
  let assertion = '';
  const proof = clientSecret === '' ? { assertion: askGitHub() } : { secret: clientSecret };
  function askGitHub(): () => Promise<string> {
    const service = findTokenService(process.env);
    return async () => (assertion = await requestIdToken(service, audience || usual, job.client));
  }
  log.info(
    `Signing in as app ${app.clientId} to tenant ${app.tenantId} (cloud: ${cloud}) with ${clientSecret === '' ? "GitHub's OIDC token" : 'the client secret'}.`,
  );
  try {
    const token = await signIn(app, proof, CLOUDS[cloud], job.client);
    mask(token);
    return new KeysetsApi(job.client, graph, token);
  } catch (error) {
    if (error instanceof SignInError) throw diagnose(error, app, cloud, readClaims(assertion));
    if (error instanceof TransportFailure) throw explainTransport(`Signing in at ${new URL(authority).host}`, error);
    throw error;
  }
}
