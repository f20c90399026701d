import { expect, test } from '@jest/globals';
import type { Emulator } from '../../emulator/index.ts';
import type { StepOptions, StepResult } from '../harness/index.ts';
import { makeCertificate } from '../support/certificate.ts';
import { scenario } from './scenario.ts';

/** Commands in every spelling, an escape to the terminal, text that runs backwards, and markup. */
const HOSTILE =
  '::add-mask::pwned\n##[error]pwned\r\n::set-output name=kid::pwned\u2028::stop-commands::pwned%0A::error::pwned \u001b[31m\u202epwned</td><script>pwned</script>|@octocat `pwned`';
const LONG = 'pwned '.repeat(200_000);

type Prepare = (emulator: Emulator) => StepOptions | undefined;

interface Attack {
  readonly what: string;
  readonly prepare?: Prepare;
  readonly inputs?: Record<string, string>;
  readonly expect: StepResult['result'];
  /** Nothing of what was sent is repeated. */
  readonly isHidden?: true;
}

const seeded =
  (attack: Prepare): Prepare =>
  (emulator) => {
    emulator.seed('B2C_1A_Signing');
    return attack(emulator);
  };

const errorAt = (at: 'oidc' | 'token' | 'keyset' | 'upload', text: string): Attack => ({
  what: `an error of the service at ${at}, ${text.length} characters`,
  prepare: seeded((emulator) => {
    emulator.faults.inject({ at, kind: 'hostile', text });
    return undefined;
  }),
  expect: 'failure',
});

const ATTACKS: Attack[] = [
  ...(['oidc', 'token', 'keyset', 'upload'] as const).map((at) => errorAt(at, HOSTILE)),
  errorAt('keyset', LONG),
  {
    what: 'kid, status and use of a key',
    prepare: seeded((emulator) => {
      const key = { kid: HOSTILE, status: HOSTILE, use: HOSTILE, nbf: 1, exp: 4e9 };
      emulator.faults.inject({ at: 'keyset', kind: 'garbage', body: { id: HOSTILE, keys: [key] } });
      emulator.faults.inject({ at: 'active', kind: 'garbage', body: key });
      return undefined;
    }),
    inputs: { 'dry-run': 'true' },
    expect: 'success',
  },
  {
    what: 'the ids of a list',
    prepare: (emulator) => {
      emulator.seed(HOSTILE);
      return undefined;
    },
    expect: 'failure',
  },
  {
    what: 'the id of a created keyset',
    prepare: (emulator) => {
      emulator.faults.inject({ at: 'create', kind: 'garbage', body: { id: HOSTILE } });
      emulator.faults.inject({ at: 'upload', kind: 'status', status: 403, times: 9 });
      return undefined;
    },
    inputs: { 'create-keyset': 'true' },
    expect: 'failure',
    isHidden: true,
  },
  {
    what: 'the name of a branch',
    prepare: seeded((emulator) => ({ env: emulator.job({ environment: '', ref: `refs/heads/${HOSTILE}` }) })),
    expect: 'failure',
  },
  {
    what: 'a long input',
    inputs: { 'tenant-id': HOSTILE, cloud: HOSTILE, 'keyset-id': HOSTILE },
    expect: 'failure',
    isHidden: true,
  },
  { what: 'a short input', inputs: { cloud: '::error::##[error]pwned' }, expect: 'failure' },
];

/** What must hold whatever was sent: nothing of it was a command, looked like one, or broke the summary. */
function expectNothingInjected(step: StepResult): void {
  const ours = new Set(['error', 'warning', 'notice']);
  for (const { name, data, properties, form } of step.commands) {
    expect(form).toBe('v2');
    if (name === 'add-mask') expect(data).not.toMatch(/\bpwned\b/);
    else if (name !== 'debug') expect([ours.has(name), properties.title]).toEqual([true, 'b2c-upload-cert']);
    expect(data.length).toBeLessThanOrEqual(4000);
  }
  expect(step.stdout).not.toMatch(/##\[|[\u001b\u202e\u2028]/);
  expect(step.stdout).not.toMatch(/^\s*::(?!(error|warning|notice|debug|add-mask)\b)/m);
  expect(step.log.split('\n').every((line) => line.length < 4100)).toBe(true);
  const tags = new Set([...step.summary.matchAll(/<\/?(\w+)/g)].map(([, tag]) => tag));
  for (const tag of tags) expect(['h3', 'p', 'ul', 'li', 'table', 'tr', 'th', 'td', 'code']).toContain(tag);
  expect(step.summary).not.toMatch(/[\u001b\u202e\u2028]/);
}

test.concurrent.each(ATTACKS)(
  '$what becomes no command, and breaks neither the log nor the summary',
  async ({ inputs = {}, prepare, expect: expected, isHidden = false }) => {
    await scenario({}, async ({ emulator, run }) => {
      const step = await run(inputs, { debug: true, ...prepare?.(emulator) });
      expect(step.result).toBe(expected);
      expect(step.log.includes('pwned')).toBe(!isHidden);
      expectNothingInjected(step);
    });
  },
);

test.concurrent('a hostile subject of a certificate is shown as text', async () => {
  const { pem } = await makeCertificate({ subject: HOSTILE });
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing');
    const step = await run({ certificate: pem });
    expectNothingInjected(step);
    expect(step.result).toBe('success');
    expect(step.outputs.outcome).toBe('uploaded');
    expect(step.log).toMatch(/Subject: .*pwned/);
    expect(step.summary).toContain('&#60;script');
  });
});

test.concurrent('an output is exactly what the service returned', async () => {
  await scenario({}, async ({ emulator, run }) => {
    emulator.seed('B2C_1A_Signing', { kid: HOSTILE });
    const step = await run({ 'dry-run': 'true' });
    expectNothingInjected(step);
    expect(step.outputs['active-kid']).toBe(HOSTILE);
    expect(step.outputs.kid).toBe('');
  });
});

test.concurrent.each(['Sat, 13 Sep 275760 00:00:00 GMT', 'Fri, 01 Jan 0001 00:00:00 GMT', '99999999999'])(
  'a service whose clock shows %s is not believed',
  async (date) => {
    await scenario({}, async ({ emulator, run, check }) => {
      const [nbf, exp] = [1_700_000_000, 4_000_000_000];
      const key = { kid: 'key', nbf, exp };
      const reply = (at: 'keyset' | 'active' | 'list', value: unknown): void => {
        emulator.faults.inject({
          at,
          kind: 'status',
          status: 200,
          headers: { date },
          body: JSON.stringify(value),
          times: 9,
        });
      };
      reply('keyset', { id: 'B2C_1A_Signing', keys: [key] });
      reply('active', key);
      reply('list', { value: [{ id: 'B2C_1A_Signing', keys: [key] }] });
      const steps = [await run({ 'dry-run': 'true' }), await check()];
      for (const { result, log } of steps) {
        expect(result).toBe('success');
        expect(log).not.toContain('The clock of Graph');
      }
    });
  },
);
