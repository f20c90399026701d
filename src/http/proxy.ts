import http from 'node:http';
import https from 'node:https';
import { ActionError } from '../shared/action-error.ts';

/**
 * How long a proxy gets to open a tunnel. Less than a request gets: aborting a request does not close a tunnel that is being
 * opened, and an open one keeps the process from ending.
 */
const TUNNEL_TIMEOUT_MS = 10_000;

const PROXY_VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);

/** The toolkit reaches services on the machine itself without TLS; so does this action. */
export const isLoopback = (url: URL): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);

/**
 * Agents that keep connections alive and follow HTTPS_PROXY and NO_PROXY.
 * The pipeline's own proxy policy opens a new tunnel for each request; only Node's agent keeps it (from 24.5 on).
 *
 * @returns the agent for a URL
 * @throws ActionError for a proxy variable that is no URL
 */
export function createAgents(environment: NodeJS.ProcessEnv): (url: URL) => http.Agent {
  completeProxyUrls(environment);
  const proxied = new https.Agent({ keepAlive: true, proxyEnv: environment, timeout: TUNNEL_TIMEOUT_MS });
  const plain = new http.Agent({ keepAlive: true });
  return (url) => (url.protocol === 'http:' ? plain : proxied);
}

/**
 * Writes `http://` before `host:port`: the toolkit accepts that form, so runners have it; Node and the libraries do not.
 *
 * @throws ActionError that does not repeat the URL, since it may contain a password
 */
function completeProxyUrls(environment: NodeJS.ProcessEnv): void {
  for (const name of PROXY_VARIABLES) {
    const value = environment[name];
    if (!value) continue;
    const url = value.includes('://') ? value : `http://${value}`;
    if (!URL.canParse(url)) {
      throw new ActionError(`The variable ${name} is not a valid proxy URL`, {
        anchor: 'network-proxy',
        fix: 'Set it to http://host:port, or to http://user:password@host:port from a secret.',
      });
    }
    environment[name] = url;
  }
}
