import type { KeysetsClient } from '../graph/keysets-client.ts';
import { HttpError, isRemoteError } from '../http/errors.ts';
import type { Pacer } from '../http/pacer.ts';
import type { Keyset } from '../keyset/key.ts';
import { isSameKey } from '../keyset/match.ts';
import type { ServiceView } from '../keyset/rollover.ts';
import { log } from '../runner/log.ts';
import { plural } from '../shared/format.ts';

/** Microsoft documents 200 for an app in a tenant. @see https://learn.microsoft.com/graph/throttling-limits */
export const REQUESTS_PER_MINUTE = 180;
/** So many keysets without a response, each retried, mean that the service cannot be asked. */
const MAX_FAILURES = 3;
/** Not permitted, or throttled after several attempts: so it is for every keyset. */
const FINAL_STATUSES = [401, 403, 429];

/**
 * Asks the service for the active key of each keyset. It gives up when that is not permitted, when the service stays throttled,
 * or when it fails for several keysets.
 *
 * @returns what it said, by the keyset's ID
 */
export async function readActiveKeys(
  asked: readonly Keyset[],
  keysets: KeysetsClient,
  pacer: Pacer,
): Promise<ReadonlyMap<string, ServiceView | 'unavailable'>> {
  const views = new Map<string, ServiceView | 'unavailable'>(asked.map(({ id }) => [id, 'unavailable']));
  const startedAt = Date.now();
  let failures = 0;
  await pacer.forEach(asked, async ({ id, keys }) => {
    if (failures >= MAX_FAILURES) return;
    try {
      const active = await keysets.getActiveKey(id, pacer);
      views.set(id, {
        active: active && (keys.find((key) => isSameKey(key, active)) ?? active),
        toleranceMs: Math.abs(keysets.clockOffsetMs) + Date.now() - startedAt,
      });
    } catch (error) {
      if (!isRemoteError(error)) throw error;
      log.info(`Could not determine the active key of ${id} (${error.message}).`);
      if (error instanceof HttpError && FINAL_STATUSES.includes(error.status)) failures = MAX_FAILURES;
      // What is rejected for one keyset says nothing about the others.
      else if (!(error instanceof HttpError && error.outcome === 'rejected')) failures++;
    }
  });
  const missing = [...views.values()].filter((view) => view === 'unavailable').length;
  if (missing > 0) {
    log.warning(
      `verify-active-key: the service did not say which key of ${plural(missing, 'keyset')} is active; these results rest on dates only.`,
    );
  }
  return views;
}
