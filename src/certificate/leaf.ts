import { createPublicKey, type KeyObject } from 'node:crypto';
import { ActionError } from '../shared/action-error.ts';
import type { Certificate } from './certificate.ts';
import { EXPORT_COMMANDS } from './rejections.ts';

/** A certificate and those that came with it. */
export interface Chain {
  /** The end-entity certificate: the one that becomes the key. */
  readonly leaf: Certificate;
  /** All other certificates: intermediates and roots. */
  readonly others: readonly Certificate[];
}

/**
 * By names, key identifiers and KeyUsage, as OpenSSL builds a chain. Signatures are not checked: a hundred large ones take a
 * minute. No other certificate issued one that names itself as issuer.
 */
const issued = (issuer: Certificate, subject: Certificate): boolean =>
  issuer !== subject && subject.issuer !== subject.subject && subject.x509.checkIssued(issuer.x509);

const name = (certificate: Certificate): string => `"${certificate.subject}" (SHA-1 ${certificate.sha1})`;

/**
 * Finds the leaf by keys and names, never by order: with a private key it is the certificate of that key, and the one that
 * issued none of the others where there are several or no key.
 *
 * @param certificates - one or more
 * @throws ActionError when the key matches none, or when several certificates could be meant
 */
export function findLeaf(certificates: readonly Certificate[], key?: KeyObject): Chain {
  const distinct = [...new Map(certificates.map((one) => [one.sha256, one])).values()];
  const publicKey = key && createPublicKey(key);
  const owned = publicKey ? distinct.filter((one) => publicKey.equals(one.publicKey)) : distinct;
  if (owned.length === 0) throw mismatch(distinct);
  // The certificate of a CA's own key is meant even beside one that it issued.
  const ends = owned.length === 1 ? owned : owned.filter((one) => !distinct.some((other) => issued(one, other)));
  // CA:TRUE says nothing: `openssl req -x509` writes it into every certificate.
  const [leaf, second] = ends;
  if (leaf === undefined || second !== undefined) throw ambiguous(ends.length > 0 ? ends : owned);
  return { leaf, others: distinct.filter((one) => one !== leaf) };
}

/** The first few by name: a hundred would bury the sentence. */
function list(certificates: readonly Certificate[]): string {
  const shown = certificates.slice(0, 5).map(name).join(', ');
  return certificates.length > 5 ? `${shown} and ${certificates.length - 5} more` : shown;
}

const mismatch = (certificates: readonly Certificate[]): ActionError =>
  new ActionError(`its private key does not match any certificate: ${list(certificates)}`, {
    anchor: 'private-key-mismatch',
    cause: 'The certificate was issued for another key: perhaps a renewed certificate was combined with the old key.',
    fix: 'Provide the private key that the certificate was requested with. `openssl x509 -noout -pubkey -in certificate.pem` and `openssl pkey -pubout -in key.pem` print the same if they match.',
  });

const ambiguous = (certificates: readonly Certificate[]): ActionError =>
  new ActionError(
    `it contains ${certificates.length} certificates that do not form a chain, so the end-entity certificate is ambiguous: ${list(certificates)}`,
    {
      anchor: 'several-certificates',
      fix: `Provide one certificate, with or without its chain, and run the action once for each: ${EXPORT_COMMANDS.certificate}.`,
    },
  );
