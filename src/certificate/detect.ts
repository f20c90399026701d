import { children, type Element, integer, oid, readElement, tryRead, TAG } from './der.ts';

/** What a DER structure is, judged by its first members. */
export type DerType =
  | 'certificate'
  | 'pfx'
  | 'pkcs7'
  | 'csr'
  | 'crl'
  | 'attribute certificate'
  | 'pkcs8'
  | 'encrypted pkcs8'
  | 'pkcs1'
  | 'sec1'
  | 'public key'
  | 'unknown';

const SIGNED_DATA = '1.2.840.113549.1.7.2';

/**
 * Names the structure, without judging whether it is sound.
 *
 * @param der - a single element; what cannot be walked is `unknown`
 * @see RFC 5280 (certificate, CRL), 5755 (attribute certificate), 7292 (PFX), 5652 (PKCS#7), 2986 (CSR), 5958 (PKCS#8), 8017 (PKCS#1), 5915 (SEC1)
 */
export function detectDerType(der: Buffer): DerType {
  return tryRead(
    () => {
      const outer = readElement(der);
      return outer.tag === TAG.sequence ? typeOf(children(outer)) : 'unknown';
    },
    () => 'unknown',
  );
}

function typeOf(members: readonly Element[]): DerType {
  const [first, second, third] = members;
  if (oid(first) === SIGNED_DATA) return 'pkcs7';
  if (first?.tag === TAG.integer) return typeOfVersioned(integer(first), second, third);
  if (first?.tag !== TAG.sequence) return 'unknown';
  if (second?.tag === TAG.bitString) return 'public key';
  if (second?.tag === TAG.octetString) return 'encrypted pkcs8';
  if (second?.tag === TAG.sequence && third?.tag === TAG.bitString) return typeOfSigned(children(first));
  return 'unknown';
}

function typeOfVersioned(version: number, second: Element | undefined, third: Element | undefined): DerType {
  if (version === 3 && second?.tag === TAG.sequence) return 'pfx';
  if (second?.tag === TAG.sequence && third?.tag === TAG.octetString) return 'pkcs8';
  if (second?.tag === TAG.octetString) return 'sec1';
  if (second?.tag === TAG.integer && third === undefined) return 'public key';
  // The parameters of DSA begin with a large number instead.
  return second?.tag === TAG.integer && version <= 1 ? 'pkcs1' : 'unknown';
}

/** TBSCertificate, CertificationRequestInfo, AttributeCertificateInfo or TBSCertList. */
function typeOfSigned(members: readonly Element[]): DerType {
  const [first, second, third, fourth] = members;
  // The version, from version 2 on.
  if (first?.tag === TAG.context0) return 'certificate';
  if (first?.tag !== TAG.integer || second?.tag !== TAG.sequence) return 'crl';
  // The issuer.
  if (third?.tag === TAG.context0) return 'attribute certificate';
  // Validity of a certificate of version 1, thisUpdate of a list, attributes of a request.
  if (fourth?.tag === TAG.sequence) return 'certificate';
  return fourth === undefined || fourth.tag === TAG.context0 ? 'csr' : 'crl';
}

/**
 * What something looks like that is neither PEM nor DER nor base64 of them: words for an error message. Nothing of the
 * content itself is repeated: it may be a secret.
 */
export function describeUnknownInput(bytes: Buffer): string {
  const text = bytes.subarray(0, 4096).toString('latin1').trimStart();
  const looks: [RegExp, string][] = [
    [/^<(!doctype|html|head|body)/i, 'an HTML page, perhaps a sign-in page saved instead of the file'],
    [/^<\?xml|^</, 'XML'],
    [
      /^[{[]/,
      'JSON: if one of its members is the certificate, provide that one (`jq -r .value`, `az … --query value -o tsv`)',
    ],
    [/^data:/, 'a data: URL: use the part after the comma'],
    [/^ssh-|^ecdsa-sha2-/, 'an SSH public key'],
    [/^PuTTY-User-Key-File/, 'a PuTTY key'],
    [/^\*{3}\s*$/, 'a masked secret (`***`), not the secret'],
    [/^\$\{\{/, 'an unevaluated expression'],
    [/^\xfe\xed\xfe\xed|^\xce\xce\xce\xce/, 'a Java keystore (JKS)'],
    [/^PK\x03\x04/, 'a ZIP archive'],
    [/^[\w .:\\/~-]+\.(pem|cer|crt|der|pfx|p12|key)\s*$/i, 'a file name; use certificate-path for that'],
  ];
  return (
    looks.find(([pattern]) => pattern.test(text))?.[1] ?? `${bytes.length} bytes that are neither PEM, DER nor base64`
  );
}
