import { expect, test } from '@jest/globals';
import { readCertificateInput } from '../../src/certificate/certificate-input.ts';
import { readPfx } from '../../src/certificate/pkcs12/read-pfx.ts';
import { ActionError } from '../../src/shared/action-error.ts';
import { buildPayload, type PreparedPayload } from '../../src/upload/payload.ts';
import type { PrivateKeyMode } from '../../src/upload/inputs.ts';
import { certBag, data, keyBag, pfxOf, pkcs8Of, secretBag, sequence } from '../certificate/structures.ts';
import { fixture } from '../fixtures/index.ts';

const PASSWORD = 'open-sesame';
const form = (...names: string[]): Buffer => Buffer.concat(names.map((name) => fixture(`forms/${name}`)));

async function payloadOf(bytes: Buffer, mode: PrivateKeyMode = 'auto'): Promise<PreparedPayload> {
  return buildPayload(await readCertificateInput(bytes, PASSWORD, mode !== 'exclude'), mode);
}

test('a certificate without its key is uploaded without its chain', async () => {
  const { payload, logLines } = await payloadOf(form('leaf.pem', 'intermediate.pem', 'root.pem'));
  expect(payload.kind).toBe('certificate');
  expect(logLines).toEqual([
    'To be uploaded: only the public certificate (no private key was provided).',
    'Chain certificates that are not uploaded: 2.',
  ]);
});

test('private-key: exclude leaves the key out', async () => {
  const { payload, logLines } = await payloadOf(form('leaf.pem', 'leaf.key.pem'), 'exclude');
  expect(payload.kind).toBe('certificate');
  expect(logLines).toEqual(['To be uploaded: only the public certificate (private-key: exclude).']);
});

test('private-key: require rejects a certificate without its key, and shows how to provide both', async () => {
  await expect(payloadOf(form('leaf.pem'), 'require')).rejects.toThrow(ActionError);
  await expect(payloadOf(form('leaf.pem'), 'require')).rejects.toMatchObject({
    message: 'private-key is "require", but the PEM contains no private key',
    remediation: { anchor: 'private-key-required' },
  });
  expect((await payloadOf(form('leaf.pem', 'leaf.key.pem'), 'require')).payload.kind).toBe('pkcs12');
});

test.each([
  ['a PFX with modern encryption', 'default.pfx', 'Re-encoding the PFX in memory: PBE-SHA1-3DES'],
  ['a PFX with legacy encryption', 'old.pfx', 'Re-encoding the PFX in memory: PBE-SHA1-3DES'],
  ['a certificate with its key', 'leaf.pem+leaf.key.pem', 'Building a PFX of certificate and private key in memory'],
])('%s is uploaded as a PFX of our own, under a password of its own', async (_, names, says) => {
  const bytes = form(...names.split('+'));
  const [first, second] = [await payloadOf(bytes), await payloadOf(bytes)];
  expect(first.logLines).toEqual([expect.stringContaining(says)]);
  if (first.payload.kind !== 'pkcs12' || second.payload.kind !== 'pkcs12') throw new Error('no PFX');
  const { pfx, password } = first.payload;
  expect(pfx).not.toEqual(bytes);
  expect(password).toMatch(/^[A-Za-z0-9]{32}$/);
  expect(password).not.toBe(second.payload.password);
  const [given, back] = [
    await readCertificateInput(bytes, PASSWORD, true),
    await readCertificateInput(pfx, password, true),
  ];
  expect(back.leaf.sha256).toBe(given.leaf.sha256);
  expect(back.key?.equals(given.key ?? back.leaf.publicKey)).toBe(true);
});

const signing = fixture('signing.cer');
const plainPfx = (...bags: Buffer[]): Buffer =>
  pfxOf([data(sequence(certBag(signing), keyBag(pkcs8Of('signing.key.pem')), ...bags))]);

test('a secret key in a PFX is left out, and a notice says so', async () => {
  const { payload, notices } = await payloadOf(plainPfx(secretBag(), secretBag()));
  expect(notices).toEqual(['The PFX also contains secret keys, which are not uploaded: 2.']);
  if (payload.kind !== 'pkcs12') throw new Error('no PFX');
  expect(readPfx(payload.pfx, payload.password)).toMatchObject({ secrets: 0, certificates: [{}], keys: [{}] });
});

test('a certificate that a PFX contains twice is uploaded once', async () => {
  const { payload, notices } = await payloadOf(plainPfx(certBag(signing)));
  expect(notices).toEqual([]);
  if (payload.kind !== 'pkcs12') throw new Error('no PFX');
  expect(readPfx(payload.pfx, payload.password).certificates.map(({ value }) => value)).toEqual([signing]);
});
