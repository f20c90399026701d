import { spawn } from 'node:child_process';
import type { ChildProcess, ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from './commands.ts';
import { machineEnvironment, runnerEnvironment } from './environment.ts';
import { createFileCommands, readNamedValues, readSummary } from './file-commands.ts';
import type { FileCommands, NamedValues } from './file-commands.ts';
import { inputEnvironment } from './input-environment.ts';
import { createJobFolders, filesLeft } from './job-folders.ts';
import type { WorkspaceFiles } from './job-folders.ts';
import { LineSplitter } from './line-splitter.ts';
import { readManifest } from './manifest.ts';
import { Masker } from './masker.ts';
import { removeFolder } from './package.ts';
import { StepLog } from './step-log.ts';
import type { Annotation } from './step-log.ts';
import { checkContract } from './step-contract.ts';

/** What a workflow passes to a step, and what must not be found afterwards. */
export interface StepOptions {
  /** the `with:` block */
  inputs?: Record<string, string>;
  /** the `env:` of job and step; `GITHUB_TOKEN_FOR_DEFAULT` becomes the value of `${{ github.token }}` */
  env?: Record<string, string>;
  /** values that are secrets of the workflow: masked from the start, and not to be seen unmasked anywhere */
  secrets?: string[];
  /** secrets, or parts of them, that may be seen: a public certificate */
  publicSecrets?: string[];
  /** further values that must not be seen, read after the run: tokens that were issued during it */
  forbidden?: () => string[];
  /** files in the workspace before the run, by relative path */
  files?: WorkspaceFiles;
  /** step debug logging, default off */
  debug?: boolean;
  /** whether the runner supports job summaries, default yes; an old GitHub Enterprise Server does not */
  summary?: boolean;
  /** `GITHUB_…` variables that differ from the harness's, without the prefix */
  github?: Record<string, string>;
  /** further flags for node */
  execArgv?: string[];
  /** whether the step skips the time in which it only waits (skip-waiting.js), default no */
  skipWaiting?: boolean;
  /** milliseconds after which the step is killed, default 150,000: no measure of speed, but the end of a step that hangs */
  limitMs?: number;
}

/** The result of a finished step, as the runner sees it. */
export interface StepResult {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** failure on an exit code other than 0, a failed command, a malformed file command, and at the time limit */
  result: 'success' | 'failure';
  outputs: Record<string, string>;
  /** what a person reads: commands executed, secrets masked */
  log: string;
  /** at most ten of each level */
  annotations: Annotation[];
  annotationsDropped: number;
  /** masked; empty when it was over 1 MiB */
  summary: string;
  exported: Record<string, string>;
  state: Record<string, string>;
  /** the values that the step masked */
  masks: string[];
  /** raw, secrets included */
  stdout: string;
  /** raw, secrets included */
  stderr: string;
  /** every workflow command that was executed */
  commands: Command[];
  durationMs: number;
}

/** A step that runs. */
export interface RunningStep {
  pid: number;
  kill: (signal: NodeJS.Signals) => void;
  /**
   * Cancels the step as the runner does: SIGINT, 7.5 seconds later SIGTERM, 2.5 seconds later the end.
   * @param first SIGTERM begins with the second
   */
  cancel: (first?: 'SIGINT' | 'SIGTERM') => void;
  /** the listener receives every further piece of output, raw */
  onOutput: (listener: (text: string) => void) => void;
  /** rejects when the step broke a rule that applies to every step: it leaked a secret, for example */
  finished: Promise<StepResult>;
}

/** An action in the file system. */
export interface Action {
  /** path of its `action.yml` */
  manifest: string;
  /** what node runs instead of `runs.main` */
  command?: readonly string[];
}

const TIME_LIMIT_MS = 150_000;
/** What the runner sends to cancel a step, and the milliseconds until it sends the next (actions/runner, ProcessInvoker.cs). */
const CANCELLATION: readonly (readonly [NodeJS.Signals, number])[] = [
  ['SIGINT', 7500],
  ['SIGTERM', 2500],
  ['SIGKILL', 0],
];
const SKIP_WAITING = pathToFileURL(join(import.meta.dirname, 'skip-waiting.js')).href;
const GITHUB_TOKEN = 'ghs_0harness1harness2harness3harness4hr';

/**
 * Starts a step as GitHub's runner does: a clean environment, an empty workspace, closed input, pipes for output.
 * @throws Error when the manifest is not that of a JavaScript action for Node 24
 */
export function startAction(action: Action, options: StepOptions = {}): RunningStep {
  const { limitMs = TIME_LIMIT_MS, skipWaiting = false, execArgv = [] } = options;
  const manifest = readManifest(action.manifest);
  const { GITHUB_TOKEN_FOR_DEFAULT: githubToken = GITHUB_TOKEN, ...stepEnvironment } = options.env ?? {};
  const inputs = inputEnvironment(manifest, options.inputs ?? {}, githubToken);
  const secrets = [...(options.secrets ?? []), githubToken];
  const folders = createJobFolders(options.files ?? {});
  const files = createFileCommands(folders.temp);

  const masker = new Masker();
  for (const secret of secrets) masker.add(secret);
  const log = new StepLog(masker, options.debug ?? false);
  for (const warning of inputs.warnings) log.annotate('warning', warning);

  const startedAt = performance.now();
  const preload = skipWaiting ? ['--import', SKIP_WAITING] : [];
  const child = spawn(process.execPath, [...preload, ...execArgv, ...(action.command ?? [manifest.main])], {
    cwd: folders.workspace,
    env: {
      ...machineEnvironment(folders),
      CI: 'true',
      ...stepEnvironment,
      ...inputs.environment,
      ...runnerEnvironment(folders, files, {
        debug: options.debug ?? false,
        summary: options.summary ?? true,
        github: options.github ?? {},
      }),
    },
    stdio: 'pipe',
  });
  const output = capture(child, log);
  child.stdin.end();

  const finish = async (): Promise<StepResult> => {
    try {
      const { exitCode, signal, timedOut } = await endOf(child, limitMs);
      const durationMs = performance.now() - startedAt;
      output.end();
      if (timedOut) log.fail(`The step was still running after ${limitMs / 1000} seconds and was killed.`);
      const written = readFileCommands(files, log);
      const result: StepResult = {
        exitCode,
        signal,
        result: exitCode === 0 && !log.failed ? 'success' : 'failure',
        ...written,
        summary: maskLines(written.summary, masker),
        log: log.text,
        annotations: log.annotations,
        annotationsDropped: log.annotationsDropped,
        masks: log.masks,
        ...output.raw,
        commands: log.commands,
        durationMs,
      };
      const violations = checkContract({
        result,
        lines: log.lines,
        files: filesLeft(folders, options.files ?? {}),
        declaredOutputs: manifest.outputs,
        secrets,
        forbidden: options.forbidden?.() ?? [],
        publicSecrets: options.publicSecrets ?? [],
      });
      if (violations.length > 0) throw new Error(`The step broke its contract:\n${violations.join('\n')}`);
      return result;
    } finally {
      removeFolder(folders.root);
    }
  };
  const finished = finish();
  if (child.pid === undefined) throw new Error(`${process.execPath} did not start.`);
  return {
    pid: child.pid,
    kill: (signal) => {
      child.kill(signal);
    },
    cancel: (first = 'SIGINT') => {
      cancel(child, first);
    },
    onOutput: (listener) => {
      output.listeners.push(listener);
    },
    finished,
  };
}

/** Sends the runner's signals until the child has ended. */
function cancel(child: ChildProcess, first: NodeJS.Signals): void {
  const from = CANCELLATION.findIndex(([signal]) => signal === first);
  let after = 0;
  for (const [signal, patienceMs] of CANCELLATION.slice(from)) {
    const timer = setTimeout(() => child.kill(signal), after);
    child.once('close', () => {
      clearTimeout(timer);
    });
    after += patienceMs;
  }
}

interface Capture {
  raw: { stdout: string; stderr: string };
  listeners: ((text: string) => void)[];
  /** passes on what came without a line end */
  end: () => void;
}

/** Passes both streams to the log line by line, as they arrive, and keeps them unchanged. */
function capture(child: ChildProcessWithoutNullStreams, log: StepLog): Capture {
  const raw = { stdout: '', stderr: '' };
  const listeners: Capture['listeners'] = [];
  const ends = (['stdout', 'stderr'] as const).map((stream) => {
    const splitter = new LineSplitter();
    child[stream].setEncoding('utf8').on('data', (piece: string) => {
      raw[stream] += piece;
      for (const line of splitter.push(piece)) log.print(stream, line);
      for (const listener of listeners) listener(piece);
    });
    return () => {
      for (const line of splitter.end()) log.print(stream, line);
    };
  });
  return {
    raw,
    listeners,
    end: () => {
      for (const end of ends) end();
    },
  };
}

interface Ended {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  timedOut: boolean;
}

/** Waits until the child has ended and its streams have been read. */
function endOf(child: ChildProcess, limitMs: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let timedOut = false;
    const limit = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, limitMs);
    child.once('error', (error) => {
      clearTimeout(limit);
      reject(error);
    });
    child.once('close', (exitCode, signal) => {
      clearTimeout(limit);
      resolve({ exitCode, signal, timedOut });
    });
  });
}

/** Reads what the step wrote for the runner; a malformed file fails the step and keeps what precedes the error. */
function readFileCommands(
  files: FileCommands,
  log: StepLog,
): Pick<StepResult, 'outputs' | 'state' | 'exported' | 'summary'> {
  const read = (name: keyof FileCommands): NamedValues['values'] => {
    const { values, problem } = readNamedValues(files[name]);
    if (problem !== undefined) log.fail(`Unable to process file command '${name}' successfully.\n${problem}`);
    return values;
  };
  const exported = read('env');
  for (const name of exported.keys()) {
    if (name.toUpperCase() !== 'NODE_OPTIONS') continue;
    exported.delete(name);
    log.annotate('error', `Can't store ${name} output parameter using '$GITHUB_ENV' command.`);
  }
  const summary = readSummary(files.step_summary);
  if (summary.problem !== undefined) log.annotate('error', summary.problem);
  return {
    outputs: Object.fromEntries([...log.outputs, ...read('output')]),
    state: Object.fromEntries([...log.state, ...read('state')]),
    exported: Object.fromEntries(exported),
    summary: summary.text,
  };
}

const maskLines = (text: string, masker: Masker): string =>
  text
    .split('\n')
    .map((line) => masker.mask(line))
    .join('\n');
