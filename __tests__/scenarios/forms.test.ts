import { X509Certificate } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { Emulator } from '../../emulator/index.ts';
import { expectArrival } from '../certificate/arrival.ts';
import { type Form, FORMS, PASSWORD } from '../certificate/form-cases.ts';
import { REJECTED_INPUTS } from '../certificate/rejection-cases.ts';
import { fixture, fixtureDer, fixtureText } from '../fixtures/index.ts';
import type { StepResult } from '../harness/index.ts';
import { scenario } from './scenario.ts';

/** What must not be seen of a key: any of its lines. A password is a secret of the job, and masked by the harness too. */
const KEYS = ['signing.key.pem', 'other.key.pem', 'forms/key.pkcs1.pem', 'forms/leaf.key.pem', 'forms/ca.key.pem'].map(
  fixtureText,
);

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

/** By its name, for a case of its own. */
const named = <T extends { readonly name: string }>(cases: readonly T[]): (readonly [string, T])[] =>
  cases.map((one) => [one.name, one]);

/** All of them are read and re-encoded in `certificate/forms.test.ts`; here every third is uploaded. */
const SOME_FORMS = FORMS.filter((_, i) => i % 3 === 0);

test.concurrent.each(named(SOME_FORMS))('%s: the certificate arrives', async (_, form) => {
  await give(form, (result, emulator) => {
    if (result.result !== 'success') throw new Error(result.log);
    expectArrival(form, uploaded(emulator));
    expect(result.outputs.thumbprint).toBe(
      new X509Certificate(fixtureDer(form.certificate)).fingerprint.replaceAll(':', ''),
    );
  });
});

/** All of them are given to the reader directly; here every third, for the words that the user sees. */
const SOME_REJECTED = REJECTED_INPUTS.filter(({ bytes }, i) => bytes.length > 0 && i % 3 === 0);

test.concurrent.each(named(SOME_REJECTED))(
  '%s is rejected by name before any request',
  async (_, { bytes, password, says }) => {
    await give({ bytes, password }, (result, emulator) => {
      expect(result.result).toBe('failure');
      if (bytes.length <= 1024 * 1024) expect(result.log).toMatch(says);
      expect(result.log).toContain('certificate-path');
      expect(result.log).not.toMatch(/\n\s+at /);
      expect(emulator.requestLog).toEqual([]);
    });
  },
);

test('the password of a re-encoded PFX is another one each time', async () => {
  const passwords = new Set<unknown>();
  for (const form of Array.from({ length: 3 }, () => ({ bytes: fixture('forms/default.pfx'), password: PASSWORD }))) {
    await give(form, (result, emulator) => {
      expect(result.log).toContain('random password');
      passwords.add(uploaded(emulator).password);
    });
  }
  expect(passwords.size).toBe(3);
});

test('a secret key in a PFX is left out with a notice', async () => {
  const form = FORMS.find(({ name }) => name === 'PFX with a secret key');
  if (form === undefined) throw new Error('There is no such form.');
  await give(form, (result) => {
    const notices = result.commands.filter(({ name }) => name === 'notice');
    expect(notices.map(({ data }) => data)).toEqual(['The PFX also contains secret keys, which are not uploaded: 1.']);
  });
});

const SOME_WITH_KEY = FORMS.filter(({ sent }) => sent === 'pfx').filter((_, i) => i % 8 === 0);

test.concurrent.each(named(SOME_WITH_KEY))('%s: private-key: exclude sends only the certificate', async (_, form) => {
  await give(
    form,
    (__, emulator) => {
      expect(uploaded(emulator)).toEqual({ key: fixtureDer(form.certificate).toString('base64') });
    },
    { 'private-key': 'exclude' },
  );
});

interface Linted {
  readonly name: string;
  readonly file: string;
  readonly inputs?: Record<string, string>;
  readonly result: 'success' | 'failure';
  readonly says: RegExp;
}

const LINTED: readonly Linted[] = [
  {
    name: 'an expired certificate',
    file: 'forms/expired.pem',
    result: 'failure',
    says: /it expired at 2021-01-01T00:00:00Z/,
  },
  {
    name: 'an EC key',
    file: 'forms/ec.pem',
    result: 'failure',
    says: /key of type EC; Azure AD B2C supports only RSA/,
  },
  {
    name: 'an Ed25519 key',
    file: 'forms/ed25519.pem',
    result: 'failure',
    says: /key of type Ed25519; Azure AD B2C supports only RSA/,
  },
  {
    name: 'an RSASSA-PSS key',
    file: 'forms/pss.pem',
    result: 'failure',
    says: /key of type RSASSA-PSS; Azure AD B2C supports only RSA/,
  },
  {
    name: 'a small RSA key',
    file: 'forms/small.pem',
    result: 'failure',
    says: /RSA key has 1024 bits; at least 2048 are required/,
  },
  {
    name: 'a certificate of the future',
    file: 'forms/future.pem',
    result: 'success',
    says: /becomes valid at 2060-01-01T00:00:00Z; staged rollover/,
  },
  {
    name: 'a SHA-1 signature',
    file: 'forms/sha1.pem',
    result: 'success',
    says: /signed with SHA-1, a weak algorithm/,
  },
  { name: 'an MD5 signature', file: 'forms/md5.pem', result: 'success', says: /signed with MD5, a weak algorithm/ },
  {
    name: 'a CA certificate',
    file: 'forms/certsign.pem',
    result: 'success',
    says: /keyCertSign without digitalSignature/,
  },
  {
    name: 'fewer days than expiry-warning-days',
    file: 'signing.pem',
    inputs: { 'expiry-warning-days': '99999' },
    result: 'success',
    says: /fewer than expiry-warning-days: 99999/,
  },
  {
    name: 'fewer days than expiry-failure-days',
    file: 'signing.pem',
    inputs: { 'expiry-failure-days': '99999' },
    result: 'failure',
    says: /fewer than expiry-failure-days: 99999/,
  },
];

test.concurrent.each(named(LINTED))(
  '%s is said before anything is sent',
  async (_, { file, inputs, result: expected, says }) => {
    await give(
      { bytes: fixture(file), password: '' },
      (result, emulator) => {
        expect(result.log).toMatch(says);
        expect(result.result).toBe(expected);
        if (expected === 'failure') expect(emulator.requestLog).toEqual([]);
        else expect(uploaded(emulator)).toEqual({ key: fixtureDer(file).toString('base64') });
      },
      inputs,
    );
  },
);
