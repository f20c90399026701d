import { expect, test } from '@jest/globals';
import type { RecordedRequest } from '../../emulator/index.ts';
import { isRecord, parseJson } from '../../src/shared/json.ts';
import { fixture, fixtureText } from '../fixtures/index.ts';
import type { StepResult } from '../harness/index.ts';
import { scenario } from './scenario.ts';

// The harness looks for the secrets that a scenario names, and for all tokens, in whatever a step leaves behind.

/** What an upload sends: the PFX and its password. */
function sentWith({ body }: Pick<RecordedRequest, 'body'>): { key: string; password: string } {
  const parsed = parseJson(body);
  const { key, password } = isRecord(parsed) ? parsed : {};
  return { key: String(key), password: String(password) };
}

/** What a person can see of a step, and whoever reads the raw output: everything but the commands that mask. */
const visible = ({ stdout, stderr, log, summary }: StepResult): string =>
  [...stdout.split('\n').filter((line) => !line.startsWith('::add-mask::')), stderr, log, summary].join('\n');

const lines = (text: string, length: number): string[] => text.match(new RegExp(`.{1,${length}}`, 'g')) ?? [];

const ECHOES: [what: string, say: (request: RecordedRequest) => string][] = [
  ['the body', ({ body }) => body],
  ['the body, escaped once more', ({ body }) => JSON.stringify(body)],
  ['the password between other words', (request) => `Password x${sentWith(request).password}x.`],
  ['both, one behind the other', (request) => Object.values(sentWith(request)).join('')],
  ['the PFX in lines of 76', (request) => lines(sentWith(request).key, 76).join('\r\n')],
  ['the PFX in lines of 64', (request) => lines(sentWith(request).key, 64).join('\n')],
  ['the beginning of the PFX', (request) => `Not valid: '${sentWith(request).key.slice(0, 1500)}…'`],
  ['the middle of the PFX', (request) => `…${sentWith(request).key.slice(501, 1401)}…`],
  ['the PFX, encoded for a URL', (request) => encodeURIComponent(sentWith(request).key)],
  ['the PFX in base64url', (request) => Buffer.from(sentWith(request).key, 'base64').toString('base64url')],
  ['the headers', ({ headers }) => JSON.stringify(headers)],
  ['a long word before the token', ({ headers }) => `${'x'.repeat(900)}${headers.authorization ?? ''}`],
];

test.concurrent.each(ECHOES)('a service that echoes %s shows nothing of it, with debug logging', async (_, say) => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'upload', kind: 'echo', say });
    const sent = () => emulator.requestLog.flatMap((one) => (one.step === 'upload' ? sentWith(one) : []));
    const step = await run(
      { 'certificate-path': 'signing.pfx', 'certificate-password': 'open-sesame' },
      {
        debug: true,
        files: { 'signing.pfx': fixture('forms/default.pfx') },
        secrets: ['open-sesame', ...fixtureText('signing.key.pem').split('\n').slice(1, -2)],
        forbidden: () => [...emulator.secrets, ...sent().flatMap((one) => [one.key, one.password])],
      },
    );
    expect(step.result).toBe('failure');
    expect(step.log).toContain('HTTP 400 BadRequest. Response: ');
    const { key = '', password = '' } = sent()[0] ?? {};
    expect(password).toMatch(/^[A-Za-z0-9]{32}$/);
    // The end of the last line may be seen: it is the salt of the MAC.
    const shown = visible(step);
    const pieces = lines(key, 20).slice(0, -4);
    expect(pieces.length).toBeGreaterThan(100);
    expect(pieces.filter((piece) => shown.includes(piece))).toEqual([]);
  });
});

test.concurrent('of an upload that succeeds, password and PFX are masked before they are sent', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const { result, masks } = await run({
      certificate: fixtureText('signing.pem') + fixtureText('signing.key.pem'),
    });
    expect(result).toBe('success');
    const [upload = { body: '' }] = emulator.requestLog.filter(({ step }) => step === 'upload');
    const { key, password } = sentWith(upload);
    expect(masks).toEqual(expect.arrayContaining([key, password]));
  });
});

const LONG = 'Q8~first-part-and-the-rest';
const SECRETS: [what: string, secret: string, password: string][] = [
  ['that begins with another secret', LONG, 'Q8~first-part'],
  ['with :: before a letter', 'Pa55::word::x', ''],
  ['with ##[', 'Pa55##[word]x', ''],
  ['of four characters, with ::', 'a::b', ''],
  ['of five characters, with ##[', 'x##[y', ''],
  ['with control characters', 'Pa55\u001b\u202eword', ''],
  ['that ends with blanks', 'Pa55word!', 'Pa55word!  '],
  ['with quotes and backslashes', String.raw`Pa55"w'o\rd\n`, ''],
  ['with what forms encode', `p&ss w+rd~'(x)*!=ÄÖ%41`, ''],
  ['of two lines', 'first line of it\nsecond line of it', ''],
];

/** In how many ways a service can repeat the secret of a sign-in. */
const REPEATED: ((secret: string, body: string) => string)[] = [
  (secret) => secret,
  (secret) => JSON.stringify(secret).slice(1, -1),
  (secret) => encodeURIComponent(secret),
  (_, body) => /client_secret=([^&]*)/.exec(body)?.[1] ?? 'no secret in it',
  // As .NET writes them.
  (secret) => inLowerCase(encodeURIComponent(secret)),
  (_, body) => inLowerCase(/client_secret=([^&]*)/.exec(body)?.[1] ?? ''),
  (secret) => secret.replace(/[&<>"']/g, (character) => HTML[character] ?? ''),
];
const inLowerCase = (text: string): string => text.replace(/%../g, (escape) => escape.toLowerCase());
const HTML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

test.concurrent.each(SECRETS)('a secret %s is *** in whatever form it is repeated', async (_, secret, password) => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.faults.inject({
      at: 'token',
      kind: 'echo',
      say: ({ body }) => `AADSTS7000215: <${REPEATED.map((repeat) => repeat(secret, body)).join('> <')}> ${password}.`,
    });
    const { log, annotations } = await run(
      { 'client-secret': secret, 'certificate-password': password },
      { secrets: [secret, password].filter(Boolean), debug: true },
    );
    const expected = `Response: ${REPEATED.map(() => '<***>').join(' ')} ${password && '***'}.`;
    expect(log).toContain(expected);
    expect(annotations[0]?.message).toContain(expected);
  });
});

test.concurrent('the token for GitHub’s OIDC service is *** where that repeats it', async () => {
  await scenario({}, async ({ emulator, run }) => {
    const job = { ...emulator.job(), ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'a-short-token-of-the-runner' };
    emulator.faults.inject({ at: 'oidc', kind: 'echo', say: ({ headers }) => `<${headers.authorization ?? ''}>` });
    const { log, masks } = await run({}, { env: job, secrets: [job.ACTIONS_ID_TOKEN_REQUEST_TOKEN], debug: true });
    expect(log).toContain('<Bearer ***>');
    expect(masks).toContain(job.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
  });
});

test.concurrent.each<[string, Record<string, string>]>([
  ['DEBUG=*', { DEBUG: '*' }],
  ['AZURE_LOG_LEVEL=verbose', { AZURE_LOG_LEVEL: 'verbose' }],
  ['TYPESPEC_RUNTIME_LOG_LEVEL=verbose', { TYPESPEC_RUNTIME_LOG_LEVEL: 'verbose' }],
  [
    'all of them',
    { DEBUG: '*', AZURE_LOG_LEVEL: 'verbose', TYPESPEC_RUNTIME_LOG_LEVEL: 'verbose', MSAL_LOG: 'verbose' },
  ],
])('%s switches no logger of a library on', async (_, env) => {
  const proxyAuth = { user: 'runner-of-contoso', password: 'pass@of:the/proxy' };
  await scenario({ proxyAuth }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const basic = Buffer.from(`${proxyAuth.user}:${proxyAuth.password}`).toString('base64');
    const options = { secrets: [proxyAuth.password, basic, encodeURIComponent(proxyAuth.password)], env };
    const quiet = await run({ 'dry-run': 'true' }, { ...options, env: {} });
    const step = await run({ 'dry-run': 'true' }, options);
    expect(step).toMatchObject({ result: 'success', stderr: '', annotations: quiet.annotations });
    expect(step.log.split('\n')).toHaveLength(quiet.log.split('\n').length);
  });
});

test.concurrent(
  'under NODE_DEBUG a warning says what Node prints, and the proxy’s credentials are masked',
  async () => {
    const proxyAuth = { user: 'runner-of-contoso', password: 'pass@of:the/proxy' };
    await scenario({ proxyAuth }, async ({ emulator, run }) => {
      emulator.faults.inject({ at: 'token', kind: 'aadsts', code: 53003 });
      const { log, stderr, annotations } = await run(
        {},
        // Node prints them, which only the masks of the runner can hide.
        { env: { NODE_DEBUG: 'http,https,net' }, forbidden: () => [] },
      );
      expect(annotations).toContainEqual({
        level: 'warning',
        title: 'b2c-upload-cert',
        message: expect.stringMatching(/^NODE_DEBUG is set: .+ Unset it\.$/),
      });
      const basic = Buffer.from(`${proxyAuth.user}:${proxyAuth.password}`).toString('base64');
      const forms = [proxyAuth.password, encodeURIComponent(proxyAuth.password), basic];
      expect(forms.filter((form) => stderr.includes(form))).not.toEqual([]);
      expect([...forms, proxyAuth.user].filter((form) => log.includes(form))).toEqual([]);
    });
  },
);

test.concurrent.each([
  ['private-key', 'expected one of auto, require, exclude'],
  ['enable-key', 'expected one of new, always, never'],
  ['dry-run', 'expected true or false'],
  ['keyset-id', 'expected the name of a policy key'],
  ['tenant-id', 'expected a GUID or a domain'],
  ['expiry-warning-days', 'expected a whole number of days'],
])('a private key in the input %s is not repeated', async (name, says) => {
  await scenario({}, async ({ run, requests }) => {
    const key = fixtureText('signing.key.pem');
    // No secret of the workflow: it may come from the output of another step.
    const { log } = await run({ [name]: key }, { forbidden: () => [key] });
    expect(log).toContain(says);
    expect(requests()).toBe(0);
  });
});
