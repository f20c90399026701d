import { afterEach, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { readInputs as readCheckInputs } from '../../src/check/inputs.ts';
import { ActionError } from '../../src/shared/action-error.ts';
import { readInputs as readUploadInputs } from '../../src/upload/inputs.ts';
import { fixtureText } from '../fixtures/index.ts';
import { inputEnvironment } from '../harness/input-environment.ts';
import { readManifest } from '../harness/manifest.ts';
import { REPOSITORY } from '../harness/package.ts';

const ID = '11111111-2222-4333-8444-555555555555';
const IDENTITY = { 'tenant-id': 'contoso.onmicrosoft.com', 'client-id': ID };

interface Case {
  readonly manifest: string;
  readonly read: () => unknown;
  /** What has no default and is required here. */
  readonly given: Readonly<Record<string, string>>;
}

const ACTIONS: Case[] = [
  {
    manifest: 'action.yml',
    read: readUploadInputs,
    given: { ...IDENTITY, 'keyset-id': 'Signing', certificate: fixtureText('signing.pem') },
  },
  // Its default is an expression, which only the runner can evaluate.
  { manifest: 'check/action.yml', read: readCheckInputs, given: { ...IDENTITY, 'github-token': 'a-token-of-github' } },
];

afterEach(() => {
  for (const name of Object.keys(process.env).filter((key) => key.startsWith('INPUT_')))
    Reflect.deleteProperty(process.env, name);
});

/** The inputs that an action reads from this `with:` block. */
async function readFrom({ manifest, read }: Case, given: Readonly<Record<string, string>>): Promise<unknown> {
  const { environment } = inputEnvironment(readManifest(join(REPOSITORY, manifest)), given, 'a-token-of-github');
  Object.assign(process.env, environment);
  return await read();
}

const namesIn = ({ manifest }: Case): string[] =>
  readManifest(join(REPOSITORY, manifest)).inputs.map(({ name }) => name);

test.each(ACTIONS)('$manifest: an empty string is the default, as it stands in the manifest', async (action) => {
  const empty = Object.fromEntries(namesIn(action).map((name) => [name, '']));
  const byManifest = await readFrom(action, action.given);
  expect(Object.keys(empty).length).toBeGreaterThan(Object.keys(action.given).length + 5);
  expect(await readFrom(action, { ...empty, ...action.given })).toEqual(byManifest);
  expect(
    await readFrom(action, { ...Object.fromEntries(namesIn(action).map((name) => [name, ' \n'])), ...action.given }),
  ).toEqual(byManifest);
});

test.each(ACTIONS)('$manifest: what the default is, is what the code does', async (action) => {
  const { inputs } = readManifest(join(REPOSITORY, action.manifest));
  const written = Object.fromEntries(
    inputs
      .filter((input) => input.default !== '' && !input.default.includes('${{'))
      .map((input) => [input.name, input.default]),
  );
  expect(Object.keys(written).length).toBeGreaterThan(4);
  // Another value of each is another result, so the comparison above compares them all.
  for (const name of Object.keys(written)) {
    const other = {
      true: 'false',
      false: 'true',
      auto: 'exclude',
      public: 'china',
      new: 'never',
      0: '1',
      7: '8',
      30: '31',
    }[written[name] ?? ''];
    expect([name, other]).toEqual([name, expect.any(String)]);
    expect(await readFrom(action, { ...action.given, [name]: other ?? '' })).not.toEqual(
      await readFrom(action, action.given),
    );
  }
});

test.each(ACTIONS.flatMap((action) => Object.keys(action.given).map((name) => ({ ...action, action, name }))))(
  '$manifest: $name is required, and refused when it is empty',
  async ({ action, name }) => {
    const reading = readFrom(action, { ...action.given, 'open-issue': 'true', [name]: '' });
    await expect(reading).rejects.toThrow(ActionError);
    await expect(readFrom(action, { ...action.given, 'open-issue': 'true', [name]: '' })).rejects.toThrow(
      new RegExp(`^Input ${name}.*: .*empty`),
    );
  },
);
