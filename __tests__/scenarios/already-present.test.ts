import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { certificateKey, type Key, type ServiceBehavior } from '../../emulator/index.ts';
import { fixtureDer, fixtureText } from '../fixtures/index.ts';
import { fromNow, HOUR, makeCertificate } from '../support/certificate.ts';
import { scenario, warningsOf } from './scenario.ts';

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

describe('a key is that of the certificate', () => {
  const { fingerprint, fingerprint256 } = new X509Certificate(fixtureDer('signing.pem'));
  const bytes = (hash: string): Buffer => Buffer.from(hash.replaceAll(':', ''), 'hex');
  const full = certificateKey(new X509Certificate(fixtureDer('signing.pem')), { kid: 'rfc7638', newKeys: 'enabled' });
  const other = fixtureDer('other.pem').toString('base64');
  const { kid, n, e, nbf, exp } = full;
  const hex = fingerprint.replaceAll(':', '');
  const KEYS: [name: string, members: Partial<Key>, by: string][] = [
    ['whose x5c is its certificate', { kid: 'k', x5c: [...full.x5c] }, 'x5c'],
    ['whose x5c begins with another certificate', { kid: 'k', x5c: [other, ...full.x5c], n, e }, 'x5c'],
    ['whose x5t is SHA-1 in hex', { kid: 'k', x5t: hex }, 'x5t'],
    ['whose x5t is SHA-1 in lower-case hex', { kid: 'k', x5t: hex.toLowerCase() }, 'x5t'],
    ['whose x5t is SHA-1 in hex with colons', { kid: 'k', x5t: fingerprint }, 'x5t'],
    ['whose x5t is SHA-1 in base64', { kid: 'k', x5t: bytes(fingerprint).toString('base64') }, 'x5t'],
    ['whose x5t is SHA-1 in base64url', { kid: 'k', x5t: bytes(fingerprint).toString('base64url') }, 'x5t'],
    ['whose x5t is SHA-256 in hex with colons', { kid: 'k', x5t: fingerprint256 }, 'x5t'],
    ['whose x5t is SHA-256 in base64', { kid: 'k', x5t: bytes(fingerprint256).toString('base64') }, 'x5t'],
    ['whose kid is SHA-1', { kid: hex }, 'kid'],
    ['whose kid is SHA-1 in lower case', { kid: hex.toLowerCase() }, 'kid'],
    ['whose kid is the thumbprint of its public key, with its dates', { kid, nbf, exp }, 'kid'],
    [
      'with its public key and start, and an end that an administrator set',
      { kid, n, e, nbf, exp: 4_000_000_000 },
      'validity',
    ],
  ];

  test.concurrent.each(KEYS)('%s', async (_, members, by) => {
    await scenario({}, async ({ emulator, run, requests }) => {
      const keyset = emulator.seed('B2C_1A_Signing', members);
      const result = await run();
      expect(result.outputs).toMatchObject({ outcome: 'already-present', active: 'true', kid: members.kid });
      expect(result.log).toContain(`matched by ${by}). Nothing to upload.`);
      expect(warningsOf(result)).toEqual([]);
      expect(requests()).toBe(4);
      expect(keyset.keys).toHaveLength(1);
    });
  });

  const OTHERS: [name: string, members: Partial<Key>][] = [
    ['whose x5t is that of another certificate', { kid, n, e, x5t: bytes(fingerprint).fill(7).toString('hex') }],
    ['with its public key and another start', { kid, n, e, nbf: (nbf ?? 0) - 1, exp }],
    ['whose kid is the thumbprint of its public key, with another start', { kid, nbf: (nbf ?? 0) - 1, exp }],
    ['whose kid is SHA-1 of another certificate', { kid: hex.replaceAll(/[0-9]/g, 'A'), n, e }],
  ];

  test.concurrent.each(OTHERS)('but not one %s', async (_, members) => {
    await scenario({}, async ({ emulator, run }) => {
      const keyset = emulator.seed('B2C_1A_Signing', members);
      expect((await run()).outputs).toMatchObject({ outcome: 'uploaded', kid: hex, active: 'true' });
      expect(keyset.keys).toHaveLength(2);
    });
  });
});

const x5c = [fixtureDer('signing.pem').toString('base64')];
/** How the service names a key as active. */
const NAMED: [how: string, members: Partial<Key>][] = [
  ['in full', { x5c }],
  ['by its kid', {}],
];

test.concurrent.each(NAMED)(
  'of several copies the one is reported that the service names as active, %s',
  async (_, members) => {
    await scenario({}, async ({ emulator, run }) => {
      emulator.seed('B2C_1A_Signing', { kid: 'first', x5c }, { kid: 'second', x5c });
      emulator.faults.inject({ at: 'active', kind: 'garbage', body: { kid: 'second', ...members } });
      const result = await run();
      expect(result.outputs).toMatchObject({ kid: 'second', active: 'true', 'active-kid': 'second' });
      expect(result.log).not.toContain('another active key');
      expect(warningsOf(result)).toEqual([]);
    });
  },
);

test.concurrent.each(NAMED)(
  'a copy that was added is not active because the service names the other one, %s',
  async (_, members) => {
    await scenario({}, async ({ emulator, run }) => {
      emulator.seed('B2C_1A_Signing', { kid: 'first', x5c });
      emulator.faults.inject({ at: 'active', kind: 'garbage', body: { kid: 'first', ...members }, times: 9 });
      const result = await run({ 'allow-duplicate': 'true' });
      expect(result.outputs).toMatchObject({ outcome: 'uploaded', active: 'false', 'active-kid': 'first' });
      const [duplicate, publicOnly] = ['allow-duplicate: ', 'without its private key'].map((text): unknown =>
        expect.stringContaining(text),
      );
      expect(warningsOf(result)).toEqual([duplicate, publicOnly]);
    });
  },
);

describe('a keyset on several pages', () => {
  const keys = Array.from({ length: 4 }, (_, i) => ({ kid: `k${i}`, nbf: 1_600_000_000 + i }));

  test.concurrent('is read to its end, and a certificate on its last page is not uploaded again', async () => {
    await scenario({ behavior: { keysPageSize: 2 } }, async ({ emulator, run, requests }) => {
      // The active key must not show it, so it is a staged one.
      const staged = await makeCertificate({ from: fromNow(24 * HOUR) });
      const keyset = emulator.seed('B2C_1A_Signing', ...keys, staged.der);
      const { outputs } = await run({ certificate: staged.pem });
      expect(outputs).toMatchObject({ outcome: 'already-present', kid: keyset.keys[4]?.kid, 'active-kid': 'k3' });
      expect([requests('upload'), requests('keyset'), requests('keys')]).toEqual([0, 1, 2]);
    });
  });

  test.concurrent('is read to its end after an upload', async () => {
    await scenario({ behavior: { keysPageSize: 2, activeKey: 'none' } }, async ({ emulator, run, requests }) => {
      const keyset = emulator.seed('B2C_1A_Signing', ...keys);
      emulator.faults.inject({ at: 'upload', kind: 'reset-after' });
      const { outputs } = await run();
      expect(outputs).toMatchObject({ outcome: 'uploaded', kid: keyset.keys[4]?.kid });
      expect(requests('upload')).toBe(1);
    });
  });

  test.concurrent.each([
    'https://elsewhere.example/keys',
    'https://graph.microsoft.com.evil.example/beta',
    '//elsewhere.example',
  ])('that continues at %s is an error before any write, and the token is not sent there', async (next) => {
    await scenario({}, async ({ emulator, run, requests }) => {
      emulator.seed('B2C_1A_Signing');
      const body = { id: 'B2C_1A_Signing', keys: [], 'keys@odata.nextLink': next };
      emulator.faults.inject({ at: 'keyset', kind: 'garbage', body });
      const { result, log } = await run();
      expect(result).toBe('failure');
      expect(log).toContain(
        'Reading the keyset B2C_1A_Signing failed: @odata.nextLink points to another host, refusing to send the token',
      );
      expect(log).toContain('No changes were made.');
      expect(requests('upload')).toBe(0);
      expect(emulator.requestLog.map(({ host }) => host)).not.toContainEqual(expect.stringContaining('example'));
    });
  });
});

test.concurrent('a keyset of 5,000 keys', async () => {
  const keys = Array.from({ length: 5000 }, (_, i) => ({
    kid: `k${i}`,
    nbf: 1_600_000_000 + i,
    exp: 2_000_000_000 + i,
    x5c: [fixtureDer('other.pem').toString('base64')],
  }));
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing', ...keys);
    const { outputs } = await run();
    expect(outputs).toMatchObject({ outcome: 'uploaded', active: 'true' });
    // Somewhere in the middle, its row is among those that the summary shows.
    keyset.keys = [...keyset.keys.slice(2500), ...keyset.keys.slice(0, 2500)];
    const present = await run();
    expect(present.outputs.outcome).toBe('already-present');
    expect(present.summary).toContain('active, this certificate');
    expect(present.summary).toContain('Other keys of the keyset: 4900.');
    expect([requests(), keyset.keys.length]).toEqual([11, 5001]);
  });
});

test.concurrent('allow-duplicate uploads it again, and says what that means', async () => {
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
  'a renewal with the same key pair is another certificate, and named as such: kid %s',
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

test.concurrent('a certificate that the keyset does not show yet is found as the active key', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    emulator.faults.inject({ at: 'keyset', kind: 'garbage', body: { id: 'B2C_1A_Signing', keys: [] } });
    expect((await run()).outputs).toMatchObject({ outcome: 'already-present', active: 'true' });
    expect(requests('upload')).toBe(0);
  });
});

test.concurrent.each(['false', 'true'])(
  'a keyset with a secret is rejected before anything is written, with the code of the service: dry-run %s',
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
