import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { setImmediate as turnOfTheEventLoop } from 'node:timers/promises';
import { readActiveKeys, REQUESTS_PER_MINUTE } from '../../src/check/active-keys.ts';
import { KeysetsClient } from '../../src/graph/keysets-client.ts';
import type { HttpClient, HttpResponse } from '../../src/http/client.ts';
import { Pacer } from '../../src/http/pacer.ts';
import { isRetryable, retry } from '../../src/http/retry.ts';
import type { Keyset } from '../../src/keyset/key.ts';
import { clientThatFails } from '../support/client.ts';

const MINUTE = 60_000;
const RESPONSE_MS = 60;

/** Time that passes only when everybody waits: a sleep then ends at once, and the clock says that it lasted. */
class VirtualTime {
  now = 0;
  #sleepers: { due: number; wake: () => void }[] = [];

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ due: this.now + ms, wake }));
  }

  async passUntil(done: Promise<unknown>): Promise<void> {
    const end = new AbortController();
    void done.finally(() => {
      end.abort();
    });
    await turnOfTheEventLoop();
    while (!end.signal.aborted) {
      this.#sleepers.sort((a, b) => a.due - b.due);
      const next = this.#sleepers.shift();
      if (next === undefined) throw new Error('Nobody waits for anything, and yet there is no end.');
      this.now = next.due;
      next.wake();
      await turnOfTheEventLoop();
    }
  }
}

interface Sent {
  readonly at: number;
  readonly path: string;
}

/** The status of the response to a request, and its Retry-After in seconds. */
type Respond = (sent: Sent, index: number) => { status: number; retryAfter?: number };

/** Asks about so many keysets of one key each. */
async function ask(count: number, respond: Respond = () => ({ status: 200 })) {
  const time = new VirtualTime();
  const clock = { now: () => time.now, random: () => 0.5, sleep: (ms: number) => time.sleep(ms) };
  const sent: Sent[] = [];
  const inFlight = { now: 0, most: 0 };
  const client: HttpClient = {
    clock,
    pipeline: { sendRequest: () => Promise.reject(new Error('not used')) },
    retry: (attempt, shouldRetry = isRetryable) => retry(attempt, shouldRetry, clock, () => undefined),
    send: async ({ url }): Promise<HttpResponse> => {
      const request = { at: time.now, path: new URL(url).pathname };
      const { status, retryAfter } = respond(request, sent.push(request) - 1);
      inFlight.most = Math.max(inFlight.most, ++inFlight.now);
      await time.sleep(RESPONSE_MS);
      inFlight.now -= 1;
      const body = status === 200 ? { kid: /Keyset_\d+/.exec(url)?.[0] } : { error: { code: `HTTP${status}` } };
      const headers: Record<string, string> = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
      return { status, body: JSON.stringify(body), header: (name) => headers[name] };
    },
  };
  const keysets = Array.from({ length: count }, (_, n): Keyset => {
    const kid = `Keyset_${n}`;
    return { id: `B2C_1A_${kid}`, keys: [{ kid, x5c: [] }] };
  });
  const pacer = new Pacer(clock, REQUESTS_PER_MINUTE);
  const views = readActiveKeys(keysets, new KeysetsClient(client, 'https://graph.microsoft.com', 'token'), pacer);
  await time.passUntil(views);
  const unavailable = [...(await views).values()].filter((view) => view === 'unavailable').length;
  return { views: await views, keysets, unavailable, sent, time, mostAtOnce: inFlight.most };
}

/** The most requests that began within any minute. */
function mostInAMinute(sent: readonly Sent[]): number {
  const within = sent.map(({ at }) => sent.filter((other) => other.at >= at && other.at < at + MINUTE).length);
  return Math.max(...within);
}

beforeEach(() => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  jest.restoreAllMocks();
});

test('500 keysets: one request each, four at once, 180 in any minute, and no longer than that takes', async () => {
  const { views, keysets, sent, time, mostAtOnce } = await ask(500);
  expect(sent.map(({ path }) => path)).toEqual(
    keysets.map(({ id }) => `/beta/trustFramework/keySets/${id}/getActiveKey`),
  );
  for (const { id, keys } of keysets) expect(views.get(id)).toMatchObject({ active: keys[0] });
  expect(mostAtOnce).toBe(4);
  expect(mostInAMinute(sent)).toBe(180);
  // By the clock of this test, which only its own waiting advances.
  expect(time.now).toBeLessThan(2 * MINUTE + (140 / 4 + 1) * RESPONSE_MS);
});

test.each([
  ['at the beginning', 0],
  ['of those that have to wait for the second minute', 180],
])('a 429 pauses all requests for as long as the service asks, and none is lost: %s', async (_, keyset) => {
  const throttledAt: number[] = [];
  const { unavailable, sent } = await ask(200, ({ at, path }) => {
    if (throttledAt.length === 2 || !path.includes(`Keyset_${keyset}/`)) return { status: 200 };
    throttledAt.push(at + RESPONSE_MS);
    return { status: 429, retryAfter: 50 };
  });
  expect(unavailable).toBe(0);
  expect(sent).toHaveLength(202);
  for (const pause of throttledAt) expect(sent.filter(({ at }) => at > pause && at < pause + 50_000)).toEqual([]);
  expect(mostInAMinute(sent)).toBeLessThanOrEqual(180);
});

test('a 429 without Retry-After pauses all for five seconds', async () => {
  const { unavailable, sent } = await ask(20, (_, n) => ({ status: n === 5 ? 429 : 200 }));
  expect(unavailable).toBe(0);
  const throttledAt = (sent[5]?.at ?? NaN) + RESPONSE_MS;
  expect(sent.filter(({ at }) => at > throttledAt && at < throttledAt + 5000)).toEqual([]);
});

test.each([1, 60, 3600])('it gives up within minutes while the service asks for pauses of %s s', async (retryAfter) => {
  const { unavailable, sent, time } = await ask(500, () => ({ status: 429, retryAfter }));
  expect(unavailable).toBe(500);
  expect(sent.length).toBeLessThanOrEqual(4 * 5);
  expect(time.now).toBeLessThan(3 * MINUTE);
});

test.each([
  [403, 4],
  [500, 4 * 5],
])('it gives up when the service responds with %s to several keysets', async (status, most) => {
  const { unavailable, sent } = await ask(500, () => ({ status }));
  expect(unavailable).toBe(500);
  expect(sent.length).toBeLessThanOrEqual(most + 2 * 5);
});

test('a keyset that cannot be asked about does not keep the others from it', async () => {
  const { views, unavailable } = await ask(50, ({ path }) => ({ status: /_(7|30)\//.test(path) ? 403 : 200 }));
  expect(unavailable).toBe(2);
  expect([views.get('B2C_1A_Keyset_7'), views.get('B2C_1A_Keyset_30')]).toEqual(['unavailable', 'unavailable']);
});

test('a fault of this program is no answer of the service', async () => {
  const fault = new TypeError('a fault');
  const client = clientThatFails(fault);
  const keysets = new KeysetsClient(client, 'https://graph.microsoft.com', 'token');
  await expect(readActiveKeys([{ id: 'B2C_1A_A', keys: [] }], keysets, new Pacer(client.clock, 1))).rejects.toBe(fault);
});
