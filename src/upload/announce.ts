import type { Certificate } from '../certificate/certificate.ts';
import type { Key } from '../keyset/key.ts';
import { activeAt, takesOverAt } from '../keyset/rollover.ts';
import { log } from '../runner/log.ts';
import { nameOf, rfc3339 } from '../shared/format.ts';
import { knownKeys, type View } from './decide.ts';

/** Warnings are shown when they arise, and once more in the summary. */
export class Notes {
  readonly warnings: string[] = [];

  warn(text: string): void {
    this.warnings.push(text);
    log.warning(text);
  }
}

/** The key as the service will most likely make it of a certificate. */
export function expectedKey({ der, notBefore, notAfter, n, e }: Certificate): Key {
  return { kty: 'RSA', x5c: [der], nbf: notBefore, exp: notAfter, n, e };
}

/** Says, before anything is written, when the new key will be the one that policies use. */
export function announceTakeover(view: View, certificate: Certificate, notes: Notes): void {
  const now = new Date();
  const keys = knownKeys(view);
  const key = expectedKey(certificate);
  const at = takesOverAt([key, ...keys], key, now);
  const active = view.active ? view.active.key : activeAt(keys, now);
  const current = active ? nameOf(active) : 'no key';
  if (at === undefined) {
    const why = 'another one starts later and does not end before it';
    notes.warn(`This certificate will never be the active key of the keyset: ${why}.`);
  } else if (at > now) {
    log.info(`It will take over as the active key at ${rfc3339(at)}; until then ${current} is active.`);
  } else {
    log.info(`It becomes the active key at once, and policies use it from then on; so far ${current} is active.`);
  }
}
