import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HttpError, isRemoteError, NetworkError, type NetworkErrorKind, type Outcome } from '../../src/http/errors.ts';
import { type Clock, isRetryable, isSafeToResend, retry } from '../../src/http/retry.ts';

const response = (status: number, more: { retryAfterMs?: number; outcome?: Outcome } = {}): HttpError =>
  new HttpError(`HTTP ${status}`, { status, serviceMessage: '', remediation: { anchor: 'any' }, ...more });
const network = (kind: NetworkErrorKind): NetworkError => new NetworkError(kind, 'graph.microsoft.com');

/** A clock that moves only by sleeping, and by what each attempt takes. */
function fakeClock(random: () => number = () => 0.5): Clock & { readonly slept: number[]; work: (ms: number) => void } {
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
  const failure = response(503);
  const four = failing(failure, failure, failure, failure);
  await expect(retry(four.attempt, isRetryable, fakeClock(), ignore)).resolves.toBe('done');
  const five = failing(failure, failure, failure, failure, failure);
  await expect(retry(five.attempt, isRetryable, fakeClock(), ignore)).rejects.toBe(failure);
  expect([four.made(), five.made()]).toEqual([5, 5]);
});

test('what is not retryable is thrown at once', async () => {
  const clock = fakeClock();
  const failure = response(403);
  await expect(retry(failing(failure).attempt, isRetryable, clock, ignore)).rejects.toBe(failure);
  expect(clock.slept).toEqual([]);
});

test('pauses are a random part of 0.5, 1, 2 and 4 s', async () => {
  const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  await fc.assert(
    fc.asyncProperty(part, async (random) => {
      const clock = fakeClock(() => random);
      const announced: number[] = [];
      const { attempt } = failing(...Array.from({ length: 4 }, () => response(500)));
      await retry(attempt, isRetryable, clock, (_, pause) => announced.push(pause));
      expect(clock.slept).toEqual([500, 1000, 2000, 4000].map((most) => random * most));
      expect(announced).toEqual(clock.slept);
    }),
  );
});

test.each([
  [0, 250],
  [7_000, 7_250],
  [60_000, 60_000],
  [3_600_000, 60_000],
])('a Retry-After of %i ms, and chance that adds 250 ms, make a pause of %i ms', async (retryAfterMs, pause) => {
  const clock = fakeClock();
  await retry(failing(response(429, { retryAfterMs })).attempt, isRetryable, clock, ignore);
  expect(clock.slept).toEqual([pause]);
});

test('no attempt begins later than two minutes after the first, whatever the failures', async () => {
  const failure = fc.record({ takes: fc.nat(60_000), retryAfterMs: fc.option(fc.nat(100_000), { nil: undefined }) });
  await fc.assert(
    fc.asyncProperty(fc.array(failure, { minLength: 5, maxLength: 5 }), async (failures) => {
      const clock = fakeClock();
      const begun: number[] = [];
      const attempt = (): Promise<never> => {
        const { takes = 0, retryAfterMs } = failures[begun.length] ?? {};
        begun.push(clock.now());
        clock.work(takes);
        return Promise.reject(response(429, retryAfterMs === undefined ? {} : { retryAfterMs }));
      };
      await expect(retry(attempt, isRetryable, clock, ignore)).rejects.toThrow('HTTP 429');
      expect(begun.length).toBeLessThanOrEqual(5);
      expect(Math.max(...begun)).toBeLessThanOrEqual(120_000);
    }),
  );
});

test('a pause that is cancelled ends everything', async () => {
  const cancelled = new Error('cancelled');
  const { attempt, made } = failing(response(503), response(503));
  const clock = { ...fakeClock(), sleep: () => Promise.reject(cancelled) };
  await expect(retry(attempt, isRetryable, clock, ignore)).rejects.toBe(cancelled);
  expect(made()).toBe(1);
});

/** What a failure is worth: whether a read is repeated, and whether a write certainly did not happen. */
test.each<[string, unknown, { again: boolean; notDone: boolean }]>([
  ['408', response(408), { again: true, notDone: false }],
  ['429', response(429), { again: true, notDone: true }],
  ['500', response(500), { again: true, notDone: false }],
  ['504', response(504), { again: true, notDone: false }],
  ['400', response(400), { again: false, notDone: true }],
  ['403', response(403), { again: false, notDone: true }],
  ['409 that the service calls temporary', response(409, { outcome: 'retryable' }), { again: true, notDone: true }],
  ['500 that the service calls not begun', response(500, { outcome: 'retryable' }), { again: true, notDone: true }],
  ['a name that cannot be resolved', network('dns'), { again: true, notDone: true }],
  ['a refused connection', network('refused'), { again: true, notDone: true }],
  ['a proxy that fails', network('proxy'), { again: true, notDone: true }],
  [
    'a proxy that wants a password',
    new NetworkError('proxy', 'graph.microsoft.com', { outcome: 'rejected' }),
    { again: false, notDone: true },
  ],
  ['a reset', network('reset'), { again: true, notDone: false }],
  ['a timeout', network('timeout'), { again: true, notDone: false }],
  ['an invalid response', network('invalid-response'), { again: true, notDone: false }],
  ['a redirect', network('redirect'), { again: false, notDone: true }],
  ['a certificate that is not valid now', network('certificate-time'), { again: false, notDone: true }],
  ['a cancelled run', new DOMException('cancelled', 'AbortError'), { again: false, notDone: false }],
  ['an error of our own', new TypeError('oops'), { again: false, notDone: false }],
  ['a thrown text', 'oops', { again: false, notDone: false }],
])('%s', (_, failure, { again, notDone }) => {
  expect(isRemoteError(failure) && isRetryable(failure)).toBe(again);
  expect(isSafeToResend(failure)).toBe(notDone);
});
