import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { REPOSITORY } from '../harness/package.ts';

/** Milliseconds, some thirty times what it takes; with work that grows with the square of the lines it would be minutes. */
const TIMEOUT = 20_000;

const SCRIPT = `
  import { maskPrivateKeys } from './src/runner/log.ts';
  import { withoutSecrets } from './src/shared/secrets.ts';
  const lines = Array.from({ length: 16_000 }, (_, n) => ('line' + n).padEnd(64, '+'));
  maskPrivateKeys(['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\\n'));
  console.error(withoutSecrets(lines[0] + ' ' + lines.at(-1)));
`;

test('a private key of a mebibyte in lines is masked, each of them, in a process that is killed when it takes long', () => {
  const { status, signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', SCRIPT], {
    cwd: REPOSITORY,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: TIMEOUT,
  });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '*** ***\n' });
});
