import type { Request, Step } from './request-log.ts';

/** When a fault is applied. Several may wait for the same request: the first that is due is applied. */
interface FaultTrigger {
  /** How many times it is applied; once by default. */
  times?: number;
  /** How many matching requests it lets pass first. */
  skip?: number;
}

/** For the kinds that end in `-after`: the request is carried out. */
interface CarriedOut {
  /** How many milliseconds of the client's clock after its response it is carried out; before the response by default. */
  lateMs?: number;
}

/** What goes wrong with a request. `-after` means that it is carried out all the same. */
export type RequestFault =
  /** The connection is reset. */
  | { kind: 'reset' }
  | ({ kind: 'reset-after' } & CarriedOut)
  /** There is never a response. */
  | { kind: 'timeout' }
  | ({ kind: 'timeout-after' } & CarriedOut)
  /** Carried out; the connection ends in the middle of the response's body. */
  | { kind: 'truncated' }
  /** Carried out; status 200 without a body. */
  | { kind: 'empty' }
  /** A status, with an error in the service's own envelope unless there is a `body`. */
  | PlainResponse<'status'>
  | (PlainResponse<'status-after'> & CarriedOut)
  /** Status 429; `retryAfter` in seconds or as a date, without the header when absent. */
  | { kind: 'throttled'; retryAfter?: number | Date }
  /** GitHub's primary rate limit: 403 with `x-ratelimit-remaining: 0`, reset after so many seconds, 60 by default. */
  | { kind: 'rate-limited'; resetSeconds?: number }
  /** Not carried out: 409 AADB2C95053. */
  | { kind: 'concurrent' }
  /** Not carried out: 500 AADB2C90063. */
  | { kind: 'service-problem' }
  /** Not carried out: 500 `UnknownError` with an empty message. */
  | { kind: 'unknown-error' }
  /** Not carried out: the backend's own error, which is not OData; 404 unless there is a `status`. */
  | { kind: 'non-odata'; status?: number }
  /** Not carried out: a proxy's HTML page; 502 unless there is a `status`. */
  | { kind: 'html'; status?: number }
  /** Not carried out: status 200 with `body` as JSON, null by default. */
  | { kind: 'garbage'; body?: unknown }
  /** Not carried out: Entra ID's error of this number. */
  | { kind: 'aadsts'; code: number }
  /** Not carried out: 307 to an absolute address or a path; by default to another host, whose requests are logged too. */
  | { kind: 'redirect'; to?: string }
  /** Not carried out: an error whose code and message are `text`; 400 unless there is a `status`. */
  | { kind: 'hostile'; text: string; status?: number }
  /** Not carried out: 400 with a message that is made of the request. */
  | { kind: 'echo'; say: (request: Request) => string }
  /**
   * Carried out, and the response's body is followed by so many blanks, which JSON allows; compressed if so wished, and without an
   * end when they are infinite.
   */
  | { kind: 'padded'; bytes: number; gzip?: boolean }
  /** Carried out after so many milliseconds, which really pass. */
  | { kind: 'delay'; ms: number }
  /** Carried out when a promise is settled: to decide what comes first. */
  | { kind: 'held'; until: Promise<unknown> };

interface PlainResponse<Kind extends string> {
  kind: Kind;
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** What goes wrong with a connection through the proxy. */
export type ConnectionFault =
  /** The proxy responds with 502, or `status`. */
  | { kind: 'refuse'; status?: number }
  /** The connection is reset when the client begins its TLS handshake. */
  | { kind: 'handshake-reset' }
  /** The host presents a certificate of a CA that nobody trusts. */
  | { kind: 'wrong-certificate' }
  /** The host presents a certificate that is no longer valid, or not yet. */
  | { kind: 'expired-certificate' }
  | { kind: 'future-certificate' }
  /** The proxy accepts the request to connect and never responds. */
  | { kind: 'drop' }
  /** The proxy responds with a byte per second, without an end. */
  | { kind: 'trickle' }
  /** The proxy demands authentication: 407. */
  | { kind: 'proxy-auth' };

export type InjectedRequestFault = FaultTrigger & { at: Step | ((request: Request) => boolean) } & RequestFault;
/** `at` is a host's name here, or `*` for any. */
export type InjectedConnectionFault = FaultTrigger & { at: string } & ConnectionFault;
export type Fault = InjectedRequestFault | InjectedConnectionFault;

const CONNECTION_FAULTS: readonly string[] = [
  'refuse',
  'handshake-reset',
  'wrong-certificate',
  'expired-certificate',
  'future-certificate',
  'drop',
  'trickle',
  'proxy-auth',
] satisfies ConnectionFault['kind'][];

/** Faults that wait for their request or connection. Where none applies, requests are served normally. */
export class Faults {
  #waiting: { fault: Fault; times: number; skip: number }[] = [];

  /** Adds a fault behind those that wait already. */
  inject(fault: Fault): void {
    this.#waiting.push({ fault, times: fault.times ?? 1, skip: fault.skip ?? 0 });
  }

  /** The faults that were not applied as often as they should be; `times` is how often they still will. */
  remaining(): Fault[] {
    return this.#waiting.map(({ fault, times, skip }) => ({ ...fault, times, skip }));
  }

  /** Forgets all that wait. */
  clear(): void {
    this.#waiting = [];
  }

  /** The fault to apply to `request`, if there is one. */
  forRequest(request: Request): InjectedRequestFault | undefined {
    return this.#take(
      (fault): fault is InjectedRequestFault =>
        !isConnectionFault(fault) && (typeof fault.at === 'function' ? fault.at(request) : fault.at === request.step),
    );
  }

  /** The fault to apply to a connection to `host`, if there is one. */
  forConnection(host: string): InjectedConnectionFault | undefined {
    return this.#take(
      (fault): fault is InjectedConnectionFault => isConnectionFault(fault) && (fault.at === host || fault.at === '*'),
    );
  }

  #take<F extends Fault>(matches: (fault: Fault) => fault is F): F | undefined {
    for (const entry of this.#waiting) {
      const { fault } = entry;
      if (!matches(fault)) continue;
      if (entry.skip > 0) {
        entry.skip -= 1;
        continue;
      }
      entry.times -= 1;
      if (entry.times === 0) this.#waiting = this.#waiting.filter((one) => one !== entry);
      return fault;
    }
    return undefined;
  }
}

function isConnectionFault(fault: Fault): fault is InjectedConnectionFault {
  return CONNECTION_FAULTS.includes(fault.kind);
}
