import { randomUUID } from 'node:crypto';
import type { Reply, Request } from './request-log.ts';

/** What the service rejects a request with; {@link graphError} puts it into Graph's envelope. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** What the keyset endpoints report for any body that they cannot read, `@odata.type` in it included. */
export function invalidField(field: string): ApiError {
  return new ApiError(
    400,
    'AADB2C',
    `The '${field}' field is invalid in request. Please check the request body and parameters.`,
  );
}

/** The message of AADB2C95043, by which the service throttles. */
export const TOO_MANY_REQUESTS = 'There are too many requests at this moment. Please wait for some time and try again.';

/** What the gateway reports for a write without the header Content-Type, for one with another type, and for broken JSON. */
export const NO_CONTENT_TYPE = 'Write requests (excluding DELETE) must contain the Content-Type header declaration.';
export const NOT_JSON = 'Entity only allows writes with a JSON Content-Type header.';
export const UNREADABLE =
  'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.';

/** What the gateway reports for a path that its metadata does not know. */
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

/** A successful response of Graph's; without a body for 204. */
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

/** An error in Graph's envelope. B2C's own codes come with a `correlationId`, those of the gateway do not. */
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
    // Without a time zone, to the second: this is how the service writes it.
    date: new Date().toISOString().slice(0, 19),
    ...ids,
  };
  return {
    status,
    headers: { ...headersOf(ids), ...headers },
    body: JSON.stringify({ error: { code, message, innerError } }),
  };
}
