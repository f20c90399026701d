import { expect, test } from '@jest/globals';
import { fixtureDer } from '../fixtures/index.ts';
import { scenario } from '../scenarios/scenario.ts';
import { type Case, cases } from './cases.ts';

// Every fault at every request of an upload, some of them twice, and every behavior of the service that is in doubt.

const CERTIFICATE = fixtureDer('signing.pem').toString('base64');

async function runCase({ options, keys, faults, survives, applied }: Case): Promise<void> {
  await scenario(options, async ({ emulator, run }) => {
    if (keys) emulator.seed('B2C_1A_Signing', ...keys);
    for (const fault of faults) emulator.faults.inject(fault);
    const waiting = (): number => emulator.faults.remaining().reduce((sum, { times = 1 }) => sum + times, 0);
    const before = waiting();
    const { result, exitCode, outputs, log } = await run({ 'create-keyset': 'true' });
    const times = before - waiting();
    await emulator.settle();
    const keyset = emulator.tenant.keysets.get('B2C_1A_Signing');
    const copies = keyset?.keys.filter(({ x5c }) => x5c[0] === CERTIFICATE).length ?? 0;

    expect(exitCode).toBe(result === 'success' ? 0 : 1);
    if (survives && result !== 'success') throw new Error(`It failed: ${log}`);
    if (applied !== undefined) expect(times).toBe(applied);
    else expect(times).toBeGreaterThan(0);
    if (result === 'success') {
      expect(copies).toBe(1);
      expect(outputs).toMatchObject({
        outcome: 'uploaded',
        changed: 'true',
        'keyset-created': String(keys === undefined),
        expiry: '2046-11-18T16:13:07Z',
      });
    } else {
      expect(copies).toBeLessThanOrEqual(1);
      expect(outputs).toEqual({});
      const saysNothing = log.includes('No changes were made.');
      const isWritten = copies > 0 || (keys === undefined && keyset !== undefined);
      expect(saysNothing).not.toBe(/Changed: |may have been written/.test(log));
      if (saysNothing) expect(isWritten).toBe(false);
    }
  });
}

test.concurrent.each(cases())('$name', runCase);
