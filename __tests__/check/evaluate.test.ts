import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bySeverity, evaluate, isCritical, isDoubtful, needsAttention } from '../../src/check/evaluate.ts';

import { describeHealth } from '../../src/check/messages.ts';
import { type Key, type Keyset, readKey } from '../../src/keyset/key.ts';
import { timeline } from '../../src/runner/timeline.ts';
import { makeCertificate } from '../support/certificate.ts';

const DAY = 86_400_000;
const NOW = new Date('2026-06-01T00:00:00Z');
const CRITERIA = { warningDays: 30, failureDays: 7, keysetIds: [] };

const later = (milliseconds: number): Date => new Date(NOW.getTime() + milliseconds);
/** Hours from now, so that instants coincide now and then. */
const instant = fc.option(
  fc.integer({ min: -1000, max: 1000 }).map((hours) => later(hours * 3_600_000)),
  { nil: undefined },
);
const aKey: fc.Arbitrary<Key> = fc.record({
  kid: fc.option(fc.string(), { nil: undefined }),
  status: fc.constantFrom(undefined, 'enabled', 'disabled'),
  nbf: instant,
  exp: instant,
  x5c: fc.constant([]),
});
const aKeyset: fc.Arbitrary<Keyset> = fc.record({ id: fc.string(), keys: fc.array(aKey, { maxLength: 5 }) });

test('a keyset without a usable key always fails, one whose outage is near always needs attention', () => {
  fc.assert(
    fc.property(aKeyset, (keyset) => {
      const health = evaluate(keyset, CRITERIA, NOW);
      const { forecast, daysLeft = Infinity } = health;
      fc.pre(keyset.keys.length > 0);
      expect(isCritical(health)).toBe(forecast.active === undefined || daysLeft < CRITERIA.failureDays);
      expect(needsAttention(health)).toBe(
        isCritical(health) || forecast.gap !== undefined || daysLeft < CRITERIA.warningDays,
      );
    }),
  );
});

test('time alone changes no words, as long as it brings no other state and no other key', () => {
  fc.assert(
    fc.property(aKeyset, fc.integer({ min: 1, max: 10 * DAY }), (keyset, wait) => {
      const [today, then] = [evaluate(keyset, CRITERIA, NOW), evaluate(keyset, CRITERIA, later(wait))];
      fc.pre(today.state === then.state && today.forecast.active === then.forecast.active);
      fc.pre(today.forecast.next?.key === then.forecast.next?.key && today.forecast.gap?.to === then.forecast.gap?.to);
      expect(describeHealth(then)).toBe(describeHealth(today));
    }),
  );
});

test('the order is the same whatever order the service lists them in', () => {
  fc.assert(
    fc.property(fc.uniqueArray(aKeyset, { selector: ({ id }) => id }), (keysets) => {
      const sorted = (list: readonly Keyset[]): string[] =>
        list
          .map((keyset) => evaluate(keyset, CRITERIA, NOW))
          .toSorted(bySeverity)
          .map(({ id }) => id);
      expect(sorted(keysets.toReversed())).toEqual(sorted(keysets));
    }),
  );
});

const key = (kid: string, startDays: number, endDays: number): Key => ({
  kid,
  nbf: later(startDays * DAY),
  exp: later(endDays * DAY),
  x5c: [],
});
const OLD = key('old', -300, 20);
const NEW = key('new', -10, 300);

describe('the active key of the service', () => {
  const keyset = { id: 'B2C_1A_Signing', keys: [OLD, NEW] };

  test('that is another than by dates means that the successor is disabled', () => {
    expect(evaluate(keyset, CRITERIA, NOW)).toMatchObject({ state: 'healthy', verified: undefined });
    const health = evaluate(keyset, CRITERIA, NOW, { active: OLD });
    expect(health).toMatchObject({ state: 'expiring', daysLeft: 20, verified: true });
    expect(describeHealth(health)).toBe(
      'expires at 2026-06-21T00:00:00Z and has no successor key. Not used by the service, so presumed disabled: key new.',
    );
  });

  test('that is the same verifies the state', () => {
    expect(evaluate(keyset, CRITERIA, NOW, { active: NEW })).toMatchObject({ state: 'healthy', verified: true });
  });

  test('that is missing is a failure', () => {
    const health = evaluate(keyset, CRITERIA, NOW, { active: undefined });
    expect(health).toMatchObject({ state: 'no-active-key', severity: 'failure', verified: true });
    expect(describeHealth(health)).toBe('has no active key, although its dates allow one; policies that use it fail.');
  });

  test('that is missing beside an expired key is a failure of now, not an expiry', () => {
    const keys = [key('expired', -300, -20), NEW];
    const health = evaluate({ ...keyset, keys }, CRITERIA, NOW, { active: undefined });
    expect(health).toMatchObject({ state: 'no-active-key', outageAt: NOW, daysLeft: 0 });
    expect(timeline([health], NOW).at(-1)).toBe('  no active key :crit, 2026-06-01, 2026-06-02');
    expect(describeHealth(health)).toBe('has no active key, although its dates allow one; policies that use it fail.');
  });

  test('that nothing explains leaves the dates, and a doubt', () => {
    const twin = { ...OLD, kid: 'twin', exp: later(40 * DAY) };
    const health = evaluate({ ...keyset, keys: [OLD, twin] }, CRITERIA, NOW, { active: OLD });
    expect(health).toMatchObject({ state: 'healthy', daysLeft: 40, verified: false });
    expect(isDoubtful(health)).toBe(true);
  });

  test('that cannot be had leaves the dates', () => {
    expect(evaluate(keyset, CRITERIA, NOW, 'unavailable')).toMatchObject({ state: 'healthy', verified: false });
  });
});

test.each<[string, Key[], string]>([
  ['nothing', [], 'empty'],
  ['an expired key', [key('a', -20, -1)], 'expired'],
  ['a disabled key', [{ ...NEW, status: 'disabled' }], 'no-active-key'],
  ['an expired key and a disabled one', [key('a', -20, -1), { ...NEW, status: 'disabled' }], 'expired'],
  ['a key that is not valid yet', [key('a', 5, 50)], 'no-active-key'],
  ['a key that expires in six days', [key('a', -5, 6)], 'critical'],
  ['a key and a later one, with a gap', [key('a', -5, 40), key('b', 50, 90)], 'upcoming-gap'],
  ['a key that expires in eight days', [key('a', -5, 8)], 'expiring'],
  ['a key that expires in a year', [key('a', -5, 365)], 'healthy'],
  ['a key without dates', [{ kid: 'a', x5c: [] }], 'no-expiry'],
])('a keyset with %s is %s', (_, keys, state) => {
  expect(evaluate({ id: 'B2C_1A_x', keys }, CRITERIA, NOW).state).toBe(state);
});

test('a successor that ends soon too is named', () => {
  const health = evaluate({ id: 'x', keys: [key('a', -5, 7), key('b', 4, 25)] }, CRITERIA, NOW);
  expect(health.state).toBe('expiring');
  expect(describeHealth(health)).toBe(
    'expires at 2026-06-26T00:00:00Z, although key b becomes active at 2026-06-05T00:00:00Z.',
  );
});

test('a keyset whose key has expired by its certificate only is in doubt', async () => {
  const x5c = [(await makeCertificate({ from: later(-90 * DAY), to: later(-DAY) })).der];
  const health = evaluate({ id: 'x', keys: [{ kid: 'a', exp: later(90 * DAY), x5c }] }, CRITERIA, NOW);
  expect(health.state).toBe('expired');
  expect(health.forecast.uncertain).toEqual(["a key's own expiry differs from its certificate's"]);
});

test('an empty keyset that was asked for is a failure, and the worst', () => {
  const criteria = { ...CRITERIA, keysetIds: ['B2C_1A_Empty'] };
  const empty = evaluate({ id: 'b2c_1a_empty', keys: [] }, criteria, NOW);
  expect(empty).toMatchObject({ state: 'empty', severity: 'failure' });
  const expired = evaluate({ id: 'x', keys: [key('a', -20, -1)] }, criteria, NOW);
  expect([expired, empty].toSorted(bySeverity)).toEqual([empty, expired]);
});

test('a date that cannot be read is a doubt', () => {
  const unreadable = readKey({ kid: 'a', nbf: 'soon' });
  const health = evaluate({ id: 'x', keys: unreadable ? [unreadable] : [] }, CRITERIA, NOW);
  expect(health.state).toBe('no-expiry');
  expect(isDoubtful(health)).toBe(true);
});

test('a warning threshold below the failure threshold counts as much', () => {
  const criteria = { ...CRITERIA, warningDays: 1, failureDays: 10 };
  expect(evaluate({ id: 'x', keys: [key('a', -1, 9)] }, criteria, NOW).state).toBe('critical');
  expect(evaluate({ id: 'x', keys: [key('a', -1, 11)] }, criteria, NOW).state).toBe('healthy');
});

test('no text of the tenant can add a line, or a word of the language, to the chart', () => {
  fc.assert(
    fc.property(fc.array(aKeyset, { minLength: 1 }), (keysets) => {
      const results = keysets.map((keyset) => evaluate(keyset, CRITERIA, NOW));
      for (const line of timeline(results, NOW).slice(4))
        expect(line).toMatch(
          /^ {2}(section [\w-]*|((active )?key [\w-]*|no valid key|expired) :(crit, )?\S{10}, \S{10}|expires :milestone, crit, \S{10}, 0d)$/,
        );
    }),
  );
});

test('the chart shows an expired keyset, a gap, an expiry, and no disabled key', () => {
  const keysets = [
    { id: 'B2C_1A_Expired', keys: [key('a', -60, -30)] },
    { id: 'B2C_1A_Gap', keys: [key('b', -60, 30), key('c', 40, 60), { ...NEW, status: 'disabled' }] },
    { id: 'B2C_1A_Soon', keys: [key('d', -60, 10)] },
  ];
  const chart = timeline(
    keysets.map((keyset) => evaluate(keyset, CRITERIA, NOW)),
    NOW,
  );
  expect(chart.slice(4)).toEqual([
    '  section B2C_1A_Expired',
    '  expired :crit, 2026-05-18, 2026-06-02',
    '  section B2C_1A_Gap',
    '  active key b :2026-06-01, 2026-07-01',
    '  key c :2026-07-11, 2026-07-31',
    '  no valid key :crit, 2026-07-01, 2026-07-11',
    '  section B2C_1A_Soon',
    '  active key d :2026-06-01, 2026-06-11',
    '  expires :milestone, crit, 2026-06-11, 0d',
  ]);
});
