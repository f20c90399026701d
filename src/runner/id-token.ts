import type { Client } from '../http/client.ts';
import { explainTransport } from '../http/explain.ts';
import { AnswerFailure, readRetryAfter, TransportFailure } from '../http/failure.ts';
import { isRecord, parseJson, readText } from '../shared/json.ts';
import { ActionError } from '../shared/action-error.ts';
import { mask } from './secrets.ts';

/** GitHub's token service, as the runner hands it to a job that may use it. */
interface TokenService {
  readonly url: string;
  readonly token: string;
}

/**
 * Finds GitHub's token service.
 *
 * @throws ActionError that shows the `permissions:` to add, when the job may not use it
 */
export function findTokenService(environment: NodeJS.ProcessEnv): TokenService {
  const [url, token] = [environment.ACTIONS_ID_TOKEN_REQUEST_URL, environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN];
  if (url && token && URL.canParse(url)) return { url, token };
  throw new ActionError('This job cannot get an OIDC token from GitHub', {
    anchor: 'id-token-permission',
    cause:
      'The job lacks the permission id-token: write. Workflows that run for a pull request from a fork, or for Dependabot, are never given it.',
    fix: 'Add these lines to the job (naming any permission takes away all that are not named):',
    details: ['permissions:', '  id-token: write', '  contents: read'],
  });
}

/**
 * Asks GitHub for a token that says which workflow this is. Not `core.getIDToken`: that one tries a 503 eleven times and
 * nothing else, follows no Retry-After, ignores a cancelled run, and folds the cause of a failure into a sentence.
 *
 * @param audience - for whom the token is meant
 * @throws ActionError
 * @see https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
 */
export async function requestIdToken(service: TokenService, audience: string, client: Client): Promise<string> {
  const url = new URL(service.url);
  url.searchParams.set('audience', audience);
  try {
    return await client.patiently(() => request(url, service.token, client));
  } catch (error) {
    if (error instanceof TransportFailure) throw explainTransport(DOING, error);
    if (!(error instanceof AnswerFailure)) throw error;
    throw new ActionError(`${DOING} failed: ${error.message}`, {
      anchor: 'id-token-refused',
      cause: 'GitHub’s token service refuses, or has a passing problem (githubstatus.com tells).',
      fix: 'Run the job again: the permission to ask ends with the job.',
    });
  }
}

const DOING = 'Asking GitHub for an OIDC token';

async function request(url: URL, bearer: string, client: Client): Promise<string> {
  const headers = { Authorization: `Bearer ${bearer}`, Accept: 'application/json' };
  const reply = await client.send({ method: 'GET', url: url.href, headers });
  if (reply.status >= 400) {
    const retryAfter = readRetryAfter(reply.header('Retry-After'), Date.now());
    throw new AnswerFailure(`HTTP ${reply.status}`, { status: reply.status, retryAfter });
  }
  const answer = parseJson(reply.body);
  const token = isRecord(answer) ? readText(answer.value) : undefined;
  if (token === undefined) throw new TransportFailure('unreadable', url.host, '', 'the answer holds no token', true);
  mask(token);
  return token;
}
