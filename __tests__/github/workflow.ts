import { test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isRecord } from '../../src/shared/json.ts';
import { REPOSITORY } from '../harness/package.ts';

/** For the bash scripts of jobs that run on Linux: what Windows calls bash is another system, or missing. */
export const bashTest = process.platform === 'win32' ? test.skip : test;

/** A mapping of a workflow, with expressions as they are written. */
export type Mapping = Readonly<Record<string, unknown>>;

/** @returns the jobs of a workflow by their ids */
export function jobsOf(path: string): Readonly<Record<string, Mapping>> {
  const workflow: unknown = parse(readFileSync(join(REPOSITORY, path), 'utf8'));
  const jobs = isRecord(workflow) && isRecord(workflow.jobs) ? workflow.jobs : {};
  return Object.fromEntries(Object.entries(jobs).flatMap(([id, job]) => (isRecord(job) ? [[id, job] as const] : [])));
}

export function stepsOf({ steps }: Mapping): readonly Mapping[] {
  return Array.isArray(steps) ? steps.filter(isRecord) : [];
}

/**
 * The script of the one step of a job that has one: of `run`, or of `actions/github-script`.
 *
 * @throws Error when there is no such step, or more than one
 */
export function scriptOf(path: string, job: string, kind: 'run' | 'github-script'): string {
  const scripts = stepsOf(jobsOf(path)[job] ?? {}).flatMap(({ run, uses, with: inputs }) => {
    if (kind === 'run') return typeof run === 'string' && run.includes('\n') ? [run] : [];
    return String(uses).startsWith('actions/github-script@') && isRecord(inputs) ? [String(inputs.script)] : [];
  });
  const [script, ...others] = scripts;
  if (script === undefined || others.length > 0) throw new Error(`${path} has ${scripts.length} scripts in ${job}.`);
  return script;
}
