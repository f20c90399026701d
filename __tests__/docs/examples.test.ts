import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { REPOSITORY } from '../harness/package.ts';

interface Step {
  readonly uses?: string;
  readonly id?: string;
  readonly with?: Record<string, unknown>;
}

interface Manifest {
  readonly inputs: Record<string, { readonly required?: boolean }>;
  readonly outputs: Record<string, unknown>;
}

const read = (path: string): string => readFileSync(join(REPOSITORY, path), 'utf8');
const list = (folder: string, end: string): string[] =>
  readdirSync(join(REPOSITORY, folder))
    .filter((name) => name.endsWith(end))
    .map((name) => `${folder}/${name}`);

const ACTIONS = new Map<string, Manifest>([
  ['org/b2c-upload-cert@v1', parse(read('action.yml')) as Manifest],
  ['org/b2c-upload-cert/check@v1', parse(read('check/action.yml')) as Manifest],
]);

const examples = list('examples', '.yml').map((path): [string, string] => [path, read(path)]);
const snippets = ['README.md', ...list('docs', '.md')].flatMap((path) =>
  [...read(path).matchAll(/^( *)```ya?ml\n(.*?)^ *```$/gms)].map(
    ([, indent = '', text = ''], index): [string, string] => [
      `${path}, snippet ${index + 1}`,
      text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    ],
  ),
);

/** Every step in a workflow, or in any part of one. */
function stepsIn(node: unknown): Step[] {
  if (typeof node !== 'object' || node === null) return [];
  return ['uses' in node ? [node as Step] : [], ...Object.values(node).map(stepsIn)].flat();
}

test('there is something to look at', () => {
  expect(examples.length).toBeGreaterThanOrEqual(5);
  expect(snippets.length).toBeGreaterThanOrEqual(2);
});

test.each([...examples, ...snippets])('%s uses inputs and outputs that exist', (_, text) => {
  const steps = stepsIn(parse(text));
  const outputs = new Map<string, string[]>();
  for (const { uses = '', id, with: given = {} } of steps) {
    const action = ACTIONS.get(uses);
    if (action === undefined) {
      expect(uses).not.toMatch(/b2c-upload-cert(?!\/blob)/);
      continue;
    }
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(given)));
    const required = Object.entries(action.inputs).flatMap(([name, input]) => (input.required ? [name] : []));
    expect(Object.keys(given)).toEqual(expect.arrayContaining(required));
    if (id !== undefined) outputs.set(id, Object.keys(action.outputs));
  }
  for (const [, id = '', output] of text.matchAll(/\bsteps\.([\w-]+)\.outputs\.([\w-]+)/g))
    expect(outputs.get(id)).toContain(output);
});

describe.each(examples)('%s', (_, text) => {
  test('asks for the least', () => {
    expect(parse(text)).toMatchObject({ permissions: {} });
  });

  test('pins what others wrote', () => {
    const used = Array.from(text.matchAll(/uses: (.*)/g), ([, uses = '']) => uses);
    for (const uses of used.filter((name) => !ACTIONS.has(name)))
      expect(uses).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('puts no expression into a script', () => {
    for (const [, script] of text.matchAll(/run: (.*)/g)) expect(script).not.toContain('${{');
  });
});
