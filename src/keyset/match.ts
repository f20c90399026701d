import type { Key } from './key.ts';

/** What identifies a certificate among the keys of a keyset. */
export interface CertificateIdentity {
  readonly der: Buffer;
  /** Upper-case hex. */
  readonly sha1: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** JWK of the RSA public key, base64url. */
  readonly n: string;
  readonly e: string;
}

export interface Match {
  readonly key: Key;
  /** What matched. `public key`: the key pair is the same, and the service shows nothing else. */
  readonly by: 'x5c' | 'x5t' | 'kid' | 'validity' | 'public key';
}

/** The first byte of every certificate. */
const DER_SEQUENCE = 0x30;

/** The keys that contain this certificate, the surest match first. */
export function findCertificate(keys: readonly Key[], certificate: CertificateIdentity): Match[] {
  const matches = keys.flatMap((key): Match[] => {
    const by = matchedBy(key, certificate);
    return by === undefined ? [] : [{ key, by }];
  });
  return matches.toSorted((a, b) => Number(a.by === 'public key') - Number(b.by === 'public key'));
}

/**
 * Whether this key was made from this certificate: by its bytes, its thumbprint, or a `kid` that is one (seen in a real
 * response). Where the service shows none of these, by the public key with its validity. A match by the public key without a
 * validity is reported as such: it may be the certificate's predecessor with the same key pair.
 */
function matchedBy(key: Key, certificate: CertificateIdentity): Match['by'] | undefined {
  const [leaf] = key.x5c;
  if (leaf?.equals(certificate.der)) return 'x5c';
  if (isHash(key.x5t, certificate.sha1)) return 'x5t';
  if (isHash(key.kid, certificate.sha1)) return 'kid';
  const showsAnother = leaf?.[0] === DER_SEQUENCE || key.x5t !== undefined || isThumbprint(key.kid);
  if (showsAnother || !hasSameKeyPair(key, certificate)) return undefined;
  if (key.nbf === undefined && key.exp === undefined) return 'public key';
  return mayBeSame(key.nbf, certificate.notBefore) && mayBeSame(key.exp, certificate.notAfter) ? 'validity' : undefined;
}

/** Whether a key has the key pair of this certificate: after a renewal with the same key pair it has, with another certificate. */
export function hasSameKeyPair(key: Key, certificate: CertificateIdentity): boolean {
  return isSameNumber(key.n, certificate.n) && isSameNumber(key.e, certificate.e);
}

/**
 * Whether two responses show the same key. The `kid` is not enough: where the service derives it from the key pair, a renewed
 * certificate with the same key pair shares it with its predecessor.
 */
export function isSameKey(a: Key, b: Key): boolean {
  const [leafA, leafB] = [a.x5c[0], b.x5c[0]];
  const sameLeaf = leafA === undefined || leafB === undefined || leafA.equals(leafB);
  if (a.kid === undefined || b.kid === undefined) return leafA !== undefined && leafB !== undefined && sameLeaf;
  return a.kid === b.kid && sameLeaf && mayBeSame(a.nbf, b.nbf) && mayBeSame(a.exp, b.exp);
}

/** Whether a text is this hash, in hex or in either alphabet of base64. */
const isHash = (text: string | undefined, sha1: string): boolean =>
  text !== undefined &&
  (text.toUpperCase() === sha1 || Buffer.from(text, 'base64url').toString('hex').toUpperCase() === sha1);

const isThumbprint = (kid: string | undefined): boolean => kid !== undefined && /^[0-9A-Fa-f]{40}$/.test(kid);

/** base64url of the same number: padding, alphabet and leading zeros do not count. */
function isSameNumber(a: string | undefined, b: string): boolean {
  if (a === undefined) return false;
  const toHex = (text: string): string => Buffer.from(text, 'base64url').toString('hex').replace(/^0+/, '');
  return toHex(a) === toHex(b);
}

/** Same second: the service counts in whole seconds. A date that is not shown is no difference. */
const mayBeSame = (a: Date | undefined, b: Date | undefined): boolean =>
  a === undefined || b === undefined || Math.floor(a.getTime() / 1000) === Math.floor(b.getTime() / 1000);
