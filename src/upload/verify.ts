import { type Key, type Keyset } from '../keyset/key.ts';
import { findCertificate } from '../keyset/match.ts';
import { activeAt } from '../keyset/rollover.ts';
import { ActionError } from '../shared/action-error.ts';
import {
  allKeys,
  type KeysetSnapshot,
  pollUntilFound,
  readActiveKey,
  readKeyset,
  type UploadContext,
} from './snapshot.ts';

/**
 * Verifies that the service shows the key. One more request is enough: the active key where it should be this one, else the
 * keyset. Where the response is another than expected, either reads lag behind or the service has another rule; the keyset tells.
 *
 * @param before - what the service showed before the write
 * @throws ActionError when the key is not visible although the service accepted it
 */
export async function verifyUpload(context: UploadContext, key: Key, before: KeysetSnapshot): Promise<KeysetSnapshot> {
  const expected = { id: context.keysetId, keys: [...allKeys(before), key] };
  // A service that could not name the active key before the write is not asked again.
  const shouldBeActive = before.active !== undefined && activeAt(expected.keys, new Date()) === key;
  if (!shouldBeActive) return { keyset: await findKeyset(context), active: before.active };
  const active = await readActiveKey(context);
  // By the certificate: a renewal with the same key pair can have the same kid.
  if (active?.key && containsCertificate([active.key], context)) return { keyset: expected, active };
  const keyset = await findKeyset(context);
  return { keyset, active: await readActiveKey(context) };
}

const containsCertificate = (keys: readonly Key[], { certificate }: UploadContext): boolean =>
  findCertificate(keys, certificate).length > 0;

/** The keyset as soon as it shows the certificate. */
async function findKeyset(context: UploadContext): Promise<Keyset> {
  const read = async (): Promise<Keyset | undefined> => {
    const keyset = await readKeyset(context);
    return keyset && containsCertificate(keyset.keys, context) ? keyset : undefined;
  };
  const keyset = (await read()) ?? (await pollUntilFound(context, read));
  if (keyset) return keyset;
  throw new ActionError(
    `The upload succeeded, but keyset ${context.keysetId} does not list the certificate after 15 seconds`,
    {
      anchor: 'not-visible',
      cause: 'Reads lag far behind writes, or something else changed the keyset meanwhile.',
      fix: 'Run again in a few minutes: the next run detects the certificate, or uploads it.',
    },
  );
}
