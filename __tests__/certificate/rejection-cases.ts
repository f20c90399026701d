import { writePem } from '../../src/certificate/pem.ts';
import { fixture, fixtureText } from '../fixtures/index.ts';
import {
  bag,
  bundleOf,
  certBag,
  certificateOf,
  data,
  encryptedData,
  encryptedSafe,
  encrypt3Des,
  keyBag,
  octetString,
  pbes2,
  pbmac1,
  pfxOf,
  pkcs12Algorithm,
  pkcs12Mac,
  pkcs8Of,
  sequence,
  shroudedKeyBag,
  withMac,
} from './structures.ts';
import { der, integerDer, oidDer, TAG } from '../../src/certificate/der.ts';
import { PASSWORD } from './form-cases.ts';

/** An input that cannot be used, and what has to be said about it. */
export interface RejectedInput {
  readonly name: string;
  readonly bytes: Buffer;
  readonly password: string;
  /** Names what was detected. */
  readonly says: RegExp;
  /** Leads to a valid one. */
  readonly advises: RegExp;
}

const pem = fixtureText('signing.pem');
const der_ = fixture('signing.cer');
const key = fixtureText('signing.key.pem');
const forms = (name: string): Buffer => fixture(`forms/${name}`);
const both = (certificate: string, privateKey: string): string => pemOf(certificate) + pemOf(privateKey);
const pemOf = (name: string): string => fixtureText(`${name}.pem`);

const CERTIFICATE = /openssl pkcs12 -in certificate\.pfx -clcerts.*PowerShell: `Export-Certificate/;
const PFX = /openssl pkcs12 -export .*PowerShell: `Export-PfxCertificate/;
const KEY_CHECK = /openssl pkey -check/;
const PASSWORD_CHECK = /openssl pkcs12 -info.*openssl pkey.*PowerShell: `Get-PfxData/;
const RSA =
  /openssl req -x509 -newkey rsa:2048 -nodes .* -subj "\/CN=signing\.contoso\.com".*PowerShell: `New-SelfSignedCertificate .* -KeySpec Signature -KeyExportPolicy Exportable -Provider "Microsoft Enhanced RSA and AES Cryptographic Provider"/;
const COPY = /gh secret set CERTIFICATE/;

const rejected = (
  name: string,
  bytes: Buffer | string,
  says: RegExp,
  advises: RegExp,
  password = '',
): RejectedInput => ({
  name,
  bytes: Buffer.from(bytes),
  password,
  says,
  advises,
});

const damagedAt = (bytes: Buffer, offset: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[copy.length + offset] = (copy[copy.length + offset] ?? 0) ^ 0x55;
  return copy;
};

const PBKDF2 = '1.2.840.113549.1.5.12';
const pbkdf2 = sequence(oidDer(PBKDF2), sequence(octetString(Buffer.alloc(8)), integerDer(1)));
/** A safe whose one key is protected so. */
const keyIn = (algorithm: Buffer): Buffer => data(sequence(shroudedKeyBag(algorithm, Buffer.alloc(16))));
/** The same for a plain text that the password opens. */
const keyOf = (plain: Buffer): Buffer => {
  const shroud = encrypt3Des(plain, PASSWORD);
  return data(sequence(shroudedKeyBag(shroud.algorithm, shroud.data)));
};
/** A safe of this plaintext, which the password opens. */
const safeOf = (plain: Buffer): Buffer => {
  const { algorithm, data: ciphertext } = encrypt3Des(plain, PASSWORD);
  return encryptedSafe(algorithm, ciphertext);
};
/** A MAC of this algorithm, and nothing right in it. */
const macOf = (...algorithm: Buffer[]): Buffer =>
  sequence(sequence(sequence(...algorithm), octetString(Buffer.alloc(20))), octetString(Buffer.alloc(8)));

/** PFX files that follow the form up to a point, and what is said about each. */
const MALFORMED: readonly (readonly [string, Buffer, RegExp])[] = [
  ['without content', sequence(integerDer(3), sequence()), /PFX is damaged: it lacks its content/],
  [
    'whose content is missing',
    sequence(integerDer(3), sequence(oidDer('1.2.840.113549.1.7.1'))),
    /PFX is damaged: it lacks its content/,
  ],
  [
    'whose content is empty',
    sequence(integerDer(3), sequence(oidDer('1.2.840.113549.1.7.1'), der(0xa0))),
    /lacks a part/,
  ],
  ['with an empty MAC', pfxOf([], () => sequence()), /lacks a part of its MAC/],
  [
    'with a MAC of MD5',
    pfxOf([], () => macOf(oidDer('1.2.840.113549.2.5'))),
    /not supported \(OID 1\.2\.840\.113549\.2\.5\)/,
  ],
  [
    'with PBMAC1 and no parameters',
    pfxOf([], () => macOf(oidDer('1.2.840.113549.1.5.14'), sequence())),
    /not supported \(OID 1\.2\.840\.113549\.1\.5\.14\)/,
  ],
  ['of encrypted data without data', pfxOf([encryptedData()]), /lacks its encrypted content/],
  [
    'of an empty key',
    pfxOf([data(sequence(bag('1.2.840.113549.1.12.10.1.2', sequence())))]),
    /lacks its encrypted key/,
  ],
  ['with an empty bag', pfxOf([data(sequence(sequence(oidDer('1.2.3'))))]), /contains an empty bag/],
  ['whose encryption has no parameters', pfxOf([keyIn(sequence(oidDer('1.2.3')))]), /not supported \(OID 1\.2\.3\)/],
  [
    'whose encryption has no salt',
    pfxOf([keyIn(sequence(oidDer('1.2.840.113549.1.12.1.3'), sequence()))]),
    /not supported \(OID 1\.2\.840\.113549\.1\.12\.1\.3\)/,
  ],
  [
    'whose encryption has no name',
    pfxOf([keyIn(sequence(der(TAG.null), sequence()))]),
    /PFX cannot be opened: it does not name an algorithm/,
  ],
  [
    'whose encryption has an IV of another length',
    pfxOf([
      keyIn(
        sequence(
          oidDer('1.2.840.113549.1.5.13'),
          sequence(pbkdf2, sequence(oidDer('2.16.840.1.101.3.4.1.42'), octetString(Buffer.alloc(8)))),
        ),
      ),
    ]),
    /PFX is damaged: it contains an IV of the wrong length/,
  ],
  [
    'with an attribute that cannot be read',
    pfxOf([data(sequence(certBag(der_, octetString(Buffer.of(1, 2, 3)))))]),
    /PFX is damaged: it should be 4 bytes long and is 3/,
  ],
  [
    'with an attribute without a name',
    pfxOf([data(sequence(certBag(der_, sequence(sequence(), der(TAG.set)))))]),
    /PFX is damaged: it contains a damaged attribute/,
  ],
  [
    'with an attribute without values',
    pfxOf([data(sequence(certBag(der_, sequence(oidDer('1.2.3')))))]),
    /PFX is damaged: it contains a damaged attribute/,
  ],
  ...[undefined, 0, 19, 65].map(
    (length) =>
      [
        `with PBMAC1 and a key of ${String(length)} bytes`,
        pfxOf([], pbmac1(1, PASSWORD, length)),
        /PFX is damaged: it uses PBMAC1 without a key length from 20 to 64 bytes/,
      ] as const,
  ),
  ['under an unknown cipher', pfxOf([keyIn(pbes2(pbkdf2, '1.2.3.4'))]), /not supported \(OID 1\.2\.3\.4\)/],
  [
    'whose key derivation has no salt',
    pfxOf([keyIn(pbes2(sequence(oidDer(PBKDF2))))]),
    /not supported \(OID .*5\.12\)/,
  ],
  [
    'under an unknown key derivation',
    pfxOf([keyIn(pbes2(sequence(oidDer('1.2.3.5'), sequence(octetString(Buffer.alloc(8))))))]),
    /not supported \(OID 1\.2\.3\.5\)/,
  ],
  [
    'under PBKDF2 with an unknown hash',
    pfxOf([
      keyIn(
        pbes2(
          sequence(
            oidDer(PBKDF2),
            sequence(octetString(Buffer.alloc(8)), integerDer(1), sequence(oidDer('1.2.3.6'), der(TAG.null))),
          ),
        ),
      ),
    ]),
    /not supported \(OID 1\.2\.3\.6\)/,
  ],
  [
    'whose password is right and whose key is none',
    pfxOf([keyOf(octetString(Buffer.alloc(8)))], pkcs12Mac('sha1', 1, PASSWORD)),
    /private key in the PFX does not open with the password of the PFX: it has another password, or is damaged/,
  ],
  [
    'whose password is right and whose plaintext cannot be walked',
    pfxOf([safeOf(Buffer.of(0x30, 5))], pkcs12Mac('sha1', 1, PASSWORD)),
    /cannot be decrypted although the password matches its integrity check/,
  ],
  [
    'whose password is right and whose RC2 is rubbish',
    pfxOf(
      [encryptedSafe(pkcs12Algorithm(Buffer.alloc(8), integerDer(1), '1.2.840.113549.1.12.1.6'), Buffer.alloc(8))],
      pkcs12Mac('sha1', 1, PASSWORD),
    ),
    /cannot be decrypted although the password matches its integrity check/,
  ],
];

const noKeyAlgorithm = (): Buffer => {
  const copy = Buffer.from(der_);
  const rsa = oidDer('1.2.840.113549.1.1.1');
  copy[copy.indexOf(rsa) + rsa.length - 1] = 0x63;
  return copy;
};

/** Version, holder, issuer, signature, serial number, validity, attributes (RFC 5755). */
const ATTRIBUTE_CERTIFICATE = sequence(
  sequence(integerDer(1), sequence(der(0xa0)), der(0xa0), sequence(), integerDer(1), sequence(), sequence()),
  sequence(),
  der(TAG.bitString),
);

const otherCipher = (cipher: string): string =>
  pem + fixtureText('forms/key.traditional.pem').replace(/DEK-Info: .*/, `DEK-Info: ${cipher},0011223344556677`);
const pkcs8With = (algorithm: string): string =>
  pem + writePem('PRIVATE KEY', sequence(integerDer(0), sequence(oidDer(algorithm)), der(TAG.octetString)));
/** A key and a certificate in a PFX under one password, the key under another. */
const twoPasswords = (): Buffer => {
  const shroud = encrypt3Des(pkcs8Of('signing.key.pem'), 'another');
  return pfxOf(
    [data(sequence(certBag(der_))), data(sequence(shroudedKeyBag(shroud.algorithm, shroud.data)))],
    pkcs12Mac('sha1', 1, PASSWORD),
  );
};
/** Nothing of it is encrypted, so no password can show that it is the right one. */
const plainSafes = (): Buffer => pfxOf([data(sequence(certBag(der_), keyBag(pkcs8Of('signing.key.pem'))))]);
const PKCS8_COMMAND = /openssl pkcs8 -topk8/;

/** All inputs that are rejected. */
export const REJECTED_INPUTS: readonly RejectedInput[] = [
  rejected('a PKCS#7 bundle', forms('bundle.p7b'), /PKCS#7 bundle \(\.p7b\)/, /openssl pkcs7 -print_certs.*certutil/),
  rejected('a PKCS#7 bundle in DER', forms('bundle.der.p7b'), /PKCS#7 bundle/, /-inform DER/),
  rejected(
    'a request',
    forms('request.csr.pem'),
    /certificate signing request/,
    /openssl x509 -req.*PowerShell: `certreq/,
  ),
  rejected('a revocation list', forms('list.crl.pem'), /certificate revocation list/, CERTIFICATE),
  rejected('an attribute certificate', ATTRIBUTE_CERTIFICATE, /it is an attribute certificate/, CERTIFICATE),
  rejected('a public key', forms('public-key.pem'), /public key without a certificate/, CERTIFICATE),
  rejected('a public key in PKCS#1', forms('public-key.pkcs1.pem'), /public key without a certificate/, CERTIFICATE),
  rejected('only a private key', key, /contains only a private key/, PFX),
  rejected('only a private key in PKCS#1', forms('key.pkcs1.pem'), /contains only a private key/, PFX),
  rejected('only a private key in SEC1', forms('ec.key.sec1.pem'), /contains only a private key/, PFX),
  rejected('only an encrypted private key', forms('key.pbes2.pem'), /contains only a private key/, PFX),
  rejected('only a traditional private key', forms('key.traditional.pem'), /contains only a private key/, PFX),
  rejected('a Java keystore', forms('keystore.jks'), /Java keystore \(JKS\)/, CERTIFICATE),
  rejected('base64 of a Java keystore', forms('keystore.jks').toString('base64'), /Java keystore/, CERTIFICATE),
  rejected('an HTML page', '<!DOCTYPE html><html><body>Sign in</body></html>', /HTML page/, CERTIFICATE),
  rejected('XML', '<?xml version="1.0"?><EntityDescriptor/>', /XML/, CERTIFICATE),
  rejected('JSON', '{"value":"MIIB"}', /JSON/, CERTIFICATE),
  rejected('an SSH public key', 'ssh-rsa AAAAB3NzaC1yc2E= me@here', /SSH public key/, CERTIFICATE),
  rejected('a PuTTY key', 'PuTTY-User-Key-File-3: ssh-rsa\n', /PuTTY key/, CERTIFICATE),
  rejected('a mask', '***\n', /masked secret/, CERTIFICATE),
  rejected('an expression', '${{ secrets.CERTIFICATE }}', /unevaluated expression/, CERTIFICATE),
  rejected('a ZIP archive', 'PK\x03\x04\x14\x00', /ZIP archive/, CERTIFICATE),
  rejected("a file's name", './certs/signing.pfx', /certificate-path/, CERTIFICATE),
  rejected('anything else', Buffer.of(0, 1, 2, 255), /4 bytes that are neither PEM, DER nor base64/, CERTIFICATE),
  rejected('nothing', '', /0 bytes that are neither/, CERTIFICATE),
  rejected('DER of another kind', sequence(oidDer('1.2.3')), /DER of an unknown type/, CERTIFICATE),
  rejected(
    'PEM of another kind',
    writePem('DH PARAMETERS', sequence(der(TAG.null))),
    /DER of an unknown type/,
    CERTIFICATE,
  ),
  rejected(
    'more than a mebibyte',
    Buffer.alloc(1024 * 1024 + 1, 'A'),
    /1048577 bytes long, more than 1048576/,
    CERTIFICATE,
  ),
  rejected(
    'base64 wrapped five times',
    Array.from({ length: 5 }).reduce<string>((text) => Buffer.from(text).toString('base64'), pem),
    /neither PEM, DER nor base64/,
    CERTIFICATE,
  ),
  rejected(
    'truncated DER',
    der_.subarray(0, 500),
    /truncated DER: it should be \d+ bytes long and is 500/,
    CERTIFICATE,
  ),
  rejected('a header of DER', Buffer.of(0x30, 0x82, 0x03), /ends within a header/, CERTIFICATE),
  rejected(
    'DER with bytes after it',
    Buffer.concat([der_, Buffer.from('\nx')]),
    /2 unexpected bytes after the end of the DER structure/,
    /openssl x509 -inform DER/,
  ),
  rejected(
    'a PFX with bytes after it',
    Buffer.concat([forms('default.pfx'), Buffer.from('x')]),
    /PFX with 1 unexpected bytes after its end/,
    PFX,
    PASSWORD,
  ),
  rejected('truncated PEM', pem.slice(0, 600), /"CERTIFICATE" has no matching END line/, COPY),
  rejected(
    'PEM cut off before the next block',
    pem.slice(0, 600) + pem,
    /"CERTIFICATE" has no matching END line/,
    COPY,
  ),
  rejected(
    'PEM that is no base64',
    pem.replace(/^MII/m, 'M*I'),
    /"CERTIFICATE" is empty or contains something that is not base64/,
    COPY,
  ),
  rejected('empty PEM', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----', /is empty or contains/, COPY),
  rejected('PEM without the dashes of its first line', key.replace('KEY-----', 'KEY'), /incomplete BEGIN line/, COPY),
  rejected('PEM whose only line has begun', '-----BEGIN CERTIFICATE', /incomplete BEGIN line/, COPY),
  rejected(
    'a damaged certificate',
    sequence(sequence(der(0xa0)), sequence(), der(TAG.bitString)),
    /X\.509 certificate but cannot be parsed/,
    CERTIFICATE,
  ),
  rejected(
    'a certificate with an impossible date',
    certificateOf({ notBefore: '991399999999Z' }),
    /X\.509 certificate but cannot be parsed/,
    CERTIFICATE,
  ),
  rejected(
    'a certificate whose key is unknown',
    noKeyAlgorithm(),
    /its public key is damaged, or of an unknown algorithm/,
    RSA,
  ),
  rejected(
    'two unrelated certificates',
    pem + pemOf('other'),
    /2 certificates .*signing\.contoso.*other\.contoso/,
    CERTIFICATE,
  ),
  rejected(
    'leaf and root without the intermediate',
    both('forms/root', 'forms/leaf'),
    /2 certificates that do not form a chain/,
    CERTIFICATE,
  ),
  rejected(
    'a certificate and its renewal',
    pem + pemOf('renewed'),
    /2 certificates that do not form a chain/,
    CERTIFICATE,
  ),
  rejected(
    'two certificates that name each other as issuer',
    [certificateOf({ subject: 'egg', issuer: 'hen' }), certificateOf({ subject: 'hen', issuer: 'egg' })]
      .map((one) => writePem('CERTIFICATE', one))
      .join(''),
    /2 certificates .*ambiguous: "CN=egg" .*"CN=hen"/,
    CERTIFICATE,
  ),
  rejected('seven unrelated certificates', bundleOf(7), /7 certificates .* and 2 more/, CERTIFICATE),
  rejected('a CA bundle', bundleOf(101), /more than 100 certificates/, CERTIFICATE),
  rejected(
    "another certificate's key",
    both('signing', 'other.key'),
    /private key does not match any certificate: .*signing\.contoso/,
    /openssl x509 -noout -pubkey/,
  ),
  rejected(
    'two certificates on one key',
    both('signing', 'renewed') + key,
    /2 certificates that do not form a chain/,
    CERTIFICATE,
  ),
  rejected('two keys', pem + key + pemOf('other.key'), /several private keys/, PFX),
  rejected(
    'an EC key in SEC1',
    both('forms/ec', 'forms/ec.key.sec1'),
    /private key is of type EC; Azure AD B2C supports only RSA/,
    RSA,
  ),
  rejected(
    'a DSA key',
    both('signing', 'forms/dsa.key'),
    /private key is of type DSA; Azure AD B2C supports only RSA/,
    RSA,
  ),
  ...['DES-CBC', 'RC2-CBC', 'BF-CBC', 'XYZ'].map((cipher) =>
    rejected(
      `a traditional key under ${cipher}`,
      otherCipher(cipher),
      new RegExp(`private key is encrypted with ${cipher}, which is not supported`),
      PKCS8_COMMAND,
      PASSWORD,
    ),
  ),
  rejected(
    'an RSASSA-PSS key',
    pkcs8With('1.2.840.113549.1.1.10'),
    /private key is of type RSASSA-PSS; Azure AD B2C supports only RSA/,
    RSA,
  ),
  rejected(
    'an Ed25519 key',
    pkcs8With('1.3.101.112'),
    /private key is of type Ed25519; Azure AD B2C supports only/,
    RSA,
  ),
  rejected('a key of an unknown type', pkcs8With('1.2.3.4'), /private key is not an RSA key/, RSA),
  rejected(
    'an encrypted key under an unknown cipher',
    pem + writePem('ENCRYPTED PRIVATE KEY', sequence(pbes2(pbkdf2, '1.2.3.4'), octetString(Buffer.alloc(16)))),
    /private key cannot be opened: it uses an algorithm that is not supported \(OID 1\.2\.3\.4\)/,
    PKCS8_COMMAND,
    PASSWORD,
  ),
  rejected(
    'a traditional key of another type',
    pem + fixtureText('forms/key.traditional.pem').replaceAll('RSA', 'DSA'),
    /private key is of type DSA; Azure AD B2C supports only RSA/,
    RSA,
    PASSWORD,
  ),
  rejected(
    'an OpenSSH key',
    pem + writePem('OPENSSH PRIVATE KEY', Buffer.from('openssh-key-v1\0')),
    /OpenSSH/,
    /ssh-keygen -p -m PKCS8/,
  ),
  rejected(
    'a damaged key',
    pem +
      writePem('PRIVATE KEY', sequence(integerDer(0), sequence(oidDer('1.2.840.113549.1.1.1')), der(TAG.octetString))),
    /private key is damaged/,
    KEY_CHECK,
  ),
  rejected(
    'a key without an algorithm',
    pem + writePem('PRIVATE KEY', sequence(integerDer(0), der(TAG.sequence), der(TAG.octetString))),
    /private key is not an RSA key/,
    RSA,
  ),
  rejected(
    'an encrypted key without a password',
    both('signing', 'forms/key.pbes2'),
    /private key is encrypted, but certificate-password is empty/,
    /certificate-password/,
  ),
  rejected(
    'an encrypted key with another password',
    both('signing', 'forms/key.pbes2'),
    /private key cannot be decrypted: certificate-password is incorrect/,
    PASSWORD_CHECK,
    'xyzzy',
  ),
  rejected(
    'a traditional key without a password',
    both('signing', 'forms/key.traditional'),
    /is encrypted, but certificate-password is empty/,
    /certificate-password/,
  ),
  rejected(
    'a traditional key with another password',
    both('signing', 'forms/key.traditional'),
    /private key cannot be decrypted: certificate-password is incorrect/,
    PASSWORD_CHECK,
    'xyzzy',
  ),
  rejected(
    'a PFX without a password',
    forms('default.pfx'),
    /PFX is encrypted, but certificate-password is empty/,
    /certificate-password/,
  ),
  rejected(
    'a PFX without MAC and password',
    forms('no-mac.pfx'),
    /PFX is encrypted, but certificate-password is empty/,
    /certificate-password/,
  ),
  rejected(
    'a PFX with another password',
    forms('default.pfx'),
    /PFX cannot be decrypted: certificate-password is incorrect/,
    PASSWORD_CHECK,
    'xyzzy',
  ),
  rejected(
    'a PFX with another password, not ASCII',
    forms('old.pfx'),
    /PFX cannot be decrypted: certificate-password is incorrect/,
    PASSWORD_CHECK,
    'ändere',
  ),
  rejected(
    'a PFX without MAC, with another password',
    forms('old-no-mac.pfx'),
    /PFX cannot be decrypted: certificate-password is incorrect/,
    PASSWORD_CHECK,
    'xyzzy',
  ),
  rejected(
    'a PFX without a key',
    forms('without-key.pfx'),
    /PFX that contains certificates but no private key/,
    PFX,
    PASSWORD,
  ),
  rejected(
    'a PFX without a certificate',
    forms('without-certificate.pfx'),
    /PFX that contains no certificate/,
    PFX,
    PASSWORD,
  ),
  rejected('a PFX with two keys', forms('two-keys.pfx'), /several private keys/, PFX, PASSWORD),
  rejected(
    'a PFX with a damaged MAC',
    withMac(forms('default.pfx'), pkcs12Mac('sha256', 1)),
    /PFX is damaged: it opens with this password, but its integrity check fails/,
    PFX,
    PASSWORD,
  ),
  rejected(
    'a truncated PFX',
    forms('default.pfx').subarray(0, 900),
    /truncated DER: it should be \d+ bytes long and is 900/,
    CERTIFICATE,
    PASSWORD,
  ),
  rejected(
    'a PFX with a damaged end',
    damagedAt(forms('old.pfx'), -1),
    /PFX is damaged: it opens with this password, but its integrity check fails/,
    PFX,
    PASSWORD,
  ),
  rejected(
    'a PFX whose password is right and whose content is rubbish',
    pfxOf(
      [encryptedSafe(pkcs12Algorithm(Buffer.alloc(8), integerDer(1)), Buffer.alloc(9))],
      pkcs12Mac('sha1', undefined, PASSWORD),
    ),
    /PFX is damaged: it cannot be decrypted although the password matches its integrity check/,
    PFX,
    PASSWORD,
  ),
  rejected(
    'a PFX under an unknown encryption',
    pfxOf([encryptedSafe(pkcs12Algorithm(Buffer.alloc(8), integerDer(1), '1.2.840.113549.1.12.1.1'), Buffer.alloc(8))]),
    /algorithm that is not supported \(OID 1\.2\.840\.113549\.1\.12\.1\.1\)/,
    PFX,
    PASSWORD,
  ),
  rejected(
    'a PFX for a public key',
    pfxOf([sequence(oidDer('1.2.840.113549.1.7.3'), der(0xa0, sequence()))]),
    /a content type that is not supported \(OID 1\.2\.840\.113549\.1\.7\.3\)/,
    PFX,
    PASSWORD,
  ),
  rejected(
    'a PFX whose certificates are of another kind',
    pfxOf([
      data(
        sequence(
          bag(
            '1.2.840.113549.1.12.10.1.3',
            sequence(oidDer('1.2.840.113549.1.9.22.2'), der(0xa0, der(TAG.octetString))),
          ),
        ),
      ),
    ]),
    /PFX that contains no certificate/,
    PFX,
    PASSWORD,
  ),
  rejected(
    'a PFX of only secrets',
    pfxOf([data(sequence(bag('1.2.840.113549.1.12.10.1.5', sequence())))]),
    /PFX that contains no certificate/,
    PFX,
    PASSWORD,
  ),
  ...MALFORMED.map(([name, bytes, says]) => rejected(`a PFX ${name}`, bytes, says, PFX, PASSWORD)),
  rejected(
    'a PFX whose key has another password',
    twoPasswords(),
    /private key in the PFX does not open with the password of the PFX/,
    /openssl pkcs12 -export .*KeyStore\.setKeyEntry/,
    PASSWORD,
  ),
  rejected(
    'a PFX whose integrity check has another password',
    withMac(forms('default.pfx'), pkcs12Mac('sha256', 1, 'another')),
    /PFX is damaged: it cannot be decrypted although the password matches its integrity check/,
    PFX,
    'another',
  ),
  rejected(
    'a PFX that is not encrypted, with another password for its integrity check',
    withMac(plainSafes(), pkcs12Mac('sha1', 1, 'another')),
    /PFX cannot be decrypted: certificate-password is incorrect/,
    PASSWORD_CHECK,
    PASSWORD,
  ),
  rejected('an empty PFX', pfxOf([]), /PFX that contains no certificate/, PFX, PASSWORD),
];
