import { expect, test } from '@jest/globals';
import type { EmulatorOptions, Fault, Step } from '../../emulator/index.ts';
import { scenario } from './scenario.ts';

// All other scenarios skip the time in which a step only waits. These wait, so that something shows that the result is the same.

interface Row {
  readonly name: string;
  readonly behavior?: EmulatorOptions['behavior'];
  readonly faults: readonly Fault[];
  /** Between the first and the last request of this step so many milliseconds pass at least. */
  readonly waits: readonly [Step, number];
  readonly isMissing?: true;
}

const ROWS: readonly Row[] = [
  {
    name: 'a pause that the service asks for',
    faults: [{ at: 'keyset', kind: 'throttled', retryAfter: 3 }],
    waits: ['keyset', 3000],
  },
  {
    name: 'a read without a response',
    faults: [{ at: 'keyset', kind: 'timeout' }],
    waits: ['keyset', 10_000],
  },
  {
    name: 'an upload without a response, and reads that lag behind it',
    behavior: { staleReadsMs: 4000 },
    faults: [{ at: 'upload', kind: 'timeout-after' }],
    waits: ['keyset', 10_000],
  },
  {
    name: 'an upload that is executed after its error',
    faults: [{ at: 'upload', kind: 'status-after', status: 504, lateMs: 5000 }],
    waits: ['active', 5000],
  },
  {
    name: 'an upload that is executed 40 s after its error',
    faults: [{ at: 'upload', kind: 'status-after', status: 504, lateMs: 40_000 }],
    waits: ['active', 40_000],
  },
  {
    name: 'an upload without a response, executed after 40 s',
    faults: [{ at: 'upload', kind: 'timeout-after', lateMs: 40_000 }],
    waits: ['keyset', 20_000],
  },
  {
    name: 'reads that lag by 20 s behind an upload',
    behavior: { staleReadsMs: 20_000 },
    faults: [],
    waits: ['keyset', 0],
  },
  {
    name: 'a new keyset that is missing for some seconds',
    behavior: { missingAfterCreateMs: 5000 },
    faults: [],
    waits: ['upload', 500],
    isMissing: true,
  },
  {
    name: 'a proxy that opens no tunnel',
    faults: [{ at: 'graph.microsoft.com', kind: 'drop', times: 2 }],
    waits: ['keyset', 0],
  },
];

test.concurrent('a proxy that goes on sending a byte per second ends in a sentence, after five attempts', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.faults.inject({ at: '*', kind: 'trickle', times: 5 });
    const { result, log } = await run({}, { realTime: true });
    expect(result).toBe('failure');
    expect(log).toMatch(/^Error: Requesting an OIDC token from GitHub failed: the proxy did not open a tunnel \(/m);
    expect(log).not.toContain('Unexpected error');
    expect(emulator.faults.remaining()).toEqual([]);
  });
});

test.concurrent.each(ROWS)('$name', async ({ behavior = {}, faults, waits: [step, ms], isMissing }) => {
  await scenario({ behavior }, async ({ emulator, run, requests }) => {
    if (!isMissing) emulator.seed('B2C_1A_Signing');
    for (const fault of faults) emulator.faults.inject(fault);
    const { outputs } = await run({ 'create-keyset': 'true' }, { realTime: true });
    expect(outputs).toMatchObject({
      outcome: 'uploaded',
      changed: 'true',
      'keyset-created': String(isMissing ?? false),
    });
    expect(emulator.faults.remaining()).toEqual([]);
    expect(emulator.tenant.keysets.get('B2C_1A_Signing')?.keys).toHaveLength(1);
    const times = emulator.requestLog.filter((recorded) => recorded.step === step).map(({ at }) => at);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThanOrEqual(ms);
    if (!isMissing) expect(requests('upload')).toBe(1);
  });
});
