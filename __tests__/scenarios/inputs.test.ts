import { describe, expect, test } from '@jest/globals';
import { createPublicKey } from 'node:crypto';
import { fixture, fixtureText } from '../fixtures/index.ts';
import type { StepOptions, StepResult } from '../harness/index.ts';
import { DAY, fromNow, HOUR, makeCertificate } from '../support/certificate.ts';
import { key } from '../support/key.ts';
import { scenario } from './scenario.ts';

const publicKey = createPublicKey(fixtureText('signing.pem')).export({ type: 'spki', format: 'pem' }).toString();
const der = fixture('signing.cer');

interface Bad {
  readonly what: string;
  readonly inputs: Record<string, string>;
  readonly files?: StepOptions['files'];
  /** What the error says: the input, what came, what was expected. */
  readonly says: readonly string[];
}

const PATH = 'certificate-path';
const file = (what: string, content: Buffer | string, ...says: string[]): Bad => ({
  what: `a file with ${what}`,
  inputs: { [PATH]: 'given.bin' },
  files: { 'given.bin': content },
  says: [`Input ${PATH}`, ...says],
});
const input = (name: string, came: string, ...says: string[]): Bad => ({
  what: `${name}: ${JSON.stringify(came.slice(0, 20))}`,
  inputs: { [name]: came },
  says: [`Input ${name}`, ...says],
});

const BAD: Bad[] = [
  {
    what: 'both certificates',
    inputs: { [PATH]: 'signing.cer', certificate: fixtureText('signing.pem') },
    says: ['certificate, certificate-path', 'set exactly one of them', 'both are set'],
  },
  { what: 'no certificate', inputs: { certificate: '' }, says: ['certificate, certificate-path', 'both are empty'] },
  { what: 'a missing file', inputs: { [PATH]: 'nowhere.pem' }, says: [`Input ${PATH}`, '"nowhere.pem"', 'ENOENT'] },
  { what: 'a folder', inputs: { [PATH]: '.' }, says: [`Input ${PATH}`, 'is a folder'] },
  { what: 'a device', inputs: { [PATH]: '/dev/null' }, says: [`Input ${PATH}`, 'is not a regular file'] },
  file('nothing', '', 'is empty', 'expected a file with a certificate'),
  file('two megabytes', Buffer.alloc(2_000_000), '2000000 bytes long'),
  file('HTML', '<!doctype html><html></html>', 'HTML'),
  file('JSON', '{"certificate": 1}', 'JSON'),
  file('a CSR', fixture('forms/request.csr.pem'), 'request'),
  file('a public key', publicKey, 'public key'),
  file('a private key alone', fixtureText('signing.key.pem'), 'private key'),
  file('truncated DER', der.subarray(0, 500)),
  file('DER and more bytes', Buffer.concat([der, Buffer.from('more')])),
  input('keyset-id', 'a/b', 'contains "/"', 'expected the name of a policy key'),
  input('keyset-id', 'a b', 'contains " "'),
  input('keyset-id', 'a?b', 'contains "?"'),
  input('keyset-id', 'a\nb', String.raw`contains "\n"`),
  input('keyset-id', '..', 'dot'),
  input('keyset-id', 'b2c_1a_', 'empty after the prefix'),
  input('keyset-id', 'x'.repeat(300), '300 characters'),
  input('keyset-id', '', 'required but empty'),
  input('cloud', 'mars', 'one of public, usgov, usgov-dod, china', '"mars"'),
  input('private-key', 'maybe', 'one of auto, require, exclude', '"maybe"'),
  input('tenant-id', 'contoso', 'expected a GUID or a domain', '"contoso"'),
  input('tenant-id', 'common', '"common"'),
  input('tenant-id', 'organizations', '"organizations"'),
  input('tenant-id', 'contoso.b2clogin.com', 'contoso.onmicrosoft.com'),
  input('tenant-id', '', 'required but empty'),
  input('client-id', 'my-app', 'a GUID, got', '"my-app"'),
  ...['create-keyset', 'allow-duplicate', 'dry-run', 'summary'].map((name) =>
    input(name, 'yes', 'expected true or false', 'got "yes"'),
  ),
  ...['yes', 'true', 'New'].map((word) =>
    input('enable-key', word, 'expected one of new, always, never', `got ${JSON.stringify(word)}`),
  ),
  ...['-1', '1.5', 'soon'].map((days) =>
    input('expiry-warning-days', days, 'expected a whole number of days from 0', `got ${JSON.stringify(days)}`),
  ),
  input('expiry-failure-days', '1e3', 'expected a whole number of days from 0', 'got "1e3"'),
];

test.concurrent.each(BAD)('$what is named, with what was expected and what came, before any request', async (bad) => {
  await scenario({}, async ({ run, requests }) => {
    const { result, exitCode, outputs, annotations } = await run(bad.inputs, bad.files ? { files: bad.files } : {});
    expect({ result, exitCode, outputs }).toEqual({ result: 'failure', exitCode: 1, outputs: {} });
    expect(annotations).toEqual([expect.objectContaining({ level: 'error' })]);
    const message = annotations[0]?.message ?? '';
    for (const part of bad.says) expect(message).toContain(part);
    expect(message).toContain('No changes were made.');
    expect(message).toMatch(/docs\/troubleshooting\.md#[a-z-]+$/);
    expect(requests()).toBe(0);
  });
});

test.concurrent('several problems are told in one run, and no secret with them', async () => {
  await scenario({}, async ({ run, requests }) => {
    const key = fixtureText('signing.key.pem');
    const { log, annotations, exitCode } = await run(
      {
        certificate: key,
        'certificate-password': 'hunter2-hunter2',
        'client-secret': 'this-is-the-client-secret',
        'keyset-id': 'a/b',
        'client-id': 'no',
        'dry-run': 'ja',
      },
      { secrets: [key, 'hunter2-hunter2', 'this-is-the-client-secret'] },
    );
    expect(exitCode).toBe(1);
    expect(annotations).toHaveLength(1);
    expect(log).toContain('4 invalid inputs:');
    for (const name of ['keyset-id', 'client-id', 'certificate', 'dry-run']) expect(log).toContain(`- ${name}: `);
    expect(log).toContain('  Fix: ');
    expect(requests()).toBe(0);
  });
});

test.concurrent('the inputs may have white space around them, and the booleans the spellings of YAML', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const { result, outputs } = await run({
      'keyset-id': ' b2c_1a_Signing\n',
      'tenant-id': ` ${emulator.tenant.domain}\n`,
      cloud: 'public ',
      'dry-run': 'TRUE',
      'allow-duplicate': 'False',
      'expiry-warning-days': ' 10 ',
    });
    expect(result).toBe('success');
    expect(outputs).toMatchObject({ 'keyset-id': 'B2C_1A_Signing', outcome: 'would-upload' });
  });
});

/** What a reusable workflow hands on where its caller left everything optional out. */
const EMPTY_UPLOAD = [
  ...['certificate-path', 'certificate-password', 'private-key', 'client-secret', 'cloud', 'audience', 'create-keyset'],
  ...['enable-key', 'allow-duplicate', 'dry-run', 'expiry-warning-days', 'expiry-failure-days', 'summary'],
];
const EMPTY_CHECK = [
  ...['client-secret', 'cloud', 'audience', 'keyset-ids', 'exclude-keyset-ids', 'expiry-warning-days'],
  ...['expiry-failure-days', 'verify-active-key', 'open-issue', 'github-token', 'summary'],
];
const allEmpty = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, '']));

test.concurrent('an upload with every optional input empty does what one without them does', async () => {
  await scenario({}, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    const { result, outputs, log, summary } = await run(allEmpty(EMPTY_UPLOAD));
    expect([result, outputs.outcome, keyset.keys.length]).toEqual(['success', 'uploaded', 1]);
    expect(log).toContain('The input dry-run is empty: this is not a dry run.');
    expect(summary).not.toBe('');
    const without = await run({ 'dry-run': 'false' });
    expect(without.outputs.outcome).toBe('already-present');
    expect(without.log).not.toContain('The input dry-run');
  });
});

test.concurrent('a check with every optional input empty does what one without them does', async () => {
  await scenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-10, 300, 'a'));
    const [empty, without] = [await check(allEmpty(EMPTY_CHECK)), await check()];
    expect(empty.result).toBe('success');
    const judged = ({ outputs }: StepResult): string => JSON.stringify(outputs).replace(/"checkedAt[^,]+,/, '');
    expect(judged(empty)).toBe(judged(without));
    expect(empty.log).toBe(without.log);
    expect(empty.log).toContain('The tenant has 1 keyset, 1 of them to check.');
  });
});

test.concurrent.each(['tenant-id', 'client-id', 'keyset-id'])('an empty %s is refused in words', async (name) => {
  await scenario({}, async ({ run, requests }) => {
    const { log } = await run({ [name]: ' ' });
    expect(log).toContain(`Input ${name}: required but empty (an undefined secret is also empty)`);
    expect(requests()).toBe(0);
  });
});

test.concurrent.each([String.raw`certs\signing.pem`, String.raw`C:\certs\new\signing.pem`, 'a "quoted" name.pem'])(
  'the path %s is shown as it was written',
  async (path) => {
    await scenario({}, async ({ run }) => {
      const { log } = await run({ 'certificate-path': path });
      expect(log).toContain(`Input certificate-path: "${path}" cannot be accessed (ENOENT)`);
    });
  },
);

test.concurrent('every instant is written the same way, to the second', async () => {
  const [soon, staged] = await Promise.all([
    makeCertificate({ to: fromNow(DAY + HOUR) }),
    makeCertificate({ from: fromNow(5 * DAY), to: fromNow(400 * DAY) }),
  ]);
  await scenario({}, async ({ emulator, run, check }) => {
    const expired = await run({
      certificate: (await makeCertificate({ from: fromNow(-9 * DAY), to: fromNow(-DAY) })).pem,
    });
    emulator.seed('B2C_1A_Signing');
    const steps = [
      expired,
      await run({ certificate: soon.pem }),
      await run({ certificate: staged.pem }),
      await check(),
    ];
    const text = steps.flatMap((step) => [step.log, step.summary, ...Object.values(step.outputs)]).join('\n');
    expect(text).toContain('1 day left');
    expect(text).toContain('Z, in 1 day.');
    expect(text).toMatch(/Valid: .+, expired\n/);
    expect(text).not.toMatch(/\b1 (days|keysets)|-\d+ days/);
    const instants = text.match(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*/g) ?? [];
    expect(instants.length).toBeGreaterThan(20);
    for (const instant of instants) expect(instant).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/);
  });
});

describe('a private key within base64 is masked as a whole and line by line', () => {
  const key = fixtureText('signing.key.pem');
  const lines = key.split('\n').filter((line) => line.length >= 8 && !line.startsWith('-----'));
  const pem = fixtureText('signing.pem') + key;
  const base64 = (bytes: string | Buffer): string => Buffer.from(bytes).toString('base64');

  test.concurrent.each<[name: string, text: string, inputs: Record<string, string>, result: string]>([
    ['once', base64(pem), {}, 'success'],
    ['twice', base64(base64(pem)), {}, 'success'],
    ['as UTF-16', base64(Buffer.from(`\ufeff${pem}`, 'utf16le')), {}, 'success'],
    ['labeled as something else', base64(pem.replaceAll('PRIVATE KEY', 'KEY')), {}, 'success'],
    ['after a label that is cut off', base64(`-----BEGIN RSA ${key}${fixtureText('signing.pem')}`), {}, 'failure'],
    ['that is not used', base64(pem), { 'private-key': 'exclude' }, 'success'],
    ['that cannot be read', base64(`${pem}-----BEGIN CERTIFICATE-----`), {}, 'failure'],
  ])('%s', async (_, certificate, inputs, expected) => {
    await scenario({}, async ({ emulator, run }) => {
      emulator.seed('B2C_1A_Signing');
      const { result, masks } = await run({ certificate, 'dry-run': 'true', ...inputs });
      expect(result).toBe(expected);
      expect(masks).toEqual(expect.arrayContaining([certificate, ...lines]));
    });
  });
});

test.concurrent('a job without the permission is told the lines to add', async () => {
  await scenario({}, async ({ run, requests }) => {
    const { exitCode, log, outputs } = await run(
      {},
      { env: { ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' } },
    );
    expect(exitCode).toBe(1);
    expect(log).toMatch(/^permissions:\n {2}id-token: write\n {2}contents: read$/m);
    expect(log).toContain('pull requests from forks');
    expect(outputs).toEqual({});
    expect(requests()).toBe(0);
  });
});

test.concurrent('a client secret signs in without asking GitHub', async () => {
  const clientSecret = 'Q~8-a.client.secret-of-forty.characters~';
  await scenario({ app: { clientSecret } }, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    const none = { ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' };
    const { result, outputs, log } = await run(
      { 'client-secret': clientSecret },
      { env: none, secrets: [clientSecret] },
    );
    expect(result).toBe('success');
    expect(outputs.outcome).toBe('uploaded');
    expect(log).toContain('with the client secret');
    expect(requests('oidc')).toBe(0);
    expect(requests()).toBe(6);
  });
});

test.concurrent.each([
  ['public', 'login.microsoftonline.com', 'graph.microsoft.com', 'api://AzureADTokenExchange'],
  ['usgov', 'login.microsoftonline.us', 'graph.microsoft.us', 'api://AzureADTokenExchangeUSGov'],
  ['usgov-dod', 'login.microsoftonline.us', 'dod-graph.microsoft.us', 'api://AzureADTokenExchangeUSGov'],
  ['china', 'login.partner.microsoftonline.cn', 'microsoftgraph.chinacloudapi.cn', 'api://AzureADTokenExchangeChina'],
] as const)(
  'the cloud %s has a sign-in, a Graph and an audience of its own',
  async (cloud, authority, graph, audience) => {
    await scenario({ cloud }, async ({ emulator, run }) => {
      emulator.seed('B2C_1A_Signing');
      const { result } = await run({ cloud });
      expect(result).toBe('success');
      const hosts = (step: string): string[] =>
        emulator.requestLog.filter((recorded) => recorded.step === step).map(({ host }) => host);
      expect([...hosts('token'), ...hosts('keyset'), ...hosts('upload')]).toEqual([authority, graph, graph, graph]);
      const asked = emulator.requestLog.find(({ step }) => step === 'oidc')?.path ?? '';
      expect(new URLSearchParams(asked.split('?')[1]).get('audience')).toBe(audience);
    });
  },
);

test('an action without a repository and a ref, a local one, links to the newest documents of its major version', async () => {
  await scenario({}, async ({ run }) => {
    const { log } = await run({ 'tenant-id': '' }, { github: { ACTION_REPOSITORY: '', ACTION_REF: '' } });
    expect(log).toMatch(
      /More: https:\/\/github\.com\/[\w-]+\/b2c-upload-cert\/blob\/v1\/docs\/troubleshooting\.md#input/,
    );
  });
});
