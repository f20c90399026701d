import { describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOM = pathToFileURL(join(import.meta.dirname, '../../src/')).href;
const IMPORTS = `
  import { runAction } from '${ROOM}runner/action.ts';
  import { ActionError } from '${ROOM}shared/action-error.ts';
  const forever = () => new Promise((resolve) => setTimeout(resolve, 60_000));
`;

/** Milliseconds that the runner leaves a step between SIGINT and SIGTERM; GitHub cancels runs no more patiently. */
const PATIENCE = 7500;

/**
 * Runs an action with this body in a process of its own; a signal is sent as soon as it prints `ready`. A process that has not ended
 * when the runner's patience does is killed, and its code is null.
 */
function runBody(body: string, signal?: NodeJS.Signals): Promise<{ code: number | null; output: string }> {
  const script = `${IMPORTS}\nawait runAction(async (context) => {\n${body}\n});`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const listen = (piece: Buffer): void => {
    output += piece.toString();
    if (signal === undefined || !piece.includes('ready')) return;
    child.kill(signal);
    setTimeout(() => child.kill('SIGKILL'), PATIENCE).unref();
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, output });
    });
  });
}

const THROWN: [body: string, says: string][] = [
  [`throw 'a text'`, "a non-Error value was thrown: 'a text'"],
  ['throw undefined', 'a non-Error value was thrown: undefined'],
  ['throw null', 'a non-Error value was thrown: null'],
  [`throw Symbol('odd')`, 'a non-Error value was thrown: Symbol(odd)'],
  ['throw { code: 7 }', 'a non-Error value was thrown: { code: 7 }'],
  [`throw new TypeError('not a function')`, 'TypeError: not a function'],
  [`throw '::add-mask::x\\n##[error]y'`, 'a non-Error value was thrown'],
  [`setTimeout(() => { throw new Error('astray'); }); await new Promise((done) => setTimeout(done, 100));`, 'astray'],
  [`void Promise.reject(new Error('unhandled')); await new Promise((done) => setTimeout(done, 100));`, 'unhandled'],
];

test('a runner that hangs up leaves no process behind that spins', async () => {
  const body = `setTimeout(() => {}, 60_000); await new Promise((done) => setTimeout(done, 500)); throw 'too late';`;
  const script = `${IMPORTS}\nawait runAction(async () => { ${body} });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  child.stderr.destroy();
  try {
    expect(await once(child, 'exit', { signal: AbortSignal.timeout(30_000) })).toEqual([1, null]);
  } finally {
    child.kill('SIGKILL');
  }
});

describe('whatever is thrown', () => {
  test.concurrent.each(THROWN)('becomes one annotation and exit code 1: %s', async (body, says) => {
    const { code, output } = await runBody(body);
    expect(code).toBe(1);
    expect(output.match(/^::error/gm)).toHaveLength(1);
    expect(output).toContain(says);
    expect(output).toContain('No changes were made.');
    expect(output).toContain('docs/troubleshooting.md#unexpected');
    expect(output).not.toMatch(/^::add-mask|##\[/m);
  });

  test('an ActionError with its cause, fix and details', async () => {
    const { code, output } = await runBody(
      `await context.writes.attempt('the keyset', async () => {});
       void context.writes.attempt('the certificate', () => new Promise(() => {}));
       throw new ActionError('It broke', { anchor: 'broken', cause: 'a fall', fix: 'glue', details: ['id: 7'] });`,
    );
    expect(code).toBe(1);
    expect(output.split('\n')[0]?.split('%0A')).toEqual([
      '::error title=b2c-upload-cert::It broke',
      'Cause: a fall',
      'Fix: glue',
      'id: 7',
      'Changed: the keyset. Unknown: the certificate may have been written. Wait two minutes before running again, so that the next run can detect it.',
      expect.stringMatching(/^More: .*#broken$/),
    ]);
  });

  test('a message of a megabyte does not push out the remedy', async () => {
    const { output } = await runBody(`throw new ActionError('x'.repeat(1e6), { anchor: 'long', fix: 'glue' });`);
    const [line = ''] = output.split('\n');
    expect(line.length).toBeLessThan(4100);
    expect(line).toContain('%0AFix: glue%0A');
    expect(line).toMatch(/#long$/);
  });
});

test('a debug line has no more of an error than the frames of our own files', async () => {
  const { output } = await runBody(`
    const error = new Error('It broke.\\n    with a second line');
    const [head, ...frames] = error.stack.split('\\n    at ');
    error.stack = [head, 'request (node:https:5:7)', 'send (/w/node_modules/library/index.js:1:2)', ...frames].join('\\n    at ') +
      '\\n  body: of-the-request\\n  [cause]: Error: of-the-cause';
    error.config = { headers: 'of-the-headers' };
    throw Object.assign(error, { cause: new Error('of-the-cause') });`);
  const debug = output.split('\n').filter((line) => line.startsWith('::debug::'));
  expect(debug.length).toBeGreaterThan(0);
  for (const line of debug) expect(line).toMatch(/^::debug:: {4}at .*(\[eval1\]|runner\/action\.ts)/);
  expect(output).not.toMatch(/of-the-|node:https|node_modules/);
});

test('an action that succeeds is silent', async () => {
  expect(await runBody('')).toMatchObject({ code: 0, output: '' });
});

// Windows has no signals: kill() ends the process outright.
(process.platform === 'win32' ? describe.skip : describe)('a cancelled run', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    '%s: says what was written, and ends before the runner kills it, whatever hangs',
    async (signal, expected) => {
      const { code, output } = await runBody(
        `const written = context.writes.attempt('the certificate', forever); console.log('ready'); await written;`,
        signal,
      );
      expect(code).toBe(expected);
      expect(output).toContain(`Run cancelled (${signal}). Unknown: the certificate may have been written.`);
    },
  );

  test('says nothing of what fails because of it, and says it once', async () => {
    const { code, output } = await runBody(
      `const alive = setTimeout(() => {}, 10_000);
       console.log('ready');
       await new Promise((done) => process.once('SIGINT', done));
       process.kill(process.pid, 'SIGTERM');
       await new Promise((done) => setTimeout(done, 100));
       clearTimeout(alive);
       throw new Error('aborted');`,
      'SIGINT',
    );
    expect(code).toBe(130);
    expect(output.match(/^::error/gm)).toHaveLength(1);
    expect(output).not.toContain('aborted');
  });
});
