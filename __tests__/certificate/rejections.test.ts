import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import { readCertificateInput } from '../../src/certificate/certificate-input.ts';
import { ActionError } from '../../src/shared/action-error.ts';
import { fixture, fixtureText } from '../fixtures/index.ts';
import { PASSWORD } from './form-cases.ts';
import { REJECTED_INPUTS } from './rejection-cases.ts';

const SECRETS = [
  PASSWORD,
  ...['signing.key.pem', 'other.key.pem', 'forms/key.pkcs1.pem', 'forms/ec.key.sec1.pem', 'forms/dsa.key.pem']
    .flatMap((name) => fixtureText(name).split('\n'))
    .filter((line) => line !== '' && !line.startsWith('-----'))
    .map((line) => line.slice(0, 12)),
];

const rejectionOf = async (bytes: Buffer, password: string, withKey = true): Promise<ActionError> => {
  const error: unknown = await readCertificateInput(bytes, password, withKey).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ActionError)) throw new Error(`expected an ActionError, got ${inspect(error)}`);
  return error;
};

test.each(REJECTED_INPUTS.map((input) => [input.name, input] as const))(
  '%s is rejected by name, with a fix and without secrets',
  async (_, { bytes, password, says, advises }) => {
    const error = await rejectionOf(bytes, password);
    expect(error.message).toMatch(says);
    expect(error.remediation.fix).toMatch(advises);
    expect(error.remediation.anchor).toMatch(/^[a-z0-9-]+$/);
    const everything = inspect(error, { depth: 10 });
    expect(SECRETS.filter((secret) => everything.includes(secret))).toEqual([]);
    if (password !== '') expect(everything).not.toContain(password);
  },
);

test('without its dashes a BEGIN line could be taken for the key: nothing of it is shown', async () => {
  const oneLine = fixtureText('signing.key.pem').replace('KEY-----\n', 'KEY ').replaceAll('\n', '');
  const { message } = await rejectionOf(Buffer.from(oneLine), '');
  expect(message).not.toContain('PRIVATE');
});

test('what is wrong with a private key does not matter where it is not wanted', async () => {
  const keys = ['other.key.pem', 'signing.key.pem', 'forms/key.pbes2.pem'].map((name) => fixtureText(name)).join('');
  const openssh = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n';
  const input = await readCertificateInput(Buffer.from(fixtureText('signing.pem') + keys + openssh), '', false);
  expect(input.key).toBeUndefined();
  expect(input.leaf.subject).toContain('signing.contoso.example');
});

test('a PFX whose key is not wanted gives its certificate', async () => {
  const input = await readCertificateInput(fixture('forms/without-key.pfx'), PASSWORD, false);
  expect(input).toMatchObject({ format: 'PFX', others: [] });
  expect(input.pfx).toBeUndefined();
});
