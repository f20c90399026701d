import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Place } from './leaks.ts';
import { temporaryFolder } from './package.ts';

/** The folders of one job, all under one temporary folder. */
export interface JobFolders {
  root: string;
  workspace: string;
  home: string;
  temp: string;
  tools: string;
}

/** Contents by path relative to the workspace. */
export type WorkspaceFiles = Record<string, string | Uint8Array>;

/** Creates the folders of a job, with these files in its workspace. */
export function createJobFolders(files: WorkspaceFiles): JobFolders {
  const root = temporaryFolder('step');
  const folders = {
    root,
    workspace: join(root, 'work', 'identity', 'identity'),
    home: join(root, 'home'),
    temp: join(root, 'work', '_temp'),
    tools: join(root, 'tools'),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = join(folders.workspace, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return folders;
}

/** @returns every file that exists after the run, except those that are exactly as the scenario put them there */
export function filesLeft(folders: JobFolders, given: WorkspaceFiles): Place[] {
  const untouched = new Map(
    Object.entries(given).map(([name, content]) => [join(folders.workspace, name), Buffer.from(content)]),
  );
  return readdirSync(folders.root, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    if (!entry.isFile()) return [];
    const path = join(entry.parentPath, entry.name);
    const content = readFileSync(path);
    if (untouched.get(path)?.equals(content) === true) return [];
    return { name: `the file ${relative(folders.root, path)}`, text: content.toString() };
  });
}
