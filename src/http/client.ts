import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type HttpMethods,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import manifest from '../../package.json' with { type: 'json' };
import { ActionError } from '../shared/action-error.ts';
import { toFailure, TransportFailure } from './failure.ts';
import { type Pace, retry, worthRepeating } from './retry.ts';

/** How this product introduces itself. */
const USER_AGENT = `${manifest.name}/${manifest.version}`;

/** Milliseconds that one exchange may take, the answer's body included, unless the caller knows better. */
const TIMEOUT = 15_000;

/**
 * Milliseconds that a proxy gets to open a tunnel. Less than an exchange gets: aborting a request does not close a tunnel that
 * is still being opened, and one that nobody closes keeps the process from ending.
 */
const TUNNEL_TIMEOUT = 10_000;

export interface Call {
  readonly method: HttpMethods;
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Milliseconds. */
  readonly timeout?: number;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
  header(name: string): string | undefined;
}

/** The way out of the process: one agent for all, so that connections are kept, and one set of rules for every request. */
export interface Client {
  /** For `@azure/identity`, which makes its own requests. */
  readonly pipeline: HttpClient;
  readonly pace: Pace;
  /**
   * Sends once.
   *
   * @returns the answer, whatever its status
   * @throws TransportFailure when there is none, or when it is a redirect: those are never followed, with a token or without
   */
  send(call: Call): Promise<Reply>;
  /** Repeats something that changes nothing, see `retry`. */
  patiently<T>(attempt: () => Promise<T>): Promise<T>;
  /** Repeats with a rule of the caller's own. */
  repeat<T>(attempt: () => Promise<T>, worthwhile: (error: unknown) => error is Error): Promise<T>;
}

/**
 * @param signal - aborts whatever is in flight, and every pause
 * @param trace - gets one line for each exchange and each retry: method, host, path, status, milliseconds, request ids
 */
export function createClient(signal: AbortSignal, trace: (line: string) => void): Client {
  const transport = createDefaultHttpClient();
  const agents = createAgents(process.env);
  const pace: Pace = {
    now: () => performance.now(),
    random: Math.random,
    sleep: async (ms) => {
      await sleep(ms, undefined, { signal });
    },
  };

  async function sendRequest(request: PipelineRequest): Promise<PipelineResponse> {
    const url = new URL(request.url);
    if (url.protocol !== 'https:' && !isLoopback(url)) {
      throw new ActionError(`The address of ${url.host} is not https, and no token is sent in clear`, {
        anchor: 'network-tls',
      });
    }
    const overdue = AbortSignal.timeout(request.timeout || TIMEOUT);
    request.timeout = 0;
    request.abortSignal = AbortSignal.any([signal, overdue]);
    request.agent = agents(url);
    // Whoever names no coding may get any, and the transport decodes those that were asked for.
    request.headers.set('Accept-Encoding', 'gzip, deflate');
    request.headers.set('User-Agent', [USER_AGENT, request.headers.get('User-Agent')].filter(Boolean).join(' '));
    const started = performance.now();
    const line = (outcome: string): void => {
      trace(`${request.method} ${url.host}${url.pathname}: ${outcome}, ${Math.round(performance.now() - started)} ms`);
    };
    let response: PipelineResponse;
    try {
      response = await transport.sendRequest(request);
    } catch (error) {
      const failure = toFailure(error, url.host, overdue.aborted, signal.aborted);
      line(failure.message);
      throw failure;
    }
    const ids = ['request-id', 'x-ms-request-id', 'client-request-id'].flatMap(
      (name) => response.headers.get(name) ?? [],
    );
    line([`HTTP ${response.status}`, ...ids].join(' '));
    if (response.status >= 300 && response.status < 400) {
      throw new TransportFailure(
        'redirect',
        url.host,
        `HTTP ${response.status}`,
        'the answer is a redirect, and none is followed',
        false,
      );
    }
    return response;
  }

  const repeat: Client['repeat'] = (attempt, worthwhile) =>
    retry(attempt, worthwhile, pace, (error, pause) => {
      trace(`trying again in ${Math.round(pause)} ms: ${error.message}`);
    });

  return {
    pipeline: { sendRequest },
    pace,
    repeat,
    patiently: (attempt) => repeat(attempt, worthRepeating),
    async send({ method, url, headers = {}, body, timeout = 0 }) {
      const request = createPipelineRequest({
        method,
        url,
        headers: createHttpHeaders(headers),
        timeout,
        allowInsecureConnection: isLoopback(new URL(url)),
      });
      if (body !== undefined) request.body = body;
      const { status, bodyAsText, headers: answered } = await sendRequest(request);
      return { status, body: String(bodyAsText), header: (name) => answered.get(name) };
    },
  };
}

/** The toolkit reaches a service on the machine itself without TLS too; so do we. */
const isLoopback = (url: URL): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);

/**
 * Agents that keep connections alive and follow HTTPS_PROXY and NO_PROXY.
 * The pipeline's own proxy policy opens a new tunnel for each request, and only Node's agent keeps it (from 24.5 on).
 */
function createAgents(environment: NodeJS.ProcessEnv): (url: URL) => http.Agent {
  completeProxies(environment);
  const proxied = new https.Agent({ keepAlive: true, proxyEnv: environment, timeout: TUNNEL_TIMEOUT });
  const plain = new http.Agent({ keepAlive: true });
  return (url) => (url.protocol === 'http:' ? plain : proxied);
}

const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);

/**
 * Writes `http://` before `host:port`: the toolkit takes that form, so runners have it; Node and the libraries do not.
 *
 * @throws ActionError that does not repeat the address, since it can hold a password
 */
function completeProxies(environment: NodeJS.ProcessEnv): void {
  for (const name of PROXIES) {
    const value = environment[name];
    if (!value) continue;
    const address = value.includes('://') ? value : `http://${value}`;
    if (!URL.canParse(address)) {
      throw new ActionError(`The variable ${name} does not hold the address of a proxy`, {
        anchor: 'network-proxy',
        fix: 'Set it to http://host:port, or to http://user:password@host:port from a secret.',
      });
    }
    environment[name] = address;
  }
}
