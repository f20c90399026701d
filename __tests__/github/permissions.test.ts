import { expect, test } from '@jest/globals';
import { basename } from 'node:path';
import { isRecord } from '../../src/shared/json.ts';
import { filesIn, jobsIn, readFile, stepsIn } from '../support/workflows.ts';

const jobs = filesIn('.github/workflows', '.yml').flatMap((path) =>
  jobsIn(readFile(path)).map(([id, job]): [name: string, job: Record<string, unknown>] => [
    `${basename(path)}, ${id}`,
    job,
  ]),
);

/** What starts code of the repository or of a dependency. */
const RUNS_CODE = /\b(npm|npx|node|yarn|pnpm|corepack|make|python3?|bash|sh|source|eval)\b|(^|[;&|(])\s*\.\.?\//m;

/** Signs in to a tenant with code of the repository, which is its purpose. It can write nothing in the repository. */
const SIGNS_IN = 'live-probe.yml, ask';

function scopes({ permissions }: Record<string, unknown>): string[] {
  return Object.entries(isRecord(permissions) ? permissions : {}).flatMap(([scope, access]) =>
    access === 'write' ? [scope] : [],
  );
}

const writing = jobs.filter(([, job]) => scopes(job).length > 0);

test('there are jobs of both kinds', () => {
  expect(writing.map(([name]) => name)).toEqual(
    expect.arrayContaining(['release.yml, draft', 'release.yml, publish', 'commit-dist.yml, commit']),
  );
  const reading = jobs.filter(([, job]) => scopes(job).length === 0).map(([name]) => name);
  expect(reading).toEqual(expect.arrayContaining(['ci.yml, check', 'release.yml, check', 'rebuild-dist.yml, rebuild']));
});

test.each(writing.filter(([name]) => name !== SIGNS_IN))(
  '%s has a token that can write, and runs no code of the repository or of a dependency',
  (_, job) => {
    for (const { run = '', uses } of stepsIn(job)) {
      expect(run).not.toMatch(RUNS_CODE);
      expect(uses).not.toMatch(/^\.|^actions\/(setup-node|cache)@/);
    }
  },
);

test('the job that signs in to a tenant can write nothing in the repository', () => {
  const [, job = {}] = jobs.find(([name]) => name === SIGNS_IN) ?? [];
  expect(scopes(job)).toEqual(['id-token']);
  expect(job.environment).toBe('b2c-live-probe');
});

test('the job that drafts a release checks nothing out', () => {
  const [, job = {}] = jobs.find(([name]) => name === 'release.yml, draft') ?? [];
  expect(stepsIn(job).map(({ uses }) => uses.split('@')[0])).toEqual(['actions/github-script']);
});

test('scripts of npm run on the Node of setup-node', () => {
  const installing = jobs.flatMap(([name, job]) => {
    const commands = stepsIn(job).flatMap(({ run }) => (run === undefined ? [] : [run.trim()]));
    const usesScripts = commands.some((command) => /^npm (run|test)\b/m.test(command));
    return usesScripts ? [{ name, job, commands }] : [];
  });
  expect(installing.length).toBeGreaterThan(3);
  for (const { name, job, commands } of installing) {
    // The package with the second Node is for Linux only.
    if (String(job['runs-on']).startsWith('ubuntu-'))
      expect([name, commands]).toEqual([name, expect.arrayContaining(['npm ci && rm node_modules/.bin/node'])]);
    expect(stepsIn(job).map(({ uses }) => uses.split('@')[0])).toContain('actions/setup-node');
  }
});
