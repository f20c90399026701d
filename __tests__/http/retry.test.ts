import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AnswerFailure, type FailureKind, TransportFailure, type Verdict } from '../../src/http/failure.ts';
import { certainlyNotDone, type Pace, retry, worthRepeating } from '../../src/http/retry.ts';

const answer = (status: number, more: { retryAfter?: number; verdict?: Verdict } = {}): AnswerFailure =>
  new AnswerFailure(`HTTP ${status}`, { status, ...more });
const transport = (kind: FailureKind, mayHaveArrived: boolean, code = ''): TransportFailure =>
  new TransportFailure(kind, 'graph.microsoft.com', code, 'it failed', mayHaveArrived);

/** A clock that moves only by sleeping, and by what each attempt takes. */
function fakePace(random: () => number = () => 0.5): Pace & { readonly slept: number[]; work: (ms: number) => void } {
  let now = 0;
  const slept: number[] = [];
  const work = (ms: number): void => {
    now += ms;
  };
  const sleep = async (ms: number): Promise<void> => {
    slept.push(ms);
    work(ms);
    await Promise.resolve();
  };
  return { now: () => now, random, sleep, slept, work };
}

/** Fails as often as there are failures, then gives `'done'`. */
function failing(...failures: Error[]): { attempt: () => Promise<string>; made: () => number } {
  let made = 0;
  const attempt = (): Promise<string> => {
    const failure = failures[made++];
    return failure === undefined ? Promise.resolve('done') : Promise.reject(failure);
  };
  return { attempt, made: () => made };
}

const ignore = (): void => undefined;

test('four failures are survived; the fifth is the last', async () => {
  const failure = answer(503);
  const four = failing(failure, failure, failure, failure);
  await expect(retry(four.attempt, worthRepeating, fakePace(), ignore)).resolves.toBe('done');
  const five = failing(failure, failure, failure, failure, failure);
  await expect(retry(five.attempt, worthRepeating, fakePace(), ignore)).rejects.toBe(failure);
  expect([four.made(), five.made()]).toEqual([5, 5]);
});

test('what is not worthwhile is thrown at once', async () => {
  const pace = fakePace();
  const failure = answer(403);
  await expect(retry(failing(failure).attempt, worthRepeating, pace, ignore)).rejects.toBe(failure);
  expect(pace.slept).toEqual([]);
});

test('pauses are a random part of 0.5, 1, 2 and 4 s', async () => {
  const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  await fc.assert(
    fc.asyncProperty(part, async (random) => {
      const pace = fakePace(() => random);
      const announced: number[] = [];
      const { attempt } = failing(...Array.from({ length: 4 }, () => answer(500)));
      await retry(attempt, worthRepeating, pace, (_, pause) => announced.push(pause));
      expect(pace.slept).toEqual([500, 1000, 2000, 4000].map((most) => random * most));
      expect(announced).toEqual(pace.slept);
    }),
  );
});

test.each([
  [0, 250],
  [7_000, 7_250],
  [60_000, 60_000],
  [3_600_000, 60_000],
])('a Retry-After of %i ms, and chance that adds 250 ms, make a pause of %i ms', async (retryAfter, pause) => {
  const pace = fakePace();
  await retry(failing(answer(429, { retryAfter })).attempt, worthRepeating, pace, ignore);
  expect(pace.slept).toEqual([pause]);
});

test('no attempt begins later than two minutes after the first, whatever the failures', async () => {
  const failure = fc.record({ takes: fc.nat(60_000), retryAfter: fc.option(fc.nat(100_000), { nil: undefined }) });
  await fc.assert(
    fc.asyncProperty(fc.array(failure, { minLength: 5, maxLength: 5 }), async (failures) => {
      const pace = fakePace();
      const begun: number[] = [];
      const attempt = (): Promise<never> => {
        const { takes = 0, retryAfter } = failures[begun.length] ?? {};
        begun.push(pace.now());
        pace.work(takes);
        return Promise.reject(answer(429, retryAfter === undefined ? {} : { retryAfter }));
      };
      await expect(retry(attempt, worthRepeating, pace, ignore)).rejects.toThrow('HTTP 429');
      expect(begun.length).toBeLessThanOrEqual(5);
      expect(Math.max(...begun)).toBeLessThanOrEqual(120_000);
    }),
  );
});

test('a pause that is cancelled ends everything', async () => {
  const cancelled = new Error('cancelled');
  const { attempt, made } = failing(answer(503), answer(503));
  const pace = { ...fakePace(), sleep: () => Promise.reject(cancelled) };
  await expect(retry(attempt, worthRepeating, pace, ignore)).rejects.toBe(cancelled);
  expect(made()).toBe(1);
});

/** What a failure is worth: whether a read is repeated, and whether a write certainly did not happen. */
test.each<[string, unknown, { again: boolean; notDone: boolean }]>([
  ['408', answer(408), { again: true, notDone: false }],
  ['429', answer(429), { again: true, notDone: true }],
  ['500', answer(500), { again: true, notDone: false }],
  ['504', answer(504), { again: true, notDone: false }],
  ['400', answer(400), { again: false, notDone: true }],
  ['403', answer(403), { again: false, notDone: true }],
  ['409 that the service calls passing', answer(409, { verdict: 'not now' }), { again: true, notDone: true }],
  ['500 that the service calls not begun', answer(500, { verdict: 'not now' }), { again: true, notDone: true }],
  ['a name that cannot be resolved', transport('dns', false), { again: true, notDone: true }],
  ['a refused connection', transport('refused', false), { again: true, notDone: true }],
  ['a proxy that fails', transport('proxy', false, 'HTTP 502'), { again: true, notDone: true }],
  ['a proxy that wants a password', transport('proxy', false, 'HTTP 407'), { again: false, notDone: true }],
  ['a reset', transport('reset', true), { again: true, notDone: false }],
  ['a timeout', transport('timeout', true), { again: true, notDone: false }],
  ['an unreadable answer', transport('unreadable', true), { again: true, notDone: false }],
  ['a redirect', transport('redirect', false), { again: false, notDone: true }],
  ['a cancelled run', transport('cancelled', true), { again: false, notDone: false }],
  ['an error of our own', new TypeError('oops'), { again: false, notDone: false }],
  ['a thrown text', 'oops', { again: false, notDone: false }],
])('%s', (_, failure, { again, notDone }) => {
  expect(worthRepeating(failure)).toBe(again);
  expect(certainlyNotDone(failure)).toBe(notDone);
});
