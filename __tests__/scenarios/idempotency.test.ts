import { expect, jest, test } from '@jest/globals';
import type { RequestFault } from '../../emulator/index.ts';
import { fixtureDer, fixtureText } from '../fixtures/index.ts';
import { scenario } from './scenario.ts';

// Some of these wait for a minute.
jest.setTimeout(300_000);

test.concurrent('whatever becomes of an upload, the keyset holds the certificate once', async () => {
  const throttled: RequestFault = { kind: 'throttled', retryAfter: 0 };
  const rows: [name: string, requestFaults: RequestFault[], uploads: number, log: string][] = [
    ['a lost answer', [{ kind: 'reset-after' }], 1, 'The keyset contains the certificate.'],
    ['an unreadable answer', [{ kind: 'empty' }], 1, 'The keyset contains the certificate.'],
    ['a failure before the write', [{ kind: 'reset' }], 2, 'retrying the upload'],
    ['a refusal', [throttled], 2, ''],
    ['another write in the way', [{ kind: 'concurrent' }], 2, ''],
    ['a refusal, then a lost answer', [throttled, { kind: 'status-after', status: 503 }], 2, 'The keyset contains'],
  ];
  await Promise.all(
    rows.map(([name, requestFaults, uploads, said]) =>
      scenario({}, async ({ emulator, run, requests }) => {
        const keyset = emulator.seed('B2C_1A_Signing');
        for (const requestFault of requestFaults) emulator.faults.inject({ at: 'upload', ...requestFault });
        const { outputs, log } = await run();
        const seen = { name, outcome: outputs.outcome, changed: outputs.changed, kid: outputs.kid };
        expect(seen).toEqual({ name, outcome: 'uploaded', changed: 'true', kid: keyset.keys[0]?.kid });
        expect({ name, keys: keyset.keys.length, uploads: requests('upload') }).toEqual({ name, keys: 1, uploads });
        expect(log).toContain(said);
        expect(emulator.faults.remaining()).toEqual([]);
      }),
    ),
  );
});

test.concurrent('when another run is in the way and brings the same certificate, it is not sent again', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({
      kind: 'concurrent',
      at: ({ step }) => {
        if (step !== 'upload') return false;
        emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
        return true;
      },
    });
    const { outputs } = await run();
    expect(outputs).toMatchObject({ outcome: 'already-present', changed: 'false', kid: keyset.keys[0]?.kid });
    expect(requests('upload')).toBe(1);
    expect(keyset.keys).toHaveLength(1);
  });
});

test.concurrent('a run that fails tells whether anything was written', async () => {
  const unknown = 'Unknown: the certificate may have been written. Run again: the next run detects it.';
  const rows: [
    name: string,
    faults: { at: 'upload' | 'keyset'; skip?: number; times: number; requestFault: RequestFault }[],
    said: string,
  ][] = [
    ['refused', [{ at: 'upload', times: 1, requestFault: { kind: 'status', status: 403 } }], 'No changes were made.'],
    [
      'refused again and again',
      [{ at: 'upload', times: 5, requestFault: { kind: 'throttled', retryAfter: 0 } }],
      'No changes were made.',
    ],
    ['unknown three times', [{ at: 'upload', times: 3, requestFault: { kind: 'status', status: 500 } }], unknown],
    [
      'unknown, then refused',
      [
        { at: 'upload', times: 1, requestFault: { kind: 'reset' } },
        { at: 'upload', times: 1, requestFault: { kind: 'status', status: 403 } },
      ],
      unknown,
    ],
    [
      'unknown, and the search fails',
      [
        { at: 'upload', times: 1, requestFault: { kind: 'reset-after' } },
        { at: 'keyset', skip: 1, times: 1, requestFault: { kind: 'status', status: 403 } },
      ],
      unknown,
    ],
    [
      'refused, and the look before the next try fails',
      [
        { at: 'upload', times: 1, requestFault: { kind: 'throttled', retryAfter: 0 } },
        { at: 'keyset', skip: 1, times: 1, requestFault: { kind: 'status', status: 403 } },
      ],
      'No changes were made.',
    ],
    [
      'written, and the proof fails',
      [{ at: 'upload', times: 1, requestFault: { kind: 'garbage', body: { kid: 'A' } } }],
      'Changed: the certificate.',
    ],
  ];
  await Promise.all(
    rows.map(([name, faults, said]) =>
      scenario({}, async ({ emulator, run }) => {
        const keyset = emulator.seed('B2C_1A_Signing');
        for (const { requestFault, ...trigger } of faults) emulator.faults.inject({ ...trigger, ...requestFault });
        const { result, outputs, log } = await run();
        expect({ name, result, outcome: outputs.outcome }).toEqual({ name, result: 'failure', outcome: undefined });
        expect(log).toContain(said);
        expect(emulator.faults.remaining()).toEqual([]);
        if (said !== unknown) return;
        expect(log).toContain('#unknown-outcome');
        // A second run finds it, or brings it.
        expect((await run()).result).toBe('success');
        expect(keyset.keys).toHaveLength(1);
      }),
    ),
  );
});

test.concurrent('a tenant that refuses duplicates ends with one key, told by whoever wrote it', async () => {
  const behavior = { duplicates: 'refuse', staleReadsMs: 2500 } as const;
  await scenario({ behavior }, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    // Both runs read the keyset before either has written.
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

test.concurrent('twenty runs one after another leave one key', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    const outcomes: (string | undefined)[] = [];
    for (let i = 0; i < 20; i++) outcomes.push((await run()).outputs.outcome);
    expect(outcomes).toEqual(['uploaded', ...Array.from({ length: 19 }, () => 'already-present')]);
    expect(keyset.keys).toHaveLength(1);
    expect(requests('upload')).toBe(1);
  });
});
