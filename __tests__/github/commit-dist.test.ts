import { afterEach, beforeEach, expect } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { removeFolder, temporaryFolder } from '../harness/package.ts';
import { bashTest, scriptOf } from '../support/workflows.ts';

const BRANCH = 'dependabot/npm/a-package-2.0.0';
const SCRIPT = scriptOf('.github/workflows/commit-dist.yml', 'commit', 'run');
/** Stands in for the GitHub CLI, and writes down what it is asked for. */
const GH = String.raw`gh() { printf '%s\n' "$*" >> "$GH_LOG"; }`;

let folder = '';

const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], {
    cwd: join(folder, cwd),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** Commits everything on Dependabot's branch. */
function push(): string {
  git('work', 'add', '--all');
  git('work', 'commit', '--quiet', '--message', 'Raise a package');
  git('work', 'push', '--quiet', '--force', join(folder, 'action.git'), `HEAD:refs/heads/${BRANCH}`);
  return git('work', 'rev-parse', 'HEAD');
}

/** Runs the script of the workflow, with what the other workflow built in `built`. */
function commitDist(builtFrom: string): { status: number | null; stdout: string; comments: string[] } {
  const log = join(folder, 'gh.log');
  writeFileSync(log, '');
  const { status, stdout } = spawnSync('bash', ['-e', '-c', `${GH}\n${SCRIPT}`], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      GH_LOG: log,
      GITHUB_SERVER_URL: pathToFileURL(folder).href,
      GITHUB_REPOSITORY: 'action.git',
      BRANCH,
      BUILT_FROM: builtFrom,
    },
  });
  const calls = readFileSync(log, 'utf8').split('\n');
  return { status, stdout, comments: calls.filter((call) => call.startsWith('pr comment ')) };
}

const filesOf = (commit: string): string[] => git('action.git', 'ls-tree', '-r', '--name-only', commit).split('\n');

beforeEach(() => {
  folder = temporaryFolder('commit-dist');
  write('work/package-lock.json', '{}');
  write('work/dist/index.js', 'old');
  write('work/dist/21.index.js', 'a chunk that the new build does not have');
  git('', 'init', '--quiet', '--bare', 'action.git');
  git('', 'init', '--quiet', 'work');
  write('built/index.js', 'new');
  write('built/77.index.js', 'a chunk that the old build did not have');
});

afterEach(() => {
  removeFolder(folder);
});

bashTest('commits changed, new and removed files, and says how the checks are started', () => {
  const head = push();
  const { status, comments } = commitDist(head);
  expect(status).toBe(0);
  expect(git('action.git', 'rev-parse', `${BRANCH}^`)).toBe(head);
  expect(filesOf(BRANCH)).toEqual(['dist/77.index.js', 'dist/index.js', 'package-lock.json']);
  expect(git('action.git', 'show', `${BRANCH}:dist/index.js`)).toBe('new');
  expect(comments).toEqual([expect.stringContaining('Close and reopen this pull request')]);
  expect(comments[0]).toContain(`pr comment ${BRANCH} --repo action.git`);
});

bashTest('commits nothing when the build is what the branch has', () => {
  rmSync(join(folder, 'work/dist'), { recursive: true });
  write('work/dist/index.js', 'new');
  write('work/dist/77.index.js', 'a chunk that the old build did not have');
  const head = push();
  expect(commitDist(head)).toMatchObject({ status: 0, comments: [] });
  expect(git('action.git', 'rev-parse', BRANCH)).toBe(head);
});

bashTest('commits nothing to a branch that has moved', () => {
  const built = push();
  write('work/package-lock.json', '{ }');
  const moved = push();
  const { status, stdout, comments } = commitDist(built);
  expect([status, comments]).toEqual([0, []]);
  expect(stdout).toContain('has moved since this build');
  expect(git('action.git', 'rev-parse', BRANCH)).toBe(moved);
});

bashTest('takes no hidden files from the build, and does not follow its links', () => {
  write('built/.gitattributes', '* filter=anything');
  write('secret.txt', 'a file of the runner');
  symlinkSync('../secret.txt', join(folder, 'built/link.js'));
  const { status } = commitDist(push());
  expect(status).toBe(0);
  expect(filesOf(BRANCH)).toEqual(['dist/77.index.js', 'dist/index.js', 'dist/link.js', 'package-lock.json']);
  expect(git('action.git', 'show', `${BRANCH}:dist/link.js`)).toBe('../secret.txt');
});

bashTest('refuses a build that contains a folder', () => {
  write('built/sub/.git/config', '[core]\n  fsmonitor = touch ran');
  const head = push();
  expect(commitDist(head).status).not.toBe(0);
  expect(git('action.git', 'rev-parse', BRANCH)).toBe(head);
});
