import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GITHUB_ISSUER } from '../../emulator/tenant.ts';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator/index.ts';
import { CLOUDS } from '../../src/entra/clouds.ts';
import { fixture } from '../fixtures/index.ts';
import { REPOSITORY } from '../harness/package.ts';
import { readAsGitHub } from '../workflow/index.ts';
import { type JobRun, runJob } from '../workflow/job.ts';

const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
const [uploadText = '', checkText = ''] = Array.from(readme.matchAll(/^```yaml\n(.*?)^```$/gms), ([, text]) => text);
const files = {
  upload: uploadText,
  check: checkText,
  'not-permitted': uploadText.replace(/ {2}id-token: write.*\n/, ''),
};
const workflows = readAsGitHub(files);

const SECRETS = {
  SIGNING_PFX: fixture('forms/default.pfx').toString('base64'),
  SIGNING_PFX_PASSWORD: 'open-sesame',
};

/** Runs a workflow in a repository that was set up for a tenant of its own, as docs/setup.md says. */
async function inTenant(
  options: EmulatorOptions,
  body: (emulator: Emulator, run: (name: keyof typeof files, job: string) => Promise<JobRun>) => Promise<void>,
): Promise<void> {
  const emulator = await startEmulator(options);
  const run = (name: keyof typeof files, job: string): Promise<JobRun> =>
    runJob(workflows.get(name)?.tree ?? {}, job, {
      vars: { B2C_TENANT_ID: emulator.tenant.domain, B2C_CLIENT_ID: emulator.app.clientId },
      secrets: SECRETS,
      machine: emulator.network(),
      idToken: (environment) => emulator.job({ environment }),
      forbidden: () => [...emulator.secrets, ...Object.values(SECRETS)],
    });
  try {
    await body(emulator, run);
  } finally {
    await emulator.close();
  }
}

test('the workflow of the README uploads a PFX, and finds it the next time', async () => {
  await inTenant({}, async (emulator, run) => {
    const keyset = emulator.seed('B2C_1A_TokenSigning');
    const [first, second] = [await run('upload', 'upload'), await run('upload', 'upload')];
    expect([first.result, second.result]).toEqual(['success', 'success']);
    expect(first.steps.upload?.outputs).toMatchObject({ outcome: 'uploaded', 'keyset-id': keyset.id, active: 'true' });
    expect(second.steps.upload?.outputs).toMatchObject({ outcome: 'already-present', changed: 'false' });
    expect(keyset.keys).toHaveLength(1);
    const echoed = Object.entries(first.steps).find(([step]) => step.startsWith('echo'))?.[1].log;
    expect(echoed).toBe(`key ${String(keyset.keys[0]?.kid)} expires at 2046-11-18T16:13:07Z\n`);
  });
});

test('without the permission that the README gives it, it says what is missing', async () => {
  await inTenant({}, async (emulator, run) => {
    const { result, steps } = await run('not-permitted', 'upload');
    expect(result).toBe('failure');
    expect(steps.upload?.log).toContain('id-token: write');
    expect(Object.values(steps).at(-1)?.outcome).toBe('skipped');
    expect(emulator.requestLog).toEqual([]);
  });
});

test('the check of the README opens an issue about a key that expires, and closes it when that is fixed', async () => {
  const subject = 'repo:contoso/identity:environment:b2c-read';
  const app: EmulatorOptions['app'] = {
    roles: ['TrustFrameworkKeySet.Read.All'],
    federatedCredentials: [{ issuer: GITHUB_ISSUER, subject, audience: CLOUDS.public.audience }],
  };
  await inTenant({ app }, async (emulator, run) => {
    const now = Math.floor(Date.now() / 1000);
    const keyset = emulator.seed('B2C_1A_TokenSigning', { kid: 'old', nbf: now - 1, exp: now + 20.5 * 86_400 });
    const [action = ''] = /org\/b2c-upload-cert\/check@v1/.exec(checkText) ?? [];

    const warned = await run('check', 'check');
    expect(warned.result).toBe('success');
    expect(warned.steps[action]?.outputs).toMatchObject({ healthy: 'false', 'days-remaining': '20' });
    expect(warned.steps[action]?.summary).toContain(keyset.id);
    expect(emulator.issues.all).toMatchObject([{ state: 'open' }]);

    emulator.seed(keyset.id, { kid: 'new', nbf: now, exp: now + 200 * 86_400 });
    const mended = await run('check', 'check');
    expect(mended.steps[action]?.outputs).toMatchObject({ healthy: 'true', 'issue-number': '1' });
    expect(emulator.issues.all).toMatchObject([{ state: 'closed' }]);
  });
});
