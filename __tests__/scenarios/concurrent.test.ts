import { expect, test } from '@jest/globals';
import type { EmulatorOptions } from '../../emulator/index.ts';
import { scenario } from './scenario.ts';

/** Runs started together; `concurrency:` in the workflow makes them wait for each other. */
const RUNS = 4;

test.each<[string, EmulatorOptions]>([
  ['at once', {}],
  ['on a slow network', { latency: { requestMs: 300 } }],
  ['where reads lag behind writes', { behavior: { staleReadsMs: 2000 } }],
])(
  `${RUNS} runs that start together, %s, leave between 1 and ${RUNS} keys, each reported; the next run adds none`,
  async (_, options) => {
    await scenario(options, async ({ emulator, run }) => {
      const keyset = emulator.seed('B2C_1A_Signing');
      const results = await Promise.all(Array.from({ length: RUNS }, () => run()));
      expect(results.map(({ result }) => result)).toEqual(Array.from({ length: RUNS }, () => 'success'));
      const uploaded = results.filter(({ outputs }) => outputs.outcome === 'uploaded');
      expect(keyset.keys.length).toBeGreaterThanOrEqual(1);
      expect(keyset.keys).toHaveLength(uploaded.length);
      expect((await run()).outputs.outcome).toBe('already-present');
      expect(keyset.keys).toHaveLength(uploaded.length);
    });
  },
);

test('runs of which each waits for the one before, as `concurrency:` makes them, leave one key', async () => {
  await scenario({ behavior: { staleReadsMs: 2000 } }, async ({ emulator, run }) => {
    const keyset = emulator.seed('B2C_1A_Signing');
    const outcomes: (string | undefined)[] = [];
    for (let i = 0; i < RUNS; i++) outcomes.push((await run()).outputs.outcome);
    expect(outcomes).toEqual(['uploaded', 'already-present', 'already-present', 'already-present']);
    expect(keyset.keys).toHaveLength(1);
  });
});
