import { GraphError } from '../graph/error.ts';
import { explainGraph } from '../graph/explain.ts';
import type { KeysetsApi } from '../graph/keysets.ts';
import { isRemote } from '../http/failure.ts';
import type { Keyset } from '../keyset/key.ts';
import type { Job } from '../runner/action.ts';
import { log } from '../runner/log.ts';
import type { View } from './decide.ts';

/**
 * Reads the keyset and asks for its active key, both at once.
 *
 * @returns nothing when there is no such keyset
 */
export async function look(id: string, api: KeysetsApi, job: Job): Promise<View | undefined> {
  const [keyset, active] = await Promise.all([readKeyset(id, api, job), askActiveKey(id, api, job)]);
  return keyset && { keyset, active };
}

/** @returns nothing when there is no such keyset */
export async function readKeyset(id: string, api: KeysetsApi, job: Job): Promise<Keyset | undefined> {
  try {
    return await job.client.patiently(() => api.get(id));
  } catch (error) {
    if (error instanceof GraphError && error.isMissing) return undefined;
    throw explainGraph(`Reading the keyset ${id}`, error);
  }
}

/** @returns nothing when the service does not tell: then the documented rule has to serve */
export async function askActiveKey(id: string, api: KeysetsApi, job: Job): Promise<View['active']> {
  try {
    return { key: await job.client.patiently(() => api.activeKey(id)) };
  } catch (error) {
    if (!isRemote(error)) throw error;
    log.info(`The service does not tell which key is active (${error.message}); its documented rule serves instead.`);
    return undefined;
  }
}
