import { setTimeout as sleep } from 'node:timers/promises';
import { aadstsError, SignInError } from './aadsts.ts';
import type { Clock } from './clock.ts';
import type { InjectedRequestFault } from './faults.ts';
import { graphError, TOO_MANY_REQUESTS } from './graph-error.ts';
import { json, type Reply, type Request, type Service } from './request-log.ts';

/** Where a redirected client ends up: the request log shows whether it sent its token there. */
const ELSEWHERE = 'https://elsewhere.example';

/** What the client gets: a response, whole, cut off or with blanks behind it, the end of its connection, or nothing. */
export type Outcome =
  { reply: Reply; truncated?: boolean; padding?: { bytes: number; gzip: boolean } } | 'reset' | 'silence';

/**
 * Applies a fault to a request.
 *
 * @param respond - the service's normal work, done only where the fault allows for it
 * @param clock - by which a request is carried out late
 */
export async function applyFault(
  fault: InjectedRequestFault,
  request: Request,
  service: Service,
  respond: () => Promise<Reply>,
  clock: Clock,
): Promise<Outcome> {
  const carryOut = async (lateMs: number | undefined): Promise<void> => {
    if (lateMs === undefined) await respond();
    else clock.schedule(lateMs, respond);
  };
  switch (fault.kind) {
    case 'reset':
      return 'reset';
    case 'reset-after':
      await carryOut(fault.lateMs);
      return 'reset';
    case 'timeout':
      return 'silence';
    case 'timeout-after':
      await carryOut(fault.lateMs);
      return 'silence';
    case 'truncated':
      return { reply: await respond(), truncated: true };
    case 'empty':
      return { reply: { ...(await respond()), status: 200, body: '' } };
    case 'status':
      return { reply: plainError(fault, request, service) };
    case 'status-after':
      await carryOut(fault.lateMs);
      return { reply: plainError(fault, request, service) };
    case 'throttled':
      return { reply: throttled(fault.retryAfter, request, service) };
    case 'rate-limited':
      return { reply: rateLimited(fault.resetSeconds ?? 60) };
    case 'concurrent':
      return {
        reply: graphError(
          request,
          409,
          'AADB2C95053',
          'Multiple concurrent writes to the same object detected. Please perform update operations on the same object sequentially.',
        ),
      };
    case 'service-problem':
      return { reply: graphError(request, 500, 'AADB2C90063', 'There is a problem with the service.') };
    case 'unknown-error':
      return { reply: graphError(request, 500, 'UnknownError', '') };
    case 'non-odata':
      return { reply: json(fault.status ?? 404, backendError(request)) };
    case 'html':
      return { reply: htmlPage(fault.status ?? 502) };
    case 'garbage':
      return { reply: json(200, fault.body ?? null) };
    case 'aadsts':
      return { reply: aadstsError(request, new SignInError(fault.code)) };
    case 'redirect': {
      const location = new URL(
        fault.to ?? request.path,
        fault.to?.startsWith('/') ? `https://${request.host}` : ELSEWHERE,
      );
      return { reply: { status: 307, headers: { location: location.href }, body: '' } };
    }
    case 'hostile':
      return { reply: service.reject(request, fault.status ?? 400, fault.text, fault.text) };
    case 'echo':
      return { reply: service.reject(request, 400, 'BadRequest', fault.say(request)) };
    case 'padded':
      return { reply: await respond(), padding: { bytes: fault.bytes, gzip: fault.gzip ?? false } };
    case 'delay':
      await sleep(fault.ms, undefined, { ref: false });
      return { reply: await respond() };
    case 'held':
      await fault.until;
      return { reply: await respond() };
  }
}

const GATEWAY_CODES: Readonly<Record<number, string>> = {
  401: 'InvalidAuthenticationToken',
  403: 'Authorization_RequestDenied',
  404: 'ResourceNotFound',
  408: 'RequestTimeout',
  500: 'InternalServerError',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
  504: 'GatewayTimeout',
};

interface PlainError {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

function plainError({ status, headers, body }: PlainError, request: Request, service: Service): Reply {
  const reply = service.reject(request, status, GATEWAY_CODES[status] ?? 'UnknownError', `Status ${status}.`);
  return { status, headers: { ...reply.headers, ...headers }, body: body ?? reply.body };
}

function throttled(retryAfter: number | Date | undefined, request: Request, service: Service): Reply {
  const reply =
    request.step === 'token'
      ? aadstsError(request, new SignInError(90055))
      : service.reject(request, 429, 'AADB2C95043', TOO_MANY_REQUESTS);
  if (retryAfter === undefined) return reply;
  const value = retryAfter instanceof Date ? retryAfter.toUTCString() : String(retryAfter);
  return { ...reply, headers: { ...reply.headers, 'retry-after': value } };
}

/** Source: "Rate limits for the REST API" of GitHub. The primary limit has no `retry-after`. */
function rateLimited(resetSeconds: number): Reply {
  return json(
    403,
    {
      message: 'API rate limit exceeded for installation ID 12345678.',
      documentation_url: 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api',
      status: '403',
    },
    {
      'x-ratelimit-limit': '1000',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-used': '1000',
      'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + resetSeconds),
      'x-ratelimit-resource': 'core',
    },
  );
}

/** What Graph lets through when its backend does not know the address: ASP.NET's own words. */
function backendError(request: Request): object {
  return {
    message: `No HTTP resource was found that matches the request URI 'https://cpim.windows.net/graph${request.path.replace(/^\/beta/, '')}'.`,
    messageDetail: "No action was found on the controller 'trustframework' that matches the request.",
    stackTrace: null,
  };
}

function htmlPage(status: number): Reply {
  const title = status === 200 ? 'Sign in to the network' : 'The proxy could not connect';
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`,
  };
}
