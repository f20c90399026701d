import { expect, test } from '@jest/globals';
import { fixture, fixtureText } from '../fixtures/index.ts';
import { scenario } from './scenario.ts';

const base64 = fixture('signing.cer').toString('base64');

test.each([
  ['PEM', { certificate: fixtureText('signing.pem') }],
  ['base64 of DER', { certificate: base64 }],
  ['a file', { 'certificate-path': 'signing.cer' }],
])('a certificate given as %s goes in once, and comes back as kid and expiry', async (_, inputs) => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    const files = { 'signing.cer': fixture('signing.cer') };

    const first = await run(inputs, { files });
    expect(first.result).toBe('success');
    expect(first.outputs).toMatchObject({
      outcome: 'uploaded',
      changed: 'true',
      kid: keyset.keys[0]?.kid,
      expiry: '2046-11-18T16:13:07Z',
      active: 'true',
    });
    expect(requests()).toBe(6);
    const body: unknown = JSON.parse(emulator.requestLog.find(({ step }) => step === 'upload')?.body ?? '');
    expect(body).toEqual({ key: base64 });

    const second = await run(inputs, { files });
    expect(second.outputs).toMatchObject({ outcome: 'already-present', changed: 'false', kid: first.outputs.kid });
    expect(requests()).toBe(6 + 4);
    expect(keyset.keys).toHaveLength(1);
  });
});

test('a PFX goes up with its key, and a certificate that ends soon is a warning', async () => {
  await scenario({}, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    const password = 'open-sesame';
    const { outputs, annotations } = await run(
      {
        certificate: fixture('forms/default.pfx').toString('base64'),
        'certificate-password': password,
        'expiry-warning-days': '99999',
      },
      { secrets: [password] },
    );
    expect(outputs).toMatchObject({ outcome: 'uploaded', kid: keyset.keys[0]?.kid, active: 'true' });
    expect(annotations).toEqual([expect.objectContaining({ level: 'warning' })]);
    expect(annotations[0]?.message).toContain('fewer than expiry-warning-days: 99999');
  });
});

test('an expired certificate is refused before anything is sent', async () => {
  await scenario({}, async ({ run, requests }) => {
    const { result, log } = await run({ certificate: fixtureText('forms/expired.pem') });
    expect(result).toBe('failure');
    expect(log).toContain('Certificate rejected: it expired at ');
    expect(requests()).toBe(0);
  });
});
