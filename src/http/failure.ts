import { isRestError } from '@azure/core-rest-pipeline';

/** What kept a request from being answered. */
export type FailureKind =
  'dns' | 'refused' | 'tls' | 'proxy' | 'reset' | 'timeout' | 'redirect' | 'unreadable' | 'cancelled';

/** A request that got no answer that could be used. The message names host and cause, and nothing that was sent. */
export class TransportFailure extends Error {
  readonly kind: FailureKind;
  readonly host: string;
  /** Whether the request may have reached the server: false only where that is certain not to be so. */
  readonly mayHaveArrived: boolean;
  /** The code of Node or OpenSSL, such as `ECONNRESET`. */
  readonly code: string;

  constructor(kind: FailureKind, host: string, code: string, what: string, mayHaveArrived: boolean) {
    super(`${what} (${host}${code && `, ${code}`})`);
    this.name = 'TransportFailure';
    this.kind = kind;
    this.host = host;
    this.code = code;
    this.mayHaveArrived = mayHaveArrived;
  }
}

/**
 * What an answer that says no means for another try. `refused`: it stays so. `not now`: nothing was begun, and it may pass.
 * `unclear`: it may pass too, but what was asked for may have been done.
 */
export type Verdict = 'refused' | 'not now' | 'unclear';

/** An answer that says no. The rooms that know the service refine it. */
export class AnswerFailure extends Error {
  readonly status: number;
  /** Milliseconds, from the header Retry-After. */
  readonly retryAfter: number | undefined;
  readonly verdict: Verdict;

  /** @param answer - with a verdict where the body knows better than the status */
  constructor(
    message: string,
    answer: { status: number; retryAfter?: number | undefined; verdict?: Verdict | undefined },
  ) {
    super(message);
    this.status = answer.status;
    this.retryAfter = answer.retryAfter;
    this.verdict = answer.verdict ?? verdictOf(answer.status);
  }
}

function verdictOf(status: number): Verdict {
  if (status === 429) return 'not now';
  return status === 408 || status >= 500 ? 'unclear' : 'refused';
}

/** Whether an error came from the other side or the way to it, and not from this program or from whoever cancelled the run. */
export function isRemote(error: unknown): error is AnswerFailure | TransportFailure {
  return error instanceof AnswerFailure || (error instanceof TransportFailure && error.kind !== 'cancelled');
}

type Meaning = readonly [pattern: RegExp, kind: FailureKind, what: string, mayHaveArrived: boolean];

/**
 * What Node and OpenSSL call a failure (code, then message), what it means, and whether the request may have arrived by then.
 * The first line that fits counts. A code alone can mislead: an established connection can end in EHOSTUNREACH too.
 */
const MEANINGS: readonly Meaning[] = [
  [/^(ENOTFOUND|EAI_AGAIN) /, 'dns', 'the name of the host could not be resolved', false],
  [/^ECONNREFUSED /, 'refused', 'the connection was refused', false],
  // Where a name has several addresses and none can be reached, Node leaves the message empty.
  [/^(\w+ connect |E(HOSTUNREACH|NETUNREACH|TIMEDOUT) $)/, 'refused', 'no connection came about', false],
  [/^ERR_PROXY_TUNNEL /, 'proxy', 'the proxy did not open a tunnel', false],
  [
    /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_|HOSTNAME_|ERR_TLS_CERT)/,
    'tls',
    "the host's TLS certificate is not trusted",
    false,
  ],
  [/^(EPROTO|ERR_SSL_)/, 'tls', 'the TLS connection failed', true],
  [/before secure TLS connection/, 'reset', 'the connection was closed during the TLS handshake', false],
  [/^PARSE_ERROR /, 'reset', 'the connection broke while the answer came', true],
];
const BROKEN: Meaning = [/^/, 'reset', 'the connection broke', true];

/**
 * Says what a transport error means.
 *
 * @param error - whatever the client threw
 * @param timedOut - whether our own clock, and not the user, aborted the request
 */
export function toFailure(error: unknown, host: string, timedOut: boolean, cancelled: boolean): TransportFailure {
  if (cancelled) return new TransportFailure('cancelled', host, '', 'the run was cancelled while waiting', true);
  if (timedOut) return new TransportFailure('timeout', host, '', 'no answer came in time', true);
  const message = error instanceof Error ? error.message : '';
  const code = isRestError(error) ? (error.code ?? '') : '';
  const proxyStatus = /HTTP\/1\.\d (\d{3})/.exec(message)?.[1];
  const [, kind, what, mayHaveArrived] = MEANINGS.find(([pattern]) => pattern.test(`${code} ${message}`)) ?? BROKEN;
  return new TransportFailure(
    kind,
    host,
    proxyStatus === undefined ? code : `HTTP ${proxyStatus}`,
    what,
    mayHaveArrived,
  );
}

/**
 * Milliseconds of a Retry-After header, which is a number of seconds or an HTTP date (RFC 9110 10.2.3).
 *
 * @returns nothing where it is neither
 */
export function readRetryAfter(header = '', now: number): number | undefined {
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // Date.parse alone takes `-5` and `1.5` for days of 2001.
  const wait = /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) - now : NaN;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
