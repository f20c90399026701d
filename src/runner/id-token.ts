import type { HttpClient } from '../http/client.ts';
import { HttpError, invalidResponse, readRetryAfter } from '../http/errors.ts';
import { throwExplained } from '../http/guidance.ts';
import { ActionError } from '../shared/action-error.ts';
import { isRecord, parseJson, readText } from '../shared/json.ts';
import { mask } from './log.ts';

/**
 * How this job gets tokens with the identity of its workflow from GitHub's OIDC service. Not `core.getIDToken`: that one retries
 * 502 to 504 eleven times and nothing else, ignores Retry-After and a cancelled run, and turns the cause of a failure into a
 * sentence.
 *
 * @param audience - for whom the tokens are meant
 * @returns requests a token; throws ActionError
 * @throws ActionError with the `permissions:` to add, when the job lacks them
 * @see https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
 */
export function idTokenSource(audience: string, client: HttpClient): () => Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = process.env;
  if (!address || !bearer || !URL.canParse(address)) {
    throw new ActionError('This job cannot get an OIDC token from GitHub', {
      anchor: 'id-token-permission',
      cause:
        'The job lacks the permission id-token: write. Workflows for pull requests from forks (event pull_request) do not get it; those of Dependabot do not get it by default.',
      fix: 'Add these lines to the job (specifying permissions removes all others):',
      details: ['permissions:', '  id-token: write', '  contents: read'],
    });
  }
  mask(bearer);
  const url = new URL(address);
  url.searchParams.set('audience', audience);
  return async () => {
    try {
      return await client.retry(() => sendRequest(url, bearer, client));
    } catch (error) {
      throwExplained('Requesting an OIDC token from GitHub', error);
    }
  };
}

async function sendRequest(url: URL, bearer: string, client: HttpClient): Promise<string> {
  const headers = { Authorization: `Bearer ${bearer}`, Accept: 'application/json' };
  const response = await client.send({ method: 'GET', url: url.href, headers });
  if (response.status >= 400) {
    throw new HttpError(`HTTP ${response.status}`, {
      status: response.status,
      retryAfterMs: readRetryAfter(response.header('Retry-After'), Date.now()),
      serviceMessage: response.body.trim(),
      remediation: {
        anchor: 'id-token-refused',
        cause: 'GitHub rejected the request or is temporarily unavailable (see githubstatus.com).',
        fix: 'Run the job again; a new job gets a new request token.',
      },
    });
  }
  const body = parseJson(response.body);
  const token = isRecord(body) ? readText(body.value) : undefined;
  if (token === undefined) throw invalidResponse(url.host, 'a token');
  mask(token);
  return token;
}
