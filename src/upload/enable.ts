import { GraphError } from '../graph/error.ts';
import { explainGraph } from '../graph/explain.ts';
import type { KeysetsApi } from '../graph/keysets.ts';
import { isDisabled, type Key } from '../keyset/key.ts';
import type { Job } from '../runner/action.ts';
import { log } from '../runner/log.ts';
import { Account } from './account.ts';
import type { Notes } from './announce.ts';

/** How an API that lacks keys_v2 says so: unknown path, unknown segment, method not allowed, not implemented. */
const WITHOUT_KEYS_V2 = [400, 404, 405, 501];

/**
 * Enables the key that this run uploaded, should the service report it disabled and the user wish so.
 *
 * @returns the key with its new status; nothing when nothing was done
 * @throws ActionError when the service has a way to enable it and does not
 */
export async function enableIfAsked(
  key: Key,
  wished: boolean,
  keysetId: string,
  api: KeysetsApi,
  job: Job,
  notes: Notes,
): Promise<Key | undefined> {
  if (!isDisabled(key) || key.kid === undefined) return undefined;
  const { kid } = key;
  if (!wished) {
    notes.warn(
      `The service reports key ${kid} as disabled, so no policy uses it. With enable-key: true the action enables what it uploads.`,
    );
    return undefined;
  }
  const account = new Account(`the status of key ${kid}`, job.writes, () => api.enable(keysetId, kid));
  try {
    await job.client.patiently(() => account.attempt());
    log.info(`The service reported key ${kid} as disabled: enabled it (enable-key).`);
    return { ...key, status: 'enabled' };
  } catch (error) {
    if (!(error instanceof GraphError) || !WITHOUT_KEYS_V2.includes(error.status))
      throw explainGraph(`Enabling key ${kid}`, error);
    notes.warn(
      `Key ${kid} is disabled and could not be enabled (${error.message}): some tenants and clouds have no keys_v2. Enable it in the portal.`,
    );
    return undefined;
  }
}
