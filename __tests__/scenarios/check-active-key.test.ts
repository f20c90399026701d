import { describe, expect, test } from '@jest/globals';
import type { Emulator, EmulatorOptions, Key, RequestFault, ServiceBehavior } from '../../emulator/index.ts';
import type { StepResult } from '../harness/index.ts';
import { key } from '../support/key.ts';
import { checkScenario, stateOf } from './scenario.ts';

/** The keyset without its prefix, as the report describes it. */
function reported({ outputs }: StepResult, id: string): Record<string, unknown> | undefined {
  const { keysets } = JSON.parse(outputs.report ?? '') as { keysets: Record<string, unknown>[] };
  return keysets.find((one) => one.id === `B2C_1A_${id}`);
}

const messages = ({ annotations }: StepResult, level: string): string[] =>
  annotations.filter((one) => one.level === level).map(({ message }) => message);

/** What was asked of Graph, beside reading. */
const writes = ({ requestLog }: Emulator): string[] =>
  requestLog.flatMap(({ host, method, path }) => (host === 'graph.microsoft.com' && method !== 'GET' ? [path] : []));

const OFF = { status: 'disabled' } as const;
const DISAGREES = 'the service reports another active key than the documented rule predicts';
const NO_KEY = 'has no active key, although its dates allow one; policies that use it fail.';
const MINUTE = 60;
/** A key that becomes valid so many seconds from now. */
const nearKey = (seconds: number, kid: string, members: Partial<Key> = {}): Partial<Key> =>
  key(0, 300, kid, { nbf: Math.floor(Date.now() / 1000) + seconds, ...members });

describe('a disabled key whose status the service does not show', () => {
  test.each<ServiceBehavior['statusShownBy']>(['keys_v2', 'nobody'])(
    'a successor that should be active: the keyset expires with the old key (status shown by %s)',
    async (statusShownBy) => {
      await checkScenario({ behavior: { statusShownBy } }, async ({ emulator, check, requests }) => {
        emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'), key(-10, 300, 'new', OFF));
        const step = await check();
        expect(step.result).toBe('success');
        expect(stateOf(step)).toEqual({ Signing: 'expiring' });
        expect(step.outputs).toMatchObject({ healthy: 'false', 'days-remaining': '20' });
        expect(reported(step, 'Signing')).toMatchObject({
          activeKid: 'old',
          activeKeyVerified: true,
          presumedDisabled: ['new'],
          uncertain: [],
        });
        const sentence = /has no successor key\. Not used by the service, so presumed disabled: key new\./;
        expect(messages(step, 'warning')).toEqual([expect.stringMatching(sentence)]);
        expect(step.summary).toMatch(sentence);

        expect((await check({ 'expiry-failure-days': '21' })).result).toBe('failure');
        // What the dates say without the service.
        const unverified = await check({ 'verify-active-key': 'false' });
        expect(stateOf(unverified)).toEqual({ Signing: 'healthy' });
        expect(reported(unverified, 'Signing')).toMatchObject({ activeKid: 'new', activeKeyVerified: null });
        expect(requests('active')).toBe(2);
        expect(requests('keys-v2') + requests('keyset')).toBe(0);
        expect(writes(emulator)).toEqual([]);
      });
    },
  );

  test('the only key: no key is active, from now on', async () => {
    await checkScenario({}, async ({ emulator, check }) => {
      emulator.seed('B2C_1A_Signing', key(-10, 300, 'only', OFF));
      const step = await check();
      expect(step.result).toBe('failure');
      expect(stateOf(step)).toEqual({ Signing: 'no-active-key' });
      expect(messages(step, 'error')[0]).toBe(`B2C_1A_Signing ${NO_KEY}`);
      const { checkedAt } = JSON.parse(step.outputs.report ?? '') as { checkedAt: string };
      expect(step.outputs).toMatchObject({ healthy: 'false', 'next-expiry': checkedAt, 'days-remaining': '0' });
      expect(reported(step, 'Signing')).toMatchObject({
        outageAt: checkedAt,
        activeKid: null,
        activeKeyVerified: true,
        presumedDisabled: ['only'],
      });
    });
  });

  test('several of them, of which one starts later', async () => {
    await checkScenario({}, async ({ emulator, check }) => {
      emulator.seed('B2C_1A_Signing', key(-10, 300, 'a', OFF), key(-20, 300, 'b', OFF), key(9, 300, 'next'));
      const step = await check();
      expect(stateOf(step)).toEqual({ Signing: 'no-active-key' });
      expect(step.log).toMatch(/B2C_1A_Signing has no active key until \S+Z, although its dates allow one/);
      expect(reported(step, 'Signing')).toMatchObject({ next: { kid: 'next' }, presumedDisabled: ['a', 'b'] });
    });
  });

  test('a key without dates: no key is active', async () => {
    await checkScenario({}, async ({ emulator, check }) => {
      emulator.seed('B2C_1A_Secret', { kty: 'oct', kid: 'secret', ...OFF });
      expect(stateOf(await check())).toEqual({ Secret: 'no-active-key' });
    });
  });
});

test.each<[string, Parameters<Emulator['seed']>[1][]]>([
  ['one key', [key(-10, 300, 'a')]],
  ['two keys with the same start', [key(-10, 300, 'a'), key(-10, 200, 'b')]],
  ['two keys with the same kid', [key(-10, 300, 'a'), key(-20, 200, 'a')]],
  ['keys with and without dates', [key(-10, 300, 'a'), { kid: 'b' }]],
])('a service that reports no active key is believed, whichever it would have been: %s', async (_, keys) => {
  await checkScenario({ behavior: { activeKey: 'none' } }, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', ...keys);
    const step = await check();
    expect(step.result).toBe('failure');
    expect(stateOf(step)).toEqual({ Signing: 'no-active-key' });
    expect(messages(step, 'error')[0]).toContain(NO_KEY);
  });
});

describe('where nothing but a doubt explains the service’s active key, the dates decide, with a warning', () => {
  // Made when the case begins: half a minute is soon over.
  test.each<[string, () => Parameters<Emulator['seed']>[1][], Partial<ServiceBehavior>?]>([
    ['two keys with the same start', () => [key(-10, 200, 'low'), key(-10, 300, 'top', OFF)]],
    ['keys with and without dates', () => [{ kid: 'low' }, key(-10, 300, 'top', OFF)]],
    ['two keys with the same kid', () => [key(-20, 200, 'same'), key(-10, 300, 'same', OFF)]],
    ['a takeover half a minute ago', () => [key(-20, 200, 'low'), nearKey(MINUTE / -2, 'top', OFF)]],
    [
      'a takeover within half a minute',
      () => [key(-20, 200, 'low'), key(-10, 300, 'off', OFF), nearKey(MINUTE / 2, 'top')],
    ],
    [
      'a takeover nearer than the difference of the clocks',
      () => [key(-20, 200, 'low'), nearKey(5 * MINUTE, 'top')],
      { clockSkewMs: 10 * 60_000 },
    ],
    ['no active key within half a minute of a start', () => [nearKey(MINUTE / -2, 'top', OFF)]],
  ])('%s', async (_, keys, behavior = {}) => {
    await checkScenario({ behavior }, async ({ emulator, check }) => {
      emulator.seed('B2C_1A_Signing', ...keys());
      const step = await check();
      expect(step.result).toBe('success');
      expect(stateOf(step)).toEqual({ Signing: 'healthy' });
      expect(step.outputs.healthy).toBe('true');
      expect(reported(step, 'Signing')).toMatchObject({
        activeKeyVerified: false,
        presumedDisabled: [],
        uncertain: expect.arrayContaining([DISAGREES]),
      });
      expect(messages(step, 'warning')).toEqual([
        expect.stringMatching(/^B2C_1A_Signing .*By dates only\. Uncertain: the service reports another active key/),
      ]);
      expect(step.summary).toContain('(By dates only.)');
      expect(step.summary).toContain(DISAGREES);
    });
  });

  test('keys that are shown as enabled', async () => {
    await checkScenario({ behavior: { statusShownBy: 'keyset', undated: 'last' } }, async ({ emulator, check }) => {
      const old = key(-20, 200, 'old');
      emulator.seed('B2C_1A_Signing', old, key(-10, 300, 'new'));
      emulator.faults.inject({ at: 'active', kind: 'garbage', body: old });
      const step = await check();
      expect(stateOf(step)).toEqual({ Signing: 'healthy' });
      expect(reported(step, 'Signing')).toMatchObject({ presumedDisabled: [], uncertain: [DISAGREES] });
    });
  });

  test('a key that the keyset does not contain', async () => {
    await checkScenario({}, async ({ emulator, check }) => {
      emulator.seed('B2C_1A_Signing', key(-10, 300, 'new'));
      emulator.faults.inject({ at: 'active', kind: 'garbage', body: key(-5, 300, 'unlisted') });
      const step = await check();
      expect(step.result).toBe('success');
      expect(reported(step, 'Signing')).toMatchObject({
        activeKid: 'new',
        activeKeyVerified: false,
        uncertain: [DISAGREES],
      });
    });
  });
});

describe('where the service cannot be asked, the result rests on dates, and says so', () => {
  test.each<[string, RequestFault, number]>([
    ['throttled for good', { kind: 'throttled', retryAfter: 30 }, 4 * 5],
    ['throttled for an hour', { kind: 'throttled', retryAfter: 3600 }, 4 * 5],
    ['throttled without Retry-After', { kind: 'throttled' }, 4 * 5],
    ['forbidden', { kind: 'status', status: 403 }, 6],
    ['forbidden by B2C', { kind: 'status', status: 403, body: '{"error":{"code":"AADB2C","message":"No."}}' }, 6],
    ['not there in this cloud', { kind: 'non-odata', status: 404 }, 6],
    ['failing', { kind: 'service-problem' }, 6 * 5],
    ['without a response', { kind: 'reset' }, 6 * 5],
    ['a response that is no key', { kind: 'garbage', body: { value: [] } }, 6 * 5],
  ])('%s', async (_, fault, most) => {
    await checkScenario({}, async ({ emulator, check, requests }) => {
      for (let n = 0; n < 12; n++)
        emulator.seed(`B2C_1A_${n}`, key(-300, 200, `old${n}`), key(-10, 300, `new${n}`, OFF));
      emulator.faults.inject({ at: 'active', ...fault, times: 1000 });
      const step = await check();
      expect(step.result).toBe('success');
      expect(step.outputs.healthy).toBe('true');
      expect(new Set(Object.values(stateOf(step)))).toEqual(new Set(['healthy']));
      expect(messages(step, 'warning')).toEqual([
        'verify-active-key: the service did not report the active key of 12 keysets; these results rest on dates only.',
      ]);
      expect(step.log.match(/By dates only\./g)).toHaveLength(12);
      expect(step.log).toContain('Could not determine the active key of B2C_1A_');
      expect(step.summary.match(/By dates only\./g)).toHaveLength(12);
      for (let n = 0; n < 12; n++) expect(reported(step, String(n))).toMatchObject({ activeKeyVerified: false });
      expect(requests('active')).toBeLessThanOrEqual(most);
    });
  });

  test('of one keyset: the others are verified', async () => {
    await checkScenario({}, async ({ emulator, check }) => {
      for (const id of ['A', 'B', 'C']) emulator.seed(`B2C_1A_${id}`, key(-300, 200, 'old'), key(-10, 300, 'new', OFF));
      emulator.faults.inject({ at: ({ path }) => path.includes('B2C_1A_B/get'), kind: 'status', status: 403 });
      const step = await check();
      expect(['A', 'B', 'C'].map((id) => reported(step, id)?.activeKeyVerified)).toEqual([true, false, true]);
      expect(step.log.match(/By dates only\./g)).toHaveLength(1);
      expect(messages(step, 'warning')).toEqual([expect.stringContaining('the active key of 1 keyset')]);
    });
  });

  test('it does not hide what fails by its dates', async () => {
    await checkScenario({ behavior: { activeKey: 'fails' } }, async ({ emulator, check, requests }) => {
      emulator.seed('B2C_1A_Expired', key(-300, -1, 'a'));
      emulator.seed('B2C_1A_Critical', key(-300, 1, 'b'));
      emulator.seed('B2C_1A_Gap', key(1, 300, 'c'));
      emulator.seed('B2C_1A_Empty');
      const step = await check();
      expect(step.result).toBe('failure');
      expect(stateOf(step)).toEqual({ Expired: 'expired', Gap: 'no-active-key', Critical: 'critical', Empty: 'empty' });
      expect(requests('active')).toBe(0);
      for (const id of ['Expired', 'Gap', 'Critical', 'Empty'])
        expect(reported(step, id)).toMatchObject({ activeKeyVerified: null });
    });
  });
});

test('a transient error costs a retry, and nothing else', async () => {
  await checkScenario({}, async ({ emulator, check, requests }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'), key(-10, 300, 'new', OFF));
    emulator.faults.inject({ at: 'active', kind: 'throttled', retryAfter: 20 });
    emulator.faults.inject({ at: 'active', kind: 'service-problem' });
    const step = await check();
    expect(stateOf(step)).toEqual({ Signing: 'expiring' });
    expect(messages(step, 'warning')).toHaveLength(1);
    expect(requests('active')).toBe(3);
  });
});

test('four keysets are asked about at a time', async () => {
  await checkScenario({}, async ({ emulator, check, requests }) => {
    for (let n = 0; n < 16; n++) emulator.seed(`B2C_1A_${n}`, key(-10, 300, `${n}`));
    // The first four get their responses when all of them have arrived.
    const { promise: four, resolve } = Promise.withResolvers<undefined>();
    const poll = setInterval(() => {
      if (requests('active') >= 4) resolve(undefined);
    }, 5);
    emulator.faults.inject({ at: 'active', kind: 'held', until: four, times: 4 });
    const step = await check();
    clearInterval(poll);
    expect(step.result).toBe('success');
    expect(requests('active')).toBe(16);
    const connections = emulator.requestLog.filter(({ step }) => step === 'active').map(({ connection }) => connection);
    expect(new Set(connections).size).toBe(4);
  });
});

test('the service’s limit of 200 requests a minute for an app is not exceeded', async () => {
  await checkScenario({ throttle: { requests: 200, perSeconds: 60 } }, async ({ emulator, check, requests }) => {
    for (let n = 0; n < 400; n++) emulator.seed(`B2C_1A_${n}`, key(-10, 300, `${n}`));
    const step = await check();
    expect(step.outputs.healthy).toBe('true');
    expect(requests('active')).toBe(400);
    expect(emulator.requestLog.filter(({ status }) => status !== 200)).toEqual([]);
    expect(step.log).not.toContain('By dates only');
  });
});

test('all of it needs TrustFrameworkKeySet.Read.All only', async () => {
  const app: EmulatorOptions['app'] = { roles: ['TrustFrameworkKeySet.Read.All'] };
  await checkScenario({ app, behavior: { keysV2: 'forbidden', listKeys: false } }, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Hidden', key(-300, 20, 'old'), key(-10, 300, 'new', OFF));
    emulator.seed('B2C_1A_None', key(-10, 300, 'only', OFF));
    emulator.seed('B2C_1A_Good', key(-10, 300, 'good'));
    const step = await check({ 'open-issue': 'true' });
    expect(stateOf(step)).toEqual({ None: 'no-active-key', Hidden: 'expiring', Good: 'healthy' });
    expect(step.outputs['issue-number']).toBe('1');
    expect(emulator.requestLog.filter(({ status = 0 }) => status >= 400).map(({ path }) => path)).toEqual([
      '/beta/trustFramework/keySets/B2C_1A_None/getActiveKey',
    ]);
    expect(writes(emulator)).toEqual([]);
  });
});

test('keysets that the service refuses to answer for do not keep it from being asked about the others', async () => {
  await checkScenario({}, async ({ emulator, check, requests }) => {
    for (const id of ['A', 'B', 'C', 'D']) emulator.seed(`B2C_1A_${id}`, key(-10, 300, id));
    emulator.seed('B2C_1A_Signing', key(-10, 300, 'only', OFF));
    const body = JSON.stringify({ error: { code: 'AADB2C90134', message: 'No certificate.' } });
    const at = ({ path }: { path: string }): boolean => /_[A-D]\/getActiveKey$/.test(path);
    emulator.faults.inject({ at, kind: 'status', status: 400, body, times: 4 });
    const step = await check();
    expect(stateOf(step)).toMatchObject({ A: 'healthy', Signing: 'no-active-key' });
    expect(messages(step, 'warning')).toEqual([expect.stringContaining('did not report the active key of 4 keysets')]);
    expect(requests('active')).toBe(5);
  });
});

test('a keyset that is deleted before it is asked about has no outage', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-10, 300, 'only'));
    const body = JSON.stringify({ error: { code: 'AADB2C90073', message: 'The keyset was not found.' } });
    emulator.faults.inject({ at: 'active', kind: 'status', status: 404, body });
    const step = await check();
    expect(step.result).toBe('success');
    expect(reported(step, 'Signing')).toMatchObject({ state: 'healthy', activeKeyVerified: false });
  });
});
