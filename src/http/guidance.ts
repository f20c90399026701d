import { ActionError, type Remediation } from '../shared/action-error.ts';
import { HttpError, NetworkError, type NetworkErrorKind } from './errors.ts';

const PROXY = 'Behind a proxy, set HTTPS_PROXY (and NO_PROXY) for the runner or in the job’s `env:`.';

const NETWORK_GUIDANCE: Record<NetworkErrorKind, Omit<Remediation, 'anchor'>> = {
  dns: {
    cause: 'The runner cannot resolve this name: no internet access or a DNS failure.',
    fix: `Check the runner’s network. ${PROXY}`,
  },
  refused: {
    cause: 'A firewall or the host itself is blocking the connection.',
    fix: `Allow this host on port 443. ${PROXY}`,
  },
  tls: {
    cause:
      'The runner does not trust the certificate of the host: usually a corporate proxy that inspects TLS presents its own.',
    fix: 'Put the CA certificate of the proxy, or of a server with a private CA, into a PEM file on the runner and set it in the job: `env: NODE_EXTRA_CA_CERTS: /path/to/ca.pem`.',
  },
  'certificate-time': {
    cause: 'The runner’s clock is wrong, or a proxy that intercepts TLS presents a certificate that is not valid.',
    fix: 'Check the clock of the runner first, then the certificate of the proxy.',
  },
  'proxy-unreachable': {
    cause: 'The proxy in HTTPS_PROXY cannot be resolved or does not accept connections.',
    fix: 'Check the host and port in HTTPS_PROXY, and whether the proxy is running; unset it if the runner needs none.',
  },
  proxy: {
    cause: 'The proxy in HTTPS_PROXY refused to connect to this host. HTTP 407 means that it requires credentials.',
    fix: 'Set HTTPS_PROXY to http://user:password@host:port from a secret, or allow this host on the proxy.',
  },
  reset: {
    cause: 'The connection was reset, on the last attempt too.',
    fix: `Run again. If the problem persists, something between the runner and the host closes connections. ${PROXY}`,
  },
  timeout: {
    cause: 'The host did not respond in time, on the last attempt either.',
    fix: `Run again. If the problem persists, look for a firewall that drops packets. ${PROXY}`,
  },
  redirect: {
    cause:
      'A proxy or captive portal responded instead of the host, for example with a sign-in page. A token is never sent after a redirect.',
    fix: 'Let the runner reach this host without it.',
  },
  'invalid-response': {
    cause: 'The response was truncated, or it does not come from the service.',
    fix: 'Run again. If the problem persists, a proxy modifies responses.',
  },
};

/** For a response in a format that the service never uses, usually a web page. Its status says nothing about the service. */
export const INTERMEDIARY_RESPONSE: Remediation = {
  anchor: 'intermediary-response',
  cause: 'Unexpected response format: a proxy, firewall or gateway responded instead of the service.',
  fix: 'Let the runner reach this host without it; run again if it was a transient error of a gateway.',
};

/**
 * Says which step failed, why, and what to do about it.
 *
 * @param step - such as `Reading the keyset B2C_1A_Signing`
 * @param details - lines that help with this failure, shown before the service's correlation IDs
 * @throws ActionError for an error response or a network error; anything else as it is
 */
export function throwExplained(step: string, error: unknown, details: readonly string[] = []): never {
  if (error instanceof NetworkError) {
    // Without its user and password.
    const proxy = error.proxy === undefined ? [] : [`HTTPS_PROXY is ${error.proxy}.`];
    const remediation = { anchor: `network-${error.kind}`, ...NETWORK_GUIDANCE[error.kind], details: proxy };
    throw new ActionError(`${step} failed: ${error.message}`, remediation, { cause: error });
  }
  if (!(error instanceof HttpError)) throw error;
  // The words may be a whole page: whoever prints them truncates them, after the secrets are masked.
  const response = error.serviceMessage === '' ? 'No further details.' : `Response: ${error.serviceMessage}`;
  throw new ActionError(
    `${step} failed: ${error.message}. ${response}`,
    { ...error.remediation, details: [...details, ...error.correlationIds] },
    { cause: error },
  );
}
