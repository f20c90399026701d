import { expect, test } from '@jest/globals';
import type { ServiceBehavior } from '../../emulator/index.ts';
import { fixtureDer, fixtureText } from '../fixtures/index.ts';
import { fromNow, HOUR, makeCertificate } from '../support/certificate.ts';
import { atMost } from '../support/map-limit.ts';
import { scenario } from './scenario.ts';

test('a certificate is found by whatever the service shows of it', async () => {
  const shown: [string, Partial<ServiceBehavior>][] = [
    ['x5c', { hidden: [] }],
    ['x5t', { hidden: ['x5c'] }],
    ['kid', { hidden: ['x5c', 'x5t'] }],
    ['validity', { hidden: ['x5c', 'x5t'], kid: 'rfc7638' }],
    ['public key', { hidden: ['x5c', 'x5t', 'nbf', 'exp'], kid: 'rfc7638' }],
  ];
  await atMost(2, shown, async ([by, behavior]) => {
    await scenario({ behavior }, async ({ emulator, run, requests }) => {
      const keyset = emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
      const { outputs, log } = await run();
      expect(outputs).toMatchObject({ outcome: 'already-present', changed: 'false', expiry: '2046-11-18T16:13:07Z' });
      expect(log).toContain(`matched by ${by}). Nothing to upload.`);
      expect(log.includes('If this is a renewal with the same key pair')).toBe(by === 'public key');
      expect(requests()).toBe(4);
      expect(keyset.keys).toHaveLength(1);
    });
  });
});

test('allow-duplicate uploads all the same, and says what that means', async () => {
  await scenario({}, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    const { outputs, log } = await run({ 'allow-duplicate': 'true' });
    expect(outputs).toMatchObject({ outcome: 'uploaded', changed: 'true', active: 'true' });
    expect(log).toContain('Keys cannot be removed from a keyset');
    expect(log).not.toContain('its renewal');
    expect(keyset.keys).toHaveLength(2);
  });
});

test('a renewal on the same key pair is another certificate, and named as such', async () => {
  const old = await makeCertificate({ from: fromNow(-48 * HOUR), to: fromNow(24 * 40 * HOUR) });
  const renewed = await makeCertificate({ from: fromNow(-HOUR), to: fromNow(24 * 400 * HOUR), pair: old.pair });
  const behavior: Partial<ServiceBehavior>[] = [{ kid: 'sha1' }, { kid: 'rfc7638' }];
  await atMost(2, behavior, async (behavior) => {
    await scenario({ behavior: behavior }, async ({ emulator, run }) => {
      const keyset = emulator.seed('B2C_1A_Signing', old.der);
      const { outputs, log } = await run({ certificate: renewed.pem });
      expect(log).toContain('a certificate with the same key pair. This one is a renewal');
      expect(outputs).toMatchObject({
        outcome: 'uploaded',
        expiry: renewed.x509.validToDate.toISOString().replace('.000', ''),
        active: 'true',
      });
      expect(keyset.keys).toHaveLength(2);
      const again = await run({ certificate: renewed.pem });
      expect(again.outputs).toMatchObject({ outcome: 'already-present', active: 'true', expiry: outputs.expiry });
    });
  });
});

test('a certificate is found among keys without kid', async () => {
  await scenario({ behavior: { hidden: ['kid'], activeKey: 'none' } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    const { outputs, log } = await run();
    expect(outputs).toMatchObject({ outcome: 'already-present', kid: '' });
    expect(log).toContain('(a key without kid, matched by x5c)');
  });
});

test('a certificate that the list does not show yet is found as the active key', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    emulator.faults.inject({ at: 'keyset', kind: 'garbage', body: { id: 'B2C_1A_Signing', keys: [] } });
    expect((await run()).outputs).toMatchObject({ outcome: 'already-present', active: 'true' });
    expect(requests('upload')).toBe(0);
  });
});

test('twenty runs leave one key', async () => {
  await scenario({}, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    const outcomes: (string | undefined)[] = [];
    for (let n = 0; n < 20; n++) outcomes.push((await run()).outputs.outcome);
    expect(outcomes).toEqual(['uploaded', ...Array.from({ length: 19 }, () => 'already-present')]);
    expect(keyset.keys).toHaveLength(1);
  });
}, 150_000);

test('a keyset with a secret is refused before anything is written, with the code of the service', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing', { kid: 'secret', kty: 'OCT' });
    for (const inputs of [{}, { 'dry-run': 'true' }]) {
      const { exitCode, log, outputs } = await run({ ...inputs });
      expect(exitCode).toBe(1);
      expect(log).toContain('AADB2C95032');
      expect(log).toContain('No changes were made.');
      expect(log).toContain('#aadb2c95032');
      expect(outputs).toEqual({});
    }
    expect(requests('upload')).toBe(0);
  });
});

test('a clash of use is a warning only', async () => {
  const [signing, encrypting] = await Promise.all([
    makeCertificate({ usage: 'digitalSignature' }),
    makeCertificate({ usage: 'keyEncipherment' }),
  ]);
  const cases = [
    [signing, 'enc', 'The keyset contains keys for encryption'],
    [encrypting, 'sig', 'The keyset contains keys for signature'],
    [signing, 'sig', undefined],
  ] as const;
  await atMost(2, cases, async ([{ pem }, use, warning]) => {
    await scenario({}, async ({ emulator, run }) => {
      emulator.seed('B2C_1A_Signing', { kid: 'other', use });
      const { result, annotations } = await run({ certificate: pem });
      expect(result).toBe('success');
      const clashes = annotations.filter(({ message }) => message.includes('KeyUsage of this certificate'));
      expect(clashes.map(({ level, message }) => [level, message.startsWith(warning ?? '?')])).toEqual(
        warning === undefined ? [] : [['warning', true]],
      );
    });
  });
});

test('a public certificate among keys is warned about, a private key is not', async () => {
  const withKey = fixtureText('signing.pem') + fixtureText('signing.key.pem');
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing', fixtureDer('other.pem'));
    const dry = { 'dry-run': 'true' };
    const warning = 'Use private-key: require to prevent this';
    expect((await run(dry)).log).toContain(warning);
    expect((await run({ ...dry, certificate: withKey, 'private-key': 'exclude' })).log).toContain(warning);
    expect((await run({ ...dry, certificate: withKey })).log).not.toContain(warning);
    const refused = await run({ 'private-key': 'require' });
    expect(refused.exitCode).toBe(1);
    expect(refused.log).toContain('private-key is "require", but the PEM contains no private key');
  });
});
