import { X509Certificate } from 'node:crypto';

/** What tells a certificate, or its key, from others. */
export interface CertificateIdentity {
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

/** What Node writes in place of a date that OpenSSL cannot read; the `Date` beside it is whatever was in memory. */
const NO_DATE = 'Bad time value';

/**
 * Reads one certificate as OpenSSL does.
 *
 * @throws Error when it is none, or when a date of it is none
 */
export function readX509(der: Buffer): X509Certificate {
  const x509 = new X509Certificate(der);
  if ([x509.validFrom, x509.validTo].includes(NO_DATE)) throw new Error('Its validity is no span of time.');
  return x509;
}
