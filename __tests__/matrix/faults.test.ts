import { expect, jest, test } from '@jest/globals';
import { fixtureDer } from '../fixtures/index.ts';
import { type Scenario, scenario } from '../scenarios/scenario.ts';
import { type Case, cases } from './cases.ts';

jest.setTimeout(400_000);

/** Children that run at once: most of them wait. */
const AT_ONCE = 24;
/** Seconds: three uploads that time out, each with its search. */
const LONGEST = 130;
const CERTIFICATE = fixtureDer('signing.pem').toString('base64');

/** Runs one case. @returns what does not hold, in words */
async function runCase(one: Case): Promise<string[]> {
  const wrong: string[] = [];
  const check = (holds: boolean, what: string): void => {
    if (!holds) wrong.push(`${one.name}: ${what}`);
  };
  await scenario(one.options, async (context: Scenario) => {
    const { emulator, run } = context;
    if (one.keys) emulator.seed('B2C_1A_Signing', ...one.keys);
    for (const fault of one.faults) emulator.faults.inject(fault);
    const waiting = (): number => emulator.faults.remaining().reduce((sum, { times = 1 }) => sum + times, 0);
    const before = waiting();
    const { result, exitCode, outputs, log, durationMs } = await run({ 'create-keyset': 'true' });
    const applied = before - waiting();
    const keyset = emulator.tenant.keysets.get('B2C_1A_Signing');
    const copies = keyset?.keys.filter(({ x5c }) => x5c[0] === CERTIFICATE).length ?? 0;
    const isSuccess = result === 'success';

    check(copies <= 1, `the keyset holds ${copies} copies`);
    check(isSuccess === (exitCode === 0), `${result} with exit code ${exitCode}`);
    check(isSuccess || !one.survives, `it failed: ${log.split('\n').slice(-8).join(' | ')}`);
    check(durationMs < LONGEST * 1000, `it took ${Math.round(durationMs / 1000)} s`);
    check(
      one.applied === undefined ? before === 0 || applied > 0 : applied === one.applied,
      `the fault was applied ${applied} times`,
    );
    if (isSuccess) {
      const { outcome, changed, 'keyset-created': created } = outputs;
      check(copies === 1, 'success without the certificate');
      check(outcome === 'uploaded' && changed === 'true', `${outcome}, changed: ${changed}`);
      check(created === String(one.keys === undefined), `keyset-created: ${created}`);
      check(outputs.expiry === '2046-11-18T16:13:07Z', `expiry: ${outputs.expiry}`);
    } else {
      check(Object.keys(outputs).length === 0, `outputs of a failure: ${JSON.stringify(outputs)}`);
      const saysNothing = log.includes('No changes were made.');
      const isWritten = copies > 0 || (one.keys === undefined && keyset !== undefined);
      check(saysNothing !== /Changed: |may have been written/.test(log), 'it does not say what was written');
      check(!(saysNothing && isWritten), 'it says that nothing was written');
    }
  });
  return wrong;
}

test('every fault at every request, once and twice, and every doubtful way of the service', async () => {
  const all = cases();
  const queue = all.values();
  const wrong: string[] = [];
  const started = performance.now();
  const work = async (): Promise<void> => {
    for (const one of queue) wrong.push(...(await runCase(one)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stdout.write(`The fault matrix ran ${all.length} cases in ${seconds} s.\n`);
  expect(wrong).toEqual([]);
  expect(all.length).toBeGreaterThan(300);
});
