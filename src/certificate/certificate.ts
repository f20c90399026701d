import type { KeyObject, X509Certificate } from 'node:crypto';
import { ActionError } from '../shared/action-error.ts';
import { readX509 } from '../shared/x509.ts';
import { children, oid, readElement, tryRead } from './der.ts';
import { EXPORT_COMMANDS } from './rejections.ts';

/** What the rest of the product needs to know of an X.509 certificate. Its strings come from whoever made it: they are untrusted. */
export type Certificate = Readonly<ReturnType<typeof parseCertificate>>;

/** Types of keys that people know by another name than Node's in upper case. */
const KEY_NAMES: Record<string, string> = { 'rsa-pss': 'RSASSA-PSS', ed25519: 'Ed25519', ed448: 'Ed448' };

/** Bits of KeyUsage in its first octet. */
const KEY_USAGE = {
  oid: '2.5.29.15',
  digitalSignature: 0x80,
  nonRepudiation: 0x40,
  keyEncipherment: 0x20,
  dataEncipherment: 0x10,
  keyCertSign: 0x04,
} as const;
/** Explicit tag of the extensions in a TBSCertificate. */
const EXTENSIONS = 0xa3;

/**
 * Reads one certificate.
 *
 * @param der - exactly one DER-encoded certificate
 * @throws ActionError when it cannot be parsed
 */
export function parseCertificate(der: Buffer) {
  const x509 = readWhole(der);
  const publicKey = readPublicKey(x509);
  const usage = keyUsage(der);
  const allows = (bits: number): boolean => usage === undefined || (usage & bits) !== 0;
  const type = String(publicKey.asymmetricKeyType);
  // Only of RSA: Node 24 aborts when it is asked for either of an EC key that is the point at infinity.
  const rsaBits = type === 'rsa' ? publicKey.asymmetricKeyDetails?.modulusLength : undefined;
  const jwk = type === 'rsa' ? publicKey.export({ format: 'jwk' }) : {};
  return {
    der,
    x509,
    publicKey,
    /** RFC 2253-like, one line. */
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    san: x509.subjectAltName ?? '',
    /** Upper-case hex, as both hashes. */
    serial: x509.serialNumber,
    notBefore: x509.validFromDate,
    notAfter: x509.validToDate,
    sha1: x509.fingerprint.replaceAll(':', ''),
    sha256: x509.fingerprint256.replaceAll(':', ''),
    /** `RSA 2048`, `RSASSA-PSS`, `EC`: for people. */
    keyText: rsaBits === undefined ? (KEY_NAMES[type] ?? type.toUpperCase()) : `RSA ${rsaBits}`,
    /** Undefined for other keys, RSASSA-PSS included. */
    rsaBits,
    /** What its KeyUsage allows; true where it has none (RFC 5280 4.2.1.3). */
    canSign: allows(KEY_USAGE.digitalSignature | KEY_USAGE.nonRepudiation),
    canEncrypt: allows(KEY_USAGE.keyEncipherment | KEY_USAGE.dataEncipherment),
    /** Its KeyUsage has keyCertSign. */
    signsCertificates: usage !== undefined && (usage & KEY_USAGE.keyCertSign) !== 0,
    /** JWK members of an RSA key, base64url; empty for other keys. */
    n: jwk.n ?? '',
    e: jwk.e ?? '',
  };
}

function readWhole(der: Buffer): X509Certificate {
  try {
    return readX509(der);
  } catch (cause) {
    const what = 'it looks like an X.509 certificate but cannot be parsed: it is damaged';
    const fix = `Export the certificate again, and check that nothing was lost while copying it: ${EXPORT_COMMANDS.certificate}.`;
    throw new ActionError(what, { anchor: 'certificate', fix }, { cause });
  }
}

function readPublicKey(x509: X509Certificate): KeyObject {
  try {
    return x509.publicKey;
  } catch (cause) {
    const what = 'its public key is damaged, or of an unknown algorithm; Azure AD B2C supports only RSA';
    throw new ActionError(what, { anchor: 'not-rsa', fix: EXPORT_COMMANDS.newRsaKey }, { cause });
  }
}

/** Node shows only the extended key usage. What cannot be walked counts as absent: OpenSSL has accepted it. */
function keyUsage(der: Buffer): number | undefined {
  return tryRead(
    () => {
      const [tbs] = children(readElement(der));
      const [extensions] = children(children(tbs).find(({ tag }) => tag === EXTENSIONS));
      const extension = children(extensions).find((one) => oid(children(one)[0]) === KEY_USAGE.oid);
      // Type, whether it is critical, value: a BIT STRING, of which one octet counts unused bits, then the bits.
      const value = children(extension).at(-1);
      return value && readElement(value.content).content[1];
    },
    () => undefined,
  );
}

/** Node puts each attribute of a name on a line of its own. */
const oneLine = (name: string | undefined): string => (name ?? '').replaceAll('\n', ', ');
