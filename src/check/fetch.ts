import type { HttpMethods } from '@azure/core-rest-pipeline';
import type { Client } from '../http/client.ts';

interface Outgoing {
  readonly method: HttpMethods;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/**
 * As much of `fetch` as Octokit calls, over the one way out of this process: so proxy, CA, timeout and cancellation are the
 * same as for every other request. The toolkit's own would bring a second HTTP client.
 */
export function fetchThrough(client: Client): (url: string, outgoing: Outgoing) => Promise<Response> {
  return async (url, { method, headers, body }) => {
    const reply = await client.send({ method, url, headers, ...(body !== undefined && { body }) });
    const shown = ['Content-Type', 'Link'].flatMap((name): [string, string][] => {
      const value = reply.header(name);
      return value === undefined ? [] : [[name, value]];
    });
    return new Response(reply.body, { status: reply.status, headers: shown });
  };
}
