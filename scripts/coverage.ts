// Every line and branch of `src` has to be reached by some test. The scenarios run the sources in place of the bundle here.
// What takes long and reaches nothing that the rest does not stays out, above all the fault matrix.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const bin = (path: string): string => join(ROOT, 'node_modules', path);

const { status } = spawnSync(
  process.execPath,
  [
    bin('c8/bin/c8.js'),
    '--100',
    '--all',
    '--include',
    'src/**',
    process.execPath,
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    bin('jest/bin/jest.js'),
    '--testPathIgnorePatterns',
    ...['/matrix/', '/docs/', '/workflow/', 'harness.test', 'emulator.test'],
    ...['forms', 'throttle', 'live-probe', 'ci', 'readme'].map((name) => `/scenarios/${name}.test`),
  ],
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, TEST_TARGET: 'src' } },
);
process.exitCode = status ?? 1;
