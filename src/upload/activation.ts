import { GraphError } from '../graph/graph-error.ts';
import { throwExplained } from '../http/guidance.ts';
import { isDisabled, type Key, keyName } from '../keyset/key.ts';
import { activeAt, activeFrom } from '../keyset/rollover.ts';
import { log } from '../runner/log.ts';
import { rfc3339 } from '../shared/format.ts';
import { expectedKey } from './evaluate.ts';
import { allKeys, type KeysetSnapshot, type UploadContext } from './snapshot.ts';

/** How an API without keys_v2 responds: unknown path, unknown segment, method not allowed, not implemented. */
const WITHOUT_KEYS_V2 = [400, 404, 405, 501];

/** Logs, before anything is written, when the new key becomes the one that policies use. */
export function logActivation(snapshot: KeysetSnapshot, { certificate }: UploadContext): void {
  const now = new Date();
  const keys = allKeys(snapshot);
  const key = expectedKey(certificate);
  const from = activeFrom([key, ...keys], key, now);
  const active = snapshot.active ? snapshot.active.key : activeAt(keys, now);
  const current = active ? keyName(active) : 'no key';
  if (from === undefined) {
    log.warning(
      'This certificate will never become active: another key has a later start date and does not expire earlier.',
    );
  } else if (from > now) {
    log.info(`It becomes the active key at ${rfc3339(from)}; until then ${current} is active.`);
  } else {
    log.info(`It becomes the active key immediately (currently active: ${current}).`);
  }
}

/**
 * Enables the key that this run uploaded, should the service report it disabled and `enable-key` be set.
 *
 * @returns the key with its new status; nothing when nothing was done
 * @throws ActionError when the service could enable it and does not
 */
export async function enableIfRequested(
  { keysets, keysetId, client, writes }: UploadContext,
  key: Key,
  enableKey: boolean,
): Promise<Key | undefined> {
  if (!isDisabled(key) || key.kid === undefined) return undefined;
  const { kid } = key;
  if (!enableKey) {
    log.warning(`Key ${kid} is disabled, so no policy uses it. Set enable-key: true to enable uploaded keys.`);
    return undefined;
  }
  try {
    await client.retry(() => writes.attempt(`the status of key ${kid}`, () => keysets.enable(keysetId, kid)));
    log.info(`The service reported key ${kid} as disabled; enabled it (enable-key).`);
    return { ...key, status: 'enabled' };
  } catch (error) {
    if (!(error instanceof GraphError) || !WITHOUT_KEYS_V2.includes(error.status))
      throwExplained(`Enabling key ${kid}`, error);
    log.warning(
      `Key ${kid} is disabled and could not be enabled (${error.message}): keys_v2 is not available in this tenant or cloud. Enable it in the portal.`,
    );
    return undefined;
  }
}
