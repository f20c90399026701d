import { expect, test } from '@jest/globals';
import { readCertificateInput } from '../../src/certificate/certificate-input.ts';
import { ActionError } from '../../src/shared/action-error.ts';
import { buildPayload, type PreparedPayload } from '../../src/upload/payload.ts';
import type { PrivateKeyMode } from '../../src/upload/inputs.ts';
import { fixture } from '../fixtures/index.ts';

const PASSWORD = 'open-sesame';
const form = (...names: string[]): Buffer => Buffer.concat(names.map((name) => fixture(`forms/${name}`)));

async function prepared(bytes: Buffer, mode: PrivateKeyMode = 'auto'): Promise<PreparedPayload> {
  return buildPayload(await readCertificateInput(bytes, PASSWORD, mode !== 'exclude'), mode, PASSWORD);
}

test('a certificate without its key goes up alone, and its chain stays behind', async () => {
  const { payload, logLines } = await prepared(form('leaf.pem', 'intermediate.pem', 'root.pem'));
  expect(payload.kind).toBe('certificate');
  expect(logLines).toEqual([
    'The public certificate alone goes up (it came without its private key).',
    '2 further certificates (its chain) stay behind: a public certificate goes up alone.',
  ]);
});

test('private-key: exclude leaves the key behind', async () => {
  const { payload, logLines } = await prepared(form('leaf.pem', 'leaf.key.pem'), 'exclude');
  expect(payload.kind).toBe('certificate');
  expect(logLines).toEqual(['The public certificate alone goes up (private-key: exclude).']);
});

test('private-key: require refuses a certificate without it, and shows how to bring both', async () => {
  await expect(prepared(form('leaf.pem'), 'require')).rejects.toThrow(ActionError);
  await expect(prepared(form('leaf.pem'), 'require')).rejects.toMatchObject({
    remediation: { anchor: 'private-key-required' },
  });
  expect((await prepared(form('leaf.pem', 'leaf.key.pem'), 'require')).payload.kind).toBe('pkcs12');
});

test('a PFX of the shape that B2C takes goes up as it is', async () => {
  const bytes = form('old.pfx');
  const { payload, logLines } = await prepared(bytes);
  expect(payload).toEqual({ kind: 'pkcs12', pfx: bytes, password: PASSWORD });
  expect(logLines).toEqual(['The PFX goes up as it is, private key included.']);
});

test.each([
  ['a PFX of another shape', 'default.pfx', 'The PFX is re-encoded, because '],
  [
    'certificate and key',
    'leaf.pem+leaf.key.pem',
    'Certificate and private key go up as a PFX under a random password',
  ],
])('%s goes up under a password of its own, with the same certificate', async (_, names, says) => {
  const bytes = form(...names.split('+'));
  const [first, second] = [await prepared(bytes), await prepared(bytes)];
  expect(first.logLines).toEqual([expect.stringContaining(says)]);
  if (first.payload.kind !== 'pkcs12' || second.payload.kind !== 'pkcs12') throw new Error('no PFX');
  const { pfx, password } = first.payload;
  expect(password).toMatch(/^[A-Za-z0-9]{32}$/);
  expect(password).not.toBe(second.payload.password);
  const [given, back] = [
    await readCertificateInput(bytes, PASSWORD, true),
    await readCertificateInput(pfx, password, true),
  ];
  expect(back.leaf.sha256).toBe(given.leaf.sha256);
  expect(back.key?.equals(given.key ?? back.leaf.publicKey)).toBe(true);
});
