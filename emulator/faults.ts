import type { Request, Step } from './request-log.ts';

/** When a fault strikes. Several may wait for the same request: the first that is due takes it. */
interface FaultTrigger {
  /** How often it strikes; once by default. */
  times?: number;
  /** How many requests that it fits it lets pass first. */
  skip?: number;
}

/** What goes wrong with a request. `-after` means: once it was carried out. */
export type RequestFault =
  /** The connection is reset. */
  | { kind: 'reset' | 'reset-after' }
  /** No answer, ever. */
  | { kind: 'timeout' | 'timeout-after' }
  /** Carried out; the connection ends in the middle of the answer's body. */
  | { kind: 'truncated' }
  /** Carried out; status 200 and nothing else. */
  | { kind: 'empty' }
  /** A status, with an error of the service's own kind unless there is a `body`. */
  | { kind: 'status' | 'status-after'; status: number; headers?: Record<string, string>; body?: string }
  /** Status 429; `retryAfter` in seconds or as a date, without the header when absent. */
  | { kind: 'throttled'; retryAfter?: number | Date }
  /** Not carried out: 409 AADB2C95053. */
  | { kind: 'concurrent' }
  /** Not carried out: 500 AADB2C90063. */
  | { kind: 'service-problem' }
  /** Not carried out: 500 `UnknownError` with an empty message. */
  | { kind: 'unknown-error' }
  /** Not carried out: the backend's own error, which is no OData; 404 unless there is a `status`. */
  | { kind: 'non-odata'; status?: number }
  /** Not carried out: a proxy's HTML page; 502 unless there is a `status`. */
  | { kind: 'html'; status?: number }
  /** Not carried out: status 200 with `body` as JSON, null by default. */
  | { kind: 'garbage'; body?: unknown }
  /** Not carried out: Entra ID's error of this number. */
  | { kind: 'aadsts'; code: number }
  /** Not carried out: 307 to an absolute address or a path; to another host by default, whose requests are journaled. */
  | { kind: 'redirect'; to?: string }
  /** Not carried out: an error whose code and message are `text`; 400 unless there is a `status`. */
  | { kind: 'hostile'; text: string; status?: number }
  /** Carried out after so many milliseconds. */
  | { kind: 'delay'; ms: number };

/** What goes wrong with a connection through the proxy. */
export type ConnectionFault =
  /** The proxy answers 502, or `status`. */
  | { kind: 'refuse'; status?: number }
  /** The connection is reset when the client begins its TLS handshake. */
  | { kind: 'handshake-reset' }
  /** The host shows a certificate of an authority that nobody trusts. */
  | { kind: 'wrong-certificate' }
  /** The proxy takes the request to connect and never answers it. */
  | { kind: 'drop' }
  /** The proxy demands authentication: 407. */
  | { kind: 'proxy-auth' };

export type InjectedRequestFault = FaultTrigger & { at: Step | ((request: Request) => boolean) } & RequestFault;
/** `at` is a host's name here, or `*` for any. */
export type InjectedConnectionFault = FaultTrigger & { at: string } & ConnectionFault;
export type Fault = InjectedRequestFault | InjectedConnectionFault;

const CONNECTION_FAULTS: readonly string[] = ['refuse', 'handshake-reset', 'wrong-certificate', 'drop', 'proxy-auth'];

/** Faults that wait for their request or connection. What none of them takes goes its normal way. */
export class Faults {
  #waiting: { fault: Fault; times: number; skip: number }[] = [];

  /** Adds a fault behind those that wait already. */
  inject(fault: Fault): void {
    this.#waiting.push({ fault, times: fault.times ?? 1, skip: fault.skip ?? 0 });
  }

  /** The faults that have not struck as often as they should, `times` saying how often they still will. */
  remaining(): Fault[] {
    return this.#waiting.map(({ fault, times, skip }) => ({ ...fault, times, skip }));
  }

  /** Forgets all that wait. */
  clear(): void {
    this.#waiting = [];
  }

  /** The fault that strikes `request`, if one does. */
  forRequest(request: Request): InjectedRequestFault | undefined {
    return this.#take(
      (fault): fault is InjectedRequestFault =>
        !isConnectionFault(fault) && (typeof fault.at === 'function' ? fault.at(request) : fault.at === request.step),
    );
  }

  /** The fault that strikes a connection to `host`, if one does. */
  forConnection(host: string): InjectedConnectionFault | undefined {
    return this.#take(
      (fault): fault is InjectedConnectionFault => isConnectionFault(fault) && (fault.at === host || fault.at === '*'),
    );
  }

  #take<F extends Fault>(fits: (fault: Fault) => fault is F): F | undefined {
    for (const entry of this.#waiting) {
      const { fault } = entry;
      if (!fits(fault)) continue;
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
