import type { Job } from '../runner/action.ts';

/** Milliseconds between looks after a write: reads were seen to lag behind, by seconds. */
const LOOKS = [1000, 2000, 4000, 8000];

/**
 * Looks until something is seen, for 15 seconds.
 *
 * @returns nothing when it never was
 */
export async function lookRepeatedly<T>(job: Job, look: () => Promise<T | undefined>): Promise<T | undefined> {
  for (const pause of LOOKS) {
    await job.client.pace.sleep(pause);
    const seen = await look();
    if (seen !== undefined) return seen;
  }
  return undefined;
}
