// A runner downloads the gzipped archive of a tag: a small one is fast.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Less than any action of its kind. */
const LIMIT_BYTES = 200_000;

const archive = execFileSync('git', ['archive', '--format=tar.gz', 'HEAD'], {
  cwd: join(import.meta.dirname, '..'),
  maxBuffer: 64 * LIMIT_BYTES,
});
console.log(`The archive of HEAD has ${archive.length} bytes of at most ${LIMIT_BYTES}.`);
if (archive.length > LIMIT_BYTES) process.exitCode = 1;
