import type { HttpClient as PipelineClient, PipelineResponse } from '@azure/core-rest-pipeline';
import type { HttpClient } from '../http/client.ts';
import { HttpError, invalidResponse, readRetryAfter } from '../http/errors.ts';
import { isRetryable } from '../http/retry.ts';
import { isRecord, parseJson, readText } from '../shared/json.ts';
import type { Cloud } from './clouds.ts';
import { ENTERPRISE_REQUIRED, guidanceFor } from './error-codes.ts';
import { type ClientRegistration, type OidcClaims, readClaims } from './oidc-claims.ts';

/** How the app proves its identity: with a token from GitHub, fetched for each attempt, or with a secret. */
export type ClientCredential = { readonly assertion: () => Promise<string> } | { readonly secret: string };

/** Entra ID's error response. Its text is untrusted. */
export class SignInError extends HttpError {
  /** What was presented, where the error concerns the federated credential. */
  readonly claims: OidcClaims | undefined;
  /** No federated credential matches what was presented: creating one helps. */
  readonly isMismatch: boolean;
  /** Another attempt may succeed, more than one would not help. */
  readonly isWorthOneRetry: boolean;

  constructor({ status, bodyAsText, headers }: PipelineResponse, claims: OidcClaims | undefined) {
    const { code, serviceMessage, correlationIds } = readErrorBody(String(bodyAsText));
    const { federation, transient, ...remediation } = guidanceFor(code);
    super(code === 0 ? `HTTP ${status}` : `HTTP ${status} AADSTS${code}`, {
      status,
      retryAfterMs: readRetryAfter(headers.get('Retry-After'), Date.now()),
      outcome: transient === true ? 'retryable' : undefined,
      serviceMessage,
      correlationIds,
      remediation,
    });
    this.name = 'SignInError';
    this.claims = federation && claims;
    this.isMismatch = federation === 'no-match';
    // GitHub was seen to leave this claim out now and then.
    this.isWorthOneRetry = transient === 'once' || (code === ENTERPRISE_REQUIRED && claims?.enterprise === undefined);
  }
}

const ID_NAMES = ['trace_id', 'correlation_id', 'timestamp'];

/** @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes#handling-error-codes-in-your-application */
function readErrorBody(body: string) {
  const parsed = parseJson(body);
  const error = isRecord(parsed) ? parsed : {};
  const description = readText(error.error_description) ?? body.trim();
  const firstCode: unknown = Array.isArray(error.error_codes) ? error.error_codes[0] : undefined;
  const code = Number(/^AADSTS(\d+)/.exec(description)?.[1] ?? firstCode) || 0;
  // The code is in our own message, the IDs are members of their own.
  const [serviceMessage = ''] = description.replace(/^AADSTS\d+:\s*/, '').split(/\s*Trace ID:/);
  const correlationIds = ID_NAMES.map((name) => [name, readText(error[name])] as const);
  return { code, serviceMessage, correlationIds };
}

/**
 * Gets an access token for Graph; temporary errors of Entra ID are retried.
 *
 * @throws SignInError, NetworkError, and whatever `assertion` throws
 */
export async function signIn(
  app: ClientRegistration,
  credential: ClientCredential,
  cloud: Cloud,
  client: HttpClient,
): Promise<string> {
  let isFirst = true;
  return await client.retry(
    () => requestToken(app, credential, cloud, client),
    (error) => {
      const isWorthOneRetry = isFirst && error instanceof SignInError && error.isWorthOneRetry;
      isFirst = false;
      return isWorthOneRetry || isRetryable(error);
    },
  );
}

/**
 * Evaluating the library takes as long as a request, and blocks the thread. This head start lets the request to GitHub finish
 * its TLS handshake first.
 */
const LOAD_DELAY_MS = 30;

async function requestToken(
  app: ClientRegistration,
  credential: ClientCredential,
  cloud: Cloud,
  client: HttpClient,
): Promise<string> {
  // Once for each attempt: the library asks for its assertion more than once. Before the delay begins, because the first request
  // of a process takes long to create.
  const assertionRequest = 'assertion' in credential ? credential.assertion() : Promise.resolve('');
  const [assertion, { ClientAssertionCredential, ClientSecretCredential }] = await Promise.all([
    assertionRequest,
    client.clock.sleep(LOAD_DELAY_MS).then(loadIdentity),
  ]);
  const { httpClient, lastError } = recordErrors(client.pipeline, cloud, readClaims(assertion));
  const options = {
    authorityHost: cloud.authority,
    httpClient,
    retryOptions: { maxRetries: 0 },
  };
  const tokenCredential =
    'secret' in credential
      ? new ClientSecretCredential(app.tenantId, app.clientId, credential.secret, options)
      : new ClientAssertionCredential(app.tenantId, app.clientId, () => Promise.resolve(assertion), options);
  try {
    const { token } = await tokenCredential.getToken(`${cloud.graph}/.default`);
    return token;
  } catch (error) {
    throw lastError() ?? error;
  }
}

/** Loaded while GitHub's response is on its way. Destructured here, so that the bundler drops the rest of the library. */
async function loadIdentity() {
  const { ClientAssertionCredential, ClientSecretCredential } = await import('@azure/identity');
  return { ClientAssertionCredential, ClientSecretCredential };
}

/**
 * The library hides what happened on the network ("network_error"), so its HTTP client records it.
 *
 * @returns the client for the library, and a function that says why the last request failed
 */
function recordErrors(pipeline: PipelineClient, cloud: Cloud, claims: OidcClaims | undefined) {
  let last: unknown;
  const httpClient: PipelineClient = {
    async sendRequest(request) {
      try {
        const response = await pipeline.sendRequest(request);
        last =
          response.status < 400
            ? invalidResponse(new URL(cloud.authority).host, 'a token')
            : new SignInError(response, claims);
        return response;
      } catch (error) {
        last = error;
        throw error;
      }
    },
  };
  return { httpClient, lastError: () => last };
}
