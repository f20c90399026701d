import { describe, expect, test } from '@jest/globals';
import { fixtureDer } from '../fixtures/index.ts';
import { DAY, fromNow, HOUR, makeCertificate } from '../support/certificate.ts';
import { key } from '../support/key.ts';
import { scenario, warningsOf } from './scenario.ts';

const READER = { app: { roles: ['TrustFrameworkKeySet.Read.All' as const] } };
const dry = { 'dry-run': 'true' };

test('a dry run needs only the permission to read, and says what would happen', async () => {
  await scenario(READER, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing', fixtureDer('other.pem'));
    const { result, outputs, log, summary } = await run(dry);
    expect(result).toBe('success');
    expect(outputs).toMatchObject({
      outcome: 'would-upload',
      changed: 'false',
      'keyset-created': 'false',
      kid: '',
      status: '',
      active: 'false',
      'active-kid': keyset.keys[0]?.kid,
      expiry: '2046-11-18T16:13:07Z',
    });
    expect(log).toContain('Dry run: no changes were made.');
    expect(summary).toContain('Dry run: the certificate would be uploaded: B2C_1A_Signing');
    expect(keyset.keys).toHaveLength(1);
    expect(requests()).toBe(4);
  });
});

test('a dry run finds a certificate that is present', async () => {
  await scenario(READER, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    expect((await run(dry)).outputs).toMatchObject({ outcome: 'already-present', active: 'true' });
  });
});

test('a missing keyset fails a dry run, unless it would be created', async () => {
  await scenario(READER, async ({ emulator, run }) => {
    for (const id of ['B2C_1A_Signin', 'B2C_1A_Encryption', 'B2C_1A_Signing.bak']) emulator.seed(id);
    const missing = await run(dry);
    expect(missing.exitCode).toBe(1);
    expect(missing.log).toContain('does not exist in this tenant. Did you mean B2C_1A_Signin, B2C_1A_Encryption?');
    expect(missing.log).not.toContain('.bak');

    const created = await run({ ...dry, 'create-keyset': 'true' });
    expect(created.result).toBe('success');
    expect(created.outputs).toMatchObject({ outcome: 'would-upload', changed: 'false', 'keyset-created': 'false' });
    expect(Date.parse(created.outputs['takes-over-at'] ?? '')).toBeLessThanOrEqual(Date.now());
    expect([...emulator.tenant.keysets.keys()]).not.toContain('B2C_1A_Signing');
  });
});

test('a missing keyset is an error without suggestions where the list cannot be had', async () => {
  await scenario(READER, async ({ emulator, run }) => {
    emulator.faults.inject({ at: 'list', kind: 'status', status: 403 });
    const { exitCode, log } = await run(dry);
    expect(exitCode).toBe(1);
    expect(log).toContain('The keyset B2C_1A_Signing does not exist in this tenant.');
    expect(log).not.toContain('Did you mean');
  });
});

const text = (instant: Date): string => instant.toISOString().replace('.000', '');

describe('a dry run forecasts as if the key were in the keyset', () => {
  interface Row {
    readonly name: string;
    /** Days from now: when each key of the keyset becomes valid and expires. */
    readonly keys: readonly [number, number][];
    readonly certificate: readonly [number, number];
    /** When the gap begins and ends that it would leave. */
    readonly gap?: readonly [number, number];
    readonly takesOver: number | 'never';
    /** When the last usable key expires. */
    readonly end: number;
  }
  const ROWS: readonly Row[] = [
    { name: 'a takeover at once', keys: [[-9, 20]], certificate: [-1, 300], takesOver: 0, end: 300 },
    { name: 'a takeover later, without a gap', keys: [[-9, 20]], certificate: [10, 300], takesOver: 10, end: 300 },
    {
      name: 'a gap that it would leave',
      keys: [[-9, 20]],
      certificate: [25, 300],
      gap: [20, 25],
      takesOver: 25,
      end: 300,
    },
    {
      name: 'a gap that it would close',
      keys: [
        [-9, 20],
        [40, 200],
      ],
      certificate: [15, 60],
      takesOver: 15,
      end: 200,
    },
    { name: 'that it would never be used', keys: [[-1, 300]], certificate: [-9, 200], takesOver: 'never', end: 300 },
  ];

  test.concurrent.each(ROWS)('$name', async ({ keys, certificate, gap, takesOver, end }) => {
    // An hour later than whole days, so that as many whole days are left. Taken once: keys and expectations agree to the second.
    const start = fromNow(HOUR).getTime();
    const at = (days: number): Date => new Date(start + days * DAY);
    const instant = (days: number): string => text(at(days));
    const seconds = (days: number): number => at(days).getTime() / 1000;
    const [from, to] = certificate.map(at);
    const { pem, keyPem, x509 } = await makeCertificate({ from, to });
    await scenario(READER, async ({ emulator, run }) => {
      emulator.seed(
        'B2C_1A_Signing',
        ...keys.map(([nbf, exp], i) => ({ kid: `k${i}`, nbf: seconds(nbf), exp: seconds(exp) })),
      );
      const result = await run({ ...dry, certificate: pem + keyPem });
      const { outputs, log, summary } = result;
      const isNow = takesOver === 0;
      expect(outputs).toMatchObject({ outcome: 'would-upload', changed: 'false', kid: '', active: 'false' });
      expect(outputs.expiry).toBe(text(x509.validToDate));
      if (takesOver === 'never') expect(outputs['takes-over-at']).toBe('');
      else if (isNow) expect(Date.parse(outputs['takes-over-at'] ?? '')).toBeLessThanOrEqual(Date.now());
      else expect(outputs['takes-over-at']).toBe(text(x509.validFromDate));
      const activation = isNow
        ? 'Expected to become active immediately (currently active: key k0).'
        : takesOver === 'never'
          ? 'By the documented rule this certificate will never become active'
          : `Expected to become active at ${instant(takesOver)} (currently active: key k0).`;
      for (const place of [log, summary]) {
        expect(place).toContain(activation);
        expect(place).toContain(`The last usable key expires at ${instant(end)}, in ${end} days.`);
      }
      expect(warningsOf(result).filter((warning) => warning.startsWith('Gap: '))).toEqual(
        gap ? [`Gap: B2C_1A_Signing would have no valid key from ${instant(gap[0])} to ${instant(gap[1])}.`] : [],
      );
    });
  });

  test.concurrent('a key that the service does not use counts as disabled', async () => {
    const { pem, keyPem } = await makeCertificate({ from: fromNow(10 * DAY) });
    await scenario(READER, async ({ emulator, run }) => {
      emulator.seed('B2C_1A_Signing', key(-9, 20, 'old'), key(-2, 300, 'off', { status: 'disabled' }));
      const { log, summary, outputs } = await run({ ...dry, certificate: pem + keyPem });
      expect(outputs).toMatchObject({ 'active-kid': 'old' });
      for (const place of [log, summary]) {
        expect(place).toContain('By its dates key off should be active, but the service does not use it');
      }
    });
  });
});

test.concurrent.each([
  ['new', 'it will be enabled (enable-key: new).'],
  ['always', 'it will be enabled (enable-key: always).'],
  ['never', 'it will stay disabled (enable-key: never).'],
])('a dry run says what enable-key: %s would do', async (mode, says) => {
  await scenario(READER, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const { log } = await run({ ...dry, 'enable-key': mode });
    expect(log).toContain(`If the uploaded key is disabled, ${says}`);
  });
});

interface Skew {
  readonly ms: number;
  readonly says?: string;
  readonly level?: 'warning';
  /** Whether a certificate that becomes valid in five minutes is valid by the service's clock. */
  readonly isValid: boolean;
}

const MINUTE = 60_000;

test.concurrent.each<Skew>([
  { ms: 30_000, isValid: false },
  { ms: 10 * MINUTE, says: '10 min ahead of', isValid: true },
  { ms: -10 * MINUTE, says: '10 min behind', isValid: false },
  { ms: 3 * DAY + HOUR, says: '3 d ahead of', level: 'warning', isValid: true },
])('a clock of the service that differs by $ms ms', async ({ ms, says, level, isValid }) => {
  const { pem, keyPem } = await makeCertificate({ from: fromNow(5 * MINUTE) });
  await scenario({ ...READER, behavior: { clockSkewMs: ms } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing', key(-9, 300, 'old'));
    const result = await run({ ...dry, certificate: pem + keyPem });
    const sentence = `The clock of Graph is ${says ?? ''} the runner's; forecasts use Graph's time.`;
    if (says) expect(result.log).toContain(sentence);
    else expect(result.log).not.toContain('The clock of Graph');
    expect(warningsOf(result)).toEqual(level ? [sentence] : []);
    expect(result.log.includes('Expected to become active immediately')).toBe(isValid);
  });
});

test.concurrent.each<[name: string, skewDays: number, inputs: Record<string, string>, says: string]>([
  ['has expired', 30, {}, 'Certificate rejected: it expired at'],
  ['has fewer days left than are wanted', 15, { 'expiry-failure-days': '10' }, 'expiry-failure-days: 10'],
])('a certificate that %s by the clock of the service changes nothing', async (_, skewDays, inputs, says) => {
  const { pem, keyPem } = await makeCertificate({ to: fromNow(20 * DAY) });
  await scenario({ behavior: { clockSkewMs: skewDays * DAY } }, async ({ emulator, run }) => {
    const { result, log } = await run({ certificate: pem + keyPem, 'create-keyset': 'true', ...inputs });
    expect(result).toBe('failure');
    expect(log).toContain(says);
    expect(log).toContain('No changes were made.');
    expect(emulator.tenant.keysets.size).toBe(0);
  });
});

test('the days left are those by the clock of the service', async () => {
  const { pem, keyPem } = await makeCertificate({ to: fromNow(60 * DAY + HOUR) });
  await scenario({ ...READER, behavior: { clockSkewMs: 40 * DAY + MINUTE } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const result = await run({ ...dry, certificate: pem + keyPem });
    expect(result.outputs['days-remaining']).toBe('20');
    expect(warningsOf(result)).toEqual([
      expect.stringContaining('The clock of Graph is 40 d ahead'),
      expect.stringMatching(/^The certificate has 20 days left \(until .*\), fewer than expiry-warning-days: 30\.$/),
    ]);
  });
});

test('a dry run says that the service disagrees with the rule', async () => {
  await scenario(READER, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing', key(-30, 300, 'a'), key(-30, 200, 'b'));
    emulator.faults.inject({ at: 'active', kind: 'garbage', body: { kid: 'b' } });
    const { log, outputs } = await run(dry);
    expect(log).toContain(
      'Forecast uncertain: the service reports another active key than the documented rule predicts',
    );
    expect(outputs['active-kid']).toBe('b');
  });
});
