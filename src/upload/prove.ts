import type { Certificate } from '../certificate/certificate.ts';
import type { KeysetsApi } from '../graph/keysets.ts';
import type { Key, Keyset } from '../keyset/key.ts';
import { findCertificate } from '../keyset/match.ts';
import { activeAt } from '../keyset/rollover.ts';
import { ActionError } from '../shared/action-error.ts';
import type { Job } from '../runner/action.ts';
import { knownKeys, type View } from './decide.ts';
import { askActiveKey, readKeyset } from './view.ts';
import { lookRepeatedly } from './wait.ts';

/**
 * Shows that the key is live. One more request does: the active key where it should be this one, else the keyset. Where the
 * answer is another than expected, either the reads lag behind or the service has a rule of its own; the keyset tells which.
 *
 * @param before - what the tenant showed before the write
 * @throws ActionError when the key does not show up although the service took it
 */
export async function prove(
  id: string,
  key: Key,
  certificate: Certificate,
  before: View,
  api: KeysetsApi,
  job: Job,
): Promise<View> {
  const expected = { id, keys: [...knownKeys(before), key] };
  // A service that did not tell which key is active before the write is not asked again.
  const asks = before.active !== undefined && activeAt(expected.keys, new Date()) === key;
  if (!asks) return { keyset: await findKeyset(id, certificate, api, job), active: before.active };
  const active = await askActiveKey(id, api, job);
  // By the certificate: a renewal on the same key pair can have the same kid.
  if (active?.key && holds([active.key], certificate)) return { keyset: expected, active };
  const keyset = await findKeyset(id, certificate, api, job);
  return { keyset, active: await askActiveKey(id, api, job) };
}

const holds = (keys: readonly Key[], certificate: Certificate): boolean =>
  findCertificate(keys, certificate).length > 0;

/** The keyset as soon as it shows the certificate. */
async function findKeyset(id: string, certificate: Certificate, api: KeysetsApi, job: Job): Promise<Keyset> {
  const look = async (): Promise<Keyset | undefined> => {
    const keyset = await readKeyset(id, api, job);
    return keyset && holds(keyset.keys, certificate) ? keyset : undefined;
  };
  const keyset = (await look()) ?? (await lookRepeatedly(job, look));
  if (keyset) return keyset;
  throw new ActionError(`The service took the certificate, but the keyset ${id} does not show it 15 seconds later`, {
    anchor: 'not-visible',
    cause: 'Reads lag far behind writes, or something else changed the keyset meanwhile.',
    fix: 'Run again in some minutes: a second run finds the certificate, or uploads it.',
  });
}
