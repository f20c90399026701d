import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');

/** Where bundles of the sources are kept for the tests. */
export const CACHE = join(ROOT, 'node_modules/.cache/b2c-upload-cert');

/** What stands beside `dist` in a folder that can be run as an action. */
export const MANIFESTS = ['action.yml', 'check/action.yml', 'package.json'];

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
  ncc('src/index.ts', folder, flags);
  writeLaunchers(folder, './index.js');
}

/** @throws Error when ncc fails, which has printed why */
export function ncc(entry: string, folder: string, flags: readonly string[]): void {
  const program = join(ROOT, 'node_modules/@vercel/ncc/dist/ncc/cli.js');
  execFileSync(process.execPath, [program, 'build', entry, '--out', folder, '--quiet', ...flags], {
    cwd: ROOT,
    // It is not what a coverage report is about, and would take three times as long.
    env: { ...process.env, NODE_V8_COVERAGE: undefined },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** @param index - from the folder to what exports the actions */
export function writeLaunchers(folder: string, index: string): void {
  mkdirSync(folder, { recursive: true });
  for (const action of ACTIONS)
    writeFileSync(join(folder, `${action}.js`), `import { ${action} } from '${index}';\nawait ${action}();\n`);
}
