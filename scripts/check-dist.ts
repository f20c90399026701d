// The committed `dist` must be what the sources build. It is built from scratch and git reports any difference, so new and stale
// files count too.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts')], { cwd: ROOT, stdio: 'inherit' });
const difference = execFileSync('git', ['status', '--porcelain', '--', 'dist'], { cwd: ROOT, encoding: 'utf8' });
if (difference === '') {
  console.log('dist is what the sources build.');
} else {
  console.error(`dist differs from what the sources build; commit the build:\n${difference}`);
  process.exitCode = 1;
}
