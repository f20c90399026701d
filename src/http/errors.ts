import { isRestError } from '@azure/core-rest-pipeline';
import type { Remediation } from '../shared/action-error.ts';

/** Why a request got no usable response. */
export type NetworkErrorKind =
  'dns' | 'refused' | 'tls' | 'proxy' | 'reset' | 'timeout' | 'redirect' | 'invalid-response' | 'cancelled';

interface NetworkErrorOptions {
  readonly kind: NetworkErrorKind;
  readonly host: string;
  /** What happened, for people. */
  readonly what: string;
  /** The code of Node or OpenSSL, such as `ECONNRESET`. */
  readonly code?: string;
  /** Whether the request may have reached the server: false only where it certainly did not. */
  readonly mayHaveArrived: boolean;
}

/** A request without a usable response. The message names host and cause, and nothing that was sent. */
export class NetworkError extends Error {
  readonly kind: NetworkErrorKind;
  readonly host: string;
  readonly code: string;
  readonly mayHaveArrived: boolean;

  constructor({ kind, host, what, code = '', mayHaveArrived }: NetworkErrorOptions) {
    super(`${what} (${host}${code && `, ${code}`})`);
    this.name = 'NetworkError';
    this.kind = kind;
    this.host = host;
    this.code = code;
    this.mayHaveArrived = mayHaveArrived;
  }
}

/**
 * The error for a successful status with a body that is cut off, empty or something else. The body is not repeated: it may
 * contain anything.
 *
 * @param expected - what the body should have been: `a keyset`
 */
export const invalidResponse = (host: string, expected: string): NetworkError =>
  new NetworkError({
    kind: 'invalid-response',
    host,
    what: `unexpected response, expected ${expected}`,
    mayHaveArrived: true,
  });

/**
 * What an error response says about the request. `rejected`: not executed, and the same request fails again. `retryable`: not
 * executed, and a retry may succeed. `indeterminate`: it may have been executed, and a retry may succeed.
 */
export type Outcome = 'rejected' | 'retryable' | 'indeterminate';

interface HttpErrorOptions {
  readonly status: number;
  /** Milliseconds, from the header Retry-After. */
  readonly retryAfterMs?: number | undefined;
  /** Where the body knows better than the status. */
  readonly outcome?: Outcome | undefined;
  /** The service's own words, untrusted; `''` for none. */
  readonly serviceMessage: string;
  /** Names and values that a support ticket needs. */
  readonly correlationIds?: readonly string[];
  readonly remediation: Remediation;
}

/** An error response. */
export class HttpError extends Error {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly outcome: Outcome;
  readonly serviceMessage: string;
  readonly correlationIds: readonly string[];
  readonly remediation: Remediation;

  /** @param message - status and code, without the service's own words */
  constructor(message: string, options: HttpErrorOptions) {
    super(message);
    this.name = 'HttpError';
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.outcome = options.outcome ?? outcomeOf(options.status);
    this.serviceMessage = options.serviceMessage;
    this.correlationIds = options.correlationIds ?? [];
    this.remediation = options.remediation;
  }
}

function outcomeOf(status: number): Outcome {
  if (status === 429) return 'retryable';
  return status === 408 || status >= 500 ? 'indeterminate' : 'rejected';
}

/** Whether an error came from a server or the network, and not from this program or from whoever cancelled the run. */
export function isRemoteError(error: unknown): error is HttpError | NetworkError {
  return error instanceof HttpError || (error instanceof NetworkError && error.kind !== 'cancelled');
}

type ErrorPattern = readonly [pattern: RegExp, kind: NetworkErrorKind, what: string, mayHaveArrived: boolean];

/**
 * What Node and OpenSSL call an error (code, then message), what it means, and whether the request may have arrived by then.
 * The first match counts. A code is not enough: an established connection can end in EHOSTUNREACH too.
 */
const ERROR_PATTERNS: readonly ErrorPattern[] = [
  [/^(ENOTFOUND|EAI_AGAIN) /, 'dns', 'host name not found', false],
  [/^ECONNREFUSED /, 'refused', 'connection refused', false],
  // Where a name has several addresses and none can be reached, Node leaves the message empty.
  [/^(\w+ connect |E(HOSTUNREACH|NETUNREACH|TIMEDOUT) $)/, 'refused', 'could not connect', false],
  [/^ERR_PROXY_TUNNEL /, 'proxy', 'the proxy did not open a tunnel', false],
  [
    /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_|HOSTNAME_|ERR_TLS_CERT)/,
    'tls',
    "the host's TLS certificate is not trusted",
    false,
  ],
  [/^(EPROTO|ERR_SSL_)/, 'tls', 'TLS connection failed', true],
  [/before secure TLS connection/, 'reset', 'connection closed during the TLS handshake', false],
  [/^PARSE_ERROR /, 'reset', 'connection reset while receiving the response', true],
];
const FALLBACK: ErrorPattern = [/^/, 'reset', 'connection reset', true];

/**
 * Says what an error of the transport means.
 *
 * @param error - whatever the transport threw
 * @param timedOut - whether our own timeout, and not the user, aborted the request
 */
export function toNetworkError(error: unknown, host: string, timedOut: boolean, cancelled: boolean): NetworkError {
  if (cancelled) return new NetworkError({ kind: 'cancelled', host, what: 'cancelled', mayHaveArrived: true });
  if (timedOut) return new NetworkError({ kind: 'timeout', host, what: 'request timed out', mayHaveArrived: true });
  const message = error instanceof Error ? error.message : '';
  const code = isRestError(error) ? (error.code ?? '') : '';
  const proxyStatus = /HTTP\/1\.\d (\d{3})/.exec(message)?.[1];
  const [, kind, what, mayHaveArrived] =
    ERROR_PATTERNS.find(([pattern]) => pattern.test(`${code} ${message}`)) ?? FALLBACK;
  return new NetworkError({ kind, host, what, code: proxyStatus ? `HTTP ${proxyStatus}` : code, mayHaveArrived });
}

/**
 * Milliseconds of a Retry-After header, which is a number of seconds or an HTTP date (RFC 9110 10.2.3).
 *
 * @returns nothing where it is neither
 */
export function readRetryAfter(header = '', now: number): number | undefined {
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // Date.parse also accepts `-5` and `1.5`, as days of 2001.
  const wait = /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) - now : NaN;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
