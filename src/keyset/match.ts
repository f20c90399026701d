import type { Key } from './key.ts';

/** The facts of a certificate by which a key can be told to be the same. */
export interface CertificateFacts {
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
  /** What gave it away. `public key`: the pair is the same and the service tells nothing else of the key. */
  readonly by: 'x5c' | 'x5t' | 'kid' | 'validity' | 'public key';
}

/** Every certificate begins with this byte; what does not is none. */
const SEQUENCE = 0x30;

/** Whether a text is this hash, in hex or in either alphabet of base64. */
const isHash = (text: string | undefined, sha1: string): boolean =>
  text !== undefined &&
  (text.toUpperCase() === sha1 || Buffer.from(text, 'base64url').toString('hex').toUpperCase() === sha1);

const isThumbprint = (kid: string | undefined): boolean => kid !== undefined && /^[0-9A-Fa-f]{40}$/.test(kid);

/** base64url of the same number: padding, the other alphabet and leading zeros do not count. */
function sameNumber(a: string | undefined, b: string): boolean {
  if (a === undefined) return false;
  const hex = (text: string): string => Buffer.from(text, 'base64url').toString('hex').replace(/^0+/, '');
  return hex(a) === hex(b);
}

/** Same second: the service counts in whole ones. A date that it does not show is no difference. */
const mayBeSame = (a: Date | undefined, b: Date | undefined): boolean =>
  a === undefined || b === undefined || Math.floor(a.getTime() / 1000) === Math.floor(b.getTime() / 1000);

/**
 * Whether this key was made from this certificate. The bytes tell, the thumbprint, or a `kid` that is one (seen in a real
 * answer). Where the service shows none of these, the public key with its validity does. A match by the public key alone is
 * reported as such: it may be the certificate's predecessor on the same key pair.
 */
function matches(key: Key, certificate: CertificateFacts): Match['by'] | undefined {
  const [leaf] = key.x5c;
  if (leaf?.equals(certificate.der)) return 'x5c';
  if (isHash(key.x5t, certificate.sha1)) return 'x5t';
  if (isHash(key.kid, certificate.sha1)) return 'kid';
  const showsAnother = leaf?.[0] === SEQUENCE || key.x5t !== undefined || isThumbprint(key.kid);
  if (showsAnother || !sameKeyPair(key, certificate)) return undefined;
  if (key.nbf === undefined && key.exp === undefined) return 'public key';
  return mayBeSame(key.nbf, certificate.notBefore) && mayBeSame(key.exp, certificate.notAfter) ? 'validity' : undefined;
}

/** The keys in this list that hold the certificate already, the surest match first. */
export function findCertificate(keys: readonly Key[], certificate: CertificateFacts): Match[] {
  const found = keys.flatMap((key): Match[] => {
    const by = matches(key, certificate);
    return by === undefined ? [] : [{ key, by }];
  });
  return found.toSorted((a, b) => Number(a.by === 'public key') - Number(b.by === 'public key'));
}

/** Whether a key uses the key pair of this certificate: after a renewal on the same pair it does, with another certificate. */
export function sameKeyPair(key: Key, certificate: CertificateFacts): boolean {
  return sameNumber(key.n, certificate.n) && sameNumber(key.e, certificate.e);
}

/**
 * Whether two answers speak of the same key. The `kid` alone does not tell: where the service derives it from the key pair,
 * a renewed certificate on the same pair shares it with its predecessor.
 */
export function isSameKey(a: Key, b: Key): boolean {
  const [leafA, leafB] = [a.x5c[0], b.x5c[0]];
  const sameLeaf = leafA === undefined || leafB === undefined || leafA.equals(leafB);
  if (a.kid === undefined || b.kid === undefined) return leafA !== undefined && leafB !== undefined && sameLeaf;
  return a.kid === b.kid && sameLeaf && mayBeSame(a.nbf, b.nbf) && mayBeSame(a.exp, b.exp);
}
