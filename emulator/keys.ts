import { createHash, generateKeyPairSync, randomBytes, type JsonWebKey, type X509Certificate } from 'node:crypto';
import { DEFAULT_BEHAVIOR, type ServiceBehavior } from './service-behavior.ts';

export type KeyStatus = 'enabled' | 'disabled';

/** A `trustFrameworkKey` as the tenant stores it: only what can be read back, since the service returns no secret. */
export interface Key {
  readonly kid: string;
  readonly kty: string;
  readonly use: string | null;
  /** Seconds since 1970. Null: the key has no such date. */
  readonly nbf: number | null;
  readonly exp: number | null;
  /** Base64 of DER. */
  readonly x5c: readonly string[];
  readonly x5t: string | null;
  readonly n: string | null;
  readonly e: string | null;
  readonly status: KeyStatus;
}

/** A key with the given members; the rest is what an RSA key without dates has. */
export function keyOf(members: Partial<Key>): Key {
  return {
    kid: randomBytes(32).toString('base64url'),
    kty: 'RSA',
    use: null,
    nbf: null,
    exp: null,
    x5c: [],
    x5t: null,
    n: null,
    e: null,
    status: 'enabled',
    ...members,
  };
}

/** RFC 7638, 3: SHA-256 over the required members in lexicographic order, without white space. */
function jwkThumbprint({ e, n }: JsonWebKey): string {
  return createHash('sha256')
    .update(JSON.stringify({ e, kty: 'RSA', n }))
    .digest('base64url');
}

function modulus({ n, e }: JsonWebKey): { n: string | null; e: string | null } {
  return { n: n ?? null, e: e ?? null };
}

/** The key that an RSA certificate becomes: dates, thumbprint and public key from the certificate, `use` unknown. */
export function certificateKey(
  certificate: X509Certificate,
  { kid, newKeys }: Pick<ServiceBehavior, 'kid' | 'newKeys'> = DEFAULT_BEHAVIOR,
): Key {
  const jwk = certificate.publicKey.export({ format: 'jwk' });
  const sha1 = createHash('sha1').update(certificate.raw).digest();
  return keyOf({
    kid: kid === 'sha1' ? sha1.toString('hex').toUpperCase() : jwkThumbprint(jwk),
    nbf: Date.parse(certificate.validFrom) / 1000,
    exp: Date.parse(certificate.validTo) / 1000,
    x5c: [certificate.raw.toString('base64')],
    x5t: sha1.toString('base64url'),
    ...modulus(jwk),
    status: newKeys,
  });
}

/** A new RSA key, as generateKey makes it: its `kid` is the JWK thumbprint. */
export function generatedKey(members: Partial<Key>): Key {
  const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  return keyOf({ kid: jwkThumbprint(jwk), ...modulus(jwk), ...members });
}

/**
 * A key as the service writes it, members in its order: what cannot be read is null, but dates that a key does not have are
 * absent.
 *
 * @param showsStatus - whether this endpoint shows the key's status
 */
export function present(
  key: Key,
  { hidden, dates }: Pick<ServiceBehavior, 'hidden' | 'dates'>,
  showsStatus: boolean,
): Record<string, unknown> {
  const date = (seconds: number | null): unknown =>
    seconds === null ? undefined : dates === 'strings' ? String(seconds) : seconds;
  const members = {
    k: null,
    x5c: key.x5c,
    x5t: key.x5t,
    kty: key.kty,
    use: key.use,
    exp: date(key.exp),
    nbf: date(key.nbf),
    kid: key.kid,
    e: key.e,
    n: key.n,
    d: null,
    p: null,
    q: null,
    dp: null,
    dq: null,
    qi: null,
    status: key.status,
  };
  const absent: readonly string[] = showsStatus ? hidden : [...hidden, 'status'];
  return Object.fromEntries(Object.entries(members).filter(([name]) => !absent.includes(name)));
}
