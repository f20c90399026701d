import { expect, test } from '@jest/globals';
import type { ConnectionFault, Emulator } from '../../emulator/index.ts';
import { NetworkError, type NetworkErrorKind } from '../../src/http/errors.ts';
import { throwExplained } from '../../src/http/guidance.ts';
import { scenario } from './scenario.ts';

const STEPS = {
  'run-actions-1-azure-eastus.actions.githubusercontent.com': 'Requesting an OIDC token from GitHub failed: ',
  'login.microsoftonline.com': 'Signing in at login.microsoftonline.com failed: ',
  'graph.microsoft.com': 'Reading the keyset B2C_1A_Signing failed: ',
};

const CONNECTION_FAULTS = {
  'wrong-certificate': ['TLS certificate is not trusted', 'NODE_EXTRA_CA_CERTS: /path/to/ca.pem', '#network-tls'],
  'proxy-auth': ['HTTP 407', 'HTTPS_PROXY to http://user:password@host:port', 'from a secret', '#network-proxy'],
  refuse: ['the proxy did not open a tunnel', 'allow this host on the proxy', '#network-proxy'],
  'handshake-reset': ['ECONNRESET', 'closes connections', '#network-reset'],
} as const;

/** Each of some faults at each host that an upload needs. */
const atEachHost = <Kind extends ConnectionFault['kind']>(...kinds: Kind[]) =>
  Object.entries(STEPS).flatMap(([host, doing]) => kinds.map((kind) => ({ host, doing, kind })));

/** Runs an upload that fails, since every connection to a host is broken. */
async function failAt(
  { host, kind }: { host: string; kind: ConnectionFault['kind'] },
  judge: (log: string, emulator: Emulator) => void,
): Promise<void> {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: host, kind, times: 99 });
    const { result, log } = await run();
    expect(result).toBe('failure');
    judge(log, emulator);
  });
}

test.concurrent.each(atEachHost('wrong-certificate', 'proxy-auth', 'refuse', 'handshake-reset'))(
  '$kind on the way to $host: which step, which host, what to set',
  async (broken) => {
    const { host, doing, kind } = broken;
    await failAt(broken, (log, emulator) => {
      const proxy = emulator.network().HTTPS_PROXY?.replace('http://', '') ?? 'no proxy';
      for (const text of [doing, host, ...CONNECTION_FAULTS[kind], `HTTPS_PROXY is ${proxy}.`])
        expect(log).toContain(text);
      expect(log).toMatch(/^Cause: .+\nFix: .+$/m);
      expect(log).not.toContain('GitHub presented');
    });
  },
);

test.concurrent.each(atEachHost('expired-certificate', 'future-certificate'))(
  '$kind at $host: the clock first, then the proxy, and one attempt',
  async (broken) => {
    const { host, doing, kind } = broken;
    await failAt(broken, (log, emulator) => {
      const code = kind === 'expired-certificate' ? 'CERT_HAS_EXPIRED' : 'CERT_NOT_YET_VALID';
      expect(log).toContain(
        `${doing}the host's TLS certificate is not valid at the runner's time (${host}, ${code})\n`,
      );
      expect(log).toMatch(
        /^Cause: The runner’s clock is wrong, or a proxy .+\nFix: Check the clock of the runner first, then .+ proxy/m,
      );
      expect(log).toContain('#network-certificate-time');
      // Keyset and active key are read over two connections.
      const attempts = host.startsWith('graph') ? 2 : 1;
      expect(emulator.faults.remaining()).toEqual([expect.objectContaining({ kind, times: 99 - attempts })]);
    });
  },
);

test.concurrent('in China the host that gets the token is the one that is named', async () => {
  await scenario({ cloud: 'china' }, async ({ emulator, run }) => {
    const host = 'login.partner.microsoftonline.cn';
    emulator.faults.inject({ at: host, kind: 'refuse', status: 403, times: 99 });
    const { log } = await run({ cloud: 'china' }, { debug: true });
    expect(log).toContain(`Signing in at ${host} failed: the proxy did not open a tunnel (${host}, HTTP 403)`);
    emulator.faults.clear();
    emulator.faults.inject({ at: 'token', kind: 'garbage', times: 9 });
    expect((await run({ cloud: 'china' })).log).toContain(`unexpected response, expected a token (${host})`);
    const signIns = emulator.requestLog.filter(({ step }) => step === 'token');
    expect(new Set(signIns.map((one) => one.host))).toEqual(new Set([host]));
    expect(log).not.toContain('login.chinacloudapi.cn');
  });
});

/** What is on the way of the first request, in variables of the job. */
const environments: [string, (emulator: Emulator) => Record<string, string>, string[]][] = [
  [
    'a proxy whose name nobody knows',
    () => ({ HTTPS_PROXY: 'http://user:pass-of-proxy@proxy.invalid:8080' }),
    [
      'the proxy cannot be reached (proxy.invalid:8080, E',
      'HTTPS_PROXY is proxy.invalid:8080.',
      '#network-proxy-unreachable',
    ],
  ],
  [
    'a proxy that does not run',
    () => ({ HTTPS_PROXY: 'http://127.0.0.1:9' }),
    [
      'the proxy cannot be reached (127.0.0.1:9, ECONNREFUSED)',
      'whether the proxy is running',
      '#network-proxy-unreachable',
    ],
  ],
  [
    'an address of a proxy without its scheme',
    () => ({ HTTPS_PROXY: 'proxy.invalid:8080' }),
    [
      'the proxy cannot be reached (proxy.invalid:8080, E',
      'HTTPS_PROXY is proxy.invalid:8080.',
      '#network-proxy-unreachable',
    ],
  ],
  [
    'a proxy that opens TLS, and whose CA is unknown',
    (emulator) => ({ HTTPS_PROXY: emulator.network().HTTPS_PROXY ?? '', NODE_EXTRA_CA_CERTS: '' }),
    ['not trusted', 'NODE_EXTRA_CA_CERTS', '#network-tls'],
  ],
];

test.concurrent.each(environments)('%s: what to set', async (_, environment, says) => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const { log } = await run({}, { env: { ...emulator.job(), ...environment(emulator) }, secrets: ['pass-of-proxy'] });
    for (const text of ['Requesting an OIDC token from GitHub failed: ', 'HTTPS_PROXY', ...says])
      expect(log).toContain(text);
    expect(requests()).toBe(0);
  });
});

test.concurrent('a proxy that wants a password gets it, and it is shown nowhere', async () => {
  const proxyAuth = { user: 'runner', password: 'pass-of-the-proxy' };
  await scenario({ proxyAuth }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const secrets = [proxyAuth.password];
    expect(await run({}, { secrets, debug: true })).toMatchObject({ result: 'success' });
    emulator.faults.inject({ at: 'graph.microsoft.com', kind: 'refuse', times: 99 });
    const { log } = await run({}, { secrets });
    expect(log).toMatch(/HTTPS_PROXY is 127\.0\.0\.1:\d+\./);
  });
});

const KINDS: Record<NetworkErrorKind, string> = {
  dns: 'network-dns',
  refused: 'network-refused',
  tls: 'network-tls',
  'certificate-time': 'network-certificate-time',
  'proxy-unreachable': 'network-proxy-unreachable',
  proxy: 'network-proxy',
  reset: 'network-reset',
  timeout: 'network-timeout',
  redirect: 'network-redirect',
  'invalid-response': 'network-invalid-response',
};

test.each(Object.entries(KINDS))('a failure of kind %s has its section: %s', (name, anchor) => {
  const kind = Object.keys(KINDS).find((one): one is NetworkErrorKind => one === name) ?? 'reset';
  const error = new NetworkError(kind, 'graph.microsoft.com', { code: 'CODE', what: 'it broke' });
  expect(() => throwExplained('Reading', error)).toThrow(
    expect.objectContaining({
      message: 'Reading failed: it broke (graph.microsoft.com, CODE)',
      remediation: expect.objectContaining({ anchor }),
    }),
  );
});
