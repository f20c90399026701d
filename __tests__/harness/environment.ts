import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import packageManifest from '../../package.json' with { type: 'json' };
import type { FileCommands } from './file-commands.ts';
import type { JobFolders } from './job-folders.ts';

/** What differs from job to job in the environment that the runner provides. */
export interface JobOptions {
  debug: boolean;
  summary: boolean;
  github: Record<string, string>;
}

/** What a process needs from the machine: a way to find programs, and on Windows the system's own folders. */
const MACHINE_VARIABLES = ['PATH', 'PATHEXT', 'SystemRoot', 'SystemDrive', 'windir', 'ComSpec'];

/** Folders in which Node reports coverage, and keeps compiled code so that the next step starts faster. */
const NODE_VARIABLES = ['NODE_V8_COVERAGE', 'NODE_COMPILE_CACHE'];

const RUNNER_OS: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'Linux',
  darwin: 'macOS',
  win32: 'Windows',
};

/** @returns what the runner process itself passes on: of the developer's own environment only the path to programs */
export function machineEnvironment(folders: JobFolders): Record<string, string> {
  const environment: Record<string, string> = {
    HOME: folders.home,
    USERPROFILE: folders.home,
    TMPDIR: folders.temp,
    TEMP: folders.temp,
    TMP: folders.temp,
    LANG: 'C.UTF-8',
  };
  for (const name of [...MACHINE_VARIABLES, ...NODE_VARIABLES]) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

/**
 * The variables that the runner sets after the workflow's own, which they override (actions/runner, GitHubContext.cs,
 * RunnerContext.cs).
 */
export function runnerEnvironment(
  folders: JobFolders,
  files: FileCommands,
  options: JobOptions,
): Record<string, string> {
  const eventPath = join(folders.temp, '_github_workflow', 'event.json');
  mkdirSync(dirname(eventPath), { recursive: true });
  writeFileSync(eventPath, '{"ref":"refs/heads/main","repository":{"full_name":"contoso/identity"}}');
  const github: Record<string, string> = {
    ACTION: '__org_b2c-upload-cert',
    ACTION_REF: 'v1',
    ACTION_REPOSITORY: packageManifest.repository,
    ACTOR: 'octocat',
    ACTOR_ID: '583231',
    API_URL: 'https://api.github.com',
    BASE_REF: '',
    ENV: files.env,
    EVENT_NAME: 'push',
    EVENT_PATH: eventPath,
    GRAPHQL_URL: 'https://api.github.com/graphql',
    HEAD_REF: '',
    JOB: 'upload',
    OUTPUT: files.output,
    PATH: files.path,
    REF: 'refs/heads/main',
    REF_NAME: 'main',
    REF_PROTECTED: 'true',
    REF_TYPE: 'branch',
    REPOSITORY: 'contoso/identity',
    REPOSITORY_ID: '702345678',
    REPOSITORY_OWNER: 'contoso',
    REPOSITORY_OWNER_ID: '6844498',
    RETENTION_DAYS: '90',
    RUN_ATTEMPT: '1',
    RUN_ID: '12345678901',
    RUN_NUMBER: '42',
    SERVER_URL: 'https://github.com',
    SHA: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
    STATE: files.state,
    ...(options.summary ? { STEP_SUMMARY: files.step_summary } : {}),
    TRIGGERING_ACTOR: 'octocat',
    WORKFLOW: 'Certificates',
    WORKFLOW_REF: 'contoso/identity/.github/workflows/certificates.yml@refs/heads/main',
    WORKFLOW_SHA: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
    WORKSPACE: folders.workspace,
    ...options.github,
  };
  const runner: Record<string, string> = {
    ARCH: process.arch.toUpperCase(),
    ENVIRONMENT: 'github-hosted',
    NAME: 'GitHub Actions 2',
    OS: RUNNER_OS[process.platform] ?? 'Linux',
    TEMP: folders.temp,
    TOOL_CACHE: folders.tools,
    TRACKING_ID: 'github_3f1c2a5e-7d0b-4c57-9d4e-2b8f0f6a1c11',
    WORKSPACE: dirname(folders.workspace),
    ...(options.debug ? { DEBUG: '1' } : {}),
  };
  return { ...prefixed('GITHUB_', github), ...prefixed('RUNNER_', runner), GITHUB_ACTIONS: 'true' };
}

const prefixed = (prefix: string, values: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
