import { AnswerFailure, isRemote, TransportFailure } from './failure.ts';

/** Time and chance, handed in so that the rule can be tried without waiting. */
export interface Pace {
  /** Milliseconds since any fixed instant. */
  now(): number;
  /** From 0 up to but not including 1. */
  random(): number;
  /** Rejects when the run is cancelled. */
  sleep(ms: number): Promise<void>;
}

const MAX_ATTEMPTS = 5;
/** Milliseconds: the first pause is a random part of this, each further one of twice as much. */
const FIRST_PAUSE = 500;
/** Milliseconds: the most that a server's Retry-After is followed. */
const LONGEST_RETRY_AFTER = 60_000;
/** Milliseconds that all attempts and pauses together may take before another attempt begins. */
const PATIENCE = 120_000;

/**
 * Does something until it succeeds, at most five times within two minutes. Between two attempts it waits as long as the
 * server asks for, and for a random time that grows, at most a minute in all (full jitter:
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param attempt - what to do
 * @param worthwhile - whether a failure may be gone next time
 * @param announce - told before each pause what failed and for how many milliseconds it will wait
 * @throws what the last attempt threw
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  worthwhile: (error: unknown) => error is Error,
  pace: Pace,
  announce: (error: Error, pause: number) => void,
): Promise<T> {
  const deadline = pace.now() + PATIENCE;
  for (let made = 1; made < MAX_ATTEMPTS; made++) {
    try {
      return await attempt();
    } catch (error) {
      const pause = pauseAfter(error, made, pace);
      if (!worthwhile(error) || pace.now() + pause > deadline) throw error;
      announce(error, pause);
      await pace.sleep(pause);
    }
  }
  return await attempt();
}

/** As long as the server asks for, and by chance a little longer: whoever was told the same comes back spread out. */
function pauseAfter(error: unknown, made: number, pace: Pace): number {
  const jitter = pace.random() * FIRST_PAUSE * 2 ** (made - 1);
  const asked = error instanceof AnswerFailure ? (error.retryAfter ?? 0) : 0;
  return Math.min(asked + jitter, LONGEST_RETRY_AFTER);
}

/** Whether a request that changes nothing is worth another try. */
export function worthRepeating(error: unknown): error is AnswerFailure | TransportFailure {
  if (!isRemote(error)) return false;
  if (error instanceof AnswerFailure) return error.verdict !== 'refused';
  // A redirect and a proxy's demand for a password stay what they are.
  return error.kind !== 'redirect' && error.code !== 'HTTP 407';
}

/**
 * Whether a request that writes can be sent again without a thought: it never left, or the server said that it did not begin.
 * Everything else may have been written.
 */
export function certainlyNotDone(error: unknown): boolean {
  if (error instanceof TransportFailure) return !error.mayHaveArrived;
  return error instanceof AnswerFailure && error.verdict !== 'unclear';
}
