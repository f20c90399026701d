import http from 'node:http';
import https from 'node:https';
import { ActionError } from '../shared/action-error.ts';

/**
 * From the connection to the proxy until the tunnel is open. Less than a request gets: aborting a request does not close a tunnel
 * that is being opened, and an open one keeps the process from ending.
 */
const TUNNEL_TIMEOUT_MS = 10_000;

/** The toolkit reaches services on the machine itself without TLS; so does this action. */
export const isLoopback = (url: URL): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);

/**
 * Reads HTTPS_PROXY and NO_PROXY, in lower case first, and keeps connections alive. The pipeline's own proxy policy opens a new
 * tunnel for each request; only Node's agent keeps it (from 24.5 on).
 *
 * The variables are dropped: the libraries would read them too, and fail on a value that they do not accept, such as `host:port`.
 *
 * @returns how requests to a URL leave this machine: their agent, and host and port of the proxy where one is used; it throws
 *   ActionError for a URL that a proxy of an unsupported kind would have to serve
 * @throws ActionError for a proxy that is not valid
 */
export function createRoutes(environment: NodeJS.ProcessEnv) {
  const plain = new http.Agent({ keepAlive: true });
  const direct = new https.Agent({ keepAlive: true });
  const proxy = readProxy(environment);
  const noProxy = [environment.no_proxy, environment.NO_PROXY].find(Boolean) ?? '';
  const bypass = noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  const proxied = proxy && createTunnelAgent(proxy);
  for (const name of Object.keys(environment))
    if (/^(all|https?|no)_proxy$/i.test(name)) Reflect.deleteProperty(environment, name);
  return (url: URL): { agent: http.Agent; proxy?: string } => {
    if (url.protocol === 'http:') return { agent: plain };
    if (!proxy || !proxied || bypass.some((entry) => matchesHost(url, entry))) return { agent: direct };
    if (!/^https?:$/.test(proxy.protocol)) throw unsupportedProxy(proxy);
    return { agent: proxied, proxy: proxy.host };
  };
}

/** Characters. Masking a shorter name, which is hardly secret, would hide half of the log and cost the job its outputs. */
const MIN_USER_LENGTH = 8;

/** The user and password of the proxy, in each form in which they can be printed. */
export function proxySecrets({ https_proxy, HTTPS_PROXY, http_proxy, HTTP_PROXY }: NodeJS.ProcessEnv): string[] {
  return [https_proxy, HTTPS_PROXY, http_proxy, HTTP_PROXY].flatMap((value) => {
    const { username = '', password = '' } = URL.parse(withScheme(value ?? '')) ?? {};
    if (username + password === '') return [];
    const [user, secret] = [decode(username) ?? username, decode(password) ?? password];
    const names = user.length < MIN_USER_LENGTH ? [] : [username, user];
    return [...names, password, secret, Buffer.from(`${user}:${secret}`).toString('base64')];
  });
}

function readProxy({ https_proxy, HTTPS_PROXY }: NodeJS.ProcessEnv): URL | undefined {
  const value = [https_proxy, HTTPS_PROXY].find(Boolean);
  if (value === undefined) return undefined;
  const proxy = URL.parse(withScheme(value));
  // The value is not repeated: it may contain a password. With `/`, `?` or `#` in it, its end is where a path would be.
  if (proxy === null || (proxy.pathname + proxy.search + proxy.hash).includes('@'))
    throw invalidProxy('HTTPS_PROXY is not a valid proxy URL');
  if (decode(proxy.username) === undefined || decode(proxy.password) === undefined)
    throw invalidProxy('HTTPS_PROXY has a user or password that is not percent-encoded correctly');
  return proxy;
}

/** The toolkit accepts `host:port`, so runners have it. */
const withScheme = (value: string): string => (value.includes('://') ? value : `http://${value}`);

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const invalidProxy = (message: string): ActionError =>
  new ActionError(message, {
    anchor: 'network-proxy',
    fix: 'Set it to http://host:port, or to http://user:password@host:port from a secret.',
  });

const unsupportedProxy = ({ protocol }: URL): ActionError =>
  new ActionError(`HTTPS_PROXY specifies a ${protocol.slice(0, -1)} proxy, which is not supported`, {
    anchor: 'network-proxy',
    cause: 'Only HTTP proxies are supported, and a configured proxy is not bypassed.',
    fix: 'Set HTTPS_PROXY to http://host:port, or list the host in NO_PROXY if it is reachable directly.',
  });

/** As the toolkit and curl match NO_PROXY: a domain covers its subdomains, also after a dot or `*.`, with or without a port. */
function matchesHost({ hostname, port }: URL, entry: string): boolean {
  const domain = entry.replace(/^\*?\./, '');
  return entry === '*' || [hostname, `${hostname}:${port || '443'}`].some((host) => `.${host}`.endsWith(`.${domain}`));
}

/** Node's own limit starts again with each byte that the proxy sends. */
function createTunnelAgent(proxy: URL): https.Agent {
  const agent = new https.Agent({ keepAlive: true, proxyEnv: { HTTPS_PROXY: proxy.href } });
  const createConnection = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = createConnection(options, (error, tunnel) => {
      clearTimeout(deadline);
      callback?.(error, tunnel);
    });
    const deadline = setTimeout(() => {
      // Nobody else listens during the TLS handshake with the host, and the error would be uncaught.
      socket?.on('error', () => undefined);
      socket?.destroy(Object.assign(new Error('The proxy took too long.'), { code: 'ERR_PROXY_TUNNEL' }));
    }, TUNNEL_TIMEOUT_MS);
    // Node adds a listener for each piece of the proxy's response.
    socket?.setMaxListeners(0);
    return socket;
  };
  return agent;
}
