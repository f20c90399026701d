import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../src/shared/json.ts';
import { REPOSITORY } from '../harness/package.ts';
import { readAsGitHub } from '../workflow/index.ts';

const read = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');
const list = (folder: string): string[] =>
  readdirSync(join(REPOSITORY, folder))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => `${folder}/${name}`);

const workflows = list('.github/workflows');
const pages = ['README.md', ...readdirSync(join(REPOSITORY, 'docs')).map((name) => `docs/${name}`)];
const snippets = pages
  .filter((path) => path.endsWith('.md'))
  .flatMap((path) =>
    Array.from(read(path).matchAll(/^```ya?ml\n(.*?)^```$/gms), ([, text = ''], index): [string, string] => [
      `${path}, snippet ${index + 1}`,
      text,
    ]),
  )
  .filter(([, text]) => /^jobs:/m.test(text));

const texts: Record<string, string> = Object.fromEntries<string>([
  ...['action.yml', 'check/action.yml', ...workflows, ...list('examples')].map((path): [string, string] => [
    path,
    read(path),
  ]),
  ...snippets,
]);
const readings = readAsGitHub(texts);

/** Every mapping within a workflow that stands for a step. */
function stepsIn(node: unknown): Record<string, unknown>[] {
  if (Array.isArray(node)) return node.flatMap(stepsIn);
  if (!isRecord(node)) return [];
  return [...('uses' in node || 'run' in node ? [node] : []), ...Object.values(node).flatMap(stepsIn)];
}

const treeOf = (path: string): Record<string, unknown> => readings.get(path)?.tree ?? {};

test('GitHub is there to find something', () => {
  const broken = {
    'action.yml': 'name: Broken\nruns:\n  using: node25\n  main: a.js\n',
    'a.yml': 'on: push\njobs: 1\n',
  };
  const found = [...readAsGitHub(broken).values()].map(({ findings }) => findings.length);
  expect(found.every((count) => count > 0)).toBe(true);
  expect(snippets.length).toBeGreaterThanOrEqual(2);
  expect(workflows.length).toBeGreaterThanOrEqual(5);
});

test.each(Object.keys(texts))('GitHub has nothing to say against %s', (path) => {
  expect(readings.get(path)?.findings).toEqual([]);
});

test.each(workflows)('%s is given nothing but what its jobs ask for, and says why they do', (path) => {
  expect(treeOf(path).permissions).toEqual({});
  const { jobs } = treeOf(path);
  const asked = Object.values(isRecord(jobs) ? jobs : {}).map((job) => (isRecord(job) ? job.permissions : undefined));
  expect(asked.length).toBeGreaterThan(0);
  for (const permissions of asked) expect(permissions).toEqual(expect.any(Object));
  for (const [line] of read(path).matchAll(/^ {6}[a-z-]+: (read|write)\b.*/gm)) expect(line).toMatch(/ # to /);
});

test.each(workflows)('%s pins what others wrote, and leaves no credentials behind', (path) => {
  for (const [, uses = ''] of read(path).matchAll(/\buses: (.*)/g)) {
    expect(uses).toMatch(/^\.\/(check)?$|@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
  const checkouts = stepsIn(treeOf(path)).filter(({ uses }) => String(uses).startsWith('actions/checkout@'));
  for (const step of checkouts) expect(step.with).toMatchObject({ 'persist-credentials': 'false' });
});

test.each([...workflows, ...list('examples')])('%s puts no expression into a script', (path) => {
  const scripts = stepsIn(treeOf(path)).flatMap(({ run }) => (run === undefined ? [] : [run]));
  // A script with an expression in it is read as an expression.
  for (const script of scripts) expect(script).toEqual(expect.any(String));
});
