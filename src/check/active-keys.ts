import type { KeysetsClient } from '../graph/keysets-client.ts';
import { HttpError, isRemoteError } from '../http/errors.ts';
import { Pacer } from '../http/pacer.ts';
import type { Keyset } from '../keyset/key.ts';
import { isSameKey } from '../keyset/match.ts';
import type { ServiceView } from '../keyset/rollover.ts';
import type { ActionContext } from '../runner/action.ts';
import { log } from '../runner/log.ts';
import { plural } from '../shared/format.ts';

/** Microsoft documents 200 requests a minute for an app in a tenant. @see https://learn.microsoft.com/graph/throttling-limits */
const REQUESTS_PER_MINUTE = 180;
const REQUESTS_AT_ONCE = 4;
/** So many keysets without a response, each retried, mean that the service cannot be asked. */
const MAX_FAILURES = 3;

/**
 * Asks the service for the active key of each keyset. It gives up when the service stays throttled, or fails for several keysets.
 *
 * @returns what it said, by the keyset's ID
 */
export async function readActiveKeys(
  asked: readonly Keyset[],
  keysets: KeysetsClient,
  { client }: ActionContext,
): Promise<ReadonlyMap<string, ServiceView | 'unavailable'>> {
  const pacer = new Pacer(client.clock, REQUESTS_PER_MINUTE);
  const views = new Map<string, ServiceView | 'unavailable'>(asked.map(({ id }) => [id, 'unavailable']));
  const queue = asked.values();
  const startedAt = Date.now();
  let failures = 0;
  const work = async (): Promise<void> => {
    for (const { id, keys } of queue) {
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
        failures = error instanceof HttpError && error.status === 429 ? MAX_FAILURES : failures + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work));
  const missing = [...views.values()].filter((view) => view === 'unavailable').length;
  if (missing > 0) {
    log.warning(
      `verify-active-key: the service did not say which key of ${plural(missing, 'keyset')} is active; these results rest on dates only.`,
    );
  }
  return views;
}
