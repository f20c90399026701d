import { expect, test } from '@jest/globals';
import { join } from 'node:path';
import { type Emulator, type EmulatorOptions, type Fault, startEmulator } from '../../emulator/index.ts';
import { GITHUB_ISSUER } from '../../emulator/tenant.ts';
import { CLOUDS } from '../../src/entra/clouds.ts';
import { REPOSITORY } from '../harness/package.ts';
import { startAction } from '../harness/step.ts';
import type { StepResult } from '../harness/step.ts';
import { fillIn, jobsIn, readFile, stepsIn } from '../support/workflows.ts';

const [[, job] = ['', {}]] = jobsIn(readFile('.github/workflows/live-probe.yml'));
const [probe] = stepsIn(job).filter(({ id }) => id === 'probe');
const environment = String(job.environment);
const federatedCredentials = [
  {
    issuer: GITHUB_ISSUER,
    subject: `repo:contoso/identity:environment:${environment}`,
    audience: CLOUDS.public.audience,
  },
];

/** Runs the script of the workflow against a tenant, with the environment that the workflow gives it. */
async function liveProbe(
  { behavior = {}, app = {} }: EmulatorOptions,
  body: (run: StepResult, findings: Record<string, string>, emulator: Emulator) => void,
  ...faults: Fault[]
): Promise<void> {
  const emulator = await startEmulator({ behavior, app: { federatedCredentials, ...app } });
  emulator.seed('B2C_1A_Other', { kid: 'other' });
  for (const fault of faults) emulator.faults.inject(fault);
  try {
    const values = {
      'vars.B2C_LIVE_PROBE_TENANT_ID': emulator.tenant.domain,
      'vars.B2C_LIVE_PROBE_CLIENT_ID': emulator.app.clientId,
    };
    const variables: Record<string, string> = {};
    for (const [name, value] of Object.entries(probe?.env ?? {})) variables[name] = fillIn(value, values);
    const script = probe?.run?.replace(/^node /, '') ?? '';
    const run = await startAction(
      { manifest: join(REPOSITORY, 'action.yml'), command: [join(REPOSITORY, script)] },
      {
        env: { ...emulator.network(), ...emulator.job({ environment }), ...variables },
        forbidden: () => [...emulator.secrets],
      },
    ).finished;
    const findings = Object.fromEntries(
      Array.from(run.summary.matchAll(/^\| (.*?) \| (.*?) \|$/gm), ([, question = '', finding = '']) => [
        question,
        finding.replaceAll('&#39;', "'").replaceAll('&#34;', '"'),
      ]),
    );
    body(run, findings, emulator);
  } finally {
    await emulator.close();
  }
}

test('it finds out how the service behaves, and removes its keysets', async () => {
  await liveProbe({}, ({ result }, findings, emulator) => {
    expect(result).toBe('success');
    expect(findings).toEqual({
      question: 'finding',
      '---': '---',
      'A federated credential in a B2C tenant': 'works',
      'Reading a missing keyset': 'refused: HTTP 404 AADB2C90073',
      'Uploading to a missing keyset': 'refused: HTTP 404 AADB2C90073',
      'kid of a certificate': 'SHA-1 of the certificate, upper-case hex',
      'use of a certificate without KeyUsage': 'null',
      'nbf of a certificate': "the certificate's, a number",
      'exp of a certificate': "the certificate's, a number",
      'status in the response to an upload': 'absent',
      'status in a keyset': 'absent',
      'status in keys_v2': '"enabled"',
      'The same certificate again': 'accepted, 2 in the keyset',
      'A list of keysets': '2 of 2 with their keys',
      'use of a certificate with KeyUsage digitalSignature': 'null',
      'base64 of PEM': 'refused: HTTP 400 AADB2C90179',
      'A PFX without password': 'accepted',
      'Active of a dated and an undated key': 'the dated one',
    });
    expect([...emulator.tenant.keysets.keys()]).toEqual(['B2C_1A_Other']);
  });
});

test('a service that behaves differently is reported as such', async () => {
  const behavior: EmulatorOptions['behavior'] = {
    missingStatus: 400,
    missingCode: 'AADB2C95052',
    kid: 'rfc7638',
    dates: 'strings',
    newKeys: 'disabled',
    keysV2: 'missing',
    duplicates: 'refuse',
    listKeys: false,
    pem: 'accepted',
    hidden: ['use', 'exp'],
    statusShownBy: 'keyset',
  };
  await liveProbe({ behavior }, ({ result }, findings, emulator) => {
    expect(result).toBe('success');
    expect(findings).toMatchObject({
      'Reading a missing keyset': 'refused: HTTP 400 AADB2C95052',
      'kid of a certificate': 'RFC 7638 thumbprint of the key',
      'use of a certificate without KeyUsage': 'absent',
      'nbf of a certificate': "the certificate's, a string",
      'exp of a certificate': 'absent',
      'status in a keyset': '"disabled"',
      'status in keys_v2': expect.stringMatching(/^refused: HTTP 40\d/),
      'The same certificate again': 'refused: HTTP 409 AADB2C90180',
      'A list of keysets': '0 of 2 with their keys',
      'base64 of PEM': 'accepted',
      'Active of a dated and an undated key': 'the undated one, the dated one being disabled',
    });
    expect([...emulator.tenant.keysets.keys()]).toEqual(['B2C_1A_Other']);
  });
});

test('where an undated key ranks first, it says so, page by page', async () => {
  await liveProbe({ behavior: { undated: 'first', pageSize: 1 } }, (_, findings) => {
    expect(findings).toMatchObject({
      'Active of a dated and an undated key': 'the undated one',
      'A list of keysets': '1 of 1 with their keys on the first page',
    });
  });
});

test('a sign-in that is refused is a finding too, and fails the job', async () => {
  await liveProbe({ app: { federatedCredentials: [] } }, ({ result }, findings, emulator) => {
    expect(result).toBe('failure');
    expect(findings).toMatchObject({
      'A federated credential in a B2C tenant': expect.stringContaining('AADSTS70021'),
    });
    expect(emulator.requestLog.some(({ host }) => host.startsWith('graph.'))).toBe(false);
  });
});

test('an app that may only read finds out little, and fails the job', async () => {
  await liveProbe(
    { app: { federatedCredentials, roles: ['TrustFrameworkKeySet.Read.All'] } },
    ({ result }, findings) => {
      expect(result).toBe('failure');
      expect(findings).toMatchObject({ 'a certificate': expect.stringMatching(/^not found out: HTTP 403/) });
    },
  );
});

test('what could not be deleted is named, and fails the job', async () => {
  const body: Parameters<typeof liveProbe>[1] = ({ result }, findings, emulator) => {
    expect(result).toBe('failure');
    expect(findings['Left behind']).toMatch(/^B2C_1A_LiveProbe/);
    expect(emulator.tenant.keysets.has(findings['Left behind'] ?? '')).toBe(true);
  };
  await liveProbe({}, body, { at: 'delete', kind: 'status', status: 403 });
});

test('it is off where nobody set it up', () => {
  expect(job.if).toBe("vars.B2C_LIVE_PROBE_TENANT_ID != ''");
});
