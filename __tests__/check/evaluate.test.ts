import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bySeverity, evaluate, isCritical, needsAttention } from '../../src/check/evaluate.ts';
import { timeline } from '../../src/check/timeline.ts';
import { describeHealth } from '../../src/check/messages.ts';
import type { Key, Keyset } from '../../src/keyset/key.ts';

const DAY = 86_400_000;
const NOW = new Date('2026-06-01T00:00:00Z');
const THRESHOLDS = { warningDays: 30, failureDays: 7 };

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
      const health = evaluate(keyset, THRESHOLDS, NOW);
      const { forecast, daysLeft = Infinity } = health;
      fc.pre(keyset.keys.length > 0);
      expect(isCritical(health)).toBe(forecast.active === undefined || daysLeft < THRESHOLDS.failureDays);
      expect(needsAttention(health)).toBe(
        isCritical(health) || forecast.gap !== undefined || daysLeft < THRESHOLDS.warningDays,
      );
    }),
  );
});

test('time alone changes no words, as long as it brings no other state and no other key', () => {
  fc.assert(
    fc.property(aKeyset, fc.integer({ min: 1, max: 10 * DAY }), (keyset, wait) => {
      const [today, then] = [evaluate(keyset, THRESHOLDS, NOW), evaluate(keyset, THRESHOLDS, later(wait))];
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
          .map((keyset) => evaluate(keyset, THRESHOLDS, NOW))
          .toSorted(bySeverity)
          .map(({ id }) => id);
      expect(sorted(keysets.toReversed())).toEqual(sorted(keysets));
    }),
  );
});

test('no text of the tenant can add a line, or a word of the language, to the chart', () => {
  fc.assert(
    fc.property(fc.array(aKeyset), (keysets) => {
      const results = keysets.map((keyset) => evaluate(keyset, THRESHOLDS, NOW));
      for (const line of timeline(results, NOW).slice(4))
        expect(line).toMatch(
          /^ {2}(section [\w-]*|(key [\w-]*|no valid key) :(active, |crit, )?\S{10}, \S{10}|expires :milestone, crit, \S{10}, 0d)$/,
        );
    }),
  );
});
