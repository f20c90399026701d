import { X509Certificate } from 'node:crypto';

/** What Node writes in place of a date that OpenSSL cannot read; the `Date` beside it is whatever was in memory. */
const NO_DATE = 'Bad time value';

/**
 * Reads one certificate as OpenSSL does.
 *
 * @throws Error when it is not a certificate, or one of its dates cannot be read
 */
export function readX509(der: Buffer): X509Certificate {
  const x509 = new X509Certificate(der);
  if ([x509.validFrom, x509.validTo].includes(NO_DATE)) throw new Error('Its validity dates cannot be read.');
  return x509;
}
