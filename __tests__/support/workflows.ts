import { test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { isRecord, parseJson } from '../../src/shared/json.ts';
import { REPOSITORY } from '../harness/package.ts';

/** A step of a workflow; expressions are still text. */
export interface Step {
  readonly uses: string;
  readonly id: string | undefined;
  readonly with: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  /** The script of a step that does not use an action. */
  readonly run: string | undefined;
}

/** The actions of this repository, as workflows use them. */
export const ACTIONS: Readonly<Record<string, 'upload' | 'check'>> = {
  './': 'upload',
  './check': 'check',
  [`${manifest.repository}@v1`]: 'upload',
  [`${manifest.repository}/check@v1`]: 'check',
};

/** For the bash scripts of jobs that run on Linux: what Windows calls bash is another system, or missing. */
export const bashTest = process.platform === 'win32' ? test.skip : test;

/** A file of the repository, as text. */
export const readFile = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');

/** The paths of the files in a folder of the repository whose names end like this. */
export const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(join(REPOSITORY, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => [folder, name].filter(Boolean).join('/'));

/** The YAML of the code blocks in the README and the docs, by page and number. */
export function yamlSnippets(): [name: string, yaml: string][] {
  return ['README.md', ...filesIn('docs', '.md')].flatMap((path) =>
    Array.from(
      readFile(path).matchAll(/^( *)```ya?ml\n(.*?)^ *```$/gms),
      ([, indent = '', yaml = ''], index): [string, string] => [
        `${path}, snippet ${index + 1}`,
        yaml.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      ],
    ),
  );
}

/** Every step in a workflow, or in a part of one, in order. */
export function stepsIn(node: unknown): Step[] {
  if (Array.isArray(node)) return node.flatMap(stepsIn);
  if (!isRecord(node)) return [];
  if (!('uses' in node) && !('run' in node)) return Object.values(node).flatMap(stepsIn);
  const { uses, id, run } = node;
  return [
    {
      uses: typeof uses === 'string' ? uses : '',
      id: typeof id === 'string' ? id : undefined,
      run: typeof run === 'string' ? run : undefined,
      with: strings(node.with),
      env: strings(node.env),
    },
  ];
}

/** A workflow's jobs by their IDs. @throws Error when there are none */
export function jobsIn(yaml: string): [id: string, job: Record<string, unknown>][] {
  const workflow: unknown = parse(yaml);
  if (!isRecord(workflow) || !isRecord(workflow.jobs)) throw new Error('This is not a workflow.');
  return Object.entries(workflow.jobs).map(([id, job]) => [id, isRecord(job) ? job : {}]);
}

/**
 * The script of the one step of a job that has one: of `run` with several lines, or of `actions/github-script`.
 *
 * @throws Error when there is no such step, or more than one
 */
export function scriptOf(path: string, jobId: string, kind: 'run' | 'github-script'): string {
  const [, job] = jobsIn(readFile(path)).find(([id]) => id === jobId) ?? [];
  const scripts = stepsIn(job).flatMap(({ run = '', uses, with: inputs }) => {
    if (kind === 'run') return run.includes('\n') ? [run] : [];
    return uses.startsWith('actions/github-script@') ? [inputs.script ?? ''] : [];
  });
  const [script, ...others] = scripts;
  if (script === undefined || others.length > 0) throw new Error(`${path} has ${scripts.length} scripts in ${jobId}.`);
  return script;
}

/**
 * Replaces every expression in a text by its value.
 * @param values by the expressions, such as `vars.B2C_TENANT_ID`
 * @throws Error when one has no value
 */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression: string) => {
    const value = values[expression];
    if (value === undefined) throw new Error(`The expression ${expression} has no value.`);
    return value;
  });
}

/**
 * Has GitHub's language service check files.
 * @param files contents by path; a path that ends in `action.yml` is that of an action
 * @returns its findings by path
 */
export function findingsOf(files: Readonly<Record<string, string>>): ReadonlyMap<string, unknown> {
  const printed = execFileSync(process.execPath, [join(import.meta.dirname, 'language-service.ts')], {
    input: JSON.stringify(files),
  });
  const findings = parseJson(printed.toString());
  return new Map(Object.entries(isRecord(findings) ? findings : {}));
}

/** The members of a mapping as the runner passes them on: as text. */
const strings = (mapping: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(isRecord(mapping) ? mapping : {}).map(([name, value]) => [name, String(value)]));
