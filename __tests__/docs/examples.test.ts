import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isRecord } from '../../src/shared/json.ts';
import { removeFolder, temporaryFolder } from '../harness/package.ts';
import {
  ACTIONS,
  bashTest,
  filesIn,
  jobsIn,
  readFile,
  scriptOf,
  type Step,
  stepsIn,
  yamlSnippets,
} from '../support/workflows.ts';

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

const isOurs = ({ uses }: Step): boolean => ACTIONS[uses] !== undefined;

/** Uploads for real: not every step that uses the action does. */
const writes = ({ uses, with: inputs }: Step): boolean => ACTIONS[uses] === 'upload' && inputs['dry-run'] !== 'true';

const jobsOf = (path: string): Record<string, Record<string, unknown>> => Object.fromEntries(jobsIn(readFile(path)));

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
  const jobs = jobsIn(yaml).flatMap(([, job]) => (stepsIn(job).some(isOurs) ? [job] : []));
  /** Of the job, or of the workflow. */
  const concurrencyOf = ({ concurrency }: Record<string, unknown>): unknown => {
    const workflow: unknown = parse(yaml);
    return concurrency ?? (isRecord(workflow) ? workflow.concurrency : undefined);
  };

  test('asks for the least', () => {
    expect(parse(yaml)).toMatchObject({ permissions: {} });
  });

  test('pins the actions of others', () => {
    const used = Array.from(yaml.matchAll(/uses: (.*)/g), ([, uses = '']) => uses);
    for (const uses of used.filter((name) => ACTIONS[name] === undefined))
      expect(uses).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('has jobs that sign in, and that queue for each other', () => {
    expect(jobs.length).toBeGreaterThan(0);
    for (const job of jobs) {
      expect(job.permissions).toMatchObject({ 'id-token': 'write' });
      expect(concurrencyOf(job)).toEqual({
        group: expect.any(String),
        queue: 'max',
        'cancel-in-progress': false,
      });
    }
  });

  test('has one group for all uploads to one tenant', () => {
    for (const job of jobs.filter((candidate) => stepsIn(candidate).some(writes))) {
      expect(concurrencyOf(job)).toMatchObject({ group: job.environment });
    }
  });

  test('uses the names of the other examples', () => {
    const names = (pattern: RegExp): string[] => Array.from(yaml.matchAll(pattern), ([, name = '']) => name);
    for (const secret of names(/\bsecrets\.(\w+)/g)) expect(secret).toMatch(/^SIGNING_PFX(_PASSWORD)?$/);
    for (const variable of names(/\bvars\.(\w+)/g))
      expect(variable).toMatch(/^(B2C|VAULT)_(TENANT_ID|CLIENT_ID|NAME)$/);
    for (const { environment } of jobs)
      expect(environment).toMatch(/^(b2c-production|b2c-read|\$\{\{ matrix\.\w+ \}\})$/);
    // The other one gets a partner's public certificate.
    for (const keyset of names(/\bkeyset-id: (.*)/g)) expect(keyset).toMatch(/^(TokenSigning|PartnerVerification)$/);
  });

  test('warns of what a schedule and a public repository are', () => {
    const text = yaml.replaceAll('\n# ', ' ');
    if (text.includes('schedule:'))
      expect(text).toMatch(
        /only on the default branch, and stops it after 60 days without activity in a public repository/,
      );
    if (/open-issue: true|gh issue|matrix/.test(text))
      expect(text).toMatch(/in a public repository everybody can read/i);
  });
});

describe('examples/approval.yml', () => {
  test('uses the private key only in the environment that reviewers approve', () => {
    const { plan = {}, upload = {} } = jobsOf('examples/approval.yml');
    expect([plan.environment, upload.environment]).toEqual(['b2c-read', 'b2c-production']);
    expect(JSON.stringify(plan)).not.toContain('secrets.');
    expect(stepsIn(plan).some(writes)).toBe(false);
    expect(upload.needs).toBe('plan');
  });

  bashTest.each([
    ['the approved one', 'AB12', 0],
    ['another one', 'CD34', 1],
  ])('the certificate of the secret is %s', (_, secret, expected) => {
    const script = scriptOf('examples/approval.yml', 'upload', 'run');
    const env = { PATH: process.env.PATH, APPROVED: 'AB12', SECRET: secret };
    const { status, stdout } = spawnSync('bash', ['-e', '-c', script], { env, encoding: 'utf8' });
    expect(status).toBe(expected);
    expect(stdout).toBe(
      expected === 0 ? '' : '::error::SIGNING_PFX contains the certificate CD34, but AB12 was approved.\n',
    );
  });

  test('the comparison comes before the upload', () => {
    const steps = stepsIn(jobsOf('examples/approval.yml').upload ?? {});
    const comparison = steps.findIndex(({ run }) => run !== undefined);
    expect(comparison).toBeGreaterThan(0);
    expect(comparison).toBeLessThan(steps.findIndex(writes));
  });
});

describe('examples/failed-upload-alarm.yml', () => {
  const RUN = 'https://github.com/contoso/identity/actions/runs/1';
  /** Stands in for the GitHub CLI: writes down what it is asked for, and knows which issues are open. */
  const GH = String.raw`gh() { printf '%s\n' "$*" >> gh.log; if [[ "$1 $2" == "issue list" ]]; then printf '%s' "$OPEN"; fi; }`;

  /** @returns the calls of the GitHub CLI */
  function raiseAlarm(open: string): string[] {
    const folder = temporaryFolder('alarm');
    try {
      writeFileSync(join(folder, 'gh.log'), '');
      const script = `${GH}\n${scriptOf('examples/failed-upload-alarm.yml', 'alarm', 'run')}`;
      const env = { PATH: process.env.PATH, OPEN: open, RUN };
      expect(spawnSync('bash', ['-e', '-c', script], { cwd: folder, env }).status).toBe(0);
      return readFileSync(join(folder, 'gh.log'), 'utf8').trim().split('\n');
    } finally {
      removeFolder(folder);
    }
  }

  bashTest('opens an issue with a link to the run', () => {
    const calls = raiseAlarm('');
    expect(calls.at(0)).toMatch(/^label create b2c-upload-failed --force /);
    expect(calls.at(-1)).toMatch(/^issue create --label b2c-upload-failed /);
    expect(calls.at(-1)).toContain(RUN);
  });

  bashTest('comments on the issue that is open', () => {
    const calls = raiseAlarm('7\n');
    expect(calls.at(-1)).toBe(`issue comment 7 --body Failed again: ${RUN}`);
    expect(calls.filter((call) => call.startsWith('issue create'))).toEqual([]);
  });

  test('runs whatever the upload failed of, and only then', () => {
    const { alarm = {} } = jobsOf('examples/failed-upload-alarm.yml');
    expect(alarm).toMatchObject({
      needs: 'upload',
      if: "always() && needs.upload.result != 'success'",
      permissions: { issues: 'write' },
    });
  });
});
