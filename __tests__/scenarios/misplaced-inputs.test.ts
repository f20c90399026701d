import { createPublicKey } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { fixture, fixtureText } from '../fixtures/index.ts';
import { scenario } from './scenario.ts';

// What people put into the wrong place, or into the right one in a wrapping.

const key = fixtureText('signing.key.pem');
const keyLines = key.split('\n').filter((line) => line.length >= 8 && !line.startsWith('-----'));
const pfx = fixture('forms/default.pfx').toString('base64');

test.each([
  ['a private key', fixtureText('signing.pem') + key],
  ['a PFX', pfx],
])('%s in certificate-path is refused, and not repeated', async (_, path) => {
  await scenario({}, async ({ run, requests }) => {
    const { result, log } = await run({ 'certificate-path': path }, { secrets: [...keyLines, pfx] });
    expect(result).toBe('failure');
    expect(log).toContain('use the input `certificate`');
    expect(requests()).toBe(0);
  });
});

test('the lines of an encrypted key are masked, and its headers are not', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const encrypted = fixtureText('forms/key.traditional.pem');
    const password = 'open-sesame';
    const { result, masks } = await run(
      { certificate: fixtureText('signing.pem') + encrypted, 'certificate-password': password },
      { secrets: [password] },
    );
    expect(result).toBe('success');
    expect(masks.filter((mask) => /Proc-Type|DEK-Info/.test(mask))).toEqual([]);
    const lines = encrypted.split('\n').filter((line) => line.length >= 8 && !/[-:]/.test(line));
    expect(lines.length).toBeGreaterThan(10);
    expect(masks).toEqual(expect.arrayContaining(lines));
  });
});

test('a client secret in client-id is not repeated', async () => {
  await scenario({}, async ({ run }) => {
    const secret = 'abc8Q~super-secret-value-of-an-app-0123456';
    const { log } = await run({ 'client-id': secret }, { secrets: [secret] });
    expect(log).toContain(`got ${secret.length} characters`);
  });
});

test('base64 in quotes goes in, JSON is told how to', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const base64 = fixture('signing.cer').toString('base64');
    expect((await run({ certificate: `"${base64}"` })).outputs.outcome).toBe('uploaded');
    expect((await run({ certificate: JSON.stringify({ value: base64 }) })).log).toContain('jq -r .value');
  });
});

test('variables that would move the sign-in elsewhere do not', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const env = {
      MSAL_FORCE_REGION: 'westus',
      AZURE_REGIONAL_AUTHORITY_NAME: 'westus',
      AZURE_AUTHORITY_HOST: 'https://evil.example',
    };
    expect((await run({}, { env })).result).toBe('success');
    expect(emulator.requestLog.find(({ step }) => step === 'token')?.host).toBe('login.microsoftonline.com');
  });
});

test('a secret that an answer repeats is hidden before the answer is cut', async () => {
  await scenario({}, async ({ emulator, run }) => {
    const secret = `a secret of ${'many letters and '.repeat(120)}spaces`;
    const said = `AADSTS7000215: ${'x'.repeat(900)}${secret} ${new URLSearchParams({ s: secret }).toString()}`;
    const body = JSON.stringify({ error: 'invalid_client', error_description: said, error_codes: [7000215] });
    emulator.faults.inject({ at: 'token', kind: 'status', status: 401, body });
    const { log } = await run({ 'client-secret': secret }, { secrets: [secret], debug: true });
    expect(log).toContain('AADSTS7000215');
    expect(log).not.toMatch(/many.letters/);
  });
});

test('the id of the keyset comes back in the spelling that the service has', async () => {
  await scenario({ behavior: { idCase: 'ignored' } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    expect((await run({ 'keyset-id': 'b2c_1a_SIGNING' })).outputs['keyset-id']).toBe('B2C_1A_Signing');
  });
});

test('where the service leaves out the kid, the outputs agree with each other', async () => {
  await scenario({ behavior: { hidden: ['kid'] } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    expect((await run()).outputs).toMatchObject({ outcome: 'uploaded', active: 'true' });
    expect((await run()).outputs).toMatchObject({ outcome: 'already-present', active: 'true' });
  });
});

test('where it shows the thumbprint alone, the certificate still goes in once', async () => {
  await scenario({ behavior: { hidden: ['kid', 'x5c'] } }, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    expect((await run()).outputs).toMatchObject({ outcome: 'uploaded', expiry: '2046-11-18T16:13:07Z' });
    expect((await run()).outputs).toMatchObject({ outcome: 'already-present', changed: 'false' });
    expect(keyset.keys).toHaveLength(1);
  });
});

test('a public key beside the certificate is not masked: its lines can be parts of the output certificate-pem', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const publicKey = createPublicKey(fixtureText('signing.pem')).export({ type: 'spki', format: 'pem' }).toString();
    const { result, masks } = await run({ certificate: publicKey + fixtureText('signing.pem'), 'dry-run': 'true' });
    expect(result).toBe('success');
    expect(masks.filter((mask) => publicKey.includes(mask))).toEqual([]);
  });
});
