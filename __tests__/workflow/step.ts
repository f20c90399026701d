import { spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { machineEnvironment, runnerEnvironment } from '../harness/environment.ts';
import { createFileCommands, readNamedValues, readSummary } from '../harness/file-commands.ts';
import { startStep, type StepResult } from '../harness/index.ts';
import type { JobFolders } from '../harness/job-folders.ts';
import { REPOSITORY } from '../harness/package.ts';

/** What is left of a step when it has ended. */
export type Ended = Pick<StepResult, 'result' | 'outputs' | 'exported' | 'log' | 'summary'>;

/** The actions of this repository, by the names under which workflows use them. */
const ACTIONS: Readonly<Record<string, 'upload' | 'check'>> = {
  './': 'upload',
  './check': 'check',
  'org/b2c-upload-cert@v1': 'upload',
  'org/b2c-upload-cert/check@v1': 'check',
};

/** On Windows the bare name can be that of WSL. */
const BASH = process.platform === 'win32' ? String.raw`C:\Program Files\Git\bin\bash.exe` : 'bash';

/** Milliseconds. */
const TIME_LIMIT = 120_000;

/**
 * Runs one of this repository's actions in the harness.
 *
 * @param inputs - where one names a file of the repository, the step finds that file in its workspace
 * @throws Error for any other action, and when the step breaks a rule of the harness
 */
export async function runAction(
  uses: string,
  inputs: Record<string, string>,
  options: { env: Record<string, string>; secrets: string[]; forbidden: () => string[] },
): Promise<Ended> {
  const action = ACTIONS[uses];
  if (action === undefined) throw new Error(`This runner has no action ${uses}.`);
  const named = Object.values(inputs).filter((value) =>
    statSync(join(REPOSITORY, value), { throwIfNoEntry: false })?.isFile(),
  );
  const files = Object.fromEntries(named.map((path) => [path, readFileSync(join(REPOSITORY, path))]));
  return await startStep({ ...options, action, inputs, files }).finished;
}

/** Runs a script in bash as the runner does on Linux, with Node on the path; what it prints is not searched for commands. */
export async function runScript(
  script: string,
  environment: Record<string, string>,
  workspace: string,
  folders: JobFolders,
): Promise<Ended> {
  const files = createFileCommands(folders.temp);
  const machine = machineEnvironment(folders);
  const path = join(folders.temp, 'script.sh');
  writeFileSync(path, script);
  const child = spawn(BASH, ['-e', path], {
    cwd: workspace,
    env: {
      ...machine,
      PATH: [dirname(process.execPath), machine.PATH].join(delimiter),
      CI: 'true',
      ...environment,
      ...runnerEnvironment(folders, files, { debug: false, summary: true, github: { WORKSPACE: workspace } }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIME_LIMIT,
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => (log += piece));
  }
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [output, env] = [readNamedValues(files.output), readNamedValues(files.env)];
  return {
    result: exitCode === 0 && !output.problem && !env.problem ? 'success' : 'failure',
    outputs: Object.fromEntries(output.values),
    exported: Object.fromEntries(env.values),
    log,
    summary: readSummary(files.step_summary).text,
  };
}
