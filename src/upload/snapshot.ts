import type { Certificate } from '../certificate/certificate.ts';
import { GraphError } from '../graph/graph-error.ts';
import type { KeysetsClient } from '../graph/keysets-client.ts';
import { isRemoteError } from '../http/errors.ts';
import type { Key, Keyset } from '../keyset/key.ts';
import { isSameKey } from '../keyset/match.ts';
import type { ServiceView } from '../keyset/rollover.ts';
import type { ActionContext } from '../runner/action.ts';
import { log } from '../runner/log.ts';

/** What the steps of an upload share before the keyset was read. */
export interface KeysetContext extends ActionContext {
  readonly keysets: KeysetsClient;
  readonly keysetId: string;
  readonly certificate: Certificate;
}

/** What they share from then on. The keyset's ID is in the service's spelling, which may differ in case. */
export interface UploadContext extends KeysetContext {
  /** The keyset before the upload. */
  readonly before: KeysetSnapshot;
  /** This run created the keyset, so it may not be available everywhere yet. */
  readonly keysetCreated: boolean;
}

/** What the service shows of a keyset at one moment. */
export interface KeysetSnapshot {
  readonly keyset: Keyset;
  /** What the service says about the active key; undefined if it does not say. */
  readonly service: ServiceView | undefined;
}

/** Longer than gateways are known to keep a request whose response they gave up on. */
const SEARCH_SECONDS = 90;
/** The first pause is a second, each further one twice as long, up to this. */
const MAX_SEARCH_PAUSE_MS = 15_000;
/** For messages: how long a search takes. */
export const SEARCH_TIME = `${SEARCH_SECONDS} seconds`;

/**
 * Reads the keyset and its active key, both at once.
 *
 * @param withActiveKey - false where the service could not name it before
 * @returns undefined if there is no such keyset
 */
export async function readSnapshot(context: KeysetContext, withActiveKey = true): Promise<KeysetSnapshot | undefined> {
  const { keysets, keysetId } = context;
  const [keyset, service] = await Promise.all([
    keysets.get(keysetId),
    withActiveKey ? readActiveKey(context) : undefined,
  ]);
  return keyset && { keyset, service };
}

/** @returns undefined if the service does not say */
export async function readActiveKey({ keysets, keysetId }: KeysetContext): Promise<ServiceView | undefined> {
  try {
    const active = await keysets.getActiveKey(keysetId);
    return { active, toleranceMs: Math.abs(keysets.clockOffsetMs) };
  } catch (error) {
    if (!isRemoteError(error)) throw error;
    if (error instanceof GraphError && error.isNotFound) return undefined;
    log.info(`Could not determine the active key (${error.message}); using the documented rule.`);
    return undefined;
  }
}

/**
 * Reads again and again for 90 seconds, and longer where reads are slow. A read that fails does not end the search.
 *
 * @returns the first thing that was found; undefined if the last read showed that it is not there
 * @throws what the last read threw
 */
export async function search<T>(
  { client: { clock } }: ActionContext,
  read: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const deadline = clock.now() + SEARCH_SECONDS * 1000;
  for (let pauseMs = 1000; clock.now() < deadline; pauseMs = Math.min(pauseMs * 2, MAX_SEARCH_PAUSE_MS)) {
    try {
      const found = await read();
      if (found !== undefined) return found;
    } catch (error) {
      if (!isRemoteError(error)) throw error;
    }
    await clock.sleep(pauseMs);
  }
  return await read();
}

/** The keys of the keyset, and the active one should the keyset lag behind. */
export function allKeys({ keyset, service }: KeysetSnapshot): readonly Key[] {
  const key = service?.active;
  return key === undefined || keyset.keys.some((other) => isSameKey(other, key)) ? keyset.keys : [...keyset.keys, key];
}
