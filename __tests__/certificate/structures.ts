import { createHmac, pbkdf2Sync, sign } from 'node:crypto';
import {
  bmpPassword,
  derivePkcs12,
  type Digest,
  DIGEST_BYTES,
  DIVERSIFIER,
} from '../../src/certificate/pkcs12/derive.ts';
import { children, der, integerDer, oidDer, readElement, TAG } from '../../src/certificate/der.ts';
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
}

/** A certificate for the key of signing.pem, signed by the same key. */
export function certificateOf(wanted: Wanted): Buffer {
  const { subject = 'made', issuer = subject, notBefore = '260101000000Z', extensions = [], hash = 'sha256' } = wanted;
  const [tbs] = children(readElement(fixture('signing.cer')));
  const publicKey = children(tbs)[6]?.raw ?? Buffer.of();
  const algorithm = sequence(oidDer(hash === 'sha1' ? '1.2.840.113549.1.1.5' : '1.2.840.113549.1.1.11'), der(TAG.null));
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
export const data = (content: Buffer): Buffer =>
  sequence(oidDer('1.2.840.113549.1.7.1'), explicit(octetString(content)));

/** A PFX of these ContentInfos, with or without MacData. */
export function pfxOf(safes: readonly Buffer[], macData?: (content: Buffer) => Buffer): Buffer {
  const content = sequence(...safes);
  return sequence(integerDer(3), data(content), ...(macData ? [macData(content)] : []));
}

/** Bags of SafeContents: `SEQUENCE { OID, [0] value }`. */
export const bag = (type: string, value: Buffer): Buffer => sequence(oidDer(type), explicit(value));
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
const pbkdf2 = (iterations: number, prf: string): Buffer =>
  sequence(
    oidDer('1.2.840.113549.1.5.12'),
    sequence(octetString(Buffer.alloc(8)), integerDer(iterations), sequence(oidDer(prf), der(TAG.null))),
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

/** MacData with PBMAC1 (RFC 9579), over HMAC-SHA-256. */
export function pbmac1(iterations: number, password: string) {
  return (content: Buffer): Buffer => {
    const key = pbkdf2Sync(password, Buffer.alloc(8), iterations, 32, 'sha256');
    const parameters = sequence(pbkdf2(iterations, HMAC_SHA256), sequence(oidDer(HMAC_SHA256), der(TAG.null)));
    const mac = createHmac('sha256', key).update(content).digest();
    return sequence(
      sequence(sequence(oidDer('1.2.840.113549.1.5.14'), parameters), octetString(mac)),
      octetString(Buffer.alloc(8)),
      integerDer(1),
    );
  };
}

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
