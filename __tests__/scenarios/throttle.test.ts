import { expect, test } from '@jest/globals';
import type { Step } from '../../emulator/index.ts';
import { mapLimit } from '../support/map-limit.ts';
import { scenario } from './scenario.ts';

// Graph's documented limit for one app in one tenant of B2C is 200 requests a minute. 50 jobs that also create their keyset need
// 250 at least, so the last ones have to wait. Four at a time is what the docs advise for a matrix.
test('a tenant that throttles serves 50 jobs, and each keyset ends up with its key once', async () => {
  await scenario({ throttle: { requests: 200, perSeconds: 60 } }, async ({ emulator, run }) => {
    // A machine may be too slow to exhaust the limit, so every twentieth request is rejected in any case: not several in a row, which
    // could be those of one job.
    let requests = 0;
    const twentieth = ({ step }: { step: Step }): boolean => !['oidc', 'token'].includes(step) && ++requests % 20 === 0;
    emulator.faults.inject({ at: twentieth, kind: 'throttled', retryAfter: 1, times: 8 });
    const ids = Array.from({ length: 50 }, (_, number) => `B2C_1A_Job${number}`);
    const results = await mapLimit(4, ids, (id) => run({ 'keyset-id': id, 'create-keyset': 'true' }));
    expect(results.map(({ result }) => result)).toEqual(ids.map(() => 'success'));
    expect(ids.map((id) => emulator.tenant.keysets.get(id)?.keys.length)).toEqual(ids.map(() => 1));
    expect(emulator.requestLog.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(8);
  });
});
