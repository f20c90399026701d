import { hash } from 'node:crypto';
import { isDisabled, type Key } from './key.ts';

/** What tells a certificate, or its key, from others. */
interface CertificateIdentity {
  readonly der: Buffer;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Upper-case hex. SHA-1 is what the Azure portal shows and what `x5t` is made of. */
  readonly sha1: string;
  readonly sha256: string;
  /** JWK members of an RSA key, base64url; empty for other keys. */
  readonly n: string;
  readonly e: string;
}

/** A key of the certificate, and how it was recognized. */
export interface Match {
  readonly key: Key;
  /** What matched. `public key`: the key pair is the same, and the service shows nothing else. */
  readonly by: 'x5c' | 'x5t' | 'kid' | 'validity' | 'public key';
}

/** The first byte of every certificate. */
const DER_SEQUENCE = 0x30;

/** The keys that contain this certificate, the surest match first; of several copies those that are not disabled. */
export function findCertificate(keys: readonly Key[], certificate: CertificateIdentity): Match[] {
  const matches = keys.flatMap((key): Match[] => {
    const by = matchedBy(key, certificate);
    return by === undefined ? [] : [{ key, by }];
  });
  const rank = ({ key, by }: Match): number => Number(by === 'public key') * 2 + Number(isDisabled(key));
  return matches.toSorted((a, b) => rank(a) - rank(b));
}

/** Whether a key was certainly made from the certificate, and not perhaps from another one with the same key pair. */
export function isCopy(key: Key, certificate: CertificateIdentity): boolean {
  const by = matchedBy(key, certificate);
  return by !== undefined && by !== 'public key';
}

/**
 * Whether this key was made from this certificate: by its bytes, its thumbprint, or a `kid` that is one (seen in a real
 * response). Where the service shows none of these, by the public key with the same start; the end may have been overridden by
 * an administrator. A match by the public key without dates is reported as such: it may be the certificate's predecessor with
 * the same key pair.
 */
function matchedBy(key: Key, certificate: CertificateIdentity): Match['by'] | undefined {
  const isSamePair = hasSameKeyPair(key, certificate);
  const isOtherPair = key.n !== undefined && !isSamePair;
  const [leaf, ...issuers] = key.x5c;
  if (leaf?.equals(certificate.der)) return 'x5c';
  if (!isOtherPair && issuers.some((der) => der.equals(certificate.der))) return 'x5c';
  if (isThumbprintOf(key.x5t, certificate)) return 'x5t';
  if (isThumbprintOf(key.kid, certificate)) return 'kid';
  // What it shows is another certificate, or another key pair.
  if (showsCertificate(key) || isSha1Hex(key.kid) || isOtherPair) return undefined;
  const hasSameKid = isJwkThumbprintOf(key.kid, certificate);
  if (!isSamePair && !hasSameKid) return undefined;
  if (key.nbf === undefined && key.exp === undefined) return 'public key';
  const isSameValidity = key.nbf
    ? isSameSecond(key.nbf, certificate.notBefore)
    : mayBeSame(key.exp, certificate.notAfter);
  return isSameValidity ? (isSamePair ? 'validity' : 'kid') : undefined;
}

/** Whether a key has the key pair of this certificate: after a renewal with the same key pair it has, with another certificate. */
export function hasSameKeyPair(key: Key, certificate: CertificateIdentity): boolean {
  return isSameNumber(key.n, certificate.n) && (key.e === undefined || isSameNumber(key.e, certificate.e));
}

/** The service shows neither the certificate nor the public key: such a key can only be identified by its `kid`. */
export const isUnidentified = (key: Key): boolean => !showsCertificate(key) && key.n === undefined;

/**
 * Whether two responses show the same key. The `kid` is not enough: where the service derives it from the key pair, a renewed
 * certificate with the same key pair shares it with its predecessor.
 */
export function isSameKey(a: Key, b: Key): boolean {
  const [leafA, leafB] = [a.x5c[0], b.x5c[0]];
  const sameLeaf = leafA === undefined || leafB === undefined || leafA.equals(leafB);
  const [idA, idB] = a.kid === undefined || b.kid === undefined ? [a.x5t, b.x5t] : [a.kid, b.kid];
  if (idA === undefined || idB === undefined) return leafA !== undefined && leafB !== undefined && sameLeaf;
  return idA === idB && sameLeaf && mayBeSame(a.nbf, b.nbf) && mayBeSame(a.exp, b.exp);
}

/** By its bytes or by its thumbprint. */
const showsCertificate = ({ x5c, x5t }: Key): boolean =>
  x5c[0]?.[0] === DER_SEQUENCE || readThumbprint(x5t) !== undefined;

/** A SHA-1 or SHA-256 hash in upper-case hex, from hex (with colons or without) or base64 in either alphabet. */
function readThumbprint(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const hex = text.replaceAll(':', '').toUpperCase();
  if (/^([0-9A-F]{40}|[0-9A-F]{64})$/.test(hex)) return hex;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === 20 || bytes.length === 32 ? bytes.toString('hex').toUpperCase() : undefined;
}

function isThumbprintOf(text: string | undefined, { sha1, sha256 }: CertificateIdentity): boolean {
  const thumbprint = readThumbprint(text);
  return thumbprint === sha1 || thumbprint === sha256;
}

const isSha1Hex = (kid: string | undefined): boolean => kid !== undefined && /^[0-9A-Fa-f]{40}$/.test(kid);

/** Of the public key, so that a renewal with the same key pair has the same. @see RFC 7638 3 */
const isJwkThumbprintOf = (kid: string | undefined, { n, e }: CertificateIdentity): boolean =>
  kid?.length === 43 && kid === hash('sha256', JSON.stringify({ e, kty: 'RSA', n }), 'base64url');

/** base64url of the same number: padding, alphabet and leading zeros do not count. */
function isSameNumber(a: string | undefined, b: string): boolean {
  if (a === undefined) return false;
  const toHex = (text: string): string => Buffer.from(text, 'base64url').toString('hex').replace(/^0+/, '');
  return toHex(a) === toHex(b);
}

/** The service counts in whole seconds. */
const isSameSecond = (a: Date, b: Date): boolean => Math.floor(a.getTime() / 1000) === Math.floor(b.getTime() / 1000);

/** A date that is not shown is no difference. */
const mayBeSame = (a: Date | undefined, b: Date | undefined): boolean =>
  a === undefined || b === undefined || isSameSecond(a, b);
