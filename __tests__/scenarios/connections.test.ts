import { expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import manifest from '../../package.json' with { type: 'json' };
import { scenario } from './scenario.ts';

const DEAD = 'http://127.0.0.1:9';

const withoutScheme = (proxy: string, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, proxy.replace('http://', '')]));

test('one connection to each host serves all of its requests', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    expect((await run()).result).toBe('success');
    expect(requests()).toBe(7);
    // The keyset and its active key are asked for at once, so Graph gets two.
    expect(emulator.handshakes).toBe(4);
    const graph = emulator.requestLog.filter(({ host }) => host === 'graph.microsoft.com');
    expect(graph).toHaveLength(5);
    expect(new Set(graph.map(({ connection }) => connection)).size).toBe(2);
  });
});

test('every request introduces the product and its version', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    await run();
    const agents = emulator.requestLog.map(({ headers }) => headers['user-agent']?.split(' ')[0]);
    expect(new Set(agents)).toEqual(new Set([`b2c-upload-cert/${manifest.version}`]));
    const ids = emulator.requestLog
      .filter(({ host }) => host.startsWith('graph'))
      .map((one) => one.headers['client-request-id']);
    expect(new Set(ids).size).toBe(5);
  });
});

test('every request to Graph has a token, accepts JSON, has an ID of its own, and says what its body is', async () => {
  await scenario({}, async ({ emulator, run }) => {
    await run({ 'create-keyset': 'true' });
    const requests = emulator.requestLog.filter(({ host }) => host === 'graph.microsoft.com');
    for (const { headers, body } of requests) {
      expect(headers).toMatchObject({
        authorization: expect.stringMatching(/^Bearer \S+$/),
        accept: 'application/json',
        'client-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
      expect(headers['content-type']).toBe(body === '' ? undefined : 'application/json');
    }
    expect(requests.map(({ method }) => method)).toEqual(expect.arrayContaining(['GET', 'POST']));
    expect(new Set(requests.map(({ headers }) => headers['client-request-id'])).size).toBe(requests.length);
  });
});

test.each<[string, (proxy: string) => Record<string, string>]>([
  ['HTTPS_PROXY', (proxy) => ({ HTTPS_PROXY: proxy })],
  ['https_proxy, which wins', (proxy) => ({ https_proxy: proxy, HTTPS_PROXY: DEAD })],
  ['HTTPS_PROXY without http://', (proxy) => ({ HTTPS_PROXY: proxy.replace('http://', '') })],
  [
    'HTTPS_PROXY without http://, beside others like it',
    (proxy) => withoutScheme(proxy, ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY']),
  ],
  [
    'https_proxy without http://, beside others like it',
    (proxy) => withoutScheme(proxy, ['https_proxy', 'http_proxy', 'all_proxy']),
  ],
  [
    'HTTPS_PROXY beside other kinds of proxies',
    (proxy) => ({ HTTPS_PROXY: proxy, HTTP_PROXY: 'bad host', ALL_PROXY: 'socks5://127.0.0.1:9' }),
  ],
  [
    'HTTPS_PROXY with http:// in capitals and a path',
    (proxy) => ({ HTTPS_PROXY: `${proxy.replace('http', 'HTTP')}/proxy` }),
  ],
  [
    'HTTPS_PROXY beside a NO_PROXY for others',
    (proxy) => ({ HTTPS_PROXY: proxy, NO_PROXY: 'contoso.example, crosoft.com, *osoft.com, ., com:8443' }),
  ],
])('the proxy is found in %s', async (_, settings) => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const { HTTPS_PROXY: proxy = '' } = emulator.network();
    expect((await run({}, { env: { HTTPS_PROXY: '', ...settings(proxy) } })).outputs.outcome).toBe('uploaded');
  });
});

test.each<[string, Record<string, string>]>([
  ['NO_PROXY', { NO_PROXY: '.invalid' }],
  ['NO_PROXY, by a domain without its dot', { NO_PROXY: 'INVALID' }],
  ['NO_PROXY, with a port', { NO_PROXY: 'invalid:443' }],
  ['no_proxy, which wins', { no_proxy: 'other.example, token.invalid', NO_PROXY: 'other.example' }],
])('hosts in %s are reached without the proxy', async (_, settings) => {
  await scenario({}, async ({ emulator, run, requests }) => {
    // No name under .invalid is ever found (RFC 2606), but the proxy takes any.
    const env = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.invalid/?v=1' };
    const [direct, proxied] = await Promise.all([run({}, { env: { ...env, ...settings } }), run({}, { env })]);
    expect(direct.log).toMatch(/host name not found \(token.invalid, (ENOTFOUND|EAI_AGAIN)\)/);
    expect(proxied.log).toContain('HTTP 404');
    expect([emulator.handshakes, requests()]).toEqual([1, 1]);
  });
});

test.each([
  ['http://me:Pa55phrase@bad host', 'HTTPS_PROXY is not a valid proxy URL'],
  ['me:Pa55phrase@', 'HTTPS_PROXY is not a valid proxy URL'],
  ['http://me:123/Pa55phrase@127.0.0.1:9', 'HTTPS_PROXY is not a valid proxy URL'],
  ['http://me:123?Pa55phrase@127.0.0.1:9', 'HTTPS_PROXY is not a valid proxy URL'],
  ['http:/me:Pa55phrase@127.0.0.1:9', 'HTTPS_PROXY is not a valid proxy URL'],
  ['http://me:Pa55phrase%zz@127.0.0.1:9', 'HTTPS_PROXY has a user or password that is not percent-encoded correctly'],
  ['http://%:Pa55phrase@127.0.0.1:9', 'HTTPS_PROXY has a user or password that is not percent-encoded correctly'],
  ['socks5://me:Pa55phrase@127.0.0.1:9', 'HTTPS_PROXY specifies a socks5 proxy, which is not supported'],
  ['socks5h://me:Pa55phrase@127.0.0.1:9', 'HTTPS_PROXY specifies a socks5h proxy, which is not supported'],
])('the proxy %s is refused before any request, without showing it', async (HTTPS_PROXY, says) => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const { exitCode, log, annotations } = await run({}, { env: { HTTPS_PROXY }, forbidden: () => ['Pa55phrase'] });
    expect(exitCode).toBe(1);
    expect(log).toContain(says);
    expect(annotations).toEqual([
      expect.objectContaining({ level: 'error', message: expect.stringContaining('#network-proxy') }),
    ]);
    expect([requests(), emulator.handshakes]).toEqual([0, 0]);
  });
});

test('a SOCKS proxy is bypassed for a host in NO_PROXY', async () => {
  await scenario({}, async ({ run }) => {
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.invalid/?v=1',
      HTTPS_PROXY: 'socks5://127.0.0.1:9',
      NO_PROXY: 'token.invalid',
    };
    const { log } = await run({}, { env });
    expect(log).toMatch(/host name not found \(token.invalid, (ENOTFOUND|EAI_AGAIN)\)/);
    expect(log).not.toContain('HTTPS_PROXY is');
  });
});

test.each(['ALL_PROXY', 'all_proxy'])('%s is reported as not read where it is the only one', async (name) => {
  await scenario({}, async ({ run, requests }) => {
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.invalid/?v=1',
      HTTPS_PROXY: '',
      [name]: 'http://127.0.0.1:9',
    };
    const { log, annotations } = await run({}, { env });
    expect(annotations[0]).toMatchObject({
      level: 'notice',
      message: 'ALL_PROXY is set, but only HTTPS_PROXY is read: requests do not use this proxy.',
    });
    expect(log).toContain('host name not found (token.invalid');
    expect(requests()).toBe(0);
  });
});

test('a proxy that sends a byte per second is given up, and tried again', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'login.microsoftonline.com', kind: 'trickle' });
    const { outputs, log, stderr } = await run({}, { debug: true });
    expect([outputs.outcome, stderr]).toEqual(['uploaded', '']);
    expect(log).toMatch(
      /retrying in \d+ ms: the proxy did not open a tunnel \(login\.microsoftonline\.com, ERR_PROXY_TUNNEL\)/,
    );
  });
});

test('a proxy that never answers is tried again, and does not keep the process from ending', async () => {
  await scenario({}, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'graph.microsoft.com', kind: 'drop' });
    // A process that did not end would be killed, and the step would fail.
    const { result, outputs } = await run();
    expect([result, outputs.outcome]).toEqual(['success', 'uploaded']);
    expect(keyset.keys).toHaveLength(1);
  });
});

test('a proxy with user and password', async () => {
  await scenario({ proxyAuth: { user: 'me', password: 'Pa55phrase' } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    expect((await run()).outputs.outcome).toBe('uploaded');
    const step = await run();
    expect(step.outputs.outcome).toBe('already-present');
    // The name is too short to be masked: nothing else may be hidden because of it.
    expect(step.log).toContain('Names: DNS:signing.contoso.example');
    expect(step.log).toContain('2046-11-18T16:13:07Z');
    const without = await run(
      {},
      { env: { HTTPS_PROXY: emulator.network().HTTPS_PROXY?.replace(/\/\/.*@/, '//') ?? '' } },
    );
    expect(without.result).toBe('failure');
    expect(without.log).toContain('HTTP 407');
    expect(without.log).not.toContain('retrying');
  });
});

test('a service on the machine itself is asked directly, in clear too; its token goes no further', async () => {
  await scenario({}, async ({ run, requests }) => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url, request.headers.authorization);
      response.end('{"value":"not.a.token"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?v=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
    };
    const { log } = await run({}, { env });
    server.close();
    expect(asked).toEqual(['/token?v=1&audience=api%3A%2F%2FAzureADTokenExchange', 'Bearer request-token']);
    expect(requests('token')).toBe(1);
    expect(log).toContain('AADSTS');
  });
});

test('no token is sent in clear to anyone else', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const { exitCode, log } = await run({}, { env: { ACTIONS_ID_TOKEN_REQUEST_URL: 'http://token.example/?v=1' } });
    expect(exitCode).toBe(1);
    expect(log).toContain('token.example is not HTTPS');
    expect(requests()).toBe(0);
    expect(emulator.handshakes).toBe(0);
    expect(log).not.toContain('retrying');
  });
});

test.each(['oidc', 'token', 'keyset', 'upload'] as const)('a redirect at %s is followed by nobody', async (at) => {
  await scenario({}, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    for (const to of ['https://elsewhere.example/', '/elsewhere']) {
      emulator.faults.inject({ at, kind: 'redirect', to });
      const { result, log } = await run();
      expect(result).toBe('failure');
      expect(log).toContain('unexpected redirect');
      expect(log).toContain('No changes were made.');
    }
    expect(emulator.requestLog.filter(({ path, host }) => `${host}${path}`.includes('elsewhere'))).toEqual([]);
    expect(keyset.keys).toEqual([]);
  });
});

test.each(['oidc', 'token', 'keyset', 'active', 'upload'] as const)('a Retry-After at %s is followed', async (at) => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at, kind: 'throttled', retryAfter: 20 });
    const { outputs, log } = await run({}, { debug: true });
    expect(outputs.outcome).toBe('uploaded');
    const [pause = 0] = Array.from(log.matchAll(/retrying in (\d+) ms/g), ([, ms]) => Number(ms));
    expect(pause).toBeGreaterThanOrEqual(20_000);
    expect(pause).toBeLessThan(22_000);
  });
});

test('debug logging shows each recorded and why it was repeated, and neither header nor body nor query', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'keyset', kind: 'throttled', retryAfter: 0 });
    emulator.faults.inject({ at: 'token', kind: 'reset' });
    const { stdout } = await run({}, { debug: true });
    const lines = stdout.split('\n').filter((line) => line.startsWith('::debug::'));
    const id = '[0-9a-f-]{36}';
    for (const line of [
      `POST login.microsoftonline.com/${emulator.tenant.domain}/oauth2/v2.0/token: connection reset \\(login.microsoftonline.com, ECONNRESET\\), \\d+ ms`,
      `retrying in \\d+ ms: connection reset \\(login.microsoftonline.com, ECONNRESET\\)`,
      `POST login.microsoftonline.com/${emulator.tenant.domain}/oauth2/v2.0/token: HTTP 200 ${id}, \\d+ ms`,
      `GET graph.microsoft.com/beta/trustFramework/keySets/B2C_1A_Signing: HTTP 429 ${id} ${id}, \\d+ ms`,
      `retrying in \\d+ ms: HTTP 429 AADB2C95043`,
      `POST graph.microsoft.com/beta/trustFramework/keySets/B2C_1A_Signing/uploadCertificate: HTTP 200 ${id} ${id}, \\d+ ms`,
    ]) {
      expect(lines.join('\n')).toMatch(new RegExp(`^::debug::${line}$`, 'm'));
    }
    expect(lines.join('\n')).not.toMatch(/bearer|authorization|client_assertion|audience|\?|access_token/i);
  });
});
