import { GraphError } from '../graph/graph-error.ts';
import type { KeysetsClient } from '../graph/keysets-client.ts';
import { HttpError, isRemoteError } from '../http/errors.ts';
import type { Pacer } from '../http/pacer.ts';
import type { Keyset } from '../keyset/key.ts';
import type { ServiceView } from '../keyset/rollover.ts';
import { log } from '../runner/log.ts';
import { plural } from '../shared/format.ts';

/** Microsoft documents 200 for an app in a tenant. @see https://learn.microsoft.com/graph/throttling-limits */
export const REQUESTS_PER_MINUTE = 180;
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
  pacer: Pacer,
): Promise<ReadonlyMap<string, ServiceView | 'unavailable'>> {
  const views = new Map<string, ServiceView | 'unavailable'>(asked.map(({ id }) => [id, 'unavailable']));
  const startedAt = Date.now();
  let failures = 0;
  await pacer.forEach(asked, async ({ id }) => {
    if (failures >= MAX_FAILURES) return;
    try {
      const active = await keysets.getActiveKey(id, pacer);
      views.set(id, { active, toleranceMs: Math.abs(keysets.clockOffsetMs) + Date.now() - startedAt });
    } catch (error) {
      if (!isRemoteError(error)) throw error;
      log.info(`Could not determine the active key of ${id} (${error.message}).`);
      if (error instanceof HttpError && error.status === 429) failures = MAX_FAILURES;
      else if (!isAboutOneKeyset(error)) failures++;
    }
  });
  const missing = [...views.values()].filter((view) => view === 'unavailable').length;
  if (missing > 0) {
    log.warning(
      `verify-active-key: the service did not report the active key of ${plural(missing, 'keyset')}; these results rest on dates only.`,
    );
  }
  return views;
}

/** B2C itself rejects the request for this keyset, which says nothing about the others; a missing permission does. */
const isAboutOneKeyset = (error: unknown): boolean =>
  error instanceof GraphError &&
  error.status !== 403 &&
  error.outcome === 'rejected' &&
  error.code.startsWith('AADB2C');
