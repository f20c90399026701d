// Preloaded into a step (`--import skip-waiting.js`): waiting takes no time there. Whenever the step has nothing left to
// do but to wait for a timer, its clock jumps to that timer. Between jumps time passes as it always does, so a slow machine is
// no slower by this clock, and no request times out because others keep the machine busy.
//
// A request that is under way stops the clock from jumping. The emulator has to know what time it is for its client, and its
// client has to know when no response will ever come, so the two of them talk: each request has a header with the milliseconds
// that the step has skipped so far, and a server that will not respond says 102 (Processing) first. `Date` stays what it is.
import { randomUUID } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import promises from 'node:timers/promises';
import { promisify } from 'node:util';

const HEADER = 'emulator-clock';
const PROCESSING = 102;

const real = {
  now: performance.now.bind(performance),
  setTimeout: timers.setTimeout,
  clearTimeout: timers.clearTimeout,
  sleep: promises.setTimeout,
};

const id = randomUUID();
/** Milliseconds that were skipped. */
let skipped = 0;
const now = () => real.now() + skipped;

/**
 * Timers that have not rung: when they are due, how they ring, and whether the step waits for them. It does not wait for a timer
 * without a reference, nor for the time limit of a request, unless that request gets no response.
 */
const pending = new Map();
/** Requests without a complete response, and those of them that will never have one. */
const underWay = new Set();
const unanswered = new Set();

function skip() {
  if (underWay.size > unanswered.size) return;
  const candidates = [...pending.values()].filter(
    ({ isAwaited, isLimit }) => isAwaited() || (isLimit && underWay.size > 0),
  );
  if (candidates.length === 0) return;
  const next = candidates.reduce((first, timer) => (timer.due < first.due ? timer : first));
  skipped += Math.max(0, next.due - now());
  next.ring();
  skipWhenIdle();
}

/** Twice, because what follows a response or a timer may take a turn of the event loop until it sends or waits again. */
function skipWhenIdle() {
  setImmediate(() => setImmediate(skip));
}

function setTimeoutThatSkips(callback, delay = 1, ...values) {
  const ring = () => {
    real.clearTimeout(timeout);
    pending.delete(timeout);
    callback(...values);
  };
  const timeout = real.setTimeout(ring, delay);
  pending.set(timeout, { due: now() + delay, ring, isAwaited: () => timeout.hasRef(), isLimit: false });
  skipWhenIdle();
  return timeout;
}

function clearTimeoutThatSkips(timeout) {
  pending.delete(timeout);
  real.clearTimeout(timeout);
}

async function sleepThatSkips(delay = 1, value, options = {}) {
  const bell = new AbortController();
  pending.set(bell, {
    due: now() + delay,
    ring: () => bell.abort(),
    isAwaited: () => options.ref !== false,
    isLimit: false,
  });
  skipWhenIdle();
  const signal = options.signal ? AbortSignal.any([bell.signal, options.signal]) : bell.signal;
  try {
    return await real.sleep(delay, value, { ...options, signal });
  } catch (error) {
    if (options.signal?.aborted || !bell.signal.aborted) throw error;
    return value;
  } finally {
    pending.delete(bell);
  }
}

function limitThatSkips(delay) {
  const limit = new AbortController();
  const ring = () => {
    real.clearTimeout(timeout);
    pending.delete(timeout);
    limit.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  };
  const timeout = real.setTimeout(ring, delay).unref();
  pending.set(timeout, { due: now() + delay, ring, isAwaited: () => false, isLimit: true });
  return limit.signal;
}

performance.now = now;
AbortSignal.timeout = limitThatSkips;
globalThis.setTimeout = timers.setTimeout = setTimeoutThatSkips;
globalThis.clearTimeout = timers.clearTimeout = clearTimeoutThatSkips;
promises.setTimeout = setTimeoutThatSkips[promisify.custom] = sleepThatSkips;
syncBuiltinESMExports();

subscribe('http.client.request.created', ({ request }) => {
  if (!request.headersSent) request.setHeader(HEADER, `${id} ${skipped}`);
  underWay.add(request);
  request.on('information', ({ statusCode }) => {
    if (statusCode === PROCESSING) unanswered.add(request);
    skipWhenIdle();
  });
  request.once('close', () => {
    underWay.delete(request);
    unanswered.delete(request);
    skipWhenIdle();
  });
});
