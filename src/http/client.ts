import { setTimeout as sleep } from 'node:timers/promises';
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient as PipelineClient,
  type HttpMethods,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import manifest from '../../package.json' with { type: 'json' };
import { ActionError } from '../shared/action-error.ts';
import { NetworkError, type RemoteError, toNetworkError, withoutEchoes } from './errors.ts';
import { createRoutes, isLoopback } from './proxy.ts';
import { type Clock, isRetryable, retry } from './retry.ts';

const USER_AGENT = `${manifest.name}/${manifest.version}`;

/** For one request with its response, unless the caller asks for another time. */
const TIMEOUT_MS = 15_000;
/** Of a response, after decompression, unless the caller expects a longer one. */
const MAX_RESPONSE_BYTES = 20_000_000;

export interface HttpRequest {
  readonly method: HttpMethods;
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly timeoutMs?: number;
  readonly maxResponseBytes?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
  header(name: string): string | undefined;
}

/** Sends every request of the process: one agent, so that connections are reused, and one set of rules. */
export interface HttpClient {
  /** For `@azure/identity`, which makes its own requests. */
  readonly pipeline: PipelineClient;
  readonly clock: Clock;
  /**
   * Sends once.
   *
   * @returns the response, whatever its status
   * @throws NetworkError when there is none, or when it is a redirect: those are never followed; AbortError when the run is cancelled
   */
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Retries, see `retry`; by default what `isRetryable` says. */
  retry<T>(attempt: () => Promise<T>, shouldRetry?: (error: RemoteError) => boolean): Promise<T>;
}

/**
 * @param signal - aborts all requests and pauses
 * @param trace - gets one line for each request and each retry: method, host, path, status, request IDs, milliseconds
 */
export function createHttpClient(signal: AbortSignal, trace: (line: string) => void): HttpClient {
  const clock: Clock = {
    now: () => performance.now(),
    random: Math.random,
    sleep: async (ms) => {
      await sleep(ms, undefined, { signal });
    },
  };
  const sendRequest = createSender(signal, trace);
  return {
    pipeline: { sendRequest },
    clock,
    retry: (attempt, shouldRetry = isRetryable) =>
      retry(attempt, shouldRetry, clock, (error, pauseMs) => {
        trace(`retrying in ${Math.round(pauseMs)} ms: ${error.message}`);
      }),
    async send({ method, url, headers = {}, body, timeoutMs = 0, maxResponseBytes }) {
      const request = createPipelineRequest({
        method,
        url,
        headers: createHttpHeaders(headers),
        timeout: timeoutMs,
        allowInsecureConnection: isLoopback(new URL(url)),
      });
      if (body !== undefined) request.body = body;
      const { status, bodyAsText, headers: responseHeaders } = await sendRequest(request, maxResponseBytes);
      return { status, body: String(bodyAsText), header: (name) => responseHeaders.get(name) };
    },
  };
}

function createSender(signal: AbortSignal, trace: (line: string) => void) {
  const transport = createDefaultHttpClient();
  const routeTo = createRoutes(process.env);

  return async (request: PipelineRequest, maxResponseBytes = MAX_RESPONSE_BYTES): Promise<PipelineResponse> => {
    const url = new URL(request.url);
    if (url.protocol !== 'https:' && !isLoopback(url)) {
      const message = `${url.host} is not HTTPS; tokens are not sent unencrypted`;
      throw new ActionError(message, { anchor: 'network-tls' });
    }
    const { agent, proxy } = routeTo(url);
    const timeout = AbortSignal.timeout(request.timeout || TIMEOUT_MS);
    const tooLong = new AbortController();
    request.timeout = 0;
    request.abortSignal = AbortSignal.any([signal, timeout, tooLong.signal]);
    request.agent = agent;
    request.onDownloadProgress = ({ loadedBytes }) => {
      if (loadedBytes > maxResponseBytes) tooLong.abort();
    };
    // A server may use any coding that the request does not exclude; the transport decodes these two.
    request.headers.set('Accept-Encoding', 'gzip, deflate');
    request.headers.set('User-Agent', [USER_AGENT, request.headers.get('User-Agent')].filter(Boolean).join(' '));
    const started = performance.now();
    const traceResult = (result: string): void => {
      trace(`${request.method} ${url.host}${url.pathname}: ${result}, ${Math.round(performance.now() - started)} ms`);
    };
    try {
      const response = await transport.sendRequest(request);
      traceResult(describeResponse(response));
      if (response.status >= 300 && response.status < 400)
        throw new NetworkError('redirect', url.host, { code: `HTTP ${response.status}`, proxy });
      return response;
    } catch (error) {
      if (error instanceof NetworkError || signal.aborted) throw error;
      let networkError = toNetworkError(error, url.host, proxy);
      if (timeout.aborted) networkError = new NetworkError('timeout', url.host, { proxy });
      const what = `response longer than ${maxResponseBytes} bytes`;
      if (tooLong.signal.aborted) networkError = new NetworkError('invalid-response', url.host, { what, proxy });
      traceResult(networkError.message);
      throw networkError;
    }
  };
}

const REQUEST_ID_HEADERS = ['request-id', 'x-ms-request-id', 'client-request-id'];

function describeResponse({ status, headers }: PipelineResponse): string {
  return withoutEchoes([`HTTP ${status}`, ...REQUEST_ID_HEADERS.flatMap((name) => headers.get(name) ?? [])].join(' '));
}
