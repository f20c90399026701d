import { expect, test } from '@jest/globals';
import type { Fault, RequestFault } from '../../emulator/index.ts';
import { fixtureDer, fixtureText } from '../fixtures/index.ts';
import { scenario } from './scenario.ts';

const THROTTLED: RequestFault = { kind: 'throttled', retryAfter: 0 };

test.concurrent.each<[name: string, requestFaults: RequestFault[], uploads: number, log: string]>([
  ['a lost response', [{ kind: 'reset-after' }], 1, 'The keyset contains the certificate.'],
  ['an unreadable response', [{ kind: 'empty' }], 1, 'The keyset contains the certificate.'],
  ['a failure before the write', [{ kind: 'reset' }], 2, 'retrying the upload'],
  ['a rejection', [THROTTLED], 2, ''],
  ['a concurrent write', [{ kind: 'concurrent' }], 2, ''],
  ['a rejection, then a lost response', [THROTTLED, { kind: 'status-after', status: 503 }], 2, 'The keyset contains'],
])('after %s the keyset contains the certificate once', async (_, requestFaults, uploads, says) => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    for (const requestFault of requestFaults) emulator.faults.inject({ at: 'upload', ...requestFault });
    const { outputs, log } = await run();
    expect(outputs).toMatchObject({ outcome: 'uploaded', changed: 'true', kid: keyset.keys[0]?.kid });
    expect(keyset.keys).toHaveLength(1);
    expect(requests('upload')).toBe(uploads);
    expect(log).toContain(says);
    expect(emulator.faults.remaining()).toEqual([]);
  });
});

test.concurrent.each<RequestFault & { lateMs: number }>([
  { kind: 'status-after', status: 504, lateMs: 3000 },
  { kind: 'reset-after', lateMs: 5000 },
  { kind: 'timeout-after', lateMs: 10_000 },
])('a write that is carried out $lateMs ms after a $kind is found, and not sent again', async (requestFault) => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'upload', ...requestFault });
    expect((await run()).outputs).toMatchObject({ outcome: 'uploaded', changed: 'true' });
    await emulator.settle();
    expect(requests('upload')).toBe(1);
    expect(keyset.keys).toHaveLength(1);
  });
});

const UNKNOWN = 'Unknown: the certificate may have been written. Run again: the next run detects it.';
const FORBIDDEN = { kind: 'status', status: 403 } as const;

test.concurrent.each<[name: string, faults: Fault[], says: string]>([
  ['rejected', [{ at: 'upload', ...FORBIDDEN }], 'No changes were made.'],
  ['rejected again and again', [{ at: 'upload', times: 5, ...THROTTLED }], 'No changes were made.'],
  ['unknown three times', [{ at: 'upload', times: 3, kind: 'status', status: 500 }], UNKNOWN],
  [
    'unknown, then rejected',
    [
      { at: 'upload', kind: 'reset' },
      { at: 'upload', ...FORBIDDEN },
    ],
    UNKNOWN,
  ],
  [
    'unknown, and the search fails',
    [
      { at: 'upload', kind: 'reset-after' },
      { at: 'keyset', skip: 1, ...FORBIDDEN },
    ],
    UNKNOWN,
  ],
  [
    'rejected, and the look before the next attempt fails',
    [
      { at: 'upload', ...THROTTLED },
      { at: 'keyset', skip: 1, ...FORBIDDEN },
    ],
    'No changes were made.',
  ],
  [
    'successful, and the verification fails',
    [{ at: 'upload', kind: 'garbage', body: { kid: 'A' } }],
    'Changed: the certificate.',
  ],
])('a run that fails says whether anything was written: the upload is %s', async (_, faults, says) => {
  await scenario({}, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    for (const fault of faults) emulator.faults.inject(fault);
    const { result, outputs, log } = await run();
    expect([result, outputs.outcome]).toEqual(['failure', undefined]);
    expect(log).toContain(says);
    expect(emulator.faults.remaining()).toEqual([]);
    if (says !== UNKNOWN) return;
    expect(log).toContain('#unknown-outcome');
    // A second run finds it, or uploads it.
    expect((await run()).result).toBe('success');
    expect(keyset.keys).toHaveLength(1);
  });
});

test.concurrent('a tenant that refuses duplicates ends with one key, told by whoever wrote it', async () => {
  const behavior = { duplicates: 'refuse', staleReadsMs: 2500 } as const;
  await scenario({ behavior }, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    // Both runs have read the keyset before either writes.
    const { promise: until, resolve } = Promise.withResolvers<undefined>();
    const isUpload = ({ step }: { step: string }): boolean => {
      if (requests('upload') === 2) resolve(undefined);
      return step === 'upload';
    };
    emulator.faults.inject({ at: isUpload, kind: 'held', until, times: 2 });
    const [first, second] = await Promise.all([run(), run()]);
    expect([first.outputs.outcome, second.outputs.outcome].sort()).toEqual(['already-present', 'uploaded']);
    expect([first.outputs.changed, second.outputs.changed].sort()).toEqual(['false', 'true']);
    expect(requests('upload')).toBe(2);
    expect(keyset.keys).toHaveLength(1);
    const third = await run({ 'allow-duplicate': 'true' });
    expect(third.log).toContain('AADB2C90180');
    expect(third.log).toContain('No changes were made.');
  });
});

test.concurrent('a renewal on the same key pair, whose kid is the same, is proven by its certificate', async () => {
  await scenario({ behavior: { kid: 'rfc7638', staleReadsMs: 2500 } }, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    const { outputs } = await run({ certificate: fixtureText('renewed.pem') });
    expect(outputs).toMatchObject({ outcome: 'uploaded', changed: 'true', kid: keyset.keys[1]?.kid });
    expect(keyset.keys).toHaveLength(2);
    // The lagging answer names the old key, so the keyset is asked until it shows the new one.
    expect(requests('keyset')).toBeGreaterThan(2);
  });
});

test.concurrent('five runs one after another leave one key', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    const outcomes: (string | undefined)[] = [];
    for (let i = 0; i < 5; i++) outcomes.push((await run()).outputs.outcome);
    expect(outcomes).toEqual(['uploaded', ...Array.from({ length: 4 }, () => 'already-present')]);
    expect(keyset.keys).toHaveLength(1);
    expect(requests('upload')).toBe(1);
  });
});
