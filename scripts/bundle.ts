import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');

/** The exports of `src/index.ts`, each of which gets a launcher. */
const ACTIONS = ['upload', 'check'];

/**
 * Bundles `src` into a folder: ncc writes `index.js` and its chunks, and each action gets a launcher that calls its export.
 * ncc reads `src/tsconfig.json`, so nothing but the sources is compiled.
 *
 * @param flags - further flags for ncc
 * @throws Error when ncc fails, which has printed why
 */
export function bundle(folder: string, flags: readonly string[]): void {
  const ncc = join(ROOT, 'node_modules/@vercel/ncc/dist/ncc/cli.js');
  execFileSync(process.execPath, [ncc, 'build', 'src/index.ts', '--out', folder, '--quiet', ...flags], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (const action of ACTIONS) {
    writeFileSync(join(folder, `${action}.js`), `import { ${action} } from './index.js';\nawait ${action}();\n`);
  }
}
