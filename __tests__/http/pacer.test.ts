import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Pacer } from '../../src/http/pacer.ts';
import type { Clock } from '../../src/http/retry.ts';

/** A clock that moves only by sleeping. */
function fakeClock(): Clock {
  let now = 0;
  const sleep = async (ms: number): Promise<void> => {
    now += ms;
    await Promise.resolve();
  };
  return { now: () => now, random: () => 0.5, sleep };
}

test('no minute sees more requests than allowed, and none waits without a reason', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 60 }), async (perMinute, requests) => {
      const clock = fakeClock();
      const pacer = new Pacer(clock, perMinute);
      const begun: number[] = [];
      for (let request = 0; request < requests; request++) {
        await pacer.turn();
        begun.push(clock.now());
      }
      expect(begun).toEqual(begun.map((_, index) => Math.floor(index / perMinute) * 60_000));
    }),
  );
});

test('a pause holds all of them back', async () => {
  const clock = fakeClock();
  const pacer = new Pacer(clock, 100);
  pacer.pause(7000);
  pacer.pause(3000);
  await pacer.turn();
  expect(clock.now()).toBe(7000);
});
