import { describe, expect, test } from '@jest/globals';
import { fixtureDer } from '../fixtures/index.ts';
import { key } from '../support/key.ts';
import { checkScenario, stateOf } from './scenario.ts';

const SECOND = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

test('each keyset is judged, worst first, with annotations for those that need attention', async () => {
  await checkScenario({ behavior: { statusShownBy: 'keyset' } }, async ({ emulator, check, requests }) => {
    emulator.seed('B2C_1A_Healthy', key(-10, 300, 'a'));
    emulator.seed('B2C_1A_Followed', key(-300, 5, 'old'), key(2, 400, 'new'));
    emulator.seed('B2C_1A_Expiring', key(-300, 20, 'c'), key(-1, 300, 'off', { status: 'disabled' }));
    emulator.seed('B2C_1A_Nameless', key(-300, 200, 'c'), key(100, 400, ''));
    emulator.seed('B2C_1A_Critical', key(-300, 1, 'd'));
    emulator.seed('B2C_1A_Today', key(-300, 0, 'e'));
    emulator.seed('B2C_1A_Expired', key(-300, -10, 'f'));
    emulator.seed('B2C_1A_GapNow', key(-300, -10, 'g'), key(10, 400, 'h'));
    emulator.seed('B2C_1A_GapAhead', key(-300, 40, 'i'), key(50, 400, 'j'));
    emulator.seed('B2C_1A_GapSoon', key(-300, 3, 'k'), key(50, 400, 'l'));
    emulator.seed('B2C_1A_GapLong', key(-300, 41, 'm'), { kid: '', nbf: key(250, 0, '').nbf ?? 0 });
    emulator.seed('B2C_1A_GapOpen', key(-300, 42, 'n'), { kid: 'o', nbf: key(50, 0, '').nbf ?? 0 });
    emulator.seed('B2C_1A_Empty');
    emulator.seed('B2C_1A_Secret', { kty: 'oct', kid: 'm' });
    emulator.seed('B2C_1A_Mixed', key(-300, 5, 'n'), { kid: 'o' });
    emulator.seed('B2C_1A_Disabled', key(-10, 300, 'p', { status: 'disabled' }));
    emulator.seed('B2C_1A_DisabledSecret', { kid: 'q', status: 'disabled' });
    emulator.seed('B2C_1A_Unnamed', { kid: '', exp: key(0, 25, '').exp ?? 0 });
    emulator.seed('B2C_1A_Old.bak', key(-300, -10, 'r'));

    const step = await check();

    expect(stateOf(step)).toEqual({
      Expired: 'expired',
      GapNow: 'no-active-key',
      Disabled: 'no-active-key',
      DisabledSecret: 'no-active-key',
      Today: 'critical',
      Critical: 'critical',
      GapSoon: 'critical',
      GapAhead: 'upcoming-gap',
      GapLong: 'upcoming-gap',
      GapOpen: 'upcoming-gap',
      Expiring: 'expiring',
      Unnamed: 'expiring',
      Followed: 'healthy',
      Healthy: 'healthy',
      Nameless: 'healthy',
      Mixed: 'healthy',
      Secret: 'no-expiry',
      Empty: 'empty',
    });
    expect(Object.keys(stateOf(step)).slice(0, 8)).toEqual([
      'Expired',
      'Disabled',
      'DisabledSecret',
      'GapNow',
      'Today',
      'Critical',
      'GapSoon',
      'GapAhead',
    ]);
    expect(step.result).toBe('failure');
    expect(step.outputs).toMatchObject({ healthy: 'false', 'days-remaining': '-10', 'issue-number': '' });
    expect(step.outputs['next-expiry']).toMatch(SECOND);
    const messages = (level: string): string[] =>
      step.annotations.filter((one) => one.level === level).map(({ message }) => message);
    const errors = messages('error');
    expect(errors).toHaveLength(8);
    expect(errors.map((line) => line.replace(/\d{4}-\S+Z/g, 'T'))).toEqual([
      'B2C_1A_Expired expired at T; policies that use it fail.',
      'B2C_1A_Disabled has no active key; policies that use it fail.',
      'B2C_1A_DisabledSecret has no active key; policies that use it fail.',
      'B2C_1A_GapNow has no active key until T; policies that use it fail.',
      'B2C_1A_Today expires at T and has no successor key. Less than a day left.',
      'B2C_1A_Critical expires at T and has no successor key. One day left.',
      'B2C_1A_GapSoon has no valid key from T to T: the next key starts too late. 3 days left.',
      expect.stringMatching(/^7 of 18 keysets require action: B2C_1A_Expired, (.|\n)*expiry-failure-days/),
    ]);
    // A key that has no name cannot be told from others: of the keyset Unnamed only the dates are known.
    expect(messages('warning')).toEqual([
      expect.stringContaining('the service did not report the active key of 1 keyset'),
      ...['GapAhead', 'GapLong', 'GapOpen', 'Expiring', 'Unnamed'].map((id): unknown =>
        expect.stringContaining(`B2C_1A_${id} `),
      ),
    ]);
    expect(messages('warning').at(-1)).toContain('25 days left. By dates only.');
    expect(step.log).toMatch(/B2C_1A_Followed is valid until \S+Z: key new becomes active at \S+Z\./);
    expect(step.log).toMatch(
      /B2C_1A_Mixed never expires: key o becomes active at .*\. Uncertain: keys with and without an activation date/,
    );
    expect(step.log).toContain('B2C_1A_Empty contains no keys.');
    expect(step.log).toContain('B2C_1A_Secret contains keys without dates, which never expire.');
    expect(step.summary.indexOf('B2C_1A_Expired')).toBeLessThan(step.summary.indexOf('B2C_1A_Healthy'));
    expect(step.summary).toContain(
      '🔴 1 expired · 🔴 3 no-active-key · 🔴 3 critical · 🟠 3 upcoming-gap · 🟠 2 expiring',
    );
    expect(step.log).toMatch(/B2C_1A_Nameless is valid until \S+Z: a key without kid becomes active at/);
    const diagram = /```mermaid\n(.*)\n```/s.exec(step.summary)?.[1] ?? '';
    expect(diagram).toMatch(/^%%{init: .*\ngantt\n/);
    expect(diagram).toMatch(
      /section B2C_1A_GapAhead\n {2}active key i :\S+, \S+\n {2}key j :\S+, \S+\n {2}no valid key :crit, /,
    );
    expect(diagram).toMatch(
      /section B2C_1A_Expiring\n {2}active key c :\S+, \S+\n {2}expires :milestone, crit, \S+, 0d/,
    );
    expect(diagram).not.toContain('section B2C_1A_Healthy');
    expect(step.summary).toContain('Why its forecast is uncertain');
    expect(step.summary).not.toContain('.bak');
    expect(requests('list')).toBe(1);
    // Once for each that has keys and does not fail by them, and four times more for Unnamed.
    expect(requests('active')).toBe(10 + 4);
    expect(requests('keyset') + requests('keys-v2')).toBe(0);
  });
});

test('a tenant in which all is well', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-10, 800, 'a'));
    const step = await check();
    expect(step.result).toBe('success');
    expect(step.annotations).toEqual([]);
    expect(step.outputs).toMatchObject({ healthy: 'true', 'days-remaining': '800' });
    expect(step.summary).toContain('🟢 1 healthy');
    expect(step.summary).not.toContain('mermaid');
  });
});

test('a tenant without keysets is healthy, and says that there is none', async () => {
  await checkScenario({}, async ({ check }) => {
    const step = await check();
    expect(step.result).toBe('success');
    expect(step.outputs).toMatchObject({ healthy: 'true', 'next-expiry': '', 'days-remaining': '' });
    expect(step.summary).toContain('No keysets to check.');
    expect((await check({ summary: 'false' })).summary).toBe('');
  });
});

test('the shape of the report, which docs/check.md describes', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_A', key(-300, 40, 'old'), key(50, 400, 'new'));
    emulator.seed('B2C_1A_B', {}, { exp: key(0, 300, '').exp ?? 0 });
    const { outputs } = await check();
    const instant: unknown = expect.stringMatching(SECOND);
    expect(JSON.parse(outputs.report ?? '')).toEqual({
      version: 1,
      checkedAt: instant,
      healthy: false,
      keysets: [
        {
          id: 'B2C_1A_A',
          state: 'upcoming-gap',
          keys: 2,
          outageAt: instant,
          daysRemaining: 40,
          activeKid: 'old',
          activeKeyVerified: true,
          next: { kid: 'new', at: instant },
          gap: { from: instant, to: instant },
          expiresAt: instant,
          presumedDisabled: [],
          uncertain: [],
        },
        {
          id: 'B2C_1A_B',
          state: 'healthy',
          keys: 2,
          outageAt: null,
          daysRemaining: null,
          activeKid: expect.any(String),
          activeKeyVerified: true,
          next: null,
          gap: null,
          expiresAt: null,
          presumedDisabled: [],
          uncertain: [],
        },
      ],
    });
  });
});

test('thresholds move the judgement', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_A', key(-300, 20, 'a'));
    expect(stateOf(await check({ 'expiry-warning-days': '20' }))).toEqual({ A: 'healthy' });
    expect(stateOf(await check({ 'expiry-warning-days': '21' }))).toEqual({ A: 'expiring' });
    const failing = await check({ 'expiry-failure-days': '21' });
    expect(stateOf(failing)).toEqual({ A: 'critical' });
    expect(failing.result).toBe('failure');
  });
});

test('a warning threshold below the failure threshold counts as much as that one', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Nine', key(-300, 9, 'a'));
    emulator.seed('B2C_1A_Ten', key(-300, 10, 'b'));
    const step = await check({ 'expiry-warning-days': '1', 'expiry-failure-days': '10' });
    expect(stateOf(step)).toEqual({ Nine: 'critical', Ten: 'healthy' });
    expect(step.result).toBe('failure');
  });
});

test('an empty keyset is neutral, unless it was asked for', async () => {
  await checkScenario({}, async ({ emulator, check, requests }) => {
    emulator.seed('B2C_1A_Empty');
    emulator.seed('B2C_1A_Expired', key(-300, -1, 'a'));
    const neutral = await check({ 'exclude-keyset-ids': 'Expired' });
    expect(neutral.result).toBe('success');
    expect(neutral.outputs.healthy).toBe('true');
    expect(neutral.annotations).toEqual([]);
    expect(neutral.summary).toContain('⚪ 1 empty');

    const asked = await check({ 'keyset-ids': 'b2c_1a_EMPTY\nExpired' });
    expect(asked.result).toBe('failure');
    expect(asked.outputs.healthy).toBe('false');
    expect(stateOf(asked)).toEqual({ Empty: 'empty', Expired: 'expired' });
    expect(asked.summary).toContain('🔴 1 empty · 🔴 1 expired');
    expect(asked.annotations.map(({ level, message }) => `${level}: ${message.split('\n')[0] ?? ''}`)).toEqual([
      'error: B2C_1A_Empty contains no keys.',
      expect.stringContaining('error: B2C_1A_Expired expired at'),
      'error: 2 of 2 keysets require action: B2C_1A_Empty, B2C_1A_Expired',
    ]);
    expect(requests('active')).toBe(0);
  });
});

test('all warnings of a step are shown, however many keysets need attention', async () => {
  await checkScenario({ behavior: { clockSkewMs: 3.5 * 86_400_000 } }, async ({ emulator, check }) => {
    for (let n = 0; n < 20; n++) emulator.seed(`B2C_1A_${n}`, key(-300, 20, 'a'));
    emulator.faults.inject({ at: 'active', kind: 'throttled', times: 1000 });
    emulator.faults.inject({ at: 'issues', kind: 'status', status: 404, times: 1000 });
    const step = await check({ 'open-issue': 'true' });
    expect(step.annotationsDropped).toBe(0);
    const warnings = step.annotations.map(({ message }) => message);
    expect(warnings).toHaveLength(10);
    expect(warnings[0]).toContain('The clock of Graph is 3 d ahead');
    expect(warnings[1]).toContain('the service did not report the active key of 20 keysets');
    expect(warnings[8]).toBe('14 more keysets; see the step log.');
    expect(warnings[9]).toContain('open-issue:');
    expect(step.log.match(/B2C_1A_\d+ expires at/g)).toHaveLength(20);
  });
});

describe('which keysets are checked', () => {
  test('a pattern that matches nothing is a notice', async () => {
    await checkScenario({}, async ({ emulator, check }) => {
      emulator.seed('B2C_1A_Signing', key(-1, 300, 'a'));
      emulator.seed('B2C_1A_Old.bak', key(-1, 300, 'a'));
      const { annotations, result } = await check({ 'exclude-keyset-ids': 'sining\n*.bak\nB2C_1A_x*' });
      expect(result).toBe('success');
      expect(annotations.map(({ level, message }) => `${level}: ${message}`)).toEqual([
        'notice: exclude-keyset-ids: sining matches no keyset.',
        'notice: exclude-keyset-ids: B2C_1A_x* matches no keyset.',
      ]);
    });
  });

  test.each([
    ['a comma', 'One,Two', ','],
    ['a space', 'One Two', ' '],
    ['a question mark', 'On?', '?'],
    ['a letter of another alphabet', 'Öne', 'Ö'],
    ['brackets', '[OT]*', '['],
  ])('a pattern with %s is refused before anything is sent', async (_, patterns, character) => {
    await checkScenario({}, async ({ emulator, check }) => {
      const step = await check({ 'exclude-keyset-ids': patterns });
      expect(step.result).toBe('failure');
      expect(step.annotations[0]?.message).toContain(
        `exclude-keyset-ids: it contains "${character}", which is not allowed in a pattern; use one pattern per line`,
      );
      expect(emulator.requestLog).toEqual([]);
    });
  });

  test('a pattern with many wildcards does not hold up the step', async () => {
    await checkScenario({}, async ({ emulator, check }) => {
      emulator.seed(`B2C_1A_${'a'.repeat(110)}`, key(-1, 300, 'a'));
      // As a regular expression it took 401 seconds. The step is killed after 60.
      const { result, log } = await check({ 'exclude-keyset-ids': '*a*a*a*a*a*a*a*b' }, { limitMs: 60_000 });
      expect(result).toBe('success');
      expect(log).toContain('exclude-keyset-ids: *a*a*a*a*a*a*a*b matches no keyset.');
    });
  });

  test('patterns leave some out, with or without the prefix and in any case', async () => {
    await checkScenario({}, async ({ emulator, check }) => {
      for (const id of ['Facebook-Secret', 'Google-Secret', 'Signing', 'a.b', 'axb']) emulator.seed(`B2C_1A_${id}`);
      const step = await check({ 'exclude-keyset-ids': '*-secret\n\n  B2C_1A_a.b  ' });
      expect(Object.keys(stateOf(step))).toEqual(['Signing', 'axb']);
    });
  });

  test('those that are named, all of which must exist', async () => {
    await checkScenario({}, async ({ emulator, check }) => {
      for (const id of ['One', 'Two', 'Three']) emulator.seed(`B2C_1A_${id}`, key(-1, 300, id));
      expect(Object.keys(stateOf(await check({ 'keyset-ids': 'One\nB2C_1A_two' })))).toEqual(['One', 'Two']);

      const step = await check({ 'keyset-ids': 'One\nFour\nFive' });
      expect(step.result).toBe('failure');
      expect(step.outputs.healthy).toBeUndefined();
      expect(step.annotations[0]?.message).toContain('Keysets not found in this tenant: B2C_1A_Four, B2C_1A_Five');
    });
  });

  test('what cannot be an id is refused before anything is sent', async () => {
    await checkScenario({}, async ({ emulator, check }) => {
      const step = await check({ 'keyset-ids': 'Öne', 'open-issue': 'true', 'github-token': '' });
      expect(step.result).toBe('failure');
      expect(step.log).toContain('- keyset-ids: it contains "Ö"');
      expect(step.log).toContain('- github-token: empty, and open-issue: true requires it');
      expect(emulator.requestLog).toEqual([]);
    });
  });

  test('a wrong tenant or client id is refused', async () => {
    await checkScenario({}, async ({ check }) => {
      expect((await check({ 'tenant-id': 'x', 'client-id': 'y' })).log).toContain('2 invalid inputs');
    });
  });
});

describe('a tenant that cannot be read is never healthy', () => {
  test.each([
    ['no role', { app: { roles: [] } }, 403],
    ['no answer that makes sense', {}, 200],
  ])('%s', async (_, options, status) => {
    await checkScenario(options, async ({ emulator, check }) => {
      if (status === 200) emulator.faults.inject({ at: 'list', kind: 'garbage', body: { value: 'none' }, times: 9 });
      const step = await check();
      expect(step.result).toBe('failure');
      expect(step.outputs).toEqual({});
      expect(step.annotations[0]?.message).toContain('Reading the keysets of the tenant failed');
    });
  });

  test('a keyset that is gone when its keys are asked for', async () => {
    await checkScenario({ behavior: { listKeys: false } }, async ({ emulator, check }) => {
      emulator.seed('B2C_1A_A');
      emulator.faults.inject({ at: 'keyset', kind: 'status', status: 403 });
      const step = await check();
      expect(step.result).toBe('failure');
      expect(step.outputs).toEqual({});
    });
  });
});

describe('the list of keysets', () => {
  test('comes in pages, each asked for once', async () => {
    await checkScenario({ behavior: { pageSize: 2 } }, async ({ emulator, check, requests }) => {
      for (const id of ['A', 'B', 'C', 'D', 'E']) emulator.seed(`B2C_1A_${id}`, key(-1, 300, id));
      expect(Object.keys(stateOf(await check())).toSorted()).toEqual(['A', 'B', 'C', 'D', 'E']);
      expect(requests('list')).toBe(3);
    });
  });

  test('may leave the keys out, which are then fetched one by one', async () => {
    await checkScenario({ behavior: { listKeys: false } }, async ({ emulator, check, requests }) => {
      emulator.seed('B2C_1A_A', key(-1, 300, 'a'));
      emulator.seed('B2C_1A_B', key(-1, 20, 'b'));
      emulator.seed('B2C_1A_C.bak', key(-1, 20, 'b'));
      expect(stateOf(await check())).toEqual({ B: 'expiring', A: 'healthy' });
      expect(requests('keyset')).toBe(2);
    });
  });

  test('is not followed to another host, which gets no token', async () => {
    await checkScenario({}, async ({ emulator, check }) => {
      const body = {
        value: [],
        '@odata.nextLink': 'https://graph.microsoft.com.evil.example/beta/trustFramework/keySets',
      };
      emulator.faults.inject({ at: 'list', kind: 'garbage', body });
      const step = await check();
      expect(step.result).toBe('failure');
      expect(step.annotations[0]?.message).toContain('refusing to send the token');
      expect(emulator.requestLog.filter(({ host }) => host.includes('evil'))).toEqual([]);
    });
  });

  test('that runs in a circle is given up', async () => {
    await checkScenario({}, async ({ emulator, check, requests }) => {
      const next = 'https://graph.microsoft.com/beta/trustFramework/keySets?$skiptoken=x';
      emulator.faults.inject({ at: 'list', kind: 'garbage', body: { value: [], '@odata.nextLink': next }, times: 99 });
      const step = await check();
      expect(step.result).toBe('failure');
      expect(step.annotations[0]?.message).toContain('pagination did not terminate');
      expect(requests('list')).toBe(2);
    });
  });
});

test('texts of the tenant start no command and no markup', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    const id = 'B2C_1A_<b>|##[error]x\n::error::hurt `@octocat`';
    emulator.seed(id, key(-1, 20, '::warning::<img src=x>\n```'), key(-5, 25, '"];click'));
    const step = await check();
    expect(step.result).toBe('success');
    expect(step.commands.filter(({ data }) => data.startsWith('hurt'))).toEqual([]);
    // One that the service rejects this id, one that the keyset expires.
    expect(step.annotations.map(({ message }) => message.replaceAll('\n', ' '))).toEqual([
      expect.stringContaining('the service did not report'),
      expect.stringContaining('expires at'),
    ]);
    expect(step.summary).not.toMatch(/<b>|<img/);
    expect(step.summary.match(/```/g)).toHaveLength(2);
  });
});

test('a client secret signs in where OIDC cannot', async () => {
  await checkScenario(
    { app: { clientSecret: 'client~secret~of~the~reader' } },
    async ({ emulator, check, requests }) => {
      emulator.seed('B2C_1A_A', key(-1, 300, 'a'));
      const step = await check(
        { 'client-secret': 'client~secret~of~the~reader' },
        { secrets: ['client~secret~of~the~reader'] },
      );
      expect(step.outputs.healthy).toBe('true');
      expect(requests('oidc')).toBe(0);
    },
  );
});

test.each([
  ['all of them', { 'exclude-keyset-ids': '*' }],
  ['one that is named', { 'keyset-ids': 'b2c_1a_SIGNING', 'exclude-keyset-ids': 'signing' }],
])('leaving out %s is refused: nothing checked is not healthy', async (_, inputs) => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', fixtureDer('signing.pem'));
    const { result, outputs, log } = await check(inputs);
    expect(result).toBe('failure');
    expect(outputs.healthy).toBeUndefined();
    expect(log).toContain('exclude-keyset-ids excludes all keysets, or one listed in keyset-ids');
  });
});

test('a tenant without a keyset is a warning', async () => {
  await checkScenario({}, async ({ check }) => {
    const { result, annotations } = await check();
    expect(result).toBe('success');
    expect(annotations.map(({ message }) => message)).toEqual([expect.stringContaining('nothing was checked')]);
  });
});

test('a tenant that has only backups is a failure', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Old.bak', key(-1, 300, 'a'));
    const { result, log } = await check();
    expect(result).toBe('failure');
    expect(log).toContain('The tenant has no keysets, only backups of deleted ones');
  });
});

test('a list within a list is no list', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.faults.inject({ at: 'list', kind: 'garbage', body: { value: { value: [] } }, times: 99 });
    const { result, log } = await check();
    expect(result).toBe('failure');
    expect(log).toContain('expected a list of keysets');
  });
});

test('where the list leaves out the keys, each keyset is read, and one may be gone by then', async () => {
  await checkScenario({ behavior: { listKeys: false } }, async ({ emulator, check, requests }) => {
    for (const id of ['A', 'B']) emulator.seed(`B2C_1A_${id}`, key(-10, 300, id));
    const body = JSON.stringify({ error: { code: 'AADB2C90073', message: 'Not found.' } });
    const at = ({ path }: { path: string }): boolean => path.endsWith('B2C_1A_B');
    emulator.faults.inject({ at, kind: 'status', status: 404, body });
    const step = await check();
    expect(stateOf(step)).toEqual({ A: 'healthy' });
    expect(step.log).toContain('The keyset B2C_1A_B was deleted during the check.');
    expect(requests('keyset')).toBe(2);
    emulator.faults.inject({ at, kind: 'status', status: 404, body });
    const asked = await check({ 'keyset-ids': 'A\nB' });
    expect(asked.result).toBe('failure');
    expect(asked.log).toContain('Keysets not found in this tenant: B2C_1A_B');
  });
});

test('where the list shows the first keys only, the keyset is read to its end', async () => {
  await checkScenario({ behavior: { keysPageSize: 1 } }, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_A', key(-300, 20, 'old'), key(-10, 300, 'new'));
    expect(stateOf(await check())).toEqual({ A: 'healthy' });
  });
});

test('a failed step names ten keysets, and says that there are more', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    for (let n = 0; n < 11; n++) emulator.seed(`B2C_1A_${n}`, key(-300, -5, `k${n}`));
    const { log } = await check();
    expect(log).toMatch(/11 of 11 keysets require action: (B2C_1A_\d+, ){10}…/);
  });
});
