import { expect, test } from '@jest/globals';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator/index.ts';
import { GITHUB_ISSUER } from '../../emulator/tenant.ts';
import { CLOUDS } from '../../src/entra/clouds.ts';
import { isRecord } from '../../src/shared/json.ts';
import { fixture, fixtureText } from '../fixtures/index.ts';
import { runStep, type StepResult } from '../harness/index.ts';
import { key } from '../support/key.ts';
import { ACTIONS, filesIn, fillIn, jobsIn, readFile, stepsIn, yamlSnippets } from '../support/workflows.ts';

// The workflows of the README, the docs and the examples, as they are: their steps that use the actions are run with their own
// inputs. What the repository's settings and other steps provide is filled in.

const SECRETS = {
  'secrets.SIGNING_PFX': fixture('forms/default.pfx').toString('base64'),
  'secrets.SIGNING_PFX_PASSWORD': 'open-sesame',
};
const FILES = {
  'certificates/partner.pem': fixtureText('signing.pem'),
  'certificates/signing.pem': fixtureText('signing.pem'),
  'temp/signing.pfx': fixture('forms/empty-password.pfx'),
};
const ENVIRONMENTS = ['b2c-production', 'b2c-read', 'b2c-development', 'b2c-test'];

/** An app that trusts every environment of the workflows. */
const app: NonNullable<EmulatorOptions['app']> = {
  federatedCredentials: ENVIRONMENTS.map((environment) => ({
    issuer: GITHUB_ISSUER,
    subject: `repo:contoso/identity:environment:${environment}`,
    audience: CLOUDS.public.audience,
  })),
};

/** Runs every step of a workflow that uses one of the actions, whatever its conditions. @returns their results in order */
async function runWorkflow(yaml: string, emulator: Emulator): Promise<StepResult[]> {
  const values: Record<string, string> = {
    ...SECRETS,
    'vars.B2C_TENANT_ID': emulator.tenant.domain,
    'vars.B2C_CLIENT_ID': emulator.app.clientId,
    'matrix.environment': 'b2c-test',
    'runner.temp': 'temp',
  };
  const results: StepResult[] = [];
  for (const [, job] of jobsIn(yaml)) {
    const environment = fillIn(String(job.environment), values);
    const idToken = mayAskForToken(yaml, job) ? emulator.job({ environment }) : {};
    for (const { uses, id, with: inputs } of stepsIn(job)) {
      const action = ACTIONS[uses];
      if (action === undefined) continue;
      const result = await runStep({
        action,
        inputs: Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, fillIn(value, values)])),
        env: { ...emulator.network(), ...idToken },
        secrets: Object.values(SECRETS),
        forbidden: () => [...emulator.secrets],
        files: FILES,
        skipWaiting: true,
      });
      results.push(result);
      for (const [name, value] of Object.entries(result.outputs)) values[`steps.${id ?? ''}.outputs.${name}`] = value;
    }
  }
  return results;
}

/** A job has the permissions of its workflow unless it has its own. */
function mayAskForToken(yaml: string, job: Record<string, unknown>): boolean {
  return isRecord(job.permissions) ? job.permissions['id-token'] === 'write' : /^ {2}id-token: write/m.test(yaml);
}

async function inTenant(options: EmulatorOptions, body: (emulator: Emulator) => Promise<void>): Promise<void> {
  const emulator = await startEmulator({ ...options, app: { ...app, ...options.app } });
  try {
    await body(emulator);
  } finally {
    await emulator.close();
  }
}

const workflows = yamlSnippets().filter(([, yaml]) => /^jobs:/m.test(yaml));
const snippet = (page: string, action: string): string =>
  workflows.find(([name, yaml]) => name.startsWith(page) && yaml.includes(`uses: ${action}\n`))?.[1] ?? '';
const UPLOAD = snippet('README.md', 'org/b2c-upload-cert@v1');
const CHECK = snippet('README.md', 'org/b2c-upload-cert/check@v1');

test('the workflow of the README uploads a PFX, and finds it the next time', async () => {
  await inTenant({}, async (emulator) => {
    const keyset = emulator.seed('B2C_1A_TokenSigning');
    const [first, second] = [...(await runWorkflow(UPLOAD, emulator)), ...(await runWorkflow(UPLOAD, emulator))];
    expect(first?.outputs).toMatchObject({
      outcome: 'uploaded',
      'keyset-id': keyset.id,
      active: 'true',
      kid: keyset.keys[0]?.kid,
      expiry: '2046-11-18T16:13:07Z',
    });
    expect(second?.outputs).toMatchObject({ outcome: 'already-present', changed: 'false' });
    expect(keyset.keys).toHaveLength(1);
  });
});

test('without the permission that the README gives it, it says what is missing', async () => {
  await inTenant({}, async (emulator) => {
    const [step] = await runWorkflow(UPLOAD.replace(/ {2}id-token: write.*\n/, ''), emulator);
    expect(step?.result).toBe('failure');
    expect(step?.log).toContain('id-token: write');
    expect(emulator.requestLog).toEqual([]);
  });
});

test('the check of the README opens an issue about a key that expires, and closes it when that is fixed', async () => {
  await inTenant({ app: { roles: ['TrustFrameworkKeySet.Read.All'] } }, async (emulator) => {
    const keyset = emulator.seed('B2C_1A_TokenSigning', key(-1, 20, 'old'));
    const [warned] = await runWorkflow(CHECK, emulator);
    expect(warned?.result).toBe('success');
    expect(warned?.outputs).toMatchObject({ healthy: 'false', 'days-remaining': '20' });
    expect(warned?.summary).toContain(keyset.id);
    expect(emulator.issues.all).toMatchObject([{ state: 'open' }]);

    emulator.seed(keyset.id, key(0, 200, 'new', { nbf: Math.floor(Date.now() / 1000) }));
    const [fixed] = await runWorkflow(CHECK, emulator);
    expect(fixed?.outputs).toMatchObject({ healthy: 'true', 'issue-number': '1' });
    expect(emulator.issues.all).toMatchObject([{ state: 'closed' }]);
  });
});

test('the workflow of the setup page signs in and says what it would do', async () => {
  // Its tenant and app are examples.
  const yaml = snippet('docs/setup.md', 'org/b2c-upload-cert@v1')
    .replaceAll('secrets.B2C_SIGNING_PFX ', 'secrets.SIGNING_PFX ')
    .replaceAll('secrets.B2C_SIGNING_PASSWORD', 'secrets.SIGNING_PFX_PASSWORD');
  const tenant = { domain: 'contoso.onmicrosoft.com' };
  await inTenant({ tenant, app: { clientId: '00000000-0000-0000-0000-000000000000' } }, async (emulator) => {
    emulator.seed('B2C_1A_SigningCertificate');
    const [step] = await runWorkflow(yaml, emulator);
    expect(step?.outputs).toMatchObject({ outcome: 'would-upload' });
  });
});

test.concurrent.each(filesIn('examples', '.yml'))('every step of %s succeeds', async (path) => {
  await inTenant({}, async (emulator) => {
    emulator.seed('B2C_1A_TokenSigning');
    const steps = await runWorkflow(readFile(path), emulator);
    expect(steps.length).toBeGreaterThanOrEqual(1);
    expect(steps.map(({ result }) => result)).toEqual(steps.map(() => 'success'));
  });
});
