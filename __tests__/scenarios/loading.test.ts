import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeFolder, temporaryFolder } from '../harness/package.ts';
import { key } from '../support/key.ts';
import { checkScenario } from './scenario.ts';

test('GitHub’s library is loaded only for an issue', async () => {
  const folder = temporaryFolder('loaded');
  try {
    await checkScenario({}, async ({ emulator, check }) => {
      emulator.seed('B2C_1A_Signing', key(-1, 300, 'a'));
      const loadsOctokit = async (inputs: Record<string, string>): Promise<boolean> => {
        const file = join(folder, 'urls');
        const trace = `import { registerHooks } from 'node:module'; import { writeFileSync } from 'node:fs'; const urls = [];
          registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
          process.on('exit', () => writeFileSync(${JSON.stringify(file)}, urls.join('\\n')));`;
        await check(inputs, { execArgv: ['--import', `data:text/javascript,${encodeURIComponent(trace)}`] });
        const loaded = readFileSync(file, 'utf8')
          .split('\n')
          .filter((url) => url.startsWith('file:'));
        expect(loaded.length).toBeGreaterThan(2);
        return loaded.some((url) => readFileSync(fileURLToPath(url), 'utf8').includes('/repos/{owner}/{repo}/issues'));
      };
      expect(await loadsOctokit({})).toBe(false);
      expect(await loadsOctokit({ 'open-issue': 'true' })).toBe(true);
    });
  } finally {
    removeFolder(folder);
  }
});
