import type { HttpClient } from '@azure/core-rest-pipeline';
import type { Client } from '../http/client.ts';
import { AnswerFailure, readRetryAfter, TransportFailure } from '../http/failure.ts';
import { isRecord, parseJson, readText } from '../shared/json.ts';
import type { Cloud } from './clouds.ts';
import { ADVICE } from './codes.ts';

/** How the app proves who it is: with a token from GitHub, fetched anew for each attempt, or with a secret. */
export type Proof = { readonly assertion: () => Promise<string> } | { readonly secret: string };

export interface App {
  readonly tenantId: string;
  readonly clientId: string;
}

/** What Entra said instead of a token. Its texts are untrusted. */
export class SignInError extends AnswerFailure {
  /** The number of `AADSTS…`; 0 where there was none. */
  readonly code: number;
  readonly said: string;
  readonly ids: readonly [string, string][];

  constructor(status: number, body: string, retryAfter: number | undefined) {
    const { code, said, ids } = readError(body);
    const message = code === 0 ? `HTTP ${status}` : `HTTP ${status} AADSTS${code}`;
    super(message, { status, retryAfter, verdict: ADVICE[code]?.transient ? 'not now' : undefined });
    this.name = 'SignInError';
    this.code = code;
    this.said = said;
    this.ids = ids;
  }
}

/** @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes#handling-error-codes-in-your-application */
function readError(body: string): Pick<SignInError, 'code' | 'said' | 'ids'> {
  const parsed = parseJson(body);
  const error = isRecord(parsed) ? parsed : {};
  const description = readText(error.error_description) ?? body.trim();
  const first: unknown = Array.isArray(error.error_codes) ? error.error_codes[0] : undefined;
  const code = /^AADSTS(\d+)/.exec(description)?.[1] ?? first;
  const ids = ['trace_id', 'correlation_id', 'timestamp'].flatMap((name): [string, string][] => {
    const value = readText(error[name]);
    return value === undefined ? [] : [[name, value]];
  });
  // The ids stand in the text once more.
  const [said = ''] = description.split(/\s*Trace ID:/);
  return { code: Number(code) || 0, said, ids };
}

/**
 * Fetches an access token for Graph; Entra's passing problems are waited out.
 *
 * @throws SignInError when Entra says no, TransportFailure when it cannot be reached, and whatever `assertion` throws
 */
export async function signIn(app: App, proof: Proof, cloud: Cloud, client: Client): Promise<string> {
  return await client.patiently(() => requestToken(app, proof, cloud, client));
}

async function requestToken(app: App, proof: Proof, cloud: Cloud, client: Client): Promise<string> {
  // Once for the attempt: the credential asks for its assertion more than once.
  const asked = 'assertion' in proof ? proof.assertion() : Promise.resolve('');
  const [{ ClientAssertionCredential, ClientSecretCredential }, assertion] = await Promise.all([
    client.pace.sleep(HEAD_START).then(loadIdentity),
    asked,
  ]);
  const { httpClient, cause } = remember(client.pipeline, cloud);
  const options = {
    authorityHost: cloud.authority,
    httpClient,
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
  };
  const credential =
    'secret' in proof
      ? new ClientSecretCredential(app.tenantId, app.clientId, proof.secret, options)
      : new ClientAssertionCredential(app.tenantId, app.clientId, () => Promise.resolve(assertion), options);
  try {
    const { token } = await credential.getToken(`${cloud.graph}/.default`);
    return token;
  } catch (error) {
    throw cause() ?? error;
  }
}

/**
 * Milliseconds that the request to GitHub gets before the library is loaded. Evaluating that takes as long as a request, and
 * nothing else happens meanwhile: without a head start not even the TLS handshake would be done by then.
 */
const HEAD_START = 30;

/** Loaded while GitHub's answer is on its way. */
async function loadIdentity(): Promise<typeof import('./identity.ts')> {
  // These would move the sign-in to another host or region, and nobody sets them for this action's sake.
  for (const name of Object.keys(process.env))
    if (/^(AZURE|MSAL)_/i.test(name)) Reflect.deleteProperty(process.env, name);
  return await import('./identity.ts');
}

/**
 * The library hides what happened on the wire ("network_error"), so the wire itself remembers.
 *
 * @returns the client to hand to the library, and a function that says why the last request failed
 */
function remember(pipeline: HttpClient, cloud: Cloud): { httpClient: HttpClient; cause: () => unknown } {
  let last: unknown;
  const httpClient: HttpClient = {
    async sendRequest(request) {
      try {
        const response = await pipeline.sendRequest(request);
        const { status, bodyAsText, headers } = response;
        const retryAfter = readRetryAfter(headers.get('Retry-After'), Date.now());
        last =
          status < 400
            ? new TransportFailure('unreadable', new URL(cloud.authority).host, '', 'the answer holds no token', true)
            : new SignInError(status, String(bodyAsText), retryAfter);
        return response;
      } catch (error) {
        last = error;
        throw error;
      }
    },
  };
  return { httpClient, cause: () => last };
}
