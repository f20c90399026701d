import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ARCHIVE_LIMIT_BYTES = 64 * 1024 * 1024;

let unpacked: string | undefined;

/**
 * @returns a folder with what a user of the action downloads: the working tree as it would be committed, without what
 *   `export-ignore` excludes. Made once, outside the repository, removed at the end of the process or the test file.
 */
export function packagedAction(): string {
  if (unpacked === undefined) {
    unpacked = temporaryFolder('package');
    unpackWorkingTree(REPOSITORY, unpacked);
  }
  return unpacked;
}

/** The repository that this file belongs to. */
export const REPOSITORY = resolve(import.meta.dirname, '../..');

/** @returns a new folder under the system's own for temporary files, with symbolic links resolved */
export function temporaryFolder(purpose: string): string {
  return realpathSync(mkdtempSync(join(tmpdir(), `b2c-upload-cert-${purpose}-`)));
}

/** Removes a folder, with retries: Windows keeps files of an ended process open for a moment. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/**
 * Unpacks a repository's working tree, changed and new files included, as `git archive` would ship it.
 * The tree is written with an index and an object store of its own, so the repository does not change.
 * @throws Error when git or tar fails
 */
export function unpackWorkingTree(repository: string, destination: string): void {
  const scratch = temporaryFolder('git');
  const run = (environment: NodeJS.ProcessEnv, ...args: string[]): Buffer =>
    execFileSync('git', args, {
      cwd: repository,
      env: { ...process.env, ...environment },
      maxBuffer: ARCHIVE_LIMIT_BYTES,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const pathOf = (name: string): string =>
    resolve(repository, run({}, 'rev-parse', '--git-path', name).toString().trim());
  const environment = {
    GIT_INDEX_FILE: join(scratch, 'index'),
    GIT_OBJECT_DIRECTORY: scratch,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: pathOf('objects'),
  };
  try {
    // The repository's own index keeps files that are tracked although they are ignored.
    const index = pathOf('index');
    if (existsSync(index)) copyFileSync(index, environment.GIT_INDEX_FILE);
    run(environment, 'add', '--all');
    const tree = run(environment, 'write-tree').toString().trim();
    const archive = run(environment, 'archive', '--worktree-attributes', '--format=tar', tree);
    // Through a pipe: GNU tar reads C:\… as the name of a remote host.
    execFileSync('tar', ['-xf', '-'], { cwd: destination, input: archive });
  } finally {
    removeFolder(scratch);
  }
}

function removePackage(): void {
  if (unpacked !== undefined) removeFolder(unpacked);
  unpacked = undefined;
}

// jest runs test files in a sandbox whose process object never emits 'exit'.
const afterAll: unknown = Reflect.get(globalThis, 'afterAll');
if (typeof afterAll === 'function') Reflect.apply(afterAll, undefined, [removePackage]);
else process.once('exit', removePackage);
