// Runs jest. Without a mode everything runs on the sources; arguments after the mode go to jest.
//   --dist      the scenarios on the committed `dist`
//   --quick     the pure parts and one scenario, in seconds
//   --coverage  everything but the longest scenarios on the sources, and every line and branch of them has to be reached
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const script = (path: string): string => join(ROOT, 'node_modules', path);

interface Mode {
  /** What the scenarios run: `dist`, the files in `src`, or, when absent, a bundle of the sources. */
  readonly target?: 'dist' | 'src';
  /** What runs jest. */
  readonly wrapper?: readonly string[];
  /** Of the paths of test files; all of them by default. */
  readonly patterns?: readonly string[];
}

const MODES: Readonly<Record<string, Mode>> = {
  '--dist': { target: 'dist' },
  '--quick': { patterns: ['/(certificate|check|entra|graph|http|keyset)/', 'scenarios/upload'] },
  // A bundle would need source maps, so the files themselves run here, though each step takes twice as long.
  '--coverage': {
    target: 'src',
    wrapper: [script('c8/bin/c8.js'), '--100', '--all', '--include', 'src/**/*.ts', process.execPath],
  },
};

const [first = '', ...rest] = process.argv.slice(2);
const mode = MODES[first];
const { target, wrapper = [], patterns = [] } = mode ?? {};
const { status } = spawnSync(
  process.execPath,
  [
    ...wrapper,
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    script('jest/bin/jest.js'),
    ...patterns,
    ...(mode ? rest : process.argv.slice(2)),
  ],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...(target && { TEST_TARGET: target }) } },
);
process.exitCode = status ?? 1;
