import { getOctokit } from '@actions/github';
import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { isRecord, parseJson } from '../../src/shared/json.ts';
import { removeFolder, temporaryFolder } from '../harness/package.ts';
import { bashTest, scriptOf } from '../support/workflows.ts';

const WORKFLOW = '.github/workflows/release.yml';
const THIS = 'a'.repeat(40);
const OTHER = 'b'.repeat(40);
const REPO = '/repos/contoso/action';

interface Release {
  id: number;
  tag_name: string;
  target_commitish: string;
  draft: boolean;
  immutable: boolean;
}

/** What the scripts can see and change of a repository, behind GitHub's REST API. */
class Repository {
  reviewers: unknown[] = [{ type: 'Team' }];
  immutableReleases = true;
  latest = '';
  readonly releases: Release[] = [];
  readonly tags = new Map<string, string>();

  /** Publishes a version that is not the one of the test. */
  publish(tag: string): void {
    this.releases.push({ ...this.draft(tag, OTHER), draft: false });
    this.tags.set(tag, OTHER);
  }

  draft(tag: string, commit: string): Release {
    const id = this.releases.length + 1;
    return { id, tag_name: tag, target_commitish: commit, draft: true, immutable: false };
  }

  readonly fetch = (url: string, init: { method: string; body?: string }): Promise<Response> => {
    const body = parseJson(init.body ?? '');
    const value = this.respond(
      `${init.method} ${decodeURIComponent(new URL(url).pathname)}`,
      isRecord(body) ? body : {},
    );
    return Promise.resolve(
      Response.json(value ?? { message: 'Not Found' }, { status: value === undefined ? 404 : 200 }),
    );
  };

  private respond(request: string, body: Record<string, unknown>): unknown {
    const [, id] = /\/releases\/(\d+)$/.exec(request) ?? [];
    const release = this.releases.find((candidate) => String(candidate.id) === id);
    const [, prefix = ''] = /\/matching-refs\/tags\/(.*)$/.exec(request) ?? [];
    const [, moved = ''] = /\/git\/refs\/tags\/(.*)$/.exec(request) ?? [];
    switch (request) {
      case `GET ${REPO}/releases`:
        return this.releases;
      case `POST ${REPO}/releases`:
        expect(body).toMatchObject({ draft: true, generate_release_notes: true, name: body.tag_name });
        this.releases.push(this.draft(String(body.tag_name), String(body.target_commitish)));
        return this.releases.at(-1);
      case `GET ${REPO}/releases/${id ?? ''}`:
        return release;
      case `PATCH ${REPO}/releases/${id ?? ''}`:
        if (release === undefined) return undefined;
        expect(body).toEqual({ draft: false, make_latest: expect.stringMatching(/^(true|false)$/) });
        if (!this.tags.has(release.tag_name)) this.tags.set(release.tag_name, release.target_commitish);
        if (body.make_latest === 'true') this.latest = release.tag_name;
        return Object.assign(release, { draft: false, immutable: this.immutableReleases });
      case `GET ${REPO}/environments/release`:
        return {
          protection_rules: [
            { type: 'branch_policy' },
            ...(this.reviewers.length > 0 ? [{ type: 'required_reviewers', reviewers: this.reviewers }] : []),
          ],
        };
      case `GET ${REPO}/git/matching-refs/tags/${prefix}`:
        return Array.from(this.tags, ([tag, sha]) => ({ ref: `refs/tags/${tag}`, object: { sha } })).filter(({ ref }) =>
          ref.startsWith(`refs/tags/${prefix}`),
        );
      case `POST ${REPO}/git/refs`:
        this.tags.set(String(body.ref).replace('refs/tags/', ''), String(body.sha));
        return body;
      case `PATCH ${REPO}/git/refs/tags/${moved}`:
        if (!this.tags.has(moved) || body.force !== true) return undefined;
        this.tags.set(moved, String(body.sha));
        return body;
      default:
        return undefined;
    }
  }
}

/** Runs the script of a job as `actions/github-script` does, for the commit `THIS`. @returns what it failed with, if it did */
async function run(job: 'draft' | 'publish', repository: Repository, version: string): Promise<string> {
  let failure = '';
  const core = {
    setFailed: (message: string) => (failure = message),
    info: () => undefined,
    notice: () => undefined,
  };
  const github = getOctokit('token', { request: { fetch: repository.fetch } });
  const context = { repo: { owner: 'contoso', repo: 'action' }, sha: THIS };
  const script = `(async () => {${scriptOf(WORKFLOW, job, 'github-script')}})()`;
  await runInNewContext(script, { github, context, core, process: { env: { VERSION: version } } });
  return failure;
}

async function release(repository: Repository, version: string): Promise<string> {
  const failure = await run('draft', repository, version);
  return failure === '' ? await run('publish', repository, version) : failure;
}

test('the first release is published, and its major tag made', async () => {
  const repository = new Repository();
  expect(await release(repository, '1.0.0')).toBe('');
  expect(repository.releases).toEqual([{ ...repository.draft('v1.0.0', THIS), id: 1, draft: false, immutable: true }]);
  expect(Object.fromEntries(repository.tags)).toEqual({ 'v1.0.0': THIS, v1: THIS });
  expect(repository.latest).toBe('v1.0.0');
});

describe('the major tag', () => {
  test.each([
    ['moves to a newer minor', ['v1.9.0'], '1.10.0', THIS, 'v1.10.0'],
    ['moves to a newer patch', ['v1.9.0', 'v1.9.1'], '1.9.2', THIS, 'v1.9.2'],
    ['does not move back to a hotfix of an older minor', ['v1.9.0', 'v1.10.0'], '1.9.1', OTHER, ''],
    ['moves within an older major, which is not the latest release', ['v1.9.0', 'v2.0.0'], '1.9.1', THIS, ''],
  ])('%s', async (_, published, version, commit, latest) => {
    const repository = new Repository();
    for (const tag of published) repository.publish(tag);
    repository.tags.set('v1', OTHER).set('v10', OTHER);
    expect(await release(repository, version)).toBe('');
    expect(repository.tags.get(`v${version}`)).toBe(THIS);
    expect([repository.tags.get('v1'), repository.tags.get('v10'), repository.latest]).toEqual([commit, OTHER, latest]);
  });

  test('is moved by a second run when the first one stopped before that', async () => {
    const repository = new Repository();
    expect(await release(repository, '1.0.0')).toBe('');
    repository.tags.delete('v1');
    expect(await run('publish', repository, '1.0.0')).toBe('');
    expect(repository.tags.get('v1')).toBe(THIS);
  });
});

describe('a draft', () => {
  test('of the same commit is kept', async () => {
    const repository = new Repository();
    repository.releases.push(repository.draft('v1.0.0', THIS));
    expect(await run('draft', repository, '1.0.0')).toBe('');
    expect(repository.releases).toHaveLength(1);
  });

  test('of another commit is left over: it stops the release', async () => {
    const repository = new Repository();
    repository.releases.push(repository.draft('v1.0.0', OTHER));
    expect(await run('draft', repository, '1.0.0')).toContain('gh release delete v1.0.0');
    expect(repository.releases).toHaveLength(1);
  });

  test('of a published version is refused', async () => {
    const repository = new Repository();
    repository.publish('v1.0.0');
    expect(await run('draft', repository, '1.0.0')).toBe('v1.0.0 is published already.');
    expect(repository.releases).toHaveLength(1);
  });
});

test.each([
  [
    'the environment has no reviewers',
    (repository: Repository) => (repository.reviewers = []),
    'no required reviewers',
  ],
  [
    'the draft was pointed to another commit',
    ({ releases: [draft] }: Repository) => draft && (draft.target_commitish = OTHER),
    'one draft of v1.0.0',
  ],
  ['the draft is gone', ({ releases }: Repository) => releases.pop(), 'one draft of v1.0.0'],
  [
    'there is a second draft',
    (repository: Repository) => repository.releases.push(repository.draft('v1.0.0', THIS)),
    'one draft of v1.0.0',
  ],
  ['the tag exists elsewhere', ({ tags }: Repository) => tags.set('v1.0.0', OTHER), 'The tag v1.0.0 exists'],
])('nothing is published when %s', async (_, spoil, reason) => {
  const repository = new Repository();
  expect(await run('draft', repository, '1.0.0')).toBe('');
  spoil(repository);
  expect(await run('publish', repository, '1.0.0')).toContain(reason);
  expect(repository.releases.filter(({ draft }) => !draft)).toEqual([]);
  expect(repository.tags.has('v1')).toBe(false);
});

test('the major tag stays where it is when the release is not immutable', async () => {
  const repository = new Repository();
  repository.immutableReleases = false;
  expect(await release(repository, '1.0.0')).toContain('not immutable, so v1 was not moved');
  expect(repository.tags.has('v1')).toBe(false);
});

describe('the version', () => {
  /** Runs the comparison in a folder with a package.json and a CHANGELOG.md. */
  function compare(version: string, ref: string, heading: string): { status: number | null; stdout: string } {
    const folder = temporaryFolder('release');
    try {
      writeFileSync(
        join(folder, 'package.json'),
        '{\n  "name": "action",\n  "version": "1.2.3",\n  "private": true\n}\n',
      );
      writeFileSync(join(folder, 'CHANGELOG.md'), `# Changelog\n\n${heading}\n\n- A change.\n`);
      return spawnSync('bash', ['-e', '-c', scriptOf(WORKFLOW, 'check', 'run')], {
        cwd: folder,
        env: { PATH: process.env.PATH, VERSION: version, GITHUB_REF: ref },
        encoding: 'utf8',
      });
    } finally {
      removeFolder(folder);
    }
  }

  bashTest.each([
    ['1.2.3', 'refs/heads/main', '## 1.2.3'],
    ['1.2.3', 'refs/heads/main', '## 1.2.3 - 2027-01-31'],
    ['1.2.3', 'refs/heads/release/1.2', '## 1.2.3'],
  ])('%s is released from %s with the heading %s', (version, ref, heading) => {
    expect(compare(version, ref, heading)).toMatchObject({ status: 0, stdout: '' });
  });

  bashTest.each([
    ['1.2', 'refs/heads/main', '## 1.2', 'is not a version X.Y.Z'],
    ['1.02.3', 'refs/heads/main', '## 1.02.3', 'is not a version X.Y.Z'],
    ['1.2.3', 'refs/heads/feature', '## 1.2.3', 'from main or release/1.2, not from refs/heads/feature'],
    ['1.2.3', 'refs/heads/release/1.3', '## 1.2.3', 'from main or release/1.2'],
    ['1.2.3', 'refs/tags/main', '## 1.2.3', 'from main or release/1.2'],
    ['1.2.4', 'refs/heads/main', '## 1.2.4', 'package.json does not have the version 1.2.4'],
    ['1.2.3', 'refs/heads/main', '## 1.2.30', 'CHANGELOG.md has no heading'],
    ['1.2.3', 'refs/heads/main', '## 1.2.3 (not released yet)', 'CHANGELOG.md has no heading'],
  ])('%s is refused on %s with the heading %s', (version, ref, heading, reason) => {
    const { status, stdout } = compare(version, ref, heading);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^::error::/);
    expect(stdout).toContain(reason);
  });
});
