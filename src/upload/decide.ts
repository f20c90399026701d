import type { Certificate } from '../certificate/certificate.ts';
import { ADVICE } from '../graph/codes.ts';
import { type Key, type Keyset, overlay } from '../keyset/key.ts';
import { findCertificate, isSameKey, type Match, sameKeyPair } from '../keyset/match.ts';
import { ActionError } from '../shared/action-error.ts';

/** What the tenant shows of a keyset. */
export interface View {
  readonly keyset: Keyset;
  /** The service's word on the active key; nothing when it gave none. */
  readonly active: { readonly key: Key | undefined } | undefined;
}

/** What to do about a certificate, and what its owner should know first. */
export type Decision =
  | { readonly todo: 'nothing'; readonly match: Match }
  | { readonly todo: 'upload'; readonly warnings: readonly string[]; readonly isRenewal: boolean };

/**
 * Decides from what the keyset holds.
 *
 * @param withKey - the private key goes up too
 * @throws ActionError when the keyset can never take a certificate
 */
export function decide(view: View, certificate: Certificate, withKey: boolean, allowDuplicate: boolean): Decision {
  const keys = knownKeys(view);
  const [match] = findCertificate(keys, certificate);
  if (match && !allowDuplicate) return { todo: 'nothing', match };
  if (keys.some((key) => key.kty?.toLowerCase() === 'oct')) throw clash(view.keyset);
  const warnings: [boolean, string][] = [
    [match !== undefined, DUPLICATE],
    [keys.length > 0 && !withKey, PUBLIC_ONLY],
    [keys.some(({ use }) => use === 'sig') && !certificate.canSign, clashOfUse('signature')],
    [keys.some(({ use }) => use === 'enc') && !certificate.canEncrypt, clashOfUse('encryption')],
  ];
  return {
    todo: 'upload',
    warnings: warnings.filter(([holds]) => holds).map(([, text]) => text),
    isRenewal: match === undefined && keys.some((key) => sameKeyPair(key, certificate)),
  };
}

/** The keys of the keyset, and the active one should the list lag behind. */
export function knownKeys({ keyset, active }: View): readonly Key[] {
  const key = active?.key;
  return key === undefined || keyset.keys.some((other) => isSameKey(other, key)) ? keyset.keys : [...keyset.keys, key];
}

/** A key as the keyset shows it, completed by what else is known of it. */
export const asShown = (view: View, key: Key): Key =>
  knownKeys(view)
    .filter((other) => isSameKey(other, key))
    .reduce(overlay, key);

const DUPLICATE =
  'allow-duplicate: the keyset holds this certificate already, and gets it once more; a key can never be removed from a keyset.';

const PUBLIC_ONLY =
  'The public certificate goes into a keyset that holds keys. If a policy signs, decrypts or authenticates with this keyset, that breaks when this key becomes active (AADB2C90178, AADB2C90028), and it cannot be removed. With private-key: require the action refuses a certificate without its key.';

const clashOfUse = (use: string): string =>
  `The keyset holds keys for ${use}, and the KeyUsage of this certificate does not allow it; B2C may refuse it.`;

/** The service would say the same after the fact. */
const clash = ({ id }: Keyset): ActionError =>
  new ActionError(
    `The keyset ${id} holds a secret (a key of type oct), and Azure AD B2C does not mix the two: it would refuse the certificate with AADB2C95032`,
    { anchor: 'aadb2c95032', ...ADVICE.AADB2C95032 },
  );
