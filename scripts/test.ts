// Runs jest. Without a mode everything runs on the sources; arguments after the mode go to jest.
//   --dist      the scenarios on the committed `dist`
//   --rest      those that the coverage report leaves out, and a few others, on the committed `dist`
//   --quick     the pure parts and one scenario, in seconds
//   --coverage  everything but the longest scenarios on the sources, and every line and branch of them has to be reached
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './bundle.ts';
import { moveCounts } from './covered.ts';

const script = (path: string): string => join(ROOT, 'node_modules', path);

interface Mode {
  /** What the scenarios run: `dist`, the files in `src`, or, when absent, a bundle of the sources. */
  readonly target?: 'dist' | 'src';
  /** Of the paths of test files; all of them by default. */
  readonly patterns?: readonly string[];
}

/** Scenarios that run for long and reach no line that the others do not. */
const NOT_COVERED = [
  '/matrix/',
  ...['check-large', 'demo', 'forms', 'live-probe', 'loading', 'throttle', 'workflows'].map(
    (name) => `scenarios/${name}`,
  ),
];

const MODES: Readonly<Record<string, Mode>> = {
  '--dist': { target: 'dist' },
  '--rest': { target: 'dist', patterns: [...NOT_COVERED, 'real-time', 'scenarios/(upload|check|sign-in)\\.test'] },
  '--quick': { patterns: ['/(certificate|check|entra|graph|http|keyset)/', 'scenarios/upload'] },
  '--coverage': { target: 'src', patterns: ['--testPathIgnorePatterns', ...NOT_COVERED] },
};

const [first = '', ...rest] = process.argv.slice(2);
const mode = MODES[first];
const counts = mode === MODES['--coverage'] ? join(ROOT, 'coverage/tmp') : undefined;
if (counts !== undefined) rmSync(counts, { recursive: true, force: true });
const jest = run(
  ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', script('jest/bin/jest.js')],
  // The patterns last: an option that takes several would take what the user gives, too.
  [...(mode ? rest : process.argv.slice(2)), ...(mode?.patterns ?? [])],
  { ...(mode?.target && { TEST_TARGET: mode.target }), ...(counts !== undefined && { NODE_V8_COVERAGE: counts }) },
);
process.exitCode = jest;
if (counts !== undefined && jest === 0) {
  moveCounts(counts);
  const thresholds = ['--100', '--check-coverage', '--all', '--include', 'src/**/*.ts'];
  process.exitCode = run([script('c8/bin/c8.js')], ['report', '--temp-directory', counts, ...thresholds], {});
}

function run(program: readonly string[], flags: readonly string[], environment: NodeJS.ProcessEnv): number {
  const options = { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...environment } } as const;
  return spawnSync(process.execPath, [...program, ...flags], options).status ?? 1;
}
