import { guidanceFor } from '../graph/error-codes.ts';
import type { Keyset } from '../keyset/key.ts';
import { findCertificate, hasSameKeyPair, isCopy, isSameKey, type Match } from '../keyset/match.ts';
import { ActionError } from '../shared/action-error.ts';
import { allKeys, type UploadContext } from './snapshot.ts';

/** What to do with a certificate, and what its owner should know first. */
export type Decision =
  | { readonly action: 'skip'; readonly match: Match }
  | { readonly action: 'upload'; readonly warnings: readonly string[]; readonly isRenewal: boolean };

/**
 * Decides by what the keyset contains.
 *
 * @param withKey - the private key is uploaded too
 * @throws ActionError when the keyset can never accept a certificate
 */
export function decide({ before, certificate }: UploadContext, withKey: boolean, allowDuplicate: boolean): Decision {
  const keys = allKeys(before);
  const matches = findCertificate(keys, certificate);
  const active = before.service?.active;
  // Of several copies the active one, if the service names it.
  const match =
    matches.find(({ key }) => active !== undefined && isCopy(key, certificate) && isSameKey(key, active)) ?? matches[0];
  if (match && !allowDuplicate) return { action: 'skip', match };
  if (keys.some((key) => key.kty?.toLowerCase() === 'oct')) throw typeClash(before.keyset);
  const warnings: [boolean, string][] = [
    [match !== undefined, DUPLICATE],
    [keys.length > 0 && !withKey, PUBLIC_ONLY],
    [keys.some(({ use }) => use === 'sig') && !certificate.canSign, useClash('signature')],
    [keys.some(({ use }) => use === 'enc') && !certificate.canEncrypt, useClash('encryption')],
  ];
  return {
    action: 'upload',
    warnings: warnings.filter(([applies]) => applies).map(([, text]) => text),
    isRenewal: match === undefined && keys.some((key) => hasSameKeyPair(key, certificate)),
  };
}

const DUPLICATE =
  'allow-duplicate: the keyset already contains this certificate; this adds a copy. Keys cannot be removed from a keyset.';

const PUBLIC_ONLY =
  'The keyset already has keys, and this certificate comes without its private key. If a policy signs or decrypts with this keyset, it fails as soon as this key becomes active (AADB2C90178, AADB2C90028). Use private-key: require to prevent this.';

const useClash = (use: string): string =>
  `The keyset contains keys for ${use}, which the KeyUsage of this certificate does not allow; B2C may reject it.`;

/** The service would reject it with the same code. */
const typeClash = ({ id }: Keyset): ActionError =>
  new ActionError(
    `The keyset ${id} contains a secret (kty: oct); Azure AD B2C does not allow secrets and certificates in one keyset (AADB2C95032)`,
    guidanceFor('AADB2C95032', 400),
  );
