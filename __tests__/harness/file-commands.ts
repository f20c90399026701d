import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files by which a step communicates with the runner, by the runner's names for them. */
export type FileCommands = Record<'env' | 'path' | 'output' | 'state' | 'step_summary', string>;

const FILE_PREFIXES: FileCommands = {
  env: 'set_env_',
  path: 'add_path_',
  output: 'set_output_',
  state: 'save_state_',
  step_summary: 'step_summary_',
};

/** A job summary of more than this many bytes is dropped. */
const SUMMARY_LIMIT_BYTES = 1024 * 1024;

/** The content of a file of names and values as far as it is well formed, and what ended the reading. */
export interface NamedValues {
  values: Map<string, string>;
  problem?: string;
}

/** Creates the five empty files of a step. @returns their paths */
export function createFileCommands(runnerTemp: string): FileCommands {
  const folder = join(runnerTemp, '_runner_file_commands');
  mkdirSync(folder, { recursive: true });
  const create = (name: keyof FileCommands): string => {
    const path = join(folder, FILE_PREFIXES[name] + randomUUID());
    writeFileSync(path, '');
    return path;
  };
  return {
    env: create('env'),
    path: create('path'),
    output: create('output'),
    state: create('state'),
    step_summary: create('step_summary'),
  };
}

/** @returns the content of that file; nothing when the step removed it */
export function readNamedValues(path: string): NamedValues {
  return parseNamedValues(readText(path));
}

/** @returns the job summary, or a problem when it is over 1 MiB */
export function readSummary(path: string): { text: string; problem?: string } {
  const text = readText(path);
  const bytes = Buffer.byteLength(text);
  if (bytes <= SUMMARY_LIMIT_BYTES) return { text };
  const kibibytes = Math.ceil(bytes / 1024);
  return {
    text: '',
    problem: `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${kibibytes}k.`,
  };
}

/**
 * Reads `NAME=VALUE` and `NAME<<DELIMITER` entries as strictly as the runner (actions/runner, FileCommandManager.cs).
 * @param text content of the output, state or environment file
 * @param platform CR LF ends a line on Windows; elsewhere the CR belongs to the value
 * @returns the last value of each name; at a malformed entry, what came before it and the problem
 */
export function parseNamedValues(text: string, platform: NodeJS.Platform = process.platform): NamedValues {
  const values = new Map<string, string>();
  const lines = splitLines(text, platform === 'win32');
  for (let entry = lines.shift(); entry !== undefined; entry = lines.shift()) {
    const { line } = entry;
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (heredoc >= 0 && (equals < 0 || heredoc < equals)) {
      const delimiter = line.slice(heredoc + 2);
      if (heredoc === 0 || delimiter === '') {
        return {
          values,
          problem: `Invalid format '${line}'. Name must not be empty and delimiter must not be empty`,
        };
      }
      const value = takeHeredoc(lines, delimiter);
      if (value.problem !== undefined) return { values, problem: value.problem };
      values.set(line.slice(0, heredoc), value.text);
    } else if (equals > 0) {
      values.set(line.slice(0, equals), line.slice(equals + 1));
    } else {
      return {
        values,
        problem: `Invalid format '${line}'${equals === 0 ? '. Name must not be empty' : ''}`,
      };
    }
  }
  return { values };
}

interface Line {
  line: string;
  end: string;
}

function splitLines(text: string, windows: boolean): Line[] {
  const pattern = windows ? /(.*?)(\r?\n|$)/gsy : /([^\n]*)(\n|$)/gy;
  return [...text.matchAll(pattern)]
    .map(([, line = '', end = '']) => ({ line, end }))
    .filter(({ line, end }) => line !== '' || end !== '');
}

/** Removes lines up to the delimiter, which needs no line end at the end of the file. */
function takeHeredoc(lines: Line[], delimiter: string): { text: string; problem?: string } {
  let text = '';
  let lastEnd = '';
  for (let entry = lines.shift(); entry !== undefined; entry = lines.shift()) {
    if (entry.line === delimiter) return { text };
    if (entry.end === '') return { text, problem: 'Invalid value. EOF marker missing new line.' };
    text += lastEnd + entry.line;
    lastEnd = entry.end;
  }
  return { text, problem: `Invalid value. Matching delimiter not found '${delimiter}'` };
}

const readText = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8').replace(/^\uFEFF/, '') : '');
