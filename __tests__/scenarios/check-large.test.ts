import { expect, test } from '@jest/globals';
import { KEYSETS, seedLargeTenant } from '../support/large-tenant.ts';
import { checkScenario, stateOf } from './scenario.ts';

test.each([
  // One page of all that is 20 MB of JSON. The last number is the memory that the step gets, in megabytes.
  ['one page', Infinity, 1, 128],
  ['fifty pages', 10, 50, 64],
])('500 keysets of 20 keys in %s', async (_, pageSize, pages, megabytes) => {
  await checkScenario({ behavior: { pageSize } }, async ({ emulator, check, requests }) => {
    seedLargeTenant(emulator);
    const step = await check({}, { execArgv: [`--max-old-space-size=${megabytes}`] });

    expect(step.result).toBe('failure');
    expect(Object.keys(stateOf(step))).toHaveLength(KEYSETS);
    // Of a hundred keysets, seven expire in less than seven days: they fail already, and are not asked about.
    const asked = KEYSETS - (KEYSETS / 100) * 7;
    expect(Object.values(stateOf(step)).filter((state) => state === 'critical')).toHaveLength(KEYSETS - asked);
    expect(requests('list')).toBe(pages);
    expect(requests('active')).toBe(asked);
    expect(new Set(emulator.requestLog.map(({ path }) => path)).size).toBe(2 + pages + asked);
    expect(emulator.requestLog).toHaveLength(2 + pages + asked);

    expect(step.summary.length).toBeGreaterThan(10_000);
    expect(step.summary).toContain('300 more keysets of equal or lower severity');
    expect(step.annotationsDropped).toBe(0);
    const warnings = step.annotations.filter(({ level }) => level === 'warning');
    expect(warnings).toHaveLength(7);
    expect(warnings.at(-1)?.message).toMatch(/^\d+ more keysets; see the step log/);
    for (let keyset = 0; keyset < KEYSETS; keyset++) expect(step.log).toContain(`B2C_1A_Keyset_${keyset} `);
  });
});
