import { expect, test } from '@jest/globals';
import { fixture } from '../fixtures/index.ts';
import { certificateKey } from '../../emulator/index.ts';
import { X509Certificate } from 'node:crypto';
import { checkScenario, key, stateOf } from './check.ts';

const KEYSETS = 500;
const KEYS = 20;
/** Megabytes that Node takes more when it runs the sources: it strips their types first. */
const FOR_TYPES = process.env.TEST_TARGET === 'src' ? 80 : 0;

/** Prints the most memory that the process ever held, in megabytes, as its last line. */
const MEASURE = `data:text/javascript,process.on('exit', () => console.log('peak=' + process.resourceUsage().maxRSS / 1024))`;

test.each([
  // One page of all that is 20 MB of JSON. What is held at the most depends on when memory is tidied up, so there is room.
  ['one page', Infinity, 1, 300],
  ['fifty pages', 10, 50, 220],
])('500 keysets of 20 keys in %s', async (_, pageSize, pages, megabytes) => {
  await checkScenario({ behavior: { pageSize } }, async ({ emulator, check, requests }) => {
    const held = certificateKey(new X509Certificate(fixture('signing.cer')));
    for (let keyset = 0; keyset < KEYSETS; keyset++) {
      const keys = Array.from({ length: KEYS }, (__, n) => ({
        ...held,
        ...key(n - 100, n - 19 + (keyset % 100), `${keyset}-${n}`),
      }));
      emulator.seed(`B2C_1A_Keyset_${keyset}`, ...keys);
    }
    const step = await check({}, { execArgv: ['--import', MEASURE] });

    expect(step.result).toBe('failure');
    expect(Object.keys(stateOf(step))).toHaveLength(KEYSETS);
    expect(emulator.requestLog).toHaveLength(2 + pages);
    expect(requests('list')).toBe(pages);
    expect(step.durationMs).toBeLessThan(20_000);
    expect(Number(/peak=(\d+)/.exec(step.log)?.[1])).toBeLessThan(megabytes + FOR_TYPES);

    expect(step.summary.length).toBeGreaterThan(10_000);
    expect(step.summary).toContain('300 more keysets of equal or lower severity');
    expect(step.annotationsDropped).toBe(0);
    const warnings = step.annotations.filter(({ level }) => level === 'warning');
    expect(warnings).toHaveLength(9);
    expect(warnings.at(-1)?.message).toMatch(/^\d+ more keysets need attention/);
    for (let keyset = 0; keyset < KEYSETS; keyset++) expect(step.log).toContain(`B2C_1A_Keyset_${keyset} `);
  });
});
