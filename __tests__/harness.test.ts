import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { COMMAND_NAMES, parseCommand } from './harness/commands.ts';
import { parseNamedValues } from './harness/file-commands.ts';
import { inputEnvironment } from './harness/input-environment.ts';
import { findLeaks, findLateMasks } from './harness/leaks.ts';
import { LineSplitter } from './harness/line-splitter.ts';
import { readManifest } from './harness/manifest.ts';
import { Masker } from './harness/masker.ts';
import { removeFolder, temporaryFolder, unpackWorkingTree } from './harness/package.ts';
import { StepLog } from './harness/step-log.ts';
import { startAction } from './harness/step.ts';
import type { StepOptions, StepResult } from './harness/step.ts';

const SECRET = 'correct:horse,battery';
const folder = temporaryFolder('harness-test');
afterAll(() => {
  removeFolder(folder);
});

const ACTION_YML = `
name: fake
inputs:
  my input: { required: true }
  flag: { default: true }
  days: { default: 030, deprecationMessage: use hours }
  github-token: { default: '\${{ github.token }}' }
outputs:
  kid: { description: key id }
  pem: { description: certificate }
runs:
  using: node24
  main: ../main.mjs
`;

let actions = 0;

/** Starts a fake action of one script; its manifest stands one folder deeper, as that of the check action does. */
function start(script: string, options: StepOptions = {}) {
  const root = join(folder, String((actions += 1)));
  mkdirSync(join(root, 'sub'), { recursive: true });
  writeFileSync(join(root, 'sub', 'action.yml'), ACTION_YML);
  writeFileSync(
    join(root, 'main.mjs'),
    `import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';\nconst { env } = process;\n${script}`,
  );
  return startAction({ manifest: join(root, 'sub', 'action.yml') }, options);
}

const run = (script: string, options?: StepOptions): Promise<StepResult> => start(script, options).finished;

function logOf(lines: string[], debug = false): StepLog {
  const log = new StepLog(new Masker(), debug);
  for (const line of lines) log.print('stdout', line);
  return log;
}

describe('commands', () => {
  test.each([
    ['::error::boom', { name: 'error', properties: {}, data: 'boom', form: 'v2' }],
    ['   ::error::boom', { name: 'error', properties: {}, data: 'boom', form: 'v2' }],
    ['::ERROR::boom', { name: 'error', properties: {}, data: 'boom', form: 'v2' }],
    ['::notice::', { name: 'notice', properties: {}, data: '', form: 'v2' }],
    [
      '::warning title=a%3Ab%2Cc%25,file=x=y::one%0D%0Atwo%253A',
      { name: 'warning', properties: { title: 'a:b,c%', file: 'x=y' }, data: 'one\r\ntwo%3A', form: 'v2' },
    ],
    [
      'server said ##[error title=t%3Bu;file=f]a%5Db%0Ac',
      { name: 'error', properties: { title: 't;u', file: 'f' }, data: 'a]b\nc', form: 'v1' },
    ],
    ['::odd::##[error]x', { name: 'error', properties: {}, data: 'x', form: 'v1' }],
  ])('%s', (line, command) => {
    expect(parseCommand(line, COMMAND_NAMES)).toEqual(command);
  });

  test.each(['', 'text', 'x ::error::boom', '::error', '::unknown::x', ': :error::', '##[error', '##[odd]x'])(
    'plain text: %j',
    (line) => {
      expect(parseCommand(line, COMMAND_NAMES)).toBeUndefined();
    },
  );
});

describe('log', () => {
  test('shows what a person reads', () => {
    const lines = ['a', '::group::G', '::debug::d', '::error title=T::e', '::endgroup::', '::odd::x'];
    expect(logOf(lines).text).toBe('a\nG\nError: e\n::odd::x');
    expect(logOf(['::debug::d', '::group::G'], true).text).toBe('##[debug]d\n::group::G\nG');
    expect(logOf(lines).annotations).toEqual([{ level: 'error', title: 'T', message: 'e' }]);
  });

  test('stops and resumes commands', () => {
    const log = logOf([
      '::stop-commands::Tok',
      '::error::a',
      '##[add-mask]b',
      '::stop-commands::x',
      '::tok::',
      '::error::c',
    ]);
    expect(log.annotations).toEqual([{ level: 'error', message: 'c' }]);
    expect(log.masks).toEqual([]);
    expect(log.failed).toBe(false);
  });

  test.each([
    '::stop-commands::',
    '::stop-commands::pause-logging',
    '::stop-commands::ERROR',
    '::set-env name=A::b',
    '::add-path::/x',
    '::echo::maybe',
    '::set-output::x',
  ])('%s fails the step', (line) => {
    expect(logOf([line]).failed).toBe(true);
  });

  test('keeps deprecated outputs and state, with a warning', () => {
    const log = logOf(['::set-output name=kid::1', '::save-state name=Case::2']);
    expect([...log.outputs, ...log.state]).toEqual([
      ['kid', '1'],
      ['Case', '2'],
    ]);
    expect(log.annotations.map(({ level }) => level)).toEqual(['warning', 'warning']);
    expect(log.failed).toBe(false);
  });

  test('cuts annotations and keeps ten of each level', () => {
    const log = logOf([...Array(12).keys()].map((index) => `::error::${index}${'x'.repeat(5000)}`));
    log.print('stderr', '::warning::w');
    expect(log.annotations).toHaveLength(11);
    expect(log.annotationsDropped).toBe(2);
    expect(log.annotations[0]?.message).toHaveLength(4096);
    expect(log.text.split('\n')).toHaveLength(13);
  });

  test('masks from the command on', () => {
    const log = logOf([SECRET, `::add-mask::${SECRET}%0Asecond line`, SECRET, `::error::second line ${SECRET}`]);
    expect(log.text).toBe(`${SECRET}\n***\nError: *** ***`);
    expect(log.masks).toEqual([`${SECRET}\nsecond line`]);
    expect(logOf(['::add-mask:: ']).annotations).toHaveLength(1);
  });
});

test.each([
  [['a\nb\n'], ['a', 'b']],
  [['a\r\nb\rc'], ['a', 'b', 'c']],
  [
    ['a\r', '\nb'],
    ['a', 'b'],
  ],
  [
    ['a\r', 'b', '\r'],
    ['a', 'b'],
  ],
  [['a\n\n'], ['a', '']],
])('lines of %j', (pieces, lines) => {
  const splitter = new LineSplitter();
  expect([...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()]).toEqual(lines);
});

describe('masker', () => {
  const mask = (secret: string, text: string): string => {
    const masker = new Masker();
    masker.add(secret);
    return masker.mask(text);
  };
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  test.each([
    [SECRET, `x${SECRET}y`, 'x***y'],
    ['}', '{"a":{}}', '{"a":{***'],
    ['a\n b \r\n', 'a b', '*** ***'],
    ['aba', 'xababax', 'x***x'],
    ['say "x"\\', '{"a":"say \\"x\\"\\\\"}', '{"a":"***"}'],
    ['p&q=r(s)', '?x=p%26q%3Dr%28s%29', '?x=***'],
    ["<a&'b>", '&lt;a&amp;&apos;b&gt;', '***'],
    ['"quoted"', 'quoted', '***'],
    ['   ', 'a   b', 'a   b'],
    ['Case', 'case', 'case'],
  ])('%j in %j', (secret, text, masked) => {
    expect(mask(secret, text)).toBe(masked);
  });

  test.each(['', 'u', 'us', 'use'])('base64 behind %j', (prefix) => {
    const masked = mask(SECRET, base64(`${prefix}${SECRET}:tail`));
    expect(masked).toContain('***');
    expect(masked.length).toBeLessThan(20);
  });
});

describe('named values', () => {
  test.each([
    ['', {}],
    ['\n\na=b\n\n', { a: 'b' }],
    ['a=\nb=c=d<<e', { a: '', b: 'c=d<<e' }],
    ['a=1\na=2', { a: '2' }],
    ['a=b\r\n', { a: 'b\r' }],
    ['a<<END\none\n\ntwo=2\nEND\nb=c\n', { a: 'one\n\ntwo=2', b: 'c' }],
    ['a<<END\nEND', { a: '' }],
    ['a<<E=F\nx\nE=F', { a: 'x' }],
    ['a<<END\nx\r\nEND\n', { a: 'x\r' }],
  ])('%j', (text, values) => {
    const parsed = parseNamedValues(text, 'linux');
    expect(parsed.problem).toBeUndefined();
    expect(Object.fromEntries(parsed.values)).toEqual(values);
  });

  test.each([
    ['=b', /Name must not be empty/],
    ['<<END\nx\nEND', /Name must not be empty/],
    ['a<<\nx\n', /delimiter must not be empty/],
    ['a<<END\nx\n', /Matching delimiter not found 'END'/],
    ['a<<END\nx\n END\n', /Matching delimiter not found/],
    ['a<<END\nx', /EOF marker missing new line/],
    ['a<<END\nx\nEND\r\n', /Matching delimiter not found/],
    ['neither', /Invalid format 'neither'/],
  ])('malformed: %j', (text, problem) => {
    const parsed = parseNamedValues(`kept=1\n${text}`, 'linux');
    expect(parsed.problem).toMatch(problem);
    expect([...parsed.values]).toEqual([['kept', '1']]);
  });

  test('CR LF ends a line on Windows', () => {
    const { values } = parseNamedValues('a=b\r\nc<<END\r\none\r\ntwo\nEND\r\n', 'win32');
    expect(Object.fromEntries(values)).toEqual({ a: 'b', c: 'one\r\ntwo' });
  });
});

test('inputs become variables as the runner makes them', () => {
  const path = join(folder, 'action.yml');
  writeFileSync(path, ACTION_YML);
  const manifest = readManifest(path);
  expect(manifest.outputs).toEqual(['kid', 'pem']);
  const given = { 'MY input': ' x ', days: '7', 'no-such': '1' };
  const { environment, warnings } = inputEnvironment(manifest, given, 'token');
  expect(environment).toEqual({
    INPUT_MY_INPUT: ' x ',
    INPUT_FLAG: 'true',
    INPUT_DAYS: '7',
    'INPUT_GITHUB-TOKEN': 'token',
    'INPUT_NO-SUCH': '1',
  });
  expect(warnings).toEqual([
    "Input 'days' has been deprecated with message: use hours",
    "Unexpected input(s) 'no-such', valid inputs are ['my input', 'flag', 'days', 'github-token']",
  ]);
  expect(inputEnvironment(manifest, {}, '').environment).toMatchObject({
    INPUT_DAYS: '030',
    INPUT_MY_INPUT: '',
  });
  const dynamic = {
    ...manifest,
    inputs: [{ name: 'x', default: '${{ secrets.X }}', deprecationMessage: undefined }],
  };
  expect(() => inputEnvironment(dynamic, {}, '')).toThrow('cannot evaluate');
  writeFileSync(path, ACTION_YML.replace('node24', 'node20'));
  expect(() => readManifest(path)).toThrow('node24');
});

describe('leaks', () => {
  const PEM = `-----BEGIN PRIVATE KEY-----\n${SECRET}\nshort\n-----END PRIVATE KEY-----`;
  const leaksIn = (text: string, value = PEM, open: string[] = []): string[] =>
    findLeaks([{ label: 'secret 1', value }], [{ name: 'the log', text }], open);

  test('are found whole, line by line and in derived forms', () => {
    expect(leaksIn(`x ${SECRET}`)).toEqual(['secret 1 (81 characters, begins "---") is in the log.']);
    expect(leaksIn(Buffer.from(`ab${SECRET}`).toString('base64'), SECRET)).toHaveLength(1);
    expect(leaksIn('pw', 'pw')).toEqual(['secret 1 (2 characters, begins "") is in the log.']);
  });

  test('are not seen where nothing is secret', () => {
    expect(leaksIn('-----BEGIN PRIVATE KEY----- short')).toEqual([]);
    expect(leaksIn(SECRET, PEM, [`public\n${SECRET}\n`])).toEqual([]);
    expect(leaksIn(SECRET, SECRET, [SECRET])).toEqual([]);
    expect(leaksIn('  ', ' ')).toEqual([]);
  });

  test('a mask must come first', () => {
    expect(findLateMasks(logOf([SECRET, `::add-mask::${SECRET}`]).lines, [])).toHaveLength(1);
    expect(findLateMasks(logOf([`::add-mask::${SECRET}`, `::add-mask::${SECRET}`, SECRET]).lines, [])).toEqual([]);
  });
});

describe('a step', () => {
  test('runs as the runner runs it', async () => {
    const probe = `
      const given = readFileSync('certs/a.pem', 'utf8');
      delete env['INPUT_GITHUB-TOKEN'];
      process.stdin.resume().on('end', () => {
        console.log(JSON.stringify({ env, args: process.argv.slice(2), tty: process.stdout.isTTY ?? false, given }));
      });`;
    const step = await run(probe, {
      inputs: { 'my input': 'v' },
      env: { LOCAL: '1', GITHUB_REPOSITORY: 'not/this' },
      github: { EVENT_NAME: 'schedule' },
      files: { 'certs/a.pem': 'x' },
      debug: true,
      summary: false,
    });
    const seen: unknown = JSON.parse(step.stdout);
    expect(seen).toMatchObject({
      given: 'x',
      tty: false,
      args: [],
      env: {
        LOCAL: '1',
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_EVENT_NAME: 'schedule',
        GITHUB_REPOSITORY: 'contoso/identity',
        GITHUB_ACTION_REF: 'v1',
        INPUT_MY_INPUT: 'v',
        RUNNER_DEBUG: '1',
      },
    });
    expect(seen).not.toHaveProperty('env.GITHUB_STEP_SUMMARY');
    expect(seen).not.toHaveProperty('env.GITHUB_TOKEN');
    expect(seen).not.toHaveProperty('env.JEST_WORKER_ID');
    expect(step).toMatchObject({ exitCode: 0, signal: null, result: 'success', stderr: '', outputs: {} });
  });

  test('hands on outputs, state, variables and summary', async () => {
    const step = await run(`
      appendFileSync(env.GITHUB_OUTPUT, 'kid<<E\\nA\\nB\\nE\\n');
      appendFileSync(env.GITHUB_STATE, 'Done=1\\n');
      appendFileSync(env.GITHUB_ENV, 'X=y\\nnode_options=--inspect\\n');
      appendFileSync(env.GITHUB_STEP_SUMMARY, '# Title\\nhidden-word\\n');
      console.log('::add-mask::hidden-word');
      console.log('::set-output name=pem::P');`);
    expect(step).toMatchObject({
      result: 'success',
      outputs: { kid: 'A\nB', pem: 'P' },
      state: { Done: '1' },
      exported: { X: 'y' },
      summary: '# Title\n***\n',
      masks: ['hidden-word'],
    });
    expect(step.exported).not.toHaveProperty('node_options');
    expect(step.annotations.map(({ level }) => level)).toEqual(['warning', 'error']);
    expect(step.commands.map(({ name }) => name)).toEqual(['add-mask', 'set-output']);
  });

  test('fails on a malformed file and keeps what came before', async () => {
    const step = await run(`writeFileSync(env.GITHUB_OUTPUT, 'kid=1\\npem<<E\\nx\\n');`);
    expect(step).toMatchObject({ exitCode: 0, result: 'failure', outputs: { kid: '1' } });
    expect(step.log).toContain("Error: Unable to process file command 'output' successfully.");
  });

  test('loses a summary over 1 MiB, and does not fail', async () => {
    const step = await run(`writeFileSync(env.GITHUB_STEP_SUMMARY, 'x'.repeat(1024 * 1024 + 1));`);
    expect(step).toMatchObject({ result: 'success', summary: '', annotations: [{ level: 'error' }] });
    expect((await run(`writeFileSync(env.GITHUB_STEP_SUMMARY, 'x'.repeat(1024 * 1024));`)).summary).toHaveLength(
      1024 * 1024,
    );
  });

  test('reads commands on both streams, also behind a CR', async () => {
    const step = await run(`
      process.stderr.write('x\\r::error::a');
      console.log('server: ##[set-env name=A]b');
      process.exitCode = 3;`);
    expect(step).toMatchObject({ exitCode: 3, result: 'failure' });
    expect(step.commands.map(({ name }) => name).sort()).toEqual(['error', 'set-env']);
  });

  test('can be followed and cancelled', async () => {
    const step = start(`
      process.on('SIGINT', () => { console.log('stopping'); process.exit(130); });
      setInterval(() => undefined, 1000);
      console.log('ready');`);
    let heard = '';
    step.onOutput((text) => {
      heard += text;
      if (heard.includes('ready') && !heard.includes('stopping')) step.kill('SIGINT');
    });
    expect(step.pid).toBeGreaterThan(0);
    const { result, log, exitCode, signal } = await step.finished;
    expect(result).toBe('failure');
    if (process.platform === 'win32') return;
    expect({ log, exitCode, signal }).toEqual({ log: 'ready\nstopping', exitCode: 130, signal: null });
    expect(heard).toBe('ready\nstopping\n');
  });

  test('is cancelled as the runner does it: SIGINT, and SIGTERM where that is ignored', async () => {
    if (process.platform === 'win32') return;
    const step = start(`
      process.on('SIGINT', () => console.log('ignored'));
      process.on('SIGTERM', () => { console.log('stopping'); process.exit(143); });
      setInterval(() => undefined, 1000);
      console.log('ready');`);
    step.onOutput((text) => {
      if (text.includes('ready')) step.cancel();
    });
    const { log, exitCode, signal } = await step.finished;
    expect({ log, exitCode, signal }).toEqual({ log: 'ready\nignored\nstopping', exitCode: 143, signal: null });
  });

  test('is killed at the time limit', async () => {
    const step = await run('setInterval(() => undefined, 1000);', { limitMs: 300 });
    expect(step).toMatchObject({ result: 'failure', exitCode: null, signal: 'SIGKILL' });
    expect(step.annotations[0]?.message).toBe('The step was still running after 0.3 seconds and was killed.');
  });
});

describe('a step that skips its waiting', () => {
  /** Real milliseconds: far less than the steps wait for. */
  const limitMs = 30_000;
  const skip = (script: string): Promise<StepResult> => run(script, { skipWaiting: true, limitMs });

  test('has a clock that shows what it waited for', async () => {
    const { result, log } = await skip(`
      import { setTimeout as sleep } from 'node:timers/promises';
      const [began, date] = [performance.now(), Date.now()];
      await sleep(600_000);
      await new Promise((resolve) => setTimeout(resolve, 600_000));
      console.log(performance.now() - began >= 1_200_000, Date.now() - date < ${limitMs});`);
    expect([result, log]).toEqual(['success', 'true true']);
  });

  test('rings in the order of the timers, forgets those that are cleared, and reaches none without a reference', async () => {
    const { log } = await skip(`
      import { setTimeout as sleep } from 'node:timers/promises';
      setTimeout(console.log, 50_000, 'unreferenced').unref();
      clearTimeout(setTimeout(console.log, 10_000, 'cleared'));
      setTimeout(console.log, 60_000, 'second');
      setTimeout(console.log, 40_000, 'first');
      console.log(await sleep(90_000, 'third'));`);
    expect(log).toBe('first\nsecond\nthird');
  });

  test('can be interrupted while it sleeps', async () => {
    const { log } = await skip(`
      import { setTimeout as sleep } from 'node:timers/promises';
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 1000);
      await sleep(60_000, undefined, { signal: controller.signal }).catch((error) => console.log(error.name));`);
    expect(log).toBe('AbortError');
  });

  test('waits for responses in real time, and gives up at once where none will come', async () => {
    const headers: unknown[] = [];
    const server = createServer((incoming, response) => {
      headers.push(incoming.headers['emulator-clock']);
      if (incoming.url === '/none') response.writeProcessing();
      else setTimeout(() => response.end('late'), 300);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      const { log } = await skip(`
        import { get } from 'node:http';
        import { setTimeout as sleep } from 'node:timers/promises';
        const ask = (path) => new Promise((resolve) => {
          get({ host: '127.0.0.1', port: ${port ?? 0}, path, signal: AbortSignal.timeout(15_000) }, (response) => {
            response.on('data', (data) => resolve(String(data)));
          }).on('error', (error) => resolve(error.name));
        });
        const began = performance.now();
        const sleeping = sleep(10_000).then(() => console.log('slept'));
        console.log(await ask('/slow'));
        await sleeping;
        console.log(await ask('/none'), performance.now() - began >= 25_000);`);
      expect(log).toBe('late\nslept\nAbortError true');
      expect(headers).toEqual([expect.stringMatching(/^\S+ 0$/), expect.stringMatching(/^\S+ ([1-9]\d{3}|10000)/)]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('a step that leaks a secret is reported', () => {
  test.each([
    ['stdout', `console.log('x' + env.S);`],
    ['stderr', `console.error('x' + env.S); process.exitCode = 1;`],
    ['an escaped property', `console.log('::error title=' + env.S.replace(':', '%3A').replace(',', '%2C') + '::x');`],
    ['an output', `writeFileSync(env.GITHUB_OUTPUT, 'kid=' + env.S);`],
    ['state', `writeFileSync(env.GITHUB_STATE, 'a=' + env.S);`],
    ['an exported variable', `writeFileSync(env.GITHUB_ENV, 'a=' + env.S);`],
    ['the summary', `writeFileSync(env.GITHUB_STEP_SUMMARY, env.S);`],
    ['the workspace', `writeFileSync('left.txt', env.S);`],
    ['a file that was given', `appendFileSync('given.txt', '!');`],
    ['a temporary file', `writeFileSync(env.RUNNER_TEMP + '/left', env.S);`],
    ['base64', `console.log(Buffer.from(env.S).toString('base64'));`],
  ])('%s', async (_, script) => {
    const options = { env: { S: SECRET }, files: { 'given.txt': SECRET } };
    for (const guard of [{ secrets: [SECRET] }, { forbidden: () => [SECRET] }]) {
      const message = await run(script, { ...options, ...guard }).then(
        () => 'nothing was reported',
        (error: unknown) => String(error),
      );
      expect(message).toMatch(/The step broke its contract:\n.*21 characters, begins "cor"/);
      expect(message).not.toContain(SECRET);
    }
  });

  test('a secret may be masked, or be public', async () => {
    const masked = await run(`console.log('::add-mask::' + env.S);`, {
      env: { S: SECRET },
      secrets: [SECRET],
    });
    expect(masked.result).toBe('success');
    const open = { env: { S: SECRET }, secrets: [SECRET], publicSecrets: [SECRET] };
    expect((await run('console.log(env.S);', open)).log).toBe('***');
  });

  test('the default token of a job counts as a secret', async () => {
    const script = `writeFileSync(env.GITHUB_OUTPUT, 'kid=' + env['INPUT_GITHUB-TOKEN']);`;
    await expect(run(script)).rejects.toThrow('secret 1');
    await expect(run(script, { env: { GITHUB_TOKEN_FOR_DEFAULT: 'ghs_of_this_test' } })).rejects.toThrow('"ghs"');
  });
});

describe('a step breaks its contract', () => {
  test('with an undeclared output', async () => {
    await expect(run(`writeFileSync(env.GITHUB_OUTPUT, 'Kid=1');`)).rejects.toThrow('Kid is not declared');
  });

  test('with a warning on stderr, though it succeeds', async () => {
    await expect(run(`process.emitWarning('old');`)).rejects.toThrow('wrote to stderr');
    expect((await run(`process.emitWarning('old'); process.exitCode = 1;`)).result).toBe('failure');
  });

  test('with a deprecation, when node is told to throw', async () => {
    const step = await run(`process.emitWarning('old', 'DeprecationWarning');`, {
      execArgv: ['--throw-deprecation'],
    });
    expect(step).toMatchObject({ result: 'failure', exitCode: 1 });
  });

  test('and leaves nothing behind', async () => {
    const step = await run('console.log(process.cwd());');
    expect(existsSync(step.log)).toBe(false);
  });
});

test('the package is the working tree as it would be committed, less what export-ignore leaves out', () => {
  const repository = join(folder, 'repository');
  const destination = join(folder, 'package');
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: repository }).toString();
  for (const path of ['dist', 'src', 'node_modules/x']) mkdirSync(join(repository, path), { recursive: true });
  mkdirSync(destination);
  git('init', '--quiet');
  writeFileSync(join(repository, '.gitignore'), 'node_modules/\n');
  writeFileSync(
    join(repository, '.gitattributes'),
    '/* export-ignore\n/action.yml -export-ignore\n/dist -export-ignore\n',
  );
  for (const path of ['action.yml', 'dist/index.js', 'src/index.ts', 'node_modules/x/index.js', 'README.md']) {
    writeFileSync(join(repository, path), path);
  }
  unpackWorkingTree(repository, destination);
  expect(readdirSync(destination, { recursive: true }).map(String).sort()).toEqual([
    'action.yml',
    'dist',
    join('dist', 'index.js'),
  ]);
  expect(git('count-objects')).toMatch(/^0 objects/);
  expect(git('status', '--porcelain', '--', 'action.yml')).toBe('?? action.yml\n');
});
