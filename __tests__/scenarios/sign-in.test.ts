import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { EmulatorOptions } from '../../emulator/index.ts';
import { isRecord, parseJson } from '../../src/shared/json.ts';
import type { StepResult } from '../harness/index.ts';
import { scenario, type Scenario } from './scenario.ts';

const GITHUB = 'https://token.actions.githubusercontent.com';
const SUBJECT = 'repo:contoso/identity:environment:b2c-production';
const AUDIENCE = 'api://AzureADTokenExchange';

/** An app whose one federated credential differs from the default job's token in this. */
const trusting = (differing: { issuer?: string; subject?: string; audience?: string }): EmulatorOptions => ({
  app: { federatedCredentials: [{ issuer: GITHUB, subject: SUBJECT, audience: AUDIENCE, ...differing }] },
});

const signIns = ({ emulator }: Scenario): number => emulator.requestLog.filter(({ step }) => step === 'token').length;

/** Runs the command of a log in bash, with a function in place of the Azure CLI, and gives back the arguments that it got. */
function toldToAzureCli({ log }: StepResult): { id: string | undefined; parameters: unknown } {
  const command = log.split('\n').find((line) => line.includes('federated-credential create')) ?? '';
  const script = `az() { printf '%s\\n' "$@"; }\n${command}`;
  const args = execFileSync('bash', ['-c', script]).toString().split('\n');
  return { id: args[args.indexOf('--id') + 1], parameters: parseJson(args[args.indexOf('--parameters') + 1] ?? '') };
}

interface Mismatch {
  name: string;
  code: number;
  options: EmulatorOptions;
  job?: Parameters<Scenario['emulator']['job']>[0];
  inputs?: Record<string, string>;
  /** What GitHub presented, as far as it is not the default job's. */
  issuer?: string;
  subject?: string;
  audience?: string;
  /** What tells the user how it differs. */
  says: string[];
}

const branch = { environment: '', ref: 'refs/heads/main' };
const GHES = 'https://github.contoso.example/_services/token';
const MISMATCHES: Mismatch[] = [
  {
    name: 'no credential at all',
    code: 70021,
    options: { app: { federatedCredentials: [] } },
    says: ['no federated credential that matches this token (yet)'],
  },
  {
    name: 'an issuer with a slash at its end',
    code: 700211,
    options: trusting({ issuer: `${GITHUB}/` }),
    says: ['without a trailing slash', GITHUB],
  },
  {
    name: 'a job on GitHub Enterprise Server',
    code: 700211,
    options: {},
    job: { issuer: GHES },
    issuer: GHES,
    says: [],
  },
  {
    name: 'a job on GHE.com',
    code: 700211,
    options: {},
    job: { issuer: 'https://token.actions.contoso.ghe.com' },
    issuer: 'https://token.actions.contoso.ghe.com',
    says: [],
  },
  {
    name: 'an issuer of the enterprise’s own',
    code: 700211,
    options: {},
    job: { issuer: `${GITHUB}/contoso` },
    issuer: `${GITHUB}/contoso`,
    says: [],
  },
  {
    name: 'an audience of another cloud in the credential',
    code: 700212,
    options: trusting({ audience: 'api://AzureADTokenExchangeChina' }),
    says: [`${AUDIENCE} (the default of cloud: public)`],
  },
  {
    name: 'an audience of another cloud in the input',
    code: 700212,
    options: {},
    inputs: { audience: 'api://AzureADTokenExchangeUSGov' },
    audience: 'api://AzureADTokenExchangeUSGov',
    says: [`(the default of cloud: usgov, set by the input audience; the default of cloud: public is ${AUDIENCE})`],
  },
  {
    name: 'an audience of the user’s own',
    code: 700212,
    options: {},
    inputs: { audience: 'https://github.com/contoso' },
    audience: 'https://github.com/contoso',
    says: ['(custom, set by the input audience'],
  },
  {
    name: 'a credential for a branch and a job with an environment',
    code: 700213,
    options: trusting({ subject: 'repo:contoso/identity:ref:refs/heads/main' }),
    says: ['the job uses `environment:`', 'instead of branch or tag'],
  },
  {
    name: 'a job on a branch',
    code: 700213,
    options: {},
    job: branch,
    subject: 'repo:contoso/identity:ref:refs/heads/main',
    says: ['runs on a branch and uses no `environment:`'],
  },
  {
    name: 'a job on a tag',
    code: 700213,
    options: {},
    job: { environment: '', ref: 'refs/tags/v1' },
    subject: 'repo:contoso/identity:ref:refs/tags/v1',
    says: ['runs on a tag and uses no `environment:`'],
  },
  {
    name: 'a job for a pull request',
    code: 700213,
    options: {},
    job: { environment: '', event_name: 'pull_request' },
    subject: 'repo:contoso/identity:pull_request',
    says: ['runs for a pull request and uses no `environment:`'],
  },
  {
    name: 'a credential with names and a token with ids',
    code: 700213,
    options: {},
    job: { immutable: true },
    subject: 'repo:contoso@65/identity@74:environment:b2c-production',
    says: ['immutable subject format', `a credential for ${SUBJECT} does not match`],
  },
  {
    name: 'a credential with ids and a token with names',
    code: 700213,
    options: trusting({ subject: 'repo:contoso@65/identity@74:environment:b2c-production' }),
    says: [
      'subject format with names',
      'a credential for repo:contoso@65/identity@74:environment:b2c-production does not match',
    ],
  },
  {
    name: 'a subject that the organisation customises',
    code: 700213,
    options: {},
    job: { sub: 'repository_owner:contoso:actor:octocat' },
    subject: 'repository_owner:contoso:actor:octocat',
    says: ['uses a customized subject claim'],
  },
  {
    name: 'a branch with every quote in its name',
    code: 700213,
    options: {},
    job: { environment: '', ref: `refs/heads/it's "$(id)" \`id\` ünder#1` },
    subject: `repo:contoso/identity:ref:refs/heads/it's "$(id)" \`id\` ünder#1`,
    says: ['runs on a branch'],
  },
  {
    name: 'another letter case',
    code: 7002138,
    options: trusting({ subject: 'repo:Contoso/Identity:environment:B2C-Production' }),
    says: ['differs only in case'],
  },
];

test.concurrent.each(MISMATCHES)(
  'AADSTS$code, $name: says what was presented, how it differs, and which command mends it',
  async ({ code, options, job, inputs, says, issuer = GITHUB, subject = SUBJECT, audience = AUDIENCE }) => {
    await scenario(options, async (context) => {
      const { emulator, run } = context;
      const failed = await run(inputs, { env: emulator.job(job) });

      expect(failed.result).toBe('failure');
      expect(failed.outputs).toEqual({});
      for (const text of [`AADSTS${code}`, issuer, subject, audience, ...says]) expect(failed.log).toContain(text);
      expect(failed.log).toMatch(/^Cause: .+\nFix: .*(some )?minutes/m);
      expect(failed.log).toContain(`docs/troubleshooting.md#aadsts${code}`);
      expect(failed.annotations).toHaveLength(1);
      expect(failed.annotations[0]?.message).toContain(`docs/troubleshooting.md#aadsts${code}`);
      expect(signIns(context)).toBe(1);

      const { id, parameters } = toldToAzureCli(failed);
      expect(id).toBe(emulator.app.clientId);
      expect(parameters).toMatchObject({ issuer, subject, audiences: [audience] });
      expect(parameters).toHaveProperty('name', expect.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$/));
    });
  },
);

test.concurrent('what the command creates is what Entra accepts', async () => {
  await scenario({ app: { federatedCredentials: [] } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const { parameters } = toldToAzureCli(await run());
    if (!isRecord(parameters)) throw new Error('no parameters');
    emulator.app.federatedCredentials.push({
      issuer: String(parameters.issuer),
      subject: String(parameters.subject),
      audience: String(parameters.audiences),
    });
    expect(await run()).toMatchObject({ result: 'success' });
  });
});

interface Refusal {
  code: number;
  options?: EmulatorOptions;
  inputs?: Record<string, string>;
  job?: Record<string, unknown>;
  /** Entra is made to say it, where the emulator has no reason to. */
  forced?: true;
  says: string[];
}

const seconds = (): number => Math.floor(Date.now() / 1000);
const REFUSALS: Refusal[] = [
  { code: 7002137, forced: true, says: [SUBJECT, 'federated-credential create'] },
  { code: 700024, job: { nbf: seconds() - 900, exp: seconds() - 300 }, says: ['Run again', 'check the clocks'] },
  { code: 700027, forced: true, says: ['.well-known/jwks'] },
  { code: 700016, inputs: { 'client-id': randomUUID() }, says: ['registered in the B2C tenant itself'] },
  { code: 7000229, forced: true, says: ['az ad sp create --id'] },
  { code: 90002, inputs: { 'tenant-id': 'contosb2c.onmicrosoft.com' }, says: ['typo', 'cloud'] },
  { code: 900023, forced: true, says: ['typo'] },
  { code: 7000222, forced: true, says: ['has expired'] },
  { code: 53003, forced: true, says: ['Conditional Access', 'source IP address'] },
  { code: 900382, forced: true, says: ['another cloud', 'Check cloud and tenant-id'] },
  { code: 900432, forced: true, says: ['another cloud', 'Check cloud and tenant-id'] },
  { code: 90038, forced: true, says: ['another cloud', 'Check cloud and tenant-id'] },
  {
    code: 700214,
    forced: true,
    says: ['does not accept the audience', 'default audience', AUDIENCE],
  },
  {
    code: 700238,
    forced: true,
    says: ['may not allow federated credentials for this issuer', GITHUB, 'administrator'],
  },
  { code: 700263, forced: true, says: ['Several federated credentials', SUBJECT, 'remove the others'] },
  {
    code: 7002381,
    forced: true,
    job: { enterprise: 'contoso-enterprise' },
    says: [
      '  enterprise  contoso-enterprise',
      'requires the claim `enterprise`',
      'Issuer, subject and audience did match',
    ],
  },
  { code: 500011, options: { cloud: 'usgov-dod' }, inputs: { cloud: 'usgov' }, says: ['Check cloud and tenant-id'] },
];

test.concurrent.each(REFUSALS)(
  'AADSTS$code: says why and what to do, and is not tried again',
  async ({ code, options = {}, inputs, job, forced, says }) => {
    await scenario(options, async (context) => {
      const { emulator, run } = context;
      if (forced) emulator.faults.inject({ at: 'token', kind: 'aadsts', code });
      const { result, log } = await run(inputs, { env: emulator.job(job) });
      expect(result).toBe('failure');
      for (const text of says) expect(log).toContain(text);
      // Where another credential would not help, no command creates one.
      const command = 'federated-credential create';
      expect(log.includes(command)).toBe(says.includes(command));
      expect(log).toMatch(/^Cause: .+\nFix: .+$/m);
      expect(log).toMatch(/^trace_id: .+\ncorrelation_id: .+\ntimestamp: .+$/m);
      expect(log).toContain('No changes were made.');
      expect(log).toContain(`#aadsts${code}`);
      expect(signIns(context)).toBe(1);
    });
  },
);

test.concurrent.each([90012, 90024, 90033, 90055, 90090, 501661])(
  'AADSTS%i passes by itself: it is tried again, each time with a fresh assertion',
  async (code) => {
    await scenario({}, async (context) => {
      const { emulator, run } = context;
      emulator.seed('B2C_1A_Signing');
      emulator.faults.inject({ at: 'token', kind: 'aadsts', code, times: 2 });
      expect(await run()).toMatchObject({ result: 'success' });
      expect(signIns(context)).toBe(3);
      const assertions = emulator.requestLog.flatMap(({ step, body }) =>
        step === 'token' ? (new URLSearchParams(body).get('client_assertion') ?? []) : [],
      );
      expect(new Set(assertions).size).toBe(3);
    });
  },
);

test.concurrent.each([
  { code: 7002381, says: ['  enterprise  (none)', 'only for repositories of an enterprise'] },
  { code: 500031, says: ['found no certificate to verify the token with', 'Run again later'] },
])('AADSTS$code is tried once more, with a fresh assertion', async ({ code, says }) => {
  await scenario({}, async (context) => {
    const { emulator, run } = context;
    emulator.seed('B2C_1A_Signing');
    emulator.faults.inject({ at: 'token', kind: 'aadsts', code });
    expect(await run({ 'dry-run': 'true' })).toMatchObject({ result: 'success' });
    expect(signIns(context)).toBe(2);
    expect(emulator.requestLog.filter(({ step }) => step === 'oidc')).toHaveLength(2);
    emulator.faults.inject({ at: 'token', kind: 'aadsts', code, times: 9 });
    const { result, log } = await run();
    expect(result).toBe('failure');
    for (const text of [...says, `HTTP 401 AADSTS${code}`, `#aadsts${code}`]) expect(log).toContain(text);
    expect(signIns(context)).toBe(4);
  });
});

test.concurrent.each([
  { code: 90033, says: ['Entra ID returned a transient error', 'run again later'] },
  { code: 501661, says: ['could not reach the issuer', '_services/token/.well-known', 'client-secret', GITHUB] },
])('AADSTS$code that stays is given up after five attempts, with what to do', async ({ code, says }) => {
  await scenario({}, async (context) => {
    context.emulator.faults.inject({ at: 'token', kind: 'aadsts', code, times: 9 });
    const { result, log } = await context.run();
    expect(result).toBe('failure');
    for (const text of [...says, `#aadsts${code}`]) expect(log).toContain(text);
    expect(signIns(context)).toBe(5);
  });
});

test.concurrent('a code that nobody knows is shown whole, with the ids and with what was presented', async () => {
  await scenario({}, async (context) => {
    context.emulator.faults.inject({ at: 'token', kind: 'aadsts', code: 99999 });
    const { log } = await context.run();
    expect(log).toMatch(/HTTP 401 AADSTS99999\. Response: The request was refused\.$/m);
    expect(log).toMatch(/^trace_id: [0-9a-f-]{36}$/m);
    expect(log).toContain(`  subject     ${SUBJECT}\n`);
    expect(log).toContain('#unknown-error');
    expect(signIns(context)).toBe(1);
  });
});

test.concurrent.each([
  { name: 'a page of a proxy', fault: { kind: 'html', status: 403 }, says: ['HTTP 403. Response: <!DOCTYPE html>'] },
  {
    name: 'nothing at all',
    fault: { kind: 'status', status: 403, body: '' },
    says: ['HTTP 403. No further details.'],
  },
] as const)('an answer that is none of Entra’s is reported as that: $name', async ({ fault, says }) => {
  await scenario({}, async (context) => {
    context.emulator.faults.inject({ at: 'token', ...fault });
    const { log } = await context.run();
    for (const text of [...says, 'responded instead of the service', '#intermediary-response'])
      expect(log).toContain(text);
    expect(log).not.toContain('GitHub presented');
  });
});

test.concurrent('a number in error_codes alone is enough to know the code', async () => {
  await scenario({}, async (context) => {
    const body = JSON.stringify({ error: 'invalid_client', error_description: 'No.', error_codes: [7000222] });
    context.emulator.faults.inject({ at: 'token', kind: 'status', status: 401, body });
    const { log } = await context.run();
    expect(log).toContain('HTTP 401 AADSTS7000222. Response: No.');
    expect(log).toContain('#aadsts7000222');
  });
});

test.concurrent(
  'a sign-in that succeeds without a token is reported as an answer that was changed on the way',
  async () => {
    await scenario({}, async (context) => {
      context.emulator.faults.inject({ at: 'token', kind: 'garbage', body: {}, times: 9 });
      const { log } = await context.run();
      expect(log).toContain(
        'Signing in at login.microsoftonline.com failed: unexpected response, expected a token (login.microsoftonline.com)',
      );
      expect(log).toContain('#network-invalid-response');
    });
  },
);

const client = { 'client-secret': 'q8Q~wrong-secret-of-forty-characters-abc' };

test.concurrent(
  'AADSTS7000215: a wrong client secret is refused without showing it, and no GitHub token is asked for',
  async () => {
    await scenario({ app: { clientSecret: 'q8Q~right-secret-of-forty-characters-abc' } }, async (context) => {
      const { emulator, run } = context;
      const { log } = await run(client, { secrets: Object.values(client), env: { ACTIONS_ID_TOKEN_REQUEST_URL: '' } });
      for (const text of ['with the client secret', 'copied instead of its value', '#aadsts7000215'])
        expect(log).toContain(text);
      expect(log).not.toContain('GitHub presented');
      expect(emulator.requestLog.map(({ step }) => step)).toEqual(['token']);
    });
  },
);

test.concurrent('the right client secret signs in', async () => {
  await scenario({ app: { clientSecret: client['client-secret'] } }, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const { result } = await run(client, { secrets: Object.values(client) });
    expect(result).toBe('success');
  });
});

test.concurrent.each(['public', 'usgov', 'usgov-dod', 'china'] as const)(
  'cloud: %s has its own sign-in, Graph, audience and name for the Azure CLI',
  async (cloud) => {
    await scenario({ cloud }, async ({ emulator, run }) => {
      emulator.seed('B2C_1A_Signing');
      expect(await run({ cloud })).toMatchObject({ result: 'success' });
      emulator.app.federatedCredentials = [];
      const { log } = await run({ cloud });
      const names = { public: 'AzureCloud', china: 'AzureChinaCloud' };
      const name = cloud === 'public' || cloud === 'china' ? names[cloud] : 'AzureUSGovernment';
      expect(log).toContain(`az cloud set --name ${name} && az login --tenant ${emulator.tenant.domain}`);
    });
  },
);

test.concurrent('variables of the environment cannot move the sign-in to another host', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const moved = { AZURE_AUTHORITY_HOST: 'https://elsewhere.example', AZURE_REGIONAL_AUTHORITY_NAME: 'westeurope' };
    expect(await run({}, { env: { ...emulator.job(), ...moved } })).toMatchObject({ result: 'success' });
    expect(emulator.requestLog.filter(({ step }) => step === 'token').map(({ host }) => host)).toEqual([
      'login.microsoftonline.com',
    ]);
  });
});

test('an access token that shows no tenant is used as any other', async () => {
  await scenario({}, async ({ emulator, run, requests }) => {
    const body = { token_type: 'Bearer', expires_in: 3599, access_token: 'opaque' };
    emulator.faults.inject({ at: 'token', kind: 'garbage', body });
    const { log } = await run();
    expect(log).toContain('failed: HTTP 401 InvalidAuthenticationToken');
    expect(requests('keyset')).toBe(1);
  });
});
