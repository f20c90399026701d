import type { HttpMethods } from '@azure/core-rest-pipeline';
import type { HttpClient } from '../http/client.ts';

interface OctokitRequest {
  readonly method: HttpMethods;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/**
 * As much of `fetch` as Octokit calls, through the one HTTP client of this process: so proxy, CA, timeout and cancellation are
 * the same as for every other request. The toolkit's own would bring a second HTTP client.
 */
export function octokitFetch(client: HttpClient): (url: string, request: OctokitRequest) => Promise<Response> {
  return async (url, { method, headers, body }) => {
    const response = await client.send({ method, url, headers, ...(body !== undefined && { body }) });
    const responseHeaders = new Headers();
    for (const name of ['Content-Type', 'Link']) responseHeaders.set(name, response.header(name) ?? '');
    return new Response(response.body, { status: response.status, headers: responseHeaders });
  };
}
