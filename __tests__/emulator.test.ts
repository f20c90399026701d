import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { Agent, request, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { startEmulator, type Emulator, type EmulatorOptions, type Fault } from '../emulator/index.ts';
import { rsaKeyPair } from '../emulator/rsa.ts';

interface Answer {
  status: number | undefined;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

/** Longer than anything takes on a busy machine; the faults that never answer cost this much each. */
const PATIENCE_MS = 3000;

/** A client that knows nothing of the emulator: a proxy and an authority, as any job in a company has them. */
class Client {
  readonly emulator: Emulator;
  readonly agent: Agent;
  readonly graph: string;
  #token = '';

  constructor(emulator: Emulator, graph = 'graph.microsoft.com') {
    const { HTTPS_PROXY, NODE_EXTRA_CA_CERTS = '' } = emulator.network();
    this.emulator = emulator;
    this.graph = `https://${graph}/beta/trustFramework/keySets`;
    this.agent = new Agent({
      keepAlive: true,
      proxyEnv: { HTTPS_PROXY },
      ca: readFileSync(NODE_EXTRA_CA_CERTS),
    });
  }

  async send(method: string, url: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
    const options: RequestOptions = { method, headers, agent: this.agent, timeout: PATIENCE_MS };
    return new Promise((resolve, reject) => {
      const outgoing = request(url, options, (response) => {
        text(response).then((content) => {
          resolve({ status: response.statusCode, headers: response.headers, body: content });
        }, reject);
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error('timeout')));
      outgoing.on('error', reject).end(body);
    });
  }

  async oidc(overrides = {}, audience = 'api://AzureADTokenExchange'): Promise<string> {
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url = '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer = '' } =
      this.emulator.job(overrides);
    const { body } = await this.send('GET', `${url}&audience=${encodeURIComponent(audience)}`, {
      authorization: `bearer ${bearer}`,
    });
    return String(member(body, 'value'));
  }

  async token(fields: Record<string, string>, tenant = this.emulator.tenant.domain): Promise<Answer> {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: this.emulator.app.clientId,
      scope: 'https://graph.microsoft.com/.default',
      'x-client-SKU': 'a field that nobody knows',
      ...fields,
    });
    return this.send('POST', `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`, {}, form.toString());
  }

  async signIn(): Promise<this> {
    const { body } = await this.token({ client_assertion: await this.oidc() });
    this.#token = String(member(body, 'access_token'));
    return this;
  }

  async keysets(method: string, path = '', body?: object): Promise<Answer> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    return this.send(method, this.graph + path, headers, body && JSON.stringify(body));
  }
}

/** The member at `path` of a JSON text. */
function member(json: string, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
    JSON.parse(json),
  );
}

const memberNames = (value: unknown): string =>
  typeof value === 'object' && value !== null ? Object.keys(value).join(' ') : '';
const code = (answer: Answer): unknown => member(answer.body, 'error', 'code');
const aadsts = (answer: Answer): unknown => member(answer.body, 'error_codes', 0);

/** A certificate that signs itself, and its key. */
async function selfSigned(): Promise<{
  key: forge.pki.rsa.PrivateKey;
  certificate: forge.pki.Certificate;
  der: Buffer;
}> {
  const { publicKey, privateKey: key } = await rsaKeyPair();
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.validity.notAfter = new Date(Date.now() + 86_400_000);
  certificate.sign(key, forge.md.sha256.create());
  const der = new X509Certificate(forge.pki.certificateToPem(certificate)).raw;
  return { key, certificate, der };
}

const running: { emulator: Emulator; client: Client }[] = [];
async function start(options?: EmulatorOptions): Promise<{ emulator: Emulator; client: Client }> {
  const emulator = await startEmulator(options);
  const client = new Client(emulator);
  running.push({ emulator, client });
  return { emulator, client };
}

const { key, certificate, der } = await selfSigned();
const upload = { key: der.toString('base64') };

afterAll(async () => {
  for (const { emulator, client } of running) {
    client.agent.destroy();
    await emulator.close();
  }
});

describe('the happy path', () => {
  test('OIDC, token, create, upload, read, active key: over one connection to each host', async () => {
    const { emulator, client } = await start();
    await client.signIn();
    expect(code(await client.keysets('GET', '/B2C_1A_tls'))).toBe('AADB2C90073');
    const created = await client.keysets('POST', '', { id: 'tls' });
    expect([created.status, created.headers.location]).toEqual([201, "/trustFramework/keySets('B2C_1A_tls')"]);
    expect(code(await client.keysets('POST', '', { id: 'tls' }))).toBe('AADB2C95028');
    const uploaded = await client.keysets('POST', '/B2C_1A_tls/uploadCertificate', upload);
    const { fingerprint } = new X509Certificate(der);
    expect([uploaded.status, member(uploaded.body, 'kid')]).toEqual([200, fingerprint.replaceAll(':', '')]);
    expect(member((await client.keysets('GET', '/B2C_1A_tls')).body, 'keys', 0, 'x5c', 0)).toBe(upload.key);
    const active = await client.keysets('GET', "('B2C_1A_tls')/getActiveKey()");
    expect(active.body).toBe(uploaded.body);
    expect(emulator.handshakes).toBe(3);
    expect(new Set(emulator.requestLog.map(({ connection }) => connection)).size).toBe(3);
    expect(emulator.requestLog.map(({ step }) => step)).toEqual([
      'oidc',
      'token',
      'keyset',
      'create',
      'create',
      'upload',
      'keyset',
      'active',
    ]);
    expect(emulator.secrets).toHaveLength(3);
    expect(active.headers['client-request-id']).toBe(active.headers['request-id']);
  });

  test('a key has the members of the real answer, in its order, and no others', async () => {
    const { emulator, client } = await start();
    emulator.seed('B2C_1A_tls', der);
    await client.signIn();
    const { body } = await client.keysets('GET', '/B2C_1A_tls');
    expect(memberNames(member(body, 'keys', 0))).toBe('k x5c x5t kty use exp nbf kid e n d p q dp dq qi');
  });

  test('keys_v2 tells the status and sets it; a deleted keyset leaves a copy', async () => {
    const { emulator, client } = await start();
    const kid = emulator.seed('B2C_1A_tls', der).keys[0]?.kid ?? '';
    await client.signIn();
    expect((await client.keysets('PATCH', `/B2C_1A_tls/keys_v2/${kid}`, { status: 'disabled' })).status).toBe(204);
    const { body } = await client.keysets('GET', '/B2C_1A_tls/keys_v2');
    expect(member(body, 'value', 0, 'status')).toBe('disabled');
    expect(code(await client.keysets('GET', '/B2C_1A_tls/getActiveKey'))).toBe('AADB2C90019');
    expect((await client.keysets('DELETE', '/B2C_1A_tls')).status).toBe(204);
    expect([...emulator.tenant.keysets.keys()]).toEqual(['B2C_1A_tls.bak']);
  });

  test.each([
    ['3des', 'secret', 200],
    ['3des', 'wrong', 400],
    ['aes256', 'secret', 400],
  ] as const)('a PFX with %s and the password "%s" gives %i', async (algorithm, password, status) => {
    const { emulator, client } = await start();
    emulator.seed('B2C_1A_tls');
    await client.signIn();
    const pfx = forge.asn1.toDer(forge.pkcs12.toPkcs12Asn1(key, certificate, 'secret', { algorithm })).getBytes();
    const body = { key: Buffer.from(pfx, 'binary').toString('base64'), password };
    const answer = await client.keysets('POST', '/B2C_1A_tls/uploadPkcs12', body);
    expect([answer.status, code(answer)]).toEqual([status, status === 200 ? undefined : 'AADB2C90213']);
    const stored = emulator.tenant.keysets.get('B2C_1A_tls')?.keys ?? [];
    expect(stored.map(({ x5c }) => x5c[0])).toEqual(status === 200 ? [upload.key] : []);
  });

  test('lists come in pages when asked to', async () => {
    const { emulator, client } = await start({ behavior: { pageSize: 2 } });
    for (const id of ['B2C_1A_a', 'B2C_1A_b', 'B2C_1A_c']) emulator.seed(id);
    await client.signIn();
    const first = await client.keysets('GET');
    const next = String(member(first.body, '@odata.nextLink'));
    const second = await client.keysets('GET', next.slice(client.graph.length));
    expect(member(second.body, 'value', 0, 'id')).toBe('B2C_1A_c');
    expect(member(second.body, '@odata.nextLink')).toBeUndefined();
  });

  test('curl finds its way through the proxy', async () => {
    const { emulator } = await start();
    const { HTTPS_PROXY = '', NODE_EXTRA_CA_CERTS = '' } = emulator.network();
    if (!hasCurl()) return;
    const url = 'https://token.actions.githubusercontent.com/.well-known/jwks';
    const flags = [
      '--silent',
      '--show-error',
      '--noproxy',
      '',
      '--proxy',
      HTTPS_PROXY,
      '--cacert',
      NODE_EXTRA_CA_CERTS,
    ];
    const { stdout } = await promisify(execFile)('curl', [...flags, url]);
    expect(member(stdout, 'keys', 0, 'alg')).toBe('RS256');
  });
});

function hasCurl(): boolean {
  try {
    execFileSync('curl', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('what Entra ID refuses', () => {
  const guid = '00000000-0000-4000-8000-000000000000';

  test.each([
    ['another environment', { environment: 'test' }, {}, 700213],
    ['ids beside the names', { immutable: true }, {}, 700213],
    ['another letter case', { repository: 'Contoso/identity' }, {}, 7002138],
    ['another issuer', { issuer: 'https://github.contoso.com/_services/token' }, {}, 700211],
    ['a slash after the issuer', { issuer: 'https://token.actions.githubusercontent.com/' }, {}, 700211],
    ['a token of yesterday', { exp: 1_700_000_000 }, {}, 700024],
    ['another audience', { aud: 'api://AzureADTokenExchangeChina' }, {}, 700212],
    ['an unknown app', {}, { client_id: guid }, 700016],
    ['a scope of another cloud', {}, { scope: 'https://graph.microsoft.us/.default' }, 500011],
    ['a wrong secret', {}, { client_secret: 'wrong' }, 7000215],
  ])('%s', async (_, job, fields, expected) => {
    const { client } = await start();
    const answer = await client.token({ client_assertion: await client.oidc(job), ...fields });
    expect([aadsts(answer), answer.status]).toEqual([expected, expect.any(Number)]);
    expect(member(answer.body, 'error_description')).toMatch(
      new RegExp(`^AADSTS${expected}: [^]+ Trace ID: \\S+ Correlation ID: \\S+ Timestamp: \\S+ \\S+Z$`),
    );
  });

  test('an unknown tenant, a forged signature, an app without credentials, a secret that fits', async () => {
    const { emulator, client } = await start({ app: { clientSecret: 'a secret' } });
    const assertion = await client.oidc();
    const forged = `${assertion.slice(0, -8)}AAAAAAAA`;
    expect(aadsts(await client.token({ client_assertion: assertion }, 'fabrikam.onmicrosoft.com'))).toBe(90002);
    expect(aadsts(await client.token({ client_assertion: assertion }, 'fabrikam'))).toBe(900023);
    expect(aadsts(await client.token({ client_assertion: forged }))).toBe(700027);
    expect((await client.token({ client_secret: 'a secret' }, emulator.tenant.id.toUpperCase())).status).toBe(200);
    emulator.app.federatedCredentials = [];
    expect(aadsts(await client.token({ client_assertion: assertion }))).toBe(70021);
  });
});

describe('what Graph refuses', () => {
  test('no token, no role, no such segment, a body of an SDK, another type of key, a certificate in PEM', async () => {
    const { emulator, client } = await start({ app: { roles: ['TrustFrameworkKeySet.Read.All'] } });
    emulator.seed('B2C_1A_secret', { kty: 'oct' });
    expect([(await client.keysets('GET')).status, code(await client.keysets('GET'))]).toEqual([
      401,
      'InvalidAuthenticationToken',
    ]);
    await client.signIn();
    const forbidden = await client.keysets('POST', '', { id: 'x' });
    expect([forbidden.status, code(forbidden)]).toEqual([403, 'AADB2C']);
    emulator.app.roles = ['TrustFrameworkKeySet.ReadWrite.All'];
    await client.signIn();
    expect((await client.keysets('GET', '/B2C_1A_secret/nothing')).status).toBe(404);
    expect(code(await client.keysets('POST', '', { '@odata.type': '#x', id: 'x' }))).toBe('AADB2C');
    expect(code(await client.keysets('POST', '/B2C_1A_secret/uploadCertificate', upload))).toBe('AADB2C95032');
    const pem = Buffer.from(forge.pki.certificateToPem(certificate)).toString('base64');
    expect(code(await client.keysets('POST', '/B2C_1A_secret/uploadCertificate', { key: pem }))).toBe('AADB2C90179');
    expect(code(await client.keysets('POST', '/B2C_1A_secret/uploadCertificate', {}))).toBe('AADB2C90253');
  });

  test('behavior may change while it runs', async () => {
    const { emulator, client } = await start({ behavior: { staleReadsMs: 200 } });
    emulator.seed('B2C_1A_tls');
    await client.signIn();
    const count = async (): Promise<unknown> =>
      member((await client.keysets('GET', '/B2C_1A_tls')).body, 'keys', 'length');
    await client.keysets('POST', '/B2C_1A_tls/uploadCertificate', upload);
    expect(await count()).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 220));
    expect(await count()).toBe(1);
    Object.assign(emulator.behavior, {
      duplicates: 'refuse',
      missingStatus: 400,
      dates: 'strings',
      hidden: ['x5t'],
    });
    expect(code(await client.keysets('POST', '/B2C_1A_tls/uploadCertificate', upload))).toBe('AADB2C90180');
    expect((await client.keysets('GET', '/B2C_1A_other')).status).toBe(400);
    const { body } = await client.keysets('GET', '/B2C_1A_tls');
    expect(member(body, 'keys', 0)).toMatchObject({ nbf: expect.any(String), status: 'enabled' });
    expect(member(body, 'keys', 0)).not.toHaveProperty('x5t');
  });

  test('a throttle gives Retry-After', async () => {
    const { client } = await start({ throttle: { requestsPerMinute: 2 } });
    await client.signIn();
    await client.keysets('GET');
    await client.keysets('GET');
    const answer = await client.keysets('GET');
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '30']);
  });
});

describe('faults', () => {
  let emulator: Emulator;
  let client: Client;
  const post = (): Promise<Answer> => client.keysets('POST', '/B2C_1A_tls/uploadCertificate', upload);
  const stored = (): number => emulator.tenant.keysets.get('B2C_1A_tls')?.keys.length ?? 0;

  beforeAll(async () => {
    ({ emulator, client } = await start());
    emulator.seed('B2C_1A_tls');
    await client.signIn();
  });

  test.each([
    [{ kind: 'reset' }, 0, 'ECONNRESET'],
    [{ kind: 'reset-after' }, 1, 'ECONNRESET'],
    [{ kind: 'timeout' }, 0, 'timeout'],
    [{ kind: 'timeout-after' }, 1, 'timeout'],
    [{ kind: 'truncated' }, 1, 'aborted'],
    [{ kind: 'empty' }, 1, '200 '],
    [{ kind: 'status', status: 503, headers: { 'retry-after': '7' } }, 0, '503 {"error":{"code":"ServiceUnavailable"'],
    [{ kind: 'status-after', status: 504, body: 'late' }, 1, '504 late'],
    [{ kind: 'throttled', retryAfter: 3 }, 0, '429 {"error":{"code":"AADB2C95043"'],
    [{ kind: 'concurrent' }, 0, '409 {"error":{"code":"AADB2C95053"'],
    [{ kind: 'service-problem' }, 0, '500 {"error":{"code":"AADB2C90063"'],
    [{ kind: 'unknown-error' }, 0, '500 {"error":{"code":"UnknownError","message":""'],
    [{ kind: 'non-odata' }, 0, '404 {"message":"No HTTP resource was found'],
    [{ kind: 'html' }, 0, '502 <!DOCTYPE html>'],
    [{ kind: 'garbage', body: [1] }, 0, '200 [1]'],
    [{ kind: 'aadsts', code: 53003 }, 0, '400 {"error":"invalid_grant"'],
    [{ kind: 'redirect' }, 0, '307 '],
    [{ kind: 'hostile', text: '::error::x' }, 0, '400 {"error":{"code":"::error::x","message":"::error::x"'],
    [{ kind: 'delay', ms: 20 }, 1, '200 {"@odata.context"'],
  ] as const)('%j of an upload', async (requestFault, written, seen) => {
    const before = stored();
    emulator.faults.inject({ at: 'upload', skip: 1, ...requestFault });
    expect((await post()).status).toBe(200);
    const outcome = await post().then(
      ({ status, body }) => `${status ?? ''} ${body}`,
      (error: unknown) => String(error),
    );
    expect(outcome).toContain(seen);
    expect(stored() - before).toBe(1 + written);
    expect(emulator.faults.remaining()).toEqual([]);
    expect(emulator.requestLog.at(-1)?.fault).toBe(requestFault.kind);
    expect((await post()).status).toBe(200);
  });

  test.each([
    ['refuse', '502'],
    ['handshake-reset', 'ECONNRESET'],
    ['wrong-certificate', 'self-signed certificate in certificate chain'],
    ['drop', 'timed out'],
    ['proxy-auth', '407'],
  ] as const)('%s of a connection', async (kind, seen) => {
    const fault: Fault = { at: 'login.microsoftonline.us', kind };
    emulator.faults.inject(fault);
    const before = emulator.requestLog.length;
    const attempt = (): Promise<Answer> =>
      client.send('GET', 'https://login.microsoftonline.us/common/discovery/instance');
    await expect(attempt()).rejects.toThrow(seen);
    expect(emulator.requestLog).toHaveLength(before);
    expect((await attempt()).status).toBe(200);
    client.agent.destroy();
  });
});

test('a proxy that demands authentication lets in who has it', async () => {
  const { emulator, client } = await start({ proxyAuth: { user: 'me', password: 'p@ss' } });
  expect((await client.send('GET', 'https://anywhere.example/')).status).toBe(404);
  const bare = new Agent({
    proxyEnv: { HTTPS_PROXY: emulator.network().HTTPS_PROXY?.replace(/\/\/.*@/, '//') },
  });
  const refused = new Promise((_, reject) =>
    request('https://anywhere.example/', { agent: bare }).on('error', reject).end(),
  );
  await expect(refused).rejects.toThrow('407');
});

test('closing gives everything back', async () => {
  const emulator = await startEmulator();
  const { NODE_EXTRA_CA_CERTS: file = '' } = emulator.network();
  await emulator.close();
  expect(existsSync(file)).toBe(false);
});
