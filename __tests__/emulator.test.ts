import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import forge from 'node-forge';
import {
  startEmulator,
  type Emulator,
  type EmulatorOptions,
  type Fault,
  type RecordedRequest,
} from '../emulator/index.ts';
import { rsaKeyPair } from '../emulator/rsa.ts';

interface Response {
  status: number | undefined;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

/** Milliseconds that a request may take on a busy machine, and after which one is given up that has no response. */
const TIMEOUT_MS = 30_000;
const SILENCE_MS = 1500;
const ROOT = join(import.meta.dirname, '..');

/** A client that knows nothing of the emulator: it has a proxy and a CA, as any job in a company has them. */
class Client {
  readonly emulator: Emulator;
  readonly agent: Agent;
  readonly graph = 'https://graph.microsoft.com/beta/trustFramework/keySets';
  /** Milliseconds that it has skipped, where it says so. */
  skippedMs: number | undefined;
  timeoutMs = TIMEOUT_MS;
  /** The status of an interim response. */
  interim: number | undefined;
  readonly #name: string;
  #token = '';

  constructor(emulator: Emulator, name = 'client') {
    const { HTTPS_PROXY, NODE_EXTRA_CA_CERTS = '' } = emulator.network();
    this.emulator = emulator;
    this.#name = name;
    this.agent = new Agent({
      keepAlive: true,
      proxyEnv: { HTTPS_PROXY },
      ca: readFileSync(NODE_EXTRA_CA_CERTS),
    });
  }

  async send(method: string, url: string, headers: Record<string, string> = {}, body = ''): Promise<Response> {
    if (this.skippedMs !== undefined) headers = { ...headers, 'emulator-clock': `${this.#name} ${this.skippedMs}` };
    const options: RequestOptions = { method, headers, agent: this.agent, timeout: this.timeoutMs };
    return new Promise((resolve, reject) => {
      const outgoing = request(url, options, (response) => {
        text(response).then((content) => {
          resolve({ status: response.statusCode, headers: response.headers, body: content });
        }, reject);
      });
      outgoing.on('information', ({ statusCode }) => (this.interim = statusCode));
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

  async token(
    fields: Record<string, string>,
    tenant = this.emulator.tenant.domain,
    host = 'login.microsoftonline.com',
  ): Promise<Response> {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: this.emulator.app.clientId,
      scope: 'https://graph.microsoft.com/.default',
      'x-client-SKU': 'an unknown field',
      ...fields,
    });
    return this.send('POST', `https://${host}/${tenant}/oauth2/v2.0/token`, {}, form.toString());
  }

  async signIn(fields: Record<string, string> = {}): Promise<this> {
    const { body } = await this.token({ client_assertion: await this.oidc(), ...fields });
    this.#token = String(member(body, 'access_token'));
    return this;
  }

  async keysets(method: string, path = '', body?: object): Promise<Response> {
    const type = body && { 'content-type': 'application/json' };
    return this.authorized(method, this.graph + path, { ...type }, body && JSON.stringify(body));
  }

  async authorized(
    method: string,
    url: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<Response> {
    return this.send(method, url, { authorization: `Bearer ${this.#token}`, ...headers }, body);
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
const code = (response: Response): unknown => member(response.body, 'error', 'code');
const aadsts = (response: Response): unknown => member(response.body, 'error_codes', 0);

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

  test('keys_v2 shows the status and sets it; a deleted keyset leaves a copy', async () => {
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
    const response = await client.keysets('POST', '/B2C_1A_tls/uploadPkcs12', body);
    expect([response.status, code(response)]).toEqual([status, status === 200 ? undefined : 'AADB2C90213']);
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

  test('curl works through the proxy', async () => {
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
    ['a scope of another service', {}, { scope: 'https://vault.azure.net/.default' }, 500011],
  ])('%s', async (_, job, fields, expected) => {
    const { client } = await start();
    const response = await client.token({ client_assertion: await client.oidc(job), ...fields });
    expect([aadsts(response), response.status]).toEqual([expected, expect.any(Number)]);
    expect(member(response.body, 'error_description')).toMatch(
      new RegExp(`^AADSTS${expected}: [^]+ Trace ID: \\S+ Correlation ID: \\S+ Timestamp: \\S+ \\S+Z$`),
    );
  });

  test('an unknown tenant, a forged signature, an app without credentials, the right secret', async () => {
    const { emulator, client } = await start({ app: { clientSecret: 'a secret' } });
    const assertion = await client.oidc();
    const forged = `${assertion.slice(0, -8)}AAAAAAAA`;
    expect(aadsts(await client.token({ client_assertion: assertion }, 'fabrikam.onmicrosoft.com'))).toBe(90002);
    expect(aadsts(await client.token({ client_assertion: assertion }, 'fabrikam'))).toBe(900023);
    expect(aadsts(await client.token({ client_assertion: assertion }, 'organizations'))).toBe(50059);
    expect(aadsts(await client.token({ client_assertion: assertion }, 'common'))).toBe(50059);
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
    const { emulator, client } = await start();
    emulator.seed('B2C_1A_tls');
    await client.signIn();
    await client.keysets('POST', '/B2C_1A_tls/uploadCertificate', upload);
    Object.assign(emulator.behavior, {
      duplicates: 'refuse',
      missingStatus: 400,
      dates: 'strings',
      hidden: ['x5t'],
      statusShownBy: 'keyset',
    });
    expect(code(await client.keysets('POST', '/B2C_1A_tls/uploadCertificate', upload))).toBe('AADB2C90180');
    expect((await client.keysets('GET', '/B2C_1A_other')).status).toBe(400);
    const { body } = await client.keysets('GET', '/B2C_1A_tls');
    expect(member(body, 'keys', 0)).toMatchObject({ nbf: expect.any(String), status: 'enabled' });
    expect(member(body, 'keys', 0)).not.toHaveProperty('x5t');
  });

  test.each([
    [{}, 'Write requests (excluding DELETE) must contain the Content-Type header declaration.'],
    [{ 'content-type': 'text/plain' }, 'Entity only allows writes with a JSON Content-Type header.'],
    [{ 'content-type': 'application/json; charset=utf-8' }, 'Unable to read JSON request payload.'],
  ])('a body that is not JSON, or not said to be: %j', async (headers, message) => {
    const { client } = await start();
    await client.signIn();
    const response = await client.authorized('POST', client.graph, headers, '{"id":"tls"');
    expect([response.status, code(response)]).toEqual([400, 'BadRequest']);
    expect(member(response.body, 'error', 'message')).toContain(message);
  });

  test.each(['a b', 'a/b', 'ä', 'a?b'])('the ID %j', async (id) => {
    const { client } = await start();
    await client.signIn();
    const [created, read] = [
      await client.keysets('POST', '', { id }),
      await client.keysets('GET', `/${encodeURIComponent(id)}`),
    ];
    expect([created.status, code(created), read.status, code(read)]).toEqual([400, 'AADB2C', 400, 'AADB2C']);
  });
});

describe('what clients may ask for', () => {
  test('$select and $top, in lists and in their next pages', async () => {
    const { emulator, client } = await start();
    for (const id of ['B2C_1A_a', 'B2C_1A_b', 'B2C_1A_c']) emulator.seed(id, der);
    await client.signIn();
    const first = await client.keysets('GET', '?$select=id&$top=2');
    expect(member(first.body, 'value')).toEqual([{ id: 'B2C_1A_a' }, { id: 'B2C_1A_b' }]);
    const next = String(member(first.body, '@odata.nextLink'));
    expect(member((await client.authorized('GET', next)).body, 'value')).toEqual([{ id: 'B2C_1A_c' }]);
    const { body } = await client.keysets('GET', '/B2C_1A_a?$select=id');
    expect(memberNames(JSON.parse(body))).toBe('@odata.context id');
  });

  test('a keyset whose keys come in pages', async () => {
    const { emulator, client } = await start({ behavior: { keysPageSize: 2 } });
    emulator.seed('B2C_1A_tls', { kid: 'a' }, { kid: 'b' }, { kid: 'c' });
    await client.signIn();
    for (const [path, keyset] of [
      ['/B2C_1A_tls', []],
      ['', ['value', 0]],
    ] as const) {
      const { body } = await client.keysets('GET', path);
      expect(member(body, ...keyset, 'keys', 'length')).toBe(2);
      const rest = await client.authorized('GET', String(member(body, ...keyset, 'keys@odata.nextLink')));
      expect(member(rest.body, 'value')).toEqual([expect.objectContaining({ kid: 'c' })]);
      expect(member(rest.body, '@odata.nextLink')).toBeUndefined();
    }
  });

  test.each(['https://graph.microsoft.com//.default', '00000003-0000-0000-c000-000000000000/.default'])(
    'Graph as %s, and paths with a doubled slash or a namespace',
    async (scope) => {
      const { emulator, client } = await start();
      emulator.seed('B2C_1A_tls', der);
      await client.signIn({ scope });
      const beta = 'https://graph.microsoft.com/beta//trustFramework/keySets';
      expect((await client.authorized('GET', beta)).status).toBe(200);
      expect((await client.authorized('GET', `${beta}/B2C_1A_tls/microsoft.graph.getActiveKey()`)).status).toBe(200);
    },
  );

  test.each(['login.windows.net', 'login.microsoft.com'])('a token at %s', async (host) => {
    const { client } = await start();
    const response = await client.token({ client_assertion: await client.oidc() }, undefined, host);
    expect(response.status).toBe(200);
  });

  test('the subscriptions, of which there are none, with a token for them', async () => {
    const { client } = await start();
    const subscriptions = 'https://management.azure.com/subscriptions?api-version=2022-12-01';
    await client.signIn();
    expect((await client.authorized('GET', subscriptions)).status).toBe(401);
    await client.signIn({ scope: 'https://management.core.windows.net//.default' });
    expect(member((await client.authorized('GET', subscriptions)).body, 'value')).toEqual([]);
    const tenants = await client.authorized('GET', 'https://management.azure.com/tenants?api-version=2022-12-01');
    expect(member(tenants.body, 'value', 0, 'tenantId')).toBe(client.emulator.tenant.id);
    expect((await client.keysets('GET')).status).toBe(401);
  });

  test('the discovery documents of the tenant, and of no other', async () => {
    const { emulator, client } = await start();
    const document = (tenant: string): Promise<Response> =>
      client.send('GET', `https://login.microsoftonline.com/${tenant}/v2.0/.well-known/openid-configuration`);
    expect(member((await document(emulator.tenant.domain)).body, 'token_endpoint')).toContain(emulator.tenant.id);
    expect((await document('organizations')).status).toBe(200);
    expect(aadsts(await document('fabrikam.onmicrosoft.com'))).toBe(90002);
    const instances = await client.send('GET', 'https://login.microsoftonline.com/common/discovery/instance');
    expect(member(instances.body, 'metadata', 0, 'aliases')).toContain('login.windows.net');
  });
});

describe('the status of keys', () => {
  test.each([
    ['nobody', undefined, undefined],
    ['keys_v2', undefined, 'disabled'],
    ['keyset', 'disabled', 'disabled'],
  ] as const)('is shown by %s', async (statusShownBy, inKeyset, inV2) => {
    const { emulator, client } = await start({ behavior: { statusShownBy, newKeys: 'disabled' } });
    emulator.seed('B2C_1A_tls');
    await client.signIn();
    const uploaded = await client.keysets('POST', '/B2C_1A_tls/uploadCertificate', upload);
    const kid = String(member(uploaded.body, 'kid'));
    const keyset = await client.keysets('GET', '/B2C_1A_tls');
    const [all, one] = [
      await client.keysets('GET', '/B2C_1A_tls/keys_v2'),
      await client.keysets('GET', `/B2C_1A_tls/keys_v2/${kid}`),
    ];
    expect([member(uploaded.body, 'status'), member(keyset.body, 'keys', 0, 'status')]).toEqual([inKeyset, inKeyset]);
    expect([member(all.body, 'value', 0, 'status'), member(one.body, 'status')]).toEqual([inV2, inV2]);
    // What is not shown counts all the same.
    expect(code(await client.keysets('GET', '/B2C_1A_tls/getActiveKey'))).toBe('AADB2C90019');
  });

  test.each([
    [{}, 204, '', 'disabled'],
    [{ statusPatchReply: 200 }, 200, '"status":"disabled"', 'disabled'],
    [{ statusPatch: 'ineffective' }, 204, '', 'enabled'],
    [{ keysV2: 'missing' }, 404, 'keys_v2', 'enabled'],
    [{ keysV2: 'forbidden' }, 403, 'TrustFrameworkKeySet.ReadWrite.All', 'enabled'],
  ] as const)('is changed where %j', async (behavior, status, body, stored) => {
    const { emulator, client } = await start({ behavior });
    const keyset = emulator.seed('B2C_1A_tls', der);
    await client.signIn();
    const path = `/B2C_1A_tls/keys_v2/${keyset.keys[0]?.kid ?? ''}`;
    const response = await client.keysets('PATCH', path, { status: 'disabled' });
    expect(response.status).toBe(status);
    expect(response.body).toContain(body);
    expect(keyset.keys[0]?.status).toBe(stored);
  });
});

describe('the clock', () => {
  const count = async (client: Client): Promise<unknown> =>
    member((await client.keysets('GET', '/B2C_1A_tls')).body, 'keys', 'length');

  test('advances by what its clients have skipped', async () => {
    const { emulator, client } = await start({ behavior: { staleReadsMs: 80_000 } });
    emulator.seed('B2C_1A_tls');
    await client.signIn();
    await client.keysets('POST', '/B2C_1A_tls/uploadCertificate', upload);
    client.skippedMs = 50_000;
    expect(await count(client)).toBe(0);
    const other = await new Client(emulator, 'other').signIn();
    other.skippedMs = 20_000;
    expect(await count(other)).toBe(0);
    other.skippedMs = 40_000;
    expect(await count(other)).toBe(1);
    expect(await count(client)).toBe(1);
    other.agent.destroy();
    expect(emulator.requestLog.flatMap(({ headers }) => headers['emulator-clock'] ?? [])).toEqual([]);
  });

  test('decides until when a keyset that was created is missing', async () => {
    const { client } = await start({ behavior: { missingAfterCreateMs: 60_000 } });
    await client.signIn();
    await client.keysets('POST', '', { id: 'tls' });
    client.skippedMs = 50_000;
    expect((await client.keysets('POST', '/B2C_1A_tls/uploadCertificate', upload)).status).toBe(404);
    client.skippedMs = 60_000;
    expect((await client.keysets('POST', '/B2C_1A_tls/uploadCertificate', upload)).status).toBe(200);
  });

  test('decides when a late write is carried out, and when reads show it', async () => {
    const { emulator, client } = await start({ behavior: { staleReadsMs: 20_000 } });
    const keyset = emulator.seed('B2C_1A_tls');
    await client.signIn();
    emulator.faults.inject({ at: 'upload', kind: 'status-after', status: 504, lateMs: 40_000 });
    expect((await client.keysets('POST', '/B2C_1A_tls/uploadCertificate', upload)).status).toBe(504);
    client.skippedMs = 30_000;
    await count(client);
    expect(keyset.keys).toHaveLength(0);
    client.skippedMs = 50_000;
    expect(await count(client)).toBe(0);
    expect(keyset.keys).toHaveLength(1);
    client.skippedMs = 60_000;
    expect(await count(client)).toBe(1);
  });

  test('does not have to be waited for', async () => {
    const { emulator, client } = await start();
    const keyset = emulator.seed('B2C_1A_tls');
    await client.signIn();
    emulator.faults.inject({ at: 'upload', kind: 'reset-after', lateMs: 80_000 });
    await expect(client.keysets('POST', '/B2C_1A_tls/uploadCertificate', upload)).rejects.toThrow('ECONNRESET');
    expect(keyset.keys).toHaveLength(0);
    await emulator.settle();
    expect(keyset.keys).toHaveLength(1);
  });

  test('refills a throttle, which gives Retry-After', async () => {
    const { client } = await start({ throttle: { requests: 2, perSeconds: 60 } });
    await client.signIn();
    await client.keysets('GET');
    await client.keysets('GET');
    const response = await client.keysets('GET');
    expect([response.status, response.headers['retry-after']]).toEqual([429, expect.stringMatching(/^(30|2\d)$/)]);
    client.skippedMs = 30_000;
    expect((await client.keysets('GET')).status).toBe(200);
  });

  test('has a client that skips its waiting know that there will be no response', async () => {
    const { emulator, client } = await start();
    await client.signIn();
    emulator.faults.inject({ at: 'list', kind: 'timeout', times: 2 });
    client.timeoutMs = SILENCE_MS;
    await expect(client.keysets('GET')).rejects.toThrow('timeout');
    expect(client.interim).toBeUndefined();
    client.skippedMs = 0;
    await expect(client.keysets('GET')).rejects.toThrow('timeout');
    expect(client.interim).toBe(102);
  });

  test('of Graph may be wrong', async () => {
    const { client } = await start({ behavior: { clockSkewMs: -3_600_000 } });
    const { headers } = await client.keysets('GET');
    const aheadMs = Date.now() - Date.parse(String(headers.date));
    expect(Math.round(aheadMs / 600_000)).toBe(6);
  });
});

describe('faults', () => {
  let emulator: Emulator;
  let client: Client;
  const post = (): Promise<Response> => client.keysets('POST', '/B2C_1A_tls/uploadCertificate', upload);
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
    [{ kind: 'echo', say: ({ method, step }: RecordedRequest) => `${method} ${step}` }, 0, '"message":"POST upload"'],
    [{ kind: 'delay', ms: 20 }, 1, '200 {"@odata.context"'],
    [{ kind: 'padded', bytes: 20 }, 1, `}${' '.repeat(20)}`],
    [{ kind: 'rate-limited' }, 0, '403 {"message":"API rate limit exceeded'],
  ] as const)('%j of an upload', async (requestFault, written, seen) => {
    const before = stored();
    emulator.faults.inject({ at: 'upload', skip: 1, ...requestFault });
    expect((await post()).status).toBe(200);
    client.timeoutMs = requestFault.kind.startsWith('timeout') ? SILENCE_MS : TIMEOUT_MS;
    const outcome = await post().then(
      ({ status, body }) => `${status ?? ''} ${body}`,
      (error: unknown) => String(error),
    );
    expect(outcome).toContain(seen);
    expect(stored() - before).toBe(1 + written);
    expect(emulator.faults.remaining()).toEqual([]);
    expect(emulator.requestLog.at(-1)?.fault).toBe(requestFault.kind);
    client.timeoutMs = TIMEOUT_MS;
    expect((await post()).status).toBe(200);
  });

  test.each([
    ['refuse', '502'],
    ['handshake-reset', 'ECONNRESET'],
    ['wrong-certificate', 'self-signed certificate in certificate chain'],
    ['expired-certificate', 'certificate has expired'],
    ['future-certificate', 'certificate is not yet valid'],
    ['drop', 'timed out'],
    ['proxy-auth', '407'],
  ] as const)('%s of a connection', async (kind, seen) => {
    const fault: Fault = { at: 'login.microsoftonline.us', kind };
    emulator.faults.inject(fault);
    const before = emulator.requestLog.length;
    const attempt = (): Promise<Response> =>
      client.send('GET', 'https://login.microsoftonline.us/common/discovery/instance');
    client.timeoutMs = kind === 'drop' ? SILENCE_MS : TIMEOUT_MS;
    await expect(attempt()).rejects.toThrow(seen);
    client.timeoutMs = TIMEOUT_MS;
    expect(emulator.requestLog).toHaveLength(before);
    expect((await attempt()).status).toBe(200);
    client.agent.destroy();
  });
});

test.each([false, true])('a response may be as large as a test wishes, compressed: %s', async (gzip) => {
  const { emulator, client } = await start();
  emulator.seed('B2C_1A_tls');
  await client.signIn();
  emulator.faults.inject({ at: 'keyset', kind: 'padded', bytes: 5_000_000, gzip });
  const { headers, body } = await client.keysets('GET', '/B2C_1A_tls');
  expect(headers['content-encoding']).toBe(gzip ? 'gzip' : undefined);
  if (gzip) expect(body.length).toBeLessThan(50_000);
  else expect(member(body, 'id')).toBe('B2C_1A_tls');
  expect(headers['content-length'] === undefined).toBe(gzip);
});

describe('the issues of the repository', () => {
  const API = 'https://api.github.com/repos/contoso/identity';
  const send = (client: Client, method: string, path: string, body?: object): Promise<Response> =>
    client.send(method, API + path, { authorization: 'token x' }, body && JSON.stringify(body));

  test('are created with labels, which are created with them, listed by label, commented and closed', async () => {
    const { emulator, client } = await start();
    const issue = { title: 'Keys', body: 'expire', labels: ['b2c-keys'] };
    expect((await send(client, 'POST', '/issues', issue)).status).toBe(201);
    expect(emulator.issues.labels).toEqual(new Set(['b2c-keys']));
    expect((await send(client, 'POST', '/labels', { name: 'b2c-keys' })).status).toBe(422);
    expect((await send(client, 'GET', '/labels/other')).status).toBe(404);
    expect((await send(client, 'POST', '/labels', { name: 'other' })).status).toBe(201);
    expect((await send(client, 'GET', '/labels/other')).status).toBe(200);
    expect(JSON.parse((await send(client, 'POST', '/issues/1/labels', { labels: ['new'] })).body)).toEqual([
      { name: 'b2c-keys' },
      { name: 'new' },
    ]);
    emulator.issues.add({ labels: ['other'], pull_request: {} });
    const listed = async (query: string): Promise<unknown> =>
      (JSON.parse((await send(client, 'GET', `/issues${query}`)).body) as { number: number }[]).map(
        (one) => one.number,
      );
    expect(await listed('')).toEqual([2, 1]);
    expect(await listed('?labels=B2C-Keys')).toEqual([1]);
    expect((await send(client, 'POST', '/issues/1/comments', { body: 'soon' })).status).toBe(201);
    expect(member((await send(client, 'GET', '/issues/1/comments')).body, 0, 'body')).toBe('soon');
    const closed = await send(client, 'PATCH', '/issues/1', { state: 'closed', state_reason: 'completed' });
    expect(member(closed.body, 'labels', 0, 'name')).toBe('b2c-keys');
    expect(await listed('')).toEqual([2]);
    expect(await listed('?state=all')).toEqual([2, 1]);
    expect(emulator.issues.all[0]).toMatchObject({ state: 'closed', state_reason: 'completed', comments: ['soon'] });
  });

  test('come in pages, of which each names the next, or another address', async () => {
    const { emulator, client } = await start();
    for (let n = 0; n < 250; n++) emulator.issues.add();
    let [url, pages] = [`${API}/issues?per_page=500`, 0];
    while (url !== '') {
      const { headers } = await client.send('GET', url, { authorization: 'token x' });
      url = /<([^>]+)>; rel="next"/.exec(String(headers.link))?.[1] ?? '';
      pages += 1;
    }
    expect(pages).toBe(3);
    emulator.issues.nextPage = 'https://elsewhere.example/';
    expect((await send(client, 'GET', '/issues')).headers.link).toBe('<https://elsewhere.example/>; rel="next"');
  });
});

describe('the command', () => {
  test('prints the variables that lead any client to it', async () => {
    const child = spawn(process.execPath, ['emulator/main.ts', '--port', '0', '--keyset', 'B2C_1A_tls'], { cwd: ROOT });
    let printed = '';
    for await (const piece of child.stdout.setEncoding('utf8')) {
      printed += String(piece);
      if (printed.includes('az login')) break;
    }
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    await ended;
    const names = [...printed.matchAll(/^export (\w+)='.+'$/gm)].map(([, name]) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'HTTPS_PROXY',
        'NODE_EXTRA_CA_CERTS',
        'REQUESTS_CA_BUNDLE',
        'B2C_TENANT_ID',
        'B2C_CLIENT_ID',
      ]),
    );
    expect(printed).toContain('az login');
  });

  test('says what is unlike the real services', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['emulator/main.ts', '--help'], { cwd: ROOT });
    expect(stdout).toContain('Unlike the real services:');
  });

  test('runs in the background of a job, whose next steps find it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'b2c-job-'));
    const [GITHUB_ENV, GITHUB_OUTPUT] = [join(folder, 'env'), join(folder, 'output')];
    for (const file of [GITHUB_ENV, GITHUB_OUTPUT]) writeFileSync(file, '');
    await promisify(execFile)(process.execPath, ['scripts/emulator-for-workflow.ts'], {
      cwd: ROOT,
      env: { ...process.env, GITHUB_ENV, GITHUB_OUTPUT },
    });
    const outputs = readFileSync(GITHUB_OUTPUT, 'utf8');
    try {
      expect(outputs).toMatch(/^tenant-id=\S+\nclient-id=\S+\npid=\d+\n$/);
      expect(readFileSync(GITHUB_ENV, 'utf8')).toMatch(/^HTTPS_PROXY=http:/m);
    } finally {
      process.kill(Number(/pid=(\d+)/.exec(outputs)?.[1]));
      rmSync(folder, { recursive: true });
    }
  });
});

test('a proxy that demands authentication accepts who has it', async () => {
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

test('closing removes everything', async () => {
  const emulator = await startEmulator();
  const { NODE_EXTRA_CA_CERTS: file = '' } = emulator.network();
  await emulator.close();
  expect(existsSync(file)).toBe(false);
});
