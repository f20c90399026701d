import { throwExplained } from '../http/guidance.ts';
import { type Key, keyName } from '../keyset/key.ts';
import { findCertificate, isCopy, isSameKey, isUnidentified } from '../keyset/match.ts';
import { log } from '../runner/log.ts';
import { ActionError } from '../shared/action-error.ts';
import {
  allKeys,
  type KeysetSnapshot,
  readActiveKey,
  readSnapshot,
  search,
  SEARCH_TIME,
  type UploadContext,
} from './snapshot.ts';

/** The key of the certificate as the service shows it, among the others. */
export interface VerifiedKey {
  readonly snapshot: KeysetSnapshot;
  readonly key: Key;
}

/**
 * Reads the keyset and its active key, together. Where the service could not name the active key before the upload, it is asked
 * once the key is there, and not in each read of a search.
 *
 * @param returnedKid - the `kid` in the response to the upload, where there was one
 * @returns the key that was added since then; undefined if the service does not show it
 */
export async function readAddedKey(context: UploadContext, returnedKid?: string): Promise<VerifiedKey | undefined> {
  const snapshot = await readSnapshot(context, context.before.service !== undefined);
  const key = snapshot && findAddedKey(context, snapshot, returnedKid);
  if (snapshot === undefined || key === undefined) return undefined;
  const service = snapshot.service ?? (await readActiveKey(context));
  return { snapshot: { ...snapshot, service }, key };
}

/**
 * The key of the certificate that was added to the keyset, whatever the order of its keys; before the upload it may have contained
 * the certificate too.
 *
 * @param returnedKid - the `kid` in the response to the upload: it decides between copies, and where the key shows nothing else
 */
export function findAddedKey(
  { certificate, before }: UploadContext,
  after: KeysetSnapshot,
  returnedKid?: string,
): Key | undefined {
  const [keys, oldKeys] = [allKeys(after), allKeys(before)];
  const isNew = (key: Key): boolean => !oldKeys.some((other) => isSameKey(other, key));
  const matches = findCertificate(keys, certificate).map(({ key }) => key);
  if (matches.length > findCertificate(oldKeys, certificate).length) {
    const added = matches.filter(isNew);
    return added.find(({ kid }) => kid === returnedKid) ?? added[0] ?? matches[0];
  }
  return keys.find((key) => returnedKid !== undefined && key.kid === returnedKid && isUnidentified(key) && isNew(key));
}

/**
 * Reads back what was uploaded, until the service shows it.
 *
 * @param returnedKid - the `kid` in the response to the upload
 * @throws ActionError when the keyset does not show the certificate after 90 seconds
 */
export async function verifyUpload(context: UploadContext, returnedKid: string | undefined): Promise<VerifiedKey> {
  const { certificate, before, keysetId } = context;
  // What is known even where the upload cannot be proved.
  const accepted = `The upload succeeded${returnedKid === undefined ? '' : ` (the service returned kid ${returnedKid})`}`;
  const verified = await search(context, () => readAddedKey(context, returnedKid)).catch((error: unknown) =>
    throwExplained(`${accepted}, but reading the keyset ${keysetId}`, error),
  );
  if (verified === undefined) {
    const hadCopy = findCertificate(allKeys(before), certificate).length > 0;
    const what = hadCopy ? 'another copy of the certificate' : 'the certificate';
    throw new ActionError(`${accepted}, but keyset ${keysetId} does not list ${what} after ${SEARCH_TIME}`, {
      anchor: 'not-visible',
      cause: 'Reads lag far behind writes, or something else changed the keyset meanwhile.',
      fix: 'Run again in a few minutes: the next run detects the certificate, or uploads it.',
    });
  }
  const { key } = verified;
  if (returnedKid !== undefined && key.kid !== undefined && key.kid !== returnedKid) {
    log.warning(
      `The response to the upload named key ${returnedKid}, but the keyset shows the certificate as ${keyName(key)}; using the latter.`,
    );
  }
  return verified;
}

/** Warns where more than one copy of the certificate was added. */
export function warnAboutCopies({ certificate, before }: UploadContext, after: KeysetSnapshot): void {
  const count = ({ keyset }: KeysetSnapshot): number => keyset.keys.filter((key) => isCopy(key, certificate)).length;
  if (count(after) > count(before) + 1) {
    log.warning(
      `The keyset contains ${count(after)} copies of this certificate: another run uploaded it too, or an earlier attempt was executed late. Keys cannot be removed from a keyset; serialize runs with \`concurrency:\` in the workflow.`,
    );
  }
}
