import { createCipheriv, createHmac, createPrivateKey, pbkdf2Sync, sign } from 'node:crypto';
import forge from 'node-forge';
import {
  bmpPassword,
  derivePkcs12,
  type Digest,
  DIGEST_BYTES,
  DIVERSIFIER,
} from '../../src/certificate/pkcs12/derive.ts';
import { children, der, integerDer, oidDer, readElement, TAG } from '../../src/certificate/der.ts';
import { writePem } from '../../src/certificate/pem.ts';
import { fixture, fixtureText } from '../fixtures/index.ts';

const HMAC_SHA256 = '1.2.840.113549.2.9';

export const sequence = (...members: Buffer[]): Buffer => der(TAG.sequence, ...members);
export const octetString = (content: Buffer): Buffer => der(TAG.octetString, content);
const explicit = (member: Buffer): Buffer => der(0xa0, member);

/** A name of one attribute, or an empty one. */
const nameOf = (common: string): Buffer =>
  common === '' ? sequence() : sequence(der(TAG.set, sequence(oidDer('2.5.4.3'), der(0x0c, Buffer.from(common)))));
/** A KeyUsage extension with these bytes in place of a BIT STRING. */
export const keyUsageOf = (value: Buffer): Buffer => sequence(oidDer('2.5.29.15'), octetString(value));

interface Wanted {
  readonly subject?: string;
  readonly issuer?: string;
  /** As UTCTime has it. */
  readonly notBefore?: string;
  readonly extensions?: readonly Buffer[];
  readonly hash?: 'sha1' | 'sha256';
  /** SubjectPublicKeyInfo; that of signing.pem when absent. */
  readonly publicKey?: Buffer;
  /** AlgorithmIdentifier of the signature, outside and inside; that of the hash when absent. */
  readonly algorithm?: Buffer;
}

/** A certificate signed by the key of signing.pem. */
export function certificateOf(wanted: Wanted): Buffer {
  const { subject = 'made', issuer = subject, notBefore = '260101000000Z', extensions = [], hash = 'sha256' } = wanted;
  const [tbs] = children(readElement(fixture('signing.cer')));
  const publicKey = wanted.publicKey ?? children(tbs)[6]?.raw ?? Buffer.of();
  const algorithm = wanted.algorithm ?? signatureAlgorithm(hash);
  const content = sequence(
    explicit(integerDer(2)),
    integerDer(1),
    algorithm,
    nameOf(issuer),
    sequence(der(0x17, Buffer.from(notBefore)), der(0x17, Buffer.from('460101000000Z'))),
    nameOf(subject),
    publicKey,
    ...(extensions.length > 0 ? [der(0xa3, sequence(...extensions))] : []),
  );
  const signature = sign(hash, content, fixtureText('signing.key.pem'));
  return sequence(content, algorithm, der(TAG.bitString, Buffer.of(0), signature));
}

export const signatureAlgorithm = (hash: 'sha1' | 'sha256', parameters = der(TAG.null)): Buffer =>
  sequence(oidDer(hash === 'sha1' ? '1.2.840.113549.1.1.5' : '1.2.840.113549.1.1.11'), parameters);

export const data = (content: Buffer): Buffer =>
  sequence(oidDer('1.2.840.113549.1.7.1'), explicit(octetString(content)));

/** A PFX of these ContentInfos, with or without MacData. */
export function pfxOf(safes: readonly Buffer[], macData?: (content: Buffer) => Buffer): Buffer {
  const content = sequence(...safes);
  return sequence(integerDer(3), data(content), ...(macData ? [macData(content)] : []));
}

/** A bag of SafeContents: `SEQUENCE { OID, [0] value, SET OF attribute }`. */
export const bag = (type: string, value: Buffer, ...attributes: Buffer[]): Buffer =>
  sequence(oidDer(type), explicit(value), ...(attributes.length > 0 ? [der(TAG.set, ...attributes)] : []));
export const certBag = (certificate: Buffer, ...attributes: Buffer[]): Buffer => {
  const value = sequence(oidDer('1.2.840.113549.1.9.22.1'), explicit(octetString(certificate)));
  return bag('1.2.840.113549.1.12.10.1.3', value, ...attributes);
};
export const keyBag = (pkcs8: Buffer, ...attributes: Buffer[]): Buffer =>
  bag('1.2.840.113549.1.12.10.1.1', pkcs8, ...attributes);
export const secretBag = (): Buffer => bag('1.2.840.113549.1.12.10.1.5', sequence(oidDer('1.2.3')));
export const shroudedKeyBag = (algorithm: Buffer, cipherText: Buffer): Buffer =>
  bag('1.2.840.113549.1.12.10.1.2', sequence(algorithm, octetString(cipherText)));
/** A ContentInfo of encrypted data with these members after its version. */
export const encryptedData = (...members: Buffer[]): Buffer =>
  sequence(oidDer('1.2.840.113549.1.7.6'), explicit(sequence(integerDer(0), ...members)));
export const encryptedSafe = (algorithm: Buffer, cipherText: Buffer): Buffer =>
  encryptedData(sequence(oidDer('1.2.840.113549.1.7.1'), algorithm, der(0x80, cipherText)));

/** PBE-SHA1-3DES, or another of RFC 7292 appendix C. */
export const pkcs12Algorithm = (salt: Buffer, iterations: Buffer, oid = '1.2.840.113549.1.12.1.3'): Buffer =>
  sequence(oidDer(oid), sequence(octetString(salt), iterations));

/** pbeWithMD5AndDES-CBC (RFC 8018). */
export const pbes1Algorithm = (iterations: number): Buffer =>
  pkcs12Algorithm(Buffer.alloc(8), integerDer(iterations), '1.2.840.113549.1.5.3');

/** PBES2 with AES-256-CBC, or another cipher. */
export const pbes2 = (kdf: Buffer, cipher = '2.16.840.1.101.3.4.1.42'): Buffer =>
  sequence(oidDer('1.2.840.113549.1.5.13'), sequence(kdf, sequence(oidDer(cipher), octetString(Buffer.alloc(16)))));
export const pbkdf2Algorithm = (iterations: number, prf = '1.2.840.113549.2.9'): Buffer =>
  pbes2(pbkdf2(iterations, prf));
export const scryptAlgorithm = (N: number, r: number, p: number, salt = Buffer.alloc(8)): Buffer =>
  pbes2(
    sequence(
      oidDer('1.3.6.1.4.1.11591.4.11'),
      sequence(octetString(salt), integerDer(N), integerDer(r), integerDer(p)),
    ),
  );
const pbkdf2 = (iterations: number, prf: string, keyLength?: number): Buffer =>
  sequence(
    oidDer('1.2.840.113549.1.5.12'),
    sequence(
      octetString(Buffer.alloc(8)),
      integerDer(iterations),
      ...(keyLength === undefined ? [] : [integerDer(keyLength)]),
      sequence(oidDer(prf), der(TAG.null)),
    ),
  );

const DIGESTS: Record<Digest, string> = {
  sha1: '1.3.14.3.2.26',
  sha224: '2.16.840.1.101.3.4.2.4',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};

/** MacData as RFC 7292 has it; a password makes it a true one. Without iterations they are left out, and so are 1. */
export function pkcs12Mac(digest: Digest, iterations?: number, password?: string, salt = Buffer.alloc(8)) {
  return (content: Buffer): Buffer => {
    const length = DIGEST_BYTES[digest];
    const from = { digest, salt, iterations: iterations ?? 1 };
    const mac =
      password === undefined
        ? Buffer.alloc(length)
        : createHmac(digest, derivePkcs12(from, bmpPassword(password), DIVERSIFIER.mac, length))
            .update(content)
            .digest();
    return sequence(
      sequence(sequence(oidDer(DIGESTS[digest]), der(TAG.null)), octetString(mac)),
      octetString(salt),
      ...(iterations === undefined ? [] : [integerDer(iterations)]),
    );
  };
}

/** MacData with PBMAC1 (RFC 9579), over HMAC-SHA-256; without a key length it is left out, and the key has 32 bytes. */
export function pbmac1(iterations: number, password: string, keyLength?: number) {
  return (content: Buffer): Buffer => {
    const key = pbkdf2Sync(password, Buffer.alloc(8), iterations, Math.max(1, keyLength ?? 32), 'sha256');
    const kdf = pbkdf2(iterations, HMAC_SHA256, keyLength);
    const parameters = sequence(kdf, sequence(oidDer(HMAC_SHA256), der(TAG.null)));
    const mac = createHmac('sha256', key).update(content).digest();
    return sequence(
      sequence(sequence(oidDer('1.2.840.113549.1.5.14'), parameters), octetString(mac)),
      octetString(Buffer.alloc(8)),
      integerDer(1),
    );
  };
}

/** PKCS#8 of a key among the fixtures, not encrypted. */
export const pkcs8Of = (name: string): Buffer =>
  createPrivateKey(fixtureText(name)).export({ format: 'der', type: 'pkcs8' });

/** A PFX with another MAC, or with one that it lacked. */
export function withMac(pfx: Buffer, macData: (content: Buffer) => Buffer): Buffer {
  const [version, authSafe] = children(readElement(pfx));
  if (version === undefined || authSafe === undefined) throw new Error('This is no PFX.');
  return sequence(version.raw, authSafe.raw, macData(contentOf(pfx)));
}

/** The bytes that the MAC of a PFX protects. */
export function contentOf(pfx: Buffer): Buffer {
  const content = [1, 1, 0].reduce((element, index) => {
    const member = children(element)[index];
    if (member === undefined) throw new Error('This is no PFX.');
    return member;
  }, readElement(pfx));
  return content.content;
}

const CHUNK_BYTES = 1000;

/**
 * The same structure as NSS and Bouncy Castle write it: constructed elements of indefinite length, long OCTET STRINGs in
 * chunks. The content of an OCTET STRING does not change.
 */
export function indefinite(definite: Buffer): Buffer {
  const element = readElement(definite);
  const { tag, content } = element;
  const end = Buffer.of(0, 0);
  if ((tag & 0x20) !== 0) {
    return Buffer.concat([Buffer.of(tag, 0x80), ...children(element).map(({ raw }) => indefinite(raw)), end]);
  }
  if ((tag !== TAG.octetString && tag !== 0x80) || content.length <= CHUNK_BYTES) return definite;
  const chunks = Array.from({ length: Math.ceil(content.length / CHUNK_BYTES) }, (_, i) =>
    octetString(content.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES)),
  );
  return Buffer.concat([Buffer.of(tag | 0x20, 0x80), ...chunks, end]);
}

/** PBE-SHA1-3DES of RFC 7292. */
export function encrypt3Des(plain: Buffer, password: string, iterations = 1): { algorithm: Buffer; data: Buffer } {
  const from = { digest: 'sha1', salt: Buffer.alloc(8), iterations } as const;
  const key = derivePkcs12(from, bmpPassword(password), DIVERSIFIER.key, 24);
  const iv = derivePkcs12(from, bmpPassword(password), DIVERSIFIER.iv, 8);
  const cipher = createCipheriv('des-ede3-cbc', key, iv);
  return {
    algorithm: pkcs12Algorithm(from.salt, integerDer(iterations)),
    data: Buffer.concat([cipher.update(plain), cipher.final()]),
  };
}

/** Bytes. node-forge needs time that grows with the square of what one call gets. */
const RC2_PIECE = 4096;

/** PBE-SHA1-RC2-40 of RFC 7292, by node-forge. */
export function encryptRc2(plain: Buffer, password: string): { algorithm: Buffer; data: Buffer } {
  const from = { digest: 'sha1', salt: Buffer.alloc(8, 5), iterations: 2048 } as const;
  const [key, iv] = [5, 8].map((length, i) =>
    derivePkcs12(from, bmpPassword(password), i + 1, length).toString('latin1'),
  );
  const cipher = forge.rc2.createEncryptionCipher(key ?? '', 40);
  const pieces: string[] = [];
  for (let start = 0; start <= plain.length; start += RC2_PIECE) {
    cipher.start(pieces.at(-1)?.slice(-8) ?? iv ?? '');
    cipher.update(forge.util.createBuffer(plain.toString('latin1', start, start + RC2_PIECE)));
    // Only the end gets padding.
    if (start + RC2_PIECE > plain.length) cipher.finish();
    pieces.push(cipher.output.getBytes());
  }
  return {
    algorithm: pkcs12Algorithm(from.salt, integerDer(from.iterations), '1.2.840.113549.1.12.1.6'),
    data: Buffer.from(pieces.join(''), 'latin1'),
  };
}

/** As many certificates of one name that differ in their serial number, as PEM: nobody checks the signature. */
export const bundleOf = (count: number): string =>
  Array.from({ length: count }, (_, i) => {
    const copy = fixture('signing.cer');
    copy.writeUInt32BE(i, copy.indexOf(Buffer.of(TAG.integer, 0x14)) + 6);
    return writePem('CERTIFICATE', copy);
  }).join('');
