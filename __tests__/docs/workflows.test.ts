import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { filesIn, findingsOf, jobsIn, readFile, stepsIn, yamlSnippets } from '../support/workflows.ts';

const workflows = filesIn('.github/workflows', '.yml');
const examples = filesIn('examples', '.yml');
const snippets = yamlSnippets().filter(([, yaml]) => /^jobs:/m.test(yaml));

const files: Record<string, string> = Object.fromEntries<string>([
  ...['action.yml', 'check/action.yml', ...workflows, ...examples].map((path): [string, string] => [
    path,
    readFile(path),
  ]),
  ...snippets,
]);
const findings = findingsOf(files);

test('GitHub’s language service finds what is wrong, and there is something to check', () => {
  const broken = {
    'action.yml': 'name: Broken\nruns:\n  using: node25\n  main: a.js\n',
    'a.yml': 'on: push\njobs: 1\n',
    'b.yml': "on: push\njobs: { a: { runs-on: x, steps: [{ run: 'echo ${{ steps.none.outputs.x }}' }] } }\n",
  };
  for (const [, found] of findingsOf(broken)) expect(found).not.toEqual([]);
  expect(snippets.length).toBeGreaterThanOrEqual(2);
  expect(workflows.length).toBeGreaterThanOrEqual(5);
});

test.each(Object.keys(files))('GitHub’s language service finds nothing wrong with %s', (path) => {
  expect(findings.get(path)).toEqual([]);
});

describe.each(workflows)('%s', (path) => {
  const yaml = readFile(path);

  test('has no permissions but those that its jobs ask for, and says why they do', () => {
    expect(parse(yaml)).toMatchObject({ permissions: {} });
    for (const [, job] of jobsIn(yaml)) expect(job.permissions).toEqual(expect.any(Object));
    for (const [line] of yaml.matchAll(/^ {6}[a-z-]+: (read|write)\b.*/gm)) expect(line).toMatch(/ # to /);
  });

  test('pins the actions of others, and leaves no credentials behind', () => {
    for (const { uses, with: inputs } of stepsIn(parse(yaml))) {
      if (uses.startsWith('actions/checkout@')) expect(inputs).toMatchObject({ 'persist-credentials': 'false' });
    }
    for (const [, uses] of yaml.matchAll(/\buses: (.*)/g)) {
      expect(uses).toMatch(/^\.\/(check)?$|@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });
});

test.each([...workflows, ...examples])('%s has no expression in a script', (path) => {
  for (const { run = '' } of stepsIn(parse(readFile(path)))) expect(run).not.toContain('${{');
});

test('the job that branch protection asks for waits for all others, and passes only with all of them', () => {
  const jobs = jobsIn(readFile('.github/workflows/ci.yml'));
  const others = jobs.map(([id]) => id).filter((id) => id !== 'conclusion');
  const conclusion = jobs.find(([id]) => id === 'conclusion')?.[1];
  expect(conclusion).toMatchObject({ if: 'always()', needs: others });
  const [{ run = '', env } = { env: {} }] = stepsIn(conclusion);
  expect(env).toEqual({ RESULTS: "${{ join(needs.*.result, ' ') }}" });
  expect(run).toBe(`test "$RESULTS" = "${others.map(() => 'success').join(' ')}"`);
});
