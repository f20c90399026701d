import { HttpError, isRemoteError, type RemoteError } from './errors.ts';

/** Time and chance, passed in so that the rules can be tested without waiting. */
export interface Clock {
  /** Milliseconds since any fixed instant. */
  now(): number;
  /** From 0 up to but not including 1. */
  random(): number;
  /** Rejects when the run is cancelled. */
  sleep(ms: number): Promise<void>;
}

const MAX_ATTEMPTS = 5;
/** The first pause is a random part of this, each further one of twice as much. */
const FIRST_PAUSE_MS = 500;
/** A longer Retry-After is cut to this. */
const MAX_PAUSE_MS = 60_000;
/** No further attempt begins later than this after the first one. */
const MAX_ELAPSED_MS = 120_000;

/**
 * Retries until it succeeds, at most five times within two minutes; an error of this program ends it at once. The pause between
 * two attempts is what the server asks for plus a random time that grows, at most a minute (full jitter:
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param attempt - what to do
 * @param shouldRetry - whether the next attempt may succeed
 * @param onRetry - called before each pause with the error and the milliseconds of the pause
 * @throws what the last attempt threw
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  shouldRetry: (error: RemoteError) => boolean,
  clock: Clock,
  onRetry: (error: RemoteError, pauseMs: number) => void,
): Promise<T> {
  const deadline = clock.now() + MAX_ELAPSED_MS;
  for (let attempts = 1; attempts < MAX_ATTEMPTS; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isRemoteError(error)) throw error;
      const pause = pauseAfter(error, attempts, clock);
      if (!shouldRetry(error) || clock.now() + pause > deadline) throw error;
      onRetry(error, pause);
      await clock.sleep(pause);
    }
  }
  return await attempt();
}

/** Random also where the server names a time below the longest pause: clients that were told the same must not return together. */
function pauseAfter(error: RemoteError, attempts: number, clock: Clock): number {
  const jitter = clock.random() * FIRST_PAUSE_MS * 2 ** (attempts - 1);
  const requested = error instanceof HttpError ? (error.retryAfterMs ?? 0) : 0;
  return Math.min(requested + jitter, MAX_PAUSE_MS);
}

/** Whether a request that changes nothing may succeed on another attempt. */
export const isRetryable = ({ outcome }: RemoteError): boolean => outcome !== 'rejected';

/** Whether a write was certainly not executed, so that sending it again cannot duplicate it. */
export const isSafeToResend = (error: unknown): boolean => isRemoteError(error) && error.outcome !== 'indeterminate';
