import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { isRecord } from '../../src/shared/json.ts';
import { ACTIONS, filesIn, readFile, stepsIn, yamlSnippets } from '../support/workflows.ts';

/** What an action declares. */
function readManifest(path: string): { inputs: string[]; required: string[]; outputs: string[] } {
  const manifest: unknown = parse(readFile(path));
  const { inputs, outputs } = isRecord(manifest) ? manifest : {};
  const declared = Object.entries(isRecord(inputs) ? inputs : {});
  return {
    inputs: declared.map(([name]) => name),
    required: declared.flatMap(([name, input]) => (isRecord(input) && input.required === true ? [name] : [])),
    outputs: Object.keys(isRecord(outputs) ? outputs : {}),
  };
}

const manifests = { upload: readManifest('action.yml'), check: readManifest('check/action.yml') };
const examples = filesIn('examples', '.yml').map((path): [string, string] => [path, readFile(path)]);
const snippets = yamlSnippets();

test('there is something to check', () => {
  expect(examples.length).toBeGreaterThanOrEqual(5);
  expect(snippets.length).toBeGreaterThanOrEqual(2);
});

test.each([...examples, ...snippets])('%s uses inputs and outputs that exist', (_, yaml) => {
  const outputs = new Map<string, string[]>();
  for (const { uses, id, with: inputs } of stepsIn(parse(yaml))) {
    const action = ACTIONS[uses];
    if (action === undefined) {
      expect(uses).not.toMatch(/b2c-upload-cert(?!\/blob)/);
      continue;
    }
    const manifest = manifests[action];
    expect(manifest.inputs).toEqual(expect.arrayContaining(Object.keys(inputs)));
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(manifest.required));
    if (id !== undefined) outputs.set(id, manifest.outputs);
  }
  for (const [, id = '', output] of yaml.matchAll(/\bsteps\.([\w-]+)\.outputs\.([\w-]+)/g))
    expect(outputs.get(id)).toContain(output);
});

describe.each(examples)('%s', (_, yaml) => {
  test('asks for the least', () => {
    expect(parse(yaml)).toMatchObject({ permissions: {} });
  });

  test('pins the actions of others', () => {
    const used = Array.from(yaml.matchAll(/uses: (.*)/g), ([, uses = '']) => uses);
    for (const uses of used.filter((name) => ACTIONS[name] === undefined))
      expect(uses).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });
});
