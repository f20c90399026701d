import { X509Certificate, randomBytes } from 'node:crypto';
import forge from 'node-forge';
import { rsaKeyPair, type RsaKeyPair } from '../../emulator/rsa.ts';

export interface MadeCertificate {
  readonly pem: string;
  readonly keyPem: string;
  readonly der: Buffer;
  readonly x509: X509Certificate;
  readonly pair: RsaKeyPair;
}

export interface CertificateOptions {
  /** Default: an hour ago. */
  readonly from?: Date | undefined;
  /** Default: a year from now. */
  readonly to?: Date | undefined;
  readonly subject?: string | undefined;
  /** An existing key pair; making a new one needs 60 ms. */
  readonly pair?: RsaKeyPair | undefined;
  /** The KeyUsage extension; none when absent. */
  readonly usage?: 'digitalSignature' | 'keyEncipherment' | undefined;
}

/** Milliseconds. */
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** The instant so many milliseconds from now, in whole seconds as in certificates. */
export const fromNow = (ms: number): Date => new Date(Math.floor((Date.now() + ms) / 1000) * 1000);

/** A self-signed certificate with an RSA key of 2048 bits. */
export async function makeCertificate(options: CertificateOptions = {}): Promise<MadeCertificate> {
  const pair = options.pair ?? (await rsaKeyPair());
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = pair.publicKey;
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
  certificate.validity.notBefore = options.from ?? fromNow(-HOUR);
  certificate.validity.notAfter = options.to ?? fromNow(365 * DAY);
  certificate.setSubject([
    { name: 'commonName', value: forge.util.encodeUtf8(options.subject ?? 'made.contoso.example') },
  ]);
  certificate.setIssuer(certificate.subject.attributes);
  if (options.usage) certificate.setExtensions([{ name: 'keyUsage', critical: true, [options.usage]: true }]);
  certificate.sign(pair.privateKey, forge.md.sha256.create());
  const pem = forge.pki.certificateToPem(certificate);
  const x509 = new X509Certificate(pem);
  return { pem, keyPem: forge.pki.privateKeyToPem(pair.privateKey), der: x509.raw, x509, pair };
}
