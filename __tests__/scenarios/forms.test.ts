import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { Emulator } from '../../emulator/index.ts';
import { type Form, FORMS, PASSWORD } from '../certificate/form-cases.ts';
import { readBack } from '../certificate/read-back.ts';
import { type RejectedInput, REJECTED_INPUTS } from '../certificate/rejection-cases.ts';
import { fixture, fixtureDer, fixtureText } from '../fixtures/index.ts';
import type { StepResult } from '../harness/index.ts';
import { scenario } from './scenario.ts';

/** What must not be seen of a key: any of its lines. A password is a secret of the job, and masked by the harness too. */
const KEYS = ['signing.key.pem', 'other.key.pem', 'forms/key.pkcs1.pem', 'forms/leaf.key.pem'].map(fixtureText);

/** How many steps run at once. */
const AT_ONCE = 4;
/** Milliseconds for a table of steps, on a busy machine. */
const LIMIT_MS = 240_000;

/** Does the same with each, a few at a time. */
async function eachOf<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Runs the action with a certificate in some form. */
async function give(
  form: Pick<Form, 'bytes' | 'password'> & { asInput?: boolean },
  body: (result: StepResult, emulator: Emulator) => void,
  inputs: Record<string, string> = {},
): Promise<void> {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const given = form.asInput
      ? { certificate: form.bytes.toString() }
      : { 'certificate-path': 'given', certificate: '' };
    const result = await run(
      { ...given, 'certificate-password': form.password, ...inputs },
      {
        files: form.asInput ? {} : { given: form.bytes },
        secrets: form.password.trim() === '' ? [] : [form.password],
        forbidden: () => [...emulator.secrets, ...KEYS],
      },
    );
    body(result, emulator);
  });
}

/** The body of the one write. */
function uploaded(emulator: Emulator): Record<string, unknown> {
  const writes = emulator.requestLog.filter(({ step }) => step === 'upload');
  expect(writes).toHaveLength(1);
  const body: unknown = JSON.parse(writes[0]?.body ?? '');
  if (typeof body !== 'object' || body === null) throw new Error('The upload has no body.');
  return { ...body };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function expectArrival(form: Form, body: Record<string, unknown>): void {
  const certificate = fixtureDer(form.certificate);
  if (form.sent === 'certificate') {
    expect(body).toEqual({ key: certificate.toString('base64') });
    return;
  }
  const bytes = Buffer.from(text(body.key), 'base64');
  expect(body.password).toMatch(/^[A-Za-z0-9]{32}$/);
  const pfx = readBack(bytes, text(body.password));
  expect(pfx.certificates).toEqual([certificate, ...form.chain.map(fixtureDer)]);
  expect(pfx.key.equals(keyOf(form))).toBe(true);
}

const keyOf = (form: Form): ReturnType<typeof createPrivateKey> =>
  createPrivateKey(fixtureText(form.certificate === 'signing.pem' ? 'signing.key.pem' : 'forms/leaf.key.pem'));

test(
  `the same certificate arrives from each of ${FORMS.length} forms`,
  async () => {
    const arrived: string[] = [];
    await eachOf(FORMS, async (form) => {
      await give(form, (result, emulator) => {
        if (result.result !== 'success') throw new Error(`${form.name}: ${result.log}`);
        expectArrival(form, uploaded(emulator));
        expect(result.outputs.thumbprint).toBe(
          new X509Certificate(fixtureDer(form.certificate)).fingerprint.replaceAll(':', ''),
        );
        arrived.push(form.name);
      });
    });
    expect(arrived.toSorted()).toEqual(FORMS.map(({ name }) => name).toSorted());
  },
  LIMIT_MS,
);

/** All of them are told to the reader of forms directly; here every third, for the words that the user sees. */
test(
  'wrong inputs are refused by name before any request',
  async () => {
    const names: string[] = [];
    const rejected = REJECTED_INPUTS.filter(({ bytes }, i) => bytes.length > 0 && i % 3 === 0);
    await eachOf(rejected, async ({ name, bytes, password, says }: RejectedInput) => {
      await give({ bytes, password }, (result, emulator) => {
        expect(`${name}: ${result.result}`).toBe(`${name}: failure`);
        if (bytes.length <= 1024 * 1024) expect(result.log).toMatch(says);
        expect(result.log).toContain('certificate-path');
        expect(result.log).not.toMatch(/\n\s+at /);
        expect(emulator.requestLog).toEqual([]);
        names.push(name);
      });
    });
    expect(names.toSorted()).toEqual(rejected.map(({ name }) => name).toSorted());
  },
  LIMIT_MS,
);

test(
  'the password of a re-encoded PFX is another one each time',
  async () => {
    const passwords = new Set<unknown>();
    const form = { bytes: fixture('forms/default.pfx'), password: PASSWORD };
    await eachOf([1, 2, 3], () =>
      give(form, (result, emulator) => {
        expect(result.log).toContain('random password');
        passwords.add(uploaded(emulator).password);
      }),
    );
    expect(passwords.size).toBe(3);
  },
  LIMIT_MS,
);

test(
  'private-key: exclude sends the certificate alone out of everything that holds it',
  async () => {
    const forms = FORMS.filter(({ sent }) => sent !== 'certificate').filter((_, i) => i % 8 === 0);
    expect(forms.length).toBeGreaterThan(4);
    await eachOf(forms, (form) =>
      give(
        form,
        (_, emulator) => {
          expect(uploaded(emulator)).toEqual({ key: fixtureDer(form.certificate).toString('base64') });
        },
        { 'private-key': 'exclude' },
      ),
    );
  },
  LIMIT_MS,
);

interface Judged {
  readonly file: string;
  readonly inputs?: Record<string, string>;
  readonly result: 'success' | 'failure';
  readonly says: RegExp;
}

const JUDGED: readonly Judged[] = [
  { file: 'forms/expired.pem', result: 'failure', says: /certificate expired at 2021-01-01T00:00:00/ },
  { file: 'forms/ec.pem', result: 'failure', says: /key of type EC prime256v1; Azure AD B2C supports only RSA/ },
  { file: 'forms/ed25519.pem', result: 'failure', says: /key of type ED25519; Azure AD B2C supports only RSA/ },
  { file: 'forms/small.pem', result: 'failure', says: /RSA key has 1024 bits; at least 2048 are required/ },
  { file: 'forms/future.pem', result: 'success', says: /becomes valid at 2060-01-01T00:00:00Z; staged rollover/ },
  { file: 'forms/sha1.pem', result: 'success', says: /signed with SHA-1, a weak algorithm/ },
  { file: 'forms/md5.pem', result: 'success', says: /signed with MD5, a weak algorithm/ },
  { file: 'forms/certsign.pem', result: 'success', says: /keyCertSign without digitalSignature/ },
  {
    file: 'signing.pem',
    inputs: { 'expiry-warning-days': '99999' },
    result: 'success',
    says: /fewer than expiry-warning-days: 99999/,
  },
  {
    file: 'signing.pem',
    inputs: { 'expiry-failure-days': '99999' },
    result: 'failure',
    says: /fewer than expiry-failure-days: 99999/,
  },
];

test(
  'what is wrong with a certificate itself is said before anything is sent',
  async () => {
    await eachOf(JUDGED, ({ file, inputs, result: expected, says }) =>
      give(
        { bytes: fixture(file), password: '' },
        (result, emulator) => {
          expect(result.log).toMatch(says);
          expect(`${file}: ${result.result}`).toBe(`${file}: ${expected}`);
          if (expected === 'failure') expect(emulator.requestLog).toEqual([]);
          else expect(uploaded(emulator)).toEqual({ key: fixtureDer(file).toString('base64') });
        },
        inputs,
      ),
    );
  },
  LIMIT_MS,
);
