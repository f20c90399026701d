import { ActionError, type Remediation } from '../shared/action-error.ts';
import type { FailureKind, TransportFailure } from './failure.ts';

const PROXY = 'Behind a proxy, set HTTPS_PROXY (and NO_PROXY) for the runner or in the job’s `env:`.';

const ADVICE: Record<FailureKind, Omit<Remediation, 'anchor'>> = {
  dns: {
    cause: 'The runner cannot resolve this name: it has no way to the internet, or its DNS is down.',
    fix: `Check the runner’s network. ${PROXY}`,
  },
  refused: {
    cause: 'A firewall on the way, or the host itself, lets no connection through.',
    fix: `Allow this host on port 443. ${PROXY}`,
  },
  tls: {
    cause: 'Something on the way opens TLS and shows a certificate of its own, mostly a corporate proxy.',
    fix: 'Put that proxy’s CA certificate into a PEM file on the runner, and name it in the job: `env: NODE_EXTRA_CA_CERTS: /path/to/ca.pem`.',
  },
  proxy: {
    cause:
      'The proxy named by HTTPS_PROXY refuses to connect to this host. HTTP 407 means that it wants a user and a password.',
    fix: 'Give them as HTTPS_PROXY: http://user:password@host:port, from a secret; else allow this host on the proxy.',
  },
  reset: {
    cause: 'The connection broke, and went on breaking.',
    fix: `Run again. If it stays so, something between the runner and the host cuts connections. ${PROXY}`,
  },
  timeout: {
    cause: 'The host did not answer in time, and went on not answering.',
    fix: `Run again. If it stays so, look for a firewall that drops packets. ${PROXY}`,
  },
  redirect: {
    cause:
      'Something on the way answers in the host’s place, such as a sign-in page of the network. A token is never sent after a redirect.',
    fix: 'Let the runner reach this host without it.',
  },
  unreadable: {
    cause: 'The answer was cut off, or it does not come from the service.',
    fix: 'Run again. If it stays so, a proxy on the way changes answers.',
  },
  cancelled: {},
};

/**
 * Says which step failed on the way to which host, and what to set.
 *
 * @param doing - the step, such as `Reading the keyset B2C_1A_Signing`
 */
export function explainTransport(doing: string, failure: TransportFailure): ActionError {
  const anchor = failure.kind === 'cancelled' ? 'cancelled' : `network-${failure.kind}`;
  const details = proxyInUse(process.env);
  return new ActionError(
    `${doing} failed: ${failure.message}`,
    { anchor, ...ADVICE[failure.kind], details },
    { cause: failure },
  );
}

/** The proxy may be what cannot be resolved or reached, so it is named; its user and password are not. */
function proxyInUse({ HTTPS_PROXY, https_proxy }: NodeJS.ProcessEnv): string[] {
  const proxy = URL.parse([https_proxy, HTTPS_PROXY].find(Boolean) ?? '');
  return proxy ? [`HTTPS_PROXY names the proxy ${proxy.host}.`] : [];
}

/** For an answer that the service itself never gives: a page, mostly. Its status says nothing about the service either. */
export const FOREIGN_ANSWER: Remediation = {
  anchor: 'foreign-answer',
  cause: 'This is not how the service answers: a proxy, a firewall or a gateway on the way answered in its place.',
  fix: 'Let the runner reach this host without it, or run again if it is a gateway’s passing error.',
};

/** A service's own words, which may be none, or a whole page: whoever prints them cuts them, once no secret is in them. */
export const quote = (said: string): string => (said === '' ? 'It says nothing more.' : `It says: ${said}`);
