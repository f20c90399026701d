import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Key } from '../../src/keyset/key.ts';
import { forecast, activeFrom } from '../../src/keyset/rollover.ts';
import { makeCertificate } from '../support/certificate.ts';

const at = (text: string): Date => new Date(`${text}T00:00:00Z`);
const NOW = at('2026-06-01');
const key = (kid: string, from?: string, to?: string, more: Partial<Key> = {}): Key => ({
  kid,
  nbf: from === undefined ? undefined : at(from),
  exp: to === undefined ? undefined : at(to),
  x5c: [],
  ...more,
});

const A = key('A', '2025-07-01', '2026-07-01');
const B_OVERLAPPING = key('B', '2026-05-01', '2027-05-01');
const B_AFTER_A_GAP = key('B', '2026-07-03', '2027-07-03');

interface Vector {
  readonly keys: readonly Key[];
  readonly active?: string;
  readonly next?: [kid: string, at: string];
  readonly gap?: [from: string, to: string];
  readonly exhaustedAt?: string;
  /** What each doubt speaks of; none: certain. */
  readonly uncertain?: RegExp[];
}

const vectors: Record<string, Vector> = {
  '1: the later start is active': { keys: [A, B_OVERLAPPING], active: 'B', exhaustedAt: '2027-05-01' },
  '2: a staged key becomes active at its start, not at the end of the other': {
    keys: [A, key('B', '2026-06-20', '2027-06-20')],
    active: 'A',
    next: ['B', '2026-06-20'],
    exhaustedAt: '2027-06-20',
  },
  '3: a gap': {
    keys: [A, B_AFTER_A_GAP],
    active: 'A',
    next: ['B', '2026-07-03'],
    gap: ['2026-07-01', '2026-07-03'],
    exhaustedAt: '2027-07-03',
  },
  '4: expired': { keys: [key('A', '2025-06-01', '2026-05-31')], exhaustedAt: '2026-05-31' },
  '5: a key without dates as the safety net': {
    keys: [A, B_AFTER_A_GAP, key('F')],
    active: 'A',
    next: ['F', '2026-07-01'],
    uncertain: [/with and without an activation date/, /older key/],
  },
  '6: the older key takes over again': {
    keys: [key('A', '2025-01-01', '2027-01-01'), key('B', '2026-03-01', '2026-06-15')],
    active: 'B',
    next: ['A', '2026-06-15'],
    exhaustedAt: '2027-01-01',
    uncertain: [/older key/],
  },
  '7: a disabled key does not count': {
    keys: [A, { ...B_OVERLAPPING, status: 'Disabled' }],
    active: 'A',
    exhaustedAt: '2026-07-01',
  },
  '8: a key without a start': { keys: [key('A', undefined, '2026-06-10')], active: 'A', exhaustedAt: '2026-06-10' },
  '9: one ends exactly now, the other starts exactly now': {
    keys: [key('A', '2025-06-01', '2026-06-01'), key('B', '2026-06-01', '2027-06-01')],
    active: 'B',
    exhaustedAt: '2027-06-01',
    uncertain: [/at this moment/],
  },
  'a gap that has begun': {
    keys: [key('A', '2025-01-01', '2026-05-01'), key('B', '2026-06-10', '2027-01-01')],
    next: ['B', '2026-06-10'],
    gap: ['2026-06-01', '2026-06-10'],
    exhaustedAt: '2027-01-01',
  },
  'two keys with the same start': {
    keys: [A, key('B', '2025-07-01', '2026-08-01')],
    active: 'B',
    exhaustedAt: '2026-08-01',
    uncertain: [/same activation date/],
  },
  'expired long since: the last end counts, of keys that were ever usable': {
    keys: [
      key('A', '2024-01-01', '2025-01-01'),
      key('B', '2023-01-01', '2024-06-01'),
      key('never', '2026-06-01', '2026-05-20'),
      key('disabled', '2025-01-01', '2030-01-01', { status: 'disabled' }),
    ],
    exhaustedAt: '2025-01-01',
  },
  'a keyset without keys': { keys: [] },
  'a key without dates never runs out': { keys: [key('F')], active: 'F' },
};

const forecastOf = (keys: readonly Key[], service?: { active: Key | undefined }): object => {
  const { active, next, gap, exhaustedAt } = forecast(keys, NOW, service);
  return { active: active?.kid, next: next && [next.key.kid, next.at], gap: gap && [gap.from, gap.to], exhaustedAt };
};

describe('the vectors, at the first of June 2026', () => {
  test.each(Object.entries(vectors))('%s', (_, { keys, active, next, gap, exhaustedAt, uncertain = [] }) => {
    expect(forecastOf(keys)).toEqual({
      active,
      next: next && [next[0], at(next[1])],
      gap: gap?.map(at),
      exhaustedAt: exhaustedAt === undefined ? undefined : at(exhaustedAt),
    });
    expect(forecast(keys, NOW).uncertain).toEqual(uncertain.map((why): unknown => expect.stringMatching(why)));
  });

  test('10: of two ends the earlier one, and in doubt', async () => {
    const { der } = await makeCertificate({ from: at('2025-06-20'), to: at('2026-06-20') });
    const keys = [key('A', undefined, '2027-01-01', { x5c: [der] })];
    expect(forecastOf(keys)).toEqual({ active: 'A', next: undefined, gap: undefined, exhaustedAt: at('2026-06-20') });
    expect(forecast(keys, NOW).uncertain).toEqual([expect.stringContaining("differs from its certificate's")]);
  });

  test('a certificate that cannot be read has no dates', () => {
    expect(forecastOf([key('A', undefined, '2026-07-01', { x5c: [Buffer.from('garbage')] })])).toMatchObject({
      exhaustedAt: at('2026-07-01'),
    });
  });
});

describe('the active key of the service', () => {
  const keys = [A, B_OVERLAPPING, key('C', '2026-06-20', '2028-01-01')];
  const HOUR_MS = 3_600_000;

  test('counts more than the rule: keys that the rule prefers count as disabled', () => {
    // An edge that changes nothing: the end of a disabled key is no takeover.
    const all = [...keys, key('D', '2025-01-01', '2026-06-05', { status: 'disabled' })];
    expect(forecastOf(all, { active: A })).toMatchObject({ active: 'A', next: ['C', at('2026-06-20')] });
    expect(forecast(all, NOW, { active: A })).toMatchObject({ presumedDisabled: [B_OVERLAPPING], uncertain: [] });
  });

  test('a disabled successor is no successor: the keyset expires with the old key', () => {
    expect(forecast([A, B_OVERLAPPING], NOW, { active: A })).toMatchObject({ exhaustedAt: at('2026-07-01') });
  });

  test('can be none: every usable key counts as disabled', () => {
    expect(forecastOf(keys, { active: undefined })).toMatchObject({ active: undefined, next: ['C', at('2026-06-20')] });
    expect(forecast(keys, NOW, { active: undefined }).presumedDisabled).toEqual([B_OVERLAPPING, A]);
  });

  test('that is the same as by the rule leaves no doubt', () => {
    expect(forecast(keys, NOW, { active: B_OVERLAPPING })).toMatchObject({ presumedDisabled: [], uncertain: [] });
  });

  test.each<[string, Key[]]>([
    ['a copy of the active key', [A, { ...A }, B_OVERLAPPING]],
    ['a copy of the unused key', [A, B_OVERLAPPING, { ...B_OVERLAPPING }]],
    ['expired copies', [key('E', '2020-01-01', '2021-01-01'), key('E', '2020-01-01', '2021-01-01'), A, B_OVERLAPPING]],
    ['an expired key with the kid of the active one', [key('A', '2020-01-01', '2021-01-01'), A, B_OVERLAPPING]],
    ['a key without dates', [A, B_OVERLAPPING, key('F')]],
  ])('explains that a newer key is unused by its status, whatever %s beside them', (_, all) => {
    const { presumedDisabled, active } = forecast(all, NOW, { active: { ...A } });
    expect(new Set(presumedDisabled)).toEqual(new Set(all.filter(({ kid }) => kid === 'B')));
    expect(active).toBe(all.find(({ kid, exp }) => kid === 'A' && exp === A.exp));
  });

  test('by a bare kid is, of two valid keys with this kid, the one that the rule prefers', () => {
    const keys = [key('S', '2025-07-01', '2026-07-01'), key('S', '2026-05-01', '2027-05-01')];
    expect(forecast(keys, NOW, { active: { kid: 'S', x5c: [] } })).toMatchObject({ active: keys[1], uncertain: [] });
  });

  test('may be any copy of a certificate, whatever its kid', () => {
    const x5c = [Buffer.from('the same')];
    const copies = [key('1', '2025-07-01', '2026-07-01', { x5c }), key('2', '2025-07-01', '2026-07-01', { x5c })];
    for (const active of copies) {
      const { uncertain } = forecast(copies, NOW, { active });
      expect(uncertain).toEqual(['two keys have the same activation date']);
      const all = [...copies, B_OVERLAPPING];
      expect(forecast(all, NOW, { active })).toMatchObject({ active, presumedDisabled: [B_OVERLAPPING] });
    }
  });

  test.each<[string, Key, Key[]]>([
    ['the same dates', { ...A }, [B_OVERLAPPING]],
    ['other dates', key('A', '2025-06-01', '2026-08-01'), []],
  ])('by a kid that a key with %s has too', (_, namesake, presumedDisabled) => {
    expect(forecast([A, namesake, B_OVERLAPPING], NOW, { active: { ...A } })).toMatchObject({ presumedDisabled });
  });

  test('of two copies, one disabled, is the other one', () => {
    const copies = [{ ...A, status: 'disabled' }, { ...A }];
    expect(forecast(copies, NOW, { active: { ...A } })).toMatchObject({ active: copies[1], uncertain: [] });
  });

  test.each<[string, Key[], Key | undefined, toleranceMs?: number]>([
    ['it is none of the usable keys', keys, key('X', '2020-01-01', '2021-01-01')],
    ['two keys have the same start', [A, { ...A, kid: 'A2', exp: at('2026-08-01') }], A],
    ['dated and undated keys are mixed', [A, key('F')], key('F')],
    ['two keys share a kid', [A, { ...B_OVERLAPPING, kid: 'A' }], A],
    ['the service shows that the other is enabled', [A, { ...B_OVERLAPPING, status: 'enabled' }], A],
    ['a takeover was half a minute ago', [A, { ...B_OVERLAPPING, nbf: new Date(NOW.getTime() - 30_000) }], A],
    ['a takeover is half a minute ahead', [A, B_OVERLAPPING, key('C', '2026-06-01')], A, 0],
    ['the clocks differ by more', [A, { ...B_OVERLAPPING, nbf: new Date(NOW.getTime() - HOUR_MS) }], A, 2 * HOUR_MS],
  ])('explains nothing where %s: the forecast is uncertain', (_, all, active, toleranceMs = 0) => {
    const service = {
      active: active && all.find((other) => other.kid === active.kid && other.nbf === active.nbf),
      toleranceMs,
    };
    const { presumedDisabled, uncertain } = forecast(all, NOW, service.active ? service : { ...service, active });
    expect(presumedDisabled).toEqual([]);
    expect(uncertain).toContain('the service reports another active key than the documented rule predicts');
  });
});

/** Instants of the simulation are the hours 0 to 12 of a day; everything happens on the hour. */
const HOURS = 12;
const hour = (h: number): Date => new Date(Date.UTC(2026, 0, 1, h));

interface Span {
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly disabled: boolean;
}

const span = fc.record({
  start: fc.option(fc.integer({ min: 0, max: HOURS }), { nil: undefined }),
  end: fc.option(fc.integer({ min: 0, max: HOURS }), { nil: undefined }),
  disabled: fc.boolean(),
});

const toKey = ({ start, end, disabled }: Span, index: number): Key => ({
  kid: String(index),
  nbf: start === undefined ? undefined : hour(start),
  exp: end === undefined ? undefined : hour(end),
  status: disabled ? 'disabled' : 'enabled',
  x5c: [],
});

/** Looks at every key at every hour: slow, and obvious. */
function simulate(spans: readonly Span[], now: number) {
  const winner = (h: number): number | undefined => {
    let best: number | undefined;
    for (const [index, { start = -Infinity, end = Infinity, disabled }] of spans.entries()) {
      if (disabled || h < start || h >= end) continue;
      const other = best === undefined ? undefined : spans[best];
      const [otherStart, otherEnd] = [other?.start ?? -Infinity, other?.end ?? Infinity];
      if (!other || start > otherStart || (start === otherStart && end > otherEnd)) best = index;
    }
    return best;
  };
  // Nothing changes after the last hour, and nothing before the first.
  const hours = Array.from({ length: HOURS + 1 - now }, (_, index) => now + index);
  const active = winner(now);
  const next = hours.find((h) => winner(h) !== undefined && winner(h) !== active);
  const dark = hours.find((h) => winner(h) === undefined);
  const light = dark === undefined ? undefined : hours.find((h) => h > dark && winner(h) !== undefined);
  let exhaustedAt: number | undefined;
  if (winner(HOURS) === undefined) {
    for (let h = HOURS; h >= 0 && exhaustedAt === undefined; h--) if (winner(h - 1) !== undefined) exhaustedAt = h;
  }
  return { winner, hours, active, next, dark, light, exhaustedAt };
}

test('the forecast is what a walk over all instants sees', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 6 }), fc.integer({ min: 0, max: HOURS }), (spans, now) => {
      const keys = spans.map(toKey);
      const seen = simulate(spans, now);
      const future = forecast(keys, hour(now));
      expect(future.active?.kid).toBe(seen.active?.toString());
      expect(future.next && [future.next.key.kid, future.next.at]).toEqual(
        seen.next === undefined ? undefined : [String(seen.winner(seen.next)), hour(seen.next)],
      );
      expect(future.gap).toEqual(
        seen.dark !== undefined && seen.light !== undefined
          ? { from: hour(seen.dark), to: hour(seen.light) }
          : undefined,
      );
      expect(future.exhaustedAt).toEqual(seen.exhaustedAt === undefined ? undefined : hour(seen.exhaustedAt));
      for (const h of seen.hours) expect(forecast(keys, hour(h)).active?.kid).toBe(seen.winner(h)?.toString());
      for (const [index, one] of keys.entries()) {
        const first = seen.hours.find((h) => seen.winner(h) === index);
        expect(activeFrom(keys, one, hour(now))).toEqual(first === undefined ? undefined : hour(first));
      }
    }),
    { numRuns: 2000 },
  );
});

test('every mix of usable keys with and without an activation date is in doubt', () => {
  fc.assert(
    fc.property(fc.array(span, { minLength: 1, maxLength: 6 }), fc.integer({ min: 0, max: HOURS }), (spans, now) => {
      const alive = spans.filter(({ end, disabled }) => !disabled && (end === undefined || end >= now));
      const isMixed = alive.some(({ start }) => start === undefined) && alive.some(({ start }) => start !== undefined);
      const doubts = forecast(spans.map(toKey), hour(now)).uncertain;
      expect(doubts.some((why) => why.includes('mixed'))).toBe(isMixed);
    }),
  );
});
