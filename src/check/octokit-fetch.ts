import type { HttpClient, HttpRequest, HttpResponse } from '../http/client.ts';
import { HttpError, invalidResponse, readRetryAfter } from '../http/errors.ts';
import { isRecord, parseJson, readText } from '../shared/json.ts';

/**
 * As much of `fetch` as Octokit calls, through the one HTTP client of this process: so proxy, CA, timeout and cancellation are
 * the same as for every other request. The toolkit's own would bring a second HTTP client. Error responses are thrown as
 * HttpError, and what is no JSON as NetworkError; Octokit wraps them, see `rethrowUnwrapped`.
 */
export function octokitFetch(client: HttpClient) {
  return async (url: string, request: Omit<HttpRequest, 'url'>): Promise<Response> => {
    const response = await client.send({ ...request, url });
    if (response.status >= 400) throw toHttpError(response);
    if (parseJson(response.body) === undefined) throw invalidResponse(new URL(url).host, 'JSON');
    return new Response(response.body, { headers: { 'Content-Type': 'application/json' } });
  };
}

/** Throws the error that was thrown while Octokit sent a request. */
export function rethrowUnwrapped(error: unknown): never {
  throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
}

/** GitHub asks for this pause where a rate limit names none. */
const RATE_LIMIT_PAUSE_MS = 60_000;

/** @see https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function toHttpError(response: HttpResponse): HttpError {
  const { status } = response;
  const body = parseJson(response.body);
  const serviceMessage = (isRecord(body) ? readText(body.message) : undefined) ?? '';
  const retryAfterMs = readRetryAfter(response.header('retry-after'), Date.now());
  const isExhausted = response.header('x-ratelimit-remaining') === '0';
  const isRateLimit =
    status === 429 ||
    (status === 403 && (isExhausted || retryAfterMs !== undefined || /rate limit/i.test(serviceMessage)));
  const details = { serviceMessage, remediation: { anchor: 'open-issue' } };
  if (!isRateLimit) return new HttpError(`HTTP ${status}`, { status, retryAfterMs, ...details });
  const resetMs = Number(response.header('x-ratelimit-reset')) * 1000 - Date.now();
  const pauseMs = retryAfterMs ?? (isExhausted && resetMs > 0 ? resetMs : RATE_LIMIT_PAUSE_MS);
  const message = `HTTP ${status}, rate limit exceeded`;
  return new HttpError(message, { status: 429, retryAfterMs: pauseMs, ...details });
}
