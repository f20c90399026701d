import { randomUUID } from 'node:crypto';
import type { Reply, Request } from './request-log.ts';

/** A request that the service refuses; the router turns it into Graph's envelope. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The text that stands for any body the keyset endpoints cannot read, `@odata.type` in it included. */
export function invalidField(field: string): ApiError {
  return new ApiError(
    400,
    'AADB2C',
    `The '${field}' field is invalid in request. Please check the request body and parameters.`,
  );
}

/** The text of AADB2C95043, the admin API's throttle. */
export const TOO_MANY_REQUESTS = 'There are too many requests at this moment. Please wait for some time and try again.';

/** The gateway's answer to a path that its metadata does not know. */
export function unknownSegment(segment: string): ApiError {
  return new ApiError(404, 'BadRequest', `Resource not found for the segment '${segment}'.`);
}

interface Ids {
  'request-id': string;
  /** The client's own when it sent one, else the same as `request-id`. */
  'client-request-id': string;
}

function idsOf(request: Request): Ids {
  const id = randomUUID();
  return { 'request-id': id, 'client-request-id': request.headers['client-request-id'] ?? id };
}

function headersOf(ids: Ids): Record<string, string> {
  return {
    'content-type':
      'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8',
    'cache-control': 'no-cache',
    'odata-version': '4.0',
    ...ids,
  };
}

/** A good answer of Graph's; without a body for 204. */
export function graphReply(
  request: Request,
  status: number,
  body?: object,
  headers: Record<string, string> = {},
): Reply {
  return {
    status,
    headers: { ...headersOf(idsOf(request)), ...headers },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}

/** Graph's error envelope. Codes of B2C's own come with a `correlationId`, those of the gateway do not. */
export function graphError(
  request: Request,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
): Reply {
  const ids = idsOf(request);
  const innerError = {
    ...(code.startsWith('AADB2C') ? { correlationId: randomUUID() } : {}),
    // Without a zone, to the second: so the service writes it.
    date: new Date().toISOString().slice(0, 19),
    ...ids,
  };
  return {
    status,
    headers: { ...headersOf(ids), ...headers },
    body: JSON.stringify({ error: { code, message, innerError } }),
  };
}
