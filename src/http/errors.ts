import { isRestError } from '@azure/core-rest-pipeline';
import type { Remediation } from '../shared/action-error.ts';
import { withoutSecrets } from '../shared/secrets.ts';

/**
 * What a failed request means. `rejected`: not executed, and the same request fails again. `retryable`: not executed, and a retry
 * may succeed. `indeterminate`: it may have been executed, and a retry may succeed.
 */
export type Outcome = 'rejected' | 'retryable' | 'indeterminate';

/** Why a request got no usable response, and what that means for the request. */
const NETWORK_ERRORS = {
  dns: { what: 'host name not found', outcome: 'retryable' },
  refused: { what: 'connection refused', outcome: 'retryable' },
  tls: { what: "the host's TLS certificate is not trusted", outcome: 'retryable' },
  'certificate-time': { what: "the host's TLS certificate is not valid at the runner's time", outcome: 'rejected' },
  proxy: { what: 'the proxy did not open a tunnel', outcome: 'retryable' },
  'proxy-unreachable': { what: 'the proxy cannot be reached', outcome: 'retryable' },
  reset: { what: 'connection reset', outcome: 'indeterminate' },
  timeout: { what: 'request timed out', outcome: 'indeterminate' },
  redirect: { what: 'unexpected redirect, not followed', outcome: 'rejected' },
  'invalid-response': { what: 'unexpected response', outcome: 'indeterminate' },
} as const;

export type NetworkErrorKind = keyof typeof NETWORK_ERRORS;

/** What differs from other network errors of the same kind. */
interface NetworkErrorDetails {
  readonly what?: string;
  readonly outcome?: Outcome;
  /** The code of Node or OpenSSL, such as `ECONNRESET`. */
  readonly code?: string;
  /** Host and port of the proxy, where the request went through one. */
  readonly proxy?: string | undefined;
}

/** A request without a usable response. The message names host and cause, and nothing that was sent. */
export class NetworkError extends Error {
  readonly kind: NetworkErrorKind;
  readonly proxy: string | undefined;
  readonly outcome: Outcome;

  constructor(kind: NetworkErrorKind, host: string, details: NetworkErrorDetails = {}) {
    const { what, outcome, code = '', proxy } = { ...NETWORK_ERRORS[kind], ...details };
    super(`${what} (${host}${code && `, ${code}`})`);
    this.name = 'NetworkError';
    this.kind = kind;
    this.proxy = proxy;
    this.outcome = outcome;
  }
}

/**
 * The error for a successful status with a body that is cut off, empty or something else. The body is not repeated: it may
 * contain anything.
 *
 * @param expected - what the body should have been: `a keyset`
 */
export const invalidResponse = (host: string, expected: string): NetworkError =>
  new NetworkError('invalid-response', host, { what: `unexpected response, expected ${expected}` });

interface HttpErrorOptions {
  readonly status: number;
  /** Milliseconds, from the header Retry-After. */
  readonly retryAfterMs?: number | undefined;
  /** Where the body knows better than the status. */
  readonly outcome?: Outcome | undefined;
  /** The service's own words, untrusted; `''` for none. */
  readonly serviceMessage: string;
  /** What a support ticket needs; those without a value are left out. */
  readonly correlationIds?: readonly (readonly [name: string, value: string | undefined])[];
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
    super(withoutEchoes(message));
    this.name = 'HttpError';
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.outcome = options.outcome ?? outcomeOf(options.status);
    this.serviceMessage = withoutEchoes(options.serviceMessage);
    this.correlationIds = (options.correlationIds ?? [])
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => withoutEchoes(`${name}: ${value}`));
    this.remediation = options.remediation;
  }
}

/** Characters of a service's text: more is never printed, and far longer ones exceed the stack of the expression below. */
const MAX_TEXT_LENGTH = 100_000;
/** Base64, in one piece or in lines of 64 characters or more. Other words of a service are shorter, save a SHA-256 hash in hex. */
const BASE64 = /(?<![\w+/=-])(?![\dA-F]{64}(?![\w+/=-]))[\w+/=-]{60,}/gi;

/**
 * A service's text without what it may echo of the request: secrets, and long words, which may be a part of a secret that no mask
 * matches. Secrets first: one may begin in the middle of a long word.
 */
export const withoutEchoes = (text: string): string =>
  withoutSecrets(text)
    .slice(0, MAX_TEXT_LENGTH)
    .replace(BASE64, (run) => `[${run.length} characters omitted]`);

function outcomeOf(status: number): Outcome {
  if (status === 429) return 'retryable';
  return status === 408 || status >= 500 ? 'indeterminate' : 'rejected';
}

export type RemoteError = HttpError | NetworkError;

/** Whether an error came from a server or the network, and not from this program or from whoever cancelled the run. */
export const isRemoteError = (error: unknown): error is RemoteError =>
  error instanceof HttpError || error instanceof NetworkError;

type ErrorPattern = readonly [pattern: RegExp, kind: NetworkErrorKind, details?: NetworkErrorDetails];

/**
 * What Node and OpenSSL call an error: its code, then its message. The first match counts; anything else is a reset. A code is
 * not enough: an established connection can end in EHOSTUNREACH too.
 */
const ERROR_PATTERNS: readonly ErrorPattern[] = [
  [/^(ENOTFOUND|EAI_AGAIN) /, 'dns'],
  [/^ECONNREFUSED /, 'refused'],
  // Where a name has several addresses and none can be reached, Node leaves the message empty.
  [/^(\w+ connect |E(HOSTUNREACH|NETUNREACH|TIMEDOUT) $)/, 'refused', { what: 'could not connect' }],
  [/^ERR_PROXY_TUNNEL .*HTTP\/1\.\d 407/, 'proxy', { outcome: 'rejected' }],
  [/^ERR_PROXY_TUNNEL /, 'proxy'],
  [/^CERT_(NOT_YET_VALID|HAS_EXPIRED) /, 'certificate-time'],
  [/^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_|HOSTNAME_|ERR_TLS_CERT)/, 'tls'],
  [/^(EPROTO|ERR_SSL_)/, 'tls', { what: 'TLS connection failed', outcome: 'indeterminate' }],
  [
    /before secure TLS connection/,
    'reset',
    { what: 'connection closed during the TLS handshake', outcome: 'retryable' },
  ],
  [/^PARSE_ERROR /, 'reset', { what: 'connection reset while receiving the response' }],
];

/**
 * Says what an error of the transport means.
 *
 * @param error - whatever the transport threw
 * @param proxy - host and port of the proxy, where the request goes through one: then it is what cannot be reached
 */
export function toNetworkError(error: unknown, host: string, proxy?: string): NetworkError {
  const message = error instanceof Error ? error.message : '';
  const errorCode = isRestError(error) ? (error.code ?? '') : '';
  const proxyStatus = /HTTP\/1\.\d (\d{3})/.exec(message)?.[1];
  const code = proxyStatus ? `HTTP ${proxyStatus}` : errorCode;
  const [, kind = 'reset', details] = ERROR_PATTERNS.find(([pattern]) => pattern.test(`${errorCode} ${message}`)) ?? [];
  if (proxy !== undefined && (kind === 'dns' || kind === 'refused'))
    return new NetworkError('proxy-unreachable', proxy, { code, proxy });
  return new NetworkError(kind, host, { ...details, code, proxy });
}

/**
 * Milliseconds of a Retry-After header, which is a number of seconds or an HTTP date (RFC 9110 10.2.3).
 *
 * @returns undefined if it is neither
 */
export function readRetryAfter(header = '', now: number): number | undefined {
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // Date.parse also accepts `-5` and `1.5`, as days of 2001.
  const wait = /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) - now : NaN;
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}
