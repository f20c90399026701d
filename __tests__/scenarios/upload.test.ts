import { expect, test } from '@jest/globals';
import { fixture, fixtureDer, fixtureText } from '../fixtures/index.ts';
import { DAY, fromNow, makeCertificate } from '../support/certificate.ts';
import { scenario, warningsOf } from './scenario.ts';

const base64 = fixture('signing.cer').toString('base64');

test.each([
  ['PEM', { certificate: fixtureText('signing.pem') }],
  ['base64 of DER', { certificate: base64 }],
  ['a file', { 'certificate-path': 'signing.cer' }],
])('a certificate given as %s is uploaded once, and comes back as kid and expiry', async (_, inputs) => {
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
    expect(requests()).toBe(7);
    const body: unknown = JSON.parse(emulator.requestLog.find(({ step }) => step === 'upload')?.body ?? '');
    expect(body).toEqual({ key: base64 });

    const second = await run(inputs, { files });
    expect(second.outputs).toMatchObject({ outcome: 'already-present', changed: 'false', kid: first.outputs.kid });
    expect(requests()).toBe(7 + 4);
    expect(keyset.keys).toHaveLength(1);
  });
});

test('a PFX is uploaded with its key, and a certificate that ends soon is a warning', async () => {
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

test('an expired certificate is rejected before anything is sent', async () => {
  await scenario({}, async ({ run, requests }) => {
    const { result, log } = await run({ certificate: fixtureText('forms/expired.pem') });
    expect(result).toBe('failure');
    expect(log).toContain('Certificate rejected: it expired at ');
    expect(requests()).toBe(0);
  });
});

test.each([
  ['shown by the keyset', 'keyset', 7],
  ['asked for', 'keys_v2', 8],
] as const)('a staged certificate whose status is %s', async (_, statusShownBy, count) => {
  const staged = await makeCertificate({ from: fromNow(10 * DAY) });
  await scenario({ behavior: { statusShownBy } }, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    const result = await run({ certificate: staged.pem + staged.keyPem });
    expect(result.outputs).toMatchObject({ outcome: 'uploaded', active: 'false', status: 'enabled' });
    expect(warningsOf(result)).toEqual([]);
    expect(requests()).toBe(count);
  });
});

test('the keyset and its active key are read together, before the upload and after it', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing');
    const together = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    // The first of the two gets its response when the other one has arrived.
    const isRead = ({ step }: { step: string }): boolean => {
      const arrived = requests('keyset') + requests('active');
      if (arrived % 2 === 0) together[arrived / 2 - 1]?.resolve(undefined);
      return step === 'keyset' || step === 'active';
    };
    for (const { promise } of together) emulator.faults.inject({ at: isRead, kind: 'held', until: promise, times: 2 });
    const { outputs } = await run();
    expect(outputs).toMatchObject({ outcome: 'uploaded', active: 'true' });
    expect(emulator.faults.remaining()).toEqual([]);
    expect(requests()).toBe(7);
  });
});
