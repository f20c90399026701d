import { expect, test } from '@jest/globals';
import type { ServiceBehavior } from '../../emulator/index.ts';
import { fixtureDer, fixtureText } from '../fixtures/index.ts';
import { fromNow, HOUR, makeCertificate } from '../support/certificate.ts';
import { scenario } from './scenario.ts';

test.concurrent.each<[string, Partial<ServiceBehavior>]>([
  ['x5c', {}],
  ['x5t', { hidden: ['x5c'] }],
  ['kid', { hidden: ['x5c', 'x5t'] }],
  ['validity', { hidden: ['x5c', 'x5t'], kid: 'rfc7638' }],
  ['public key', { hidden: ['x5c', 'x5t', 'nbf', 'exp'], kid: 'rfc7638' }],
])('a certificate is found by its %s', async (by, behavior) => {
  await scenario({ behavior }, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    const { outputs, log } = await run();
    // The public key can be that of a predecessor, whose dates nobody shows.
    const dates =
      by === 'public key'
        ? { expiry: '', 'not-before': '', 'days-remaining': '', active: '' }
        : { expiry: '2046-11-18T16:13:07Z', 'not-before': '2026-11-23T16:13:07Z', active: 'true' };
    expect(outputs).toMatchObject({ outcome: 'already-present', changed: 'false', kid: keyset.keys[0]?.kid, ...dates });
    expect(log).toContain(`matched by ${by}). Nothing to upload.`);
    expect(log.includes('If this is a renewal with the same key pair')).toBe(by === 'public key');
    expect(requests()).toBe(4);
    expect(keyset.keys).toHaveLength(1);
  });
});

test.concurrent('allow-duplicate uploads all the same, and says what that means', async () => {
  await scenario({}, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    const { outputs, log } = await run({ 'allow-duplicate': 'true' });
    expect(outputs).toMatchObject({ outcome: 'uploaded', changed: 'true', active: 'true' });
    expect(log).toContain('Keys cannot be removed from a keyset');
    expect(log).not.toContain('its renewal');
    expect(keyset.keys).toHaveLength(2);
  });
});

test.concurrent.each(['sha1', 'rfc7638'] as const)(
  'a renewal on the same key pair is another certificate, and named as such: kid %s',
  async (kid) => {
    const old = await makeCertificate({ from: fromNow(-48 * HOUR), to: fromNow(24 * 40 * HOUR) });
    const renewed = await makeCertificate({ from: fromNow(-HOUR), to: fromNow(24 * 400 * HOUR), pair: old.pair });
    await scenario({ behavior: { kid } }, async ({ emulator, run }) => {
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
  },
);

test.concurrent('a certificate is found among keys without kid', async () => {
  await scenario({ behavior: { hidden: ['kid'], activeKey: 'none' } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    const { outputs, log } = await run();
    expect(outputs).toMatchObject({ outcome: 'already-present', kid: '' });
    expect(log).toContain('(a key without kid, matched by x5c)');
  });
});

test.concurrent('a certificate that the list does not show yet is found as the active key', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    emulator.faults.inject({ at: 'keyset', kind: 'garbage', body: { id: 'B2C_1A_Signing', keys: [] } });
    expect((await run()).outputs).toMatchObject({ outcome: 'already-present', active: 'true' });
    expect(requests('upload')).toBe(0);
  });
});

test.concurrent.each(['false', 'true'])(
  'a keyset with a secret is refused before anything is written, with the code of the service: dry-run %s',
  async (dryRun) => {
    await scenario({}, async ({ emulator, run, requests }) => {
      emulator.seed('B2C_1A_Signing', { kid: 'secret', kty: 'OCT' });
      const { exitCode, log, outputs } = await run({ 'dry-run': dryRun });
      expect(exitCode).toBe(1);
      expect(log).toContain('AADB2C95032');
      expect(log).toContain('No changes were made.');
      expect(log).toContain('#aadb2c95032');
      expect(outputs).toEqual({});
      expect(requests('upload')).toBe(0);
    });
  },
);

test.concurrent.each([
  ['digitalSignature', 'enc', 'The keyset contains keys for encryption'],
  ['keyEncipherment', 'sig', 'The keyset contains keys for signature'],
  ['digitalSignature', 'sig', undefined],
] as const)('a clash of use is a warning only: %s among keys for %s', async (usage, use, warning) => {
  const { pem } = await makeCertificate({ usage });
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

test.concurrent('a public certificate among keys is warned about, a private key is not', async () => {
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
