import { createDecipheriv, pbkdf2Sync, scryptSync } from 'node:crypto';
import rc2 from 'node-forge/lib/rc2.js';
import forgeUtil from 'node-forge/lib/util.js';
import { Asn1Error, children, type Element, integer, octetString, oid, TAG } from '../der.ts';
import { COST, type CostLimit, derivePkcs12, type Digest, DIGEST_BYTES, DIVERSIFIER, iteratedHash } from './derive.ts';
import { OID } from './oids.ts';

/** A password in the two encodings that the algorithms want. */
export interface Password {
  /** For PKCS#12's own algorithms. */
  readonly bmp: Buffer;
  /** For those of PKCS#5. */
  readonly utf8: Buffer;
  /** What every use of it is charged to: one for the whole file, whatever the encoding. */
  readonly limit: CostLimit;
}

/** Decrypts what an algorithm with its parameters has encrypted. Throws WrongPassword, ActionError beyond the limit. */
type Decrypt = (data: Buffer, password: Password) => Buffer;

/** The bytes name something that is not supported here, or nothing at all. The message continues a sentence: `it …`. */
export class UnsupportedAlgorithm extends Error {
  /** @param id - dotted decimal; `''` where there is none */
  constructor(id: string, what = 'an algorithm') {
    super(id === '' ? `does not name ${what}` : `uses ${what} that is not supported (OID ${id})`);
  }
}

/** The padding does not match, or the plaintext is not what it should be: nearly always another password. */
export class WrongPassword extends Error {}

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const SCRYPT = '1.3.6.1.4.1.11591.4.11';

/** RFC 7292 appendix C. */
const PKCS12_CIPHERS: Record<string, { cipher: string; keyBytes: number }> = {
  [OID.pbeSha1TripleDes]: { cipher: 'des-ede3-cbc', keyBytes: 24 },
  '1.2.840.113549.1.12.1.4': { cipher: 'des-ede-cbc', keyBytes: 16 },
  '1.2.840.113549.1.12.1.5': { cipher: 'rc2', keyBytes: 16 },
  '1.2.840.113549.1.12.1.6': { cipher: 'rc2', keyBytes: 5 },
};

/** RFC 8018 appendix A.3: pbeWithMD5AndDES-CBC, which `openssl pkcs8` wrote before 1.1, and its sibling. */
const PBES1_DIGESTS: Record<string, 'md5' | 'sha1'> = {
  '1.2.840.113549.1.5.3': 'md5',
  '1.2.840.113549.1.5.10': 'sha1',
};

/** RFC 8018 appendix B.2 and RFC 3565. */
const PBES2_CIPHERS: Record<string, { name: string; keyBytes: number; ivBytes: number }> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16, ivBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24, ivBytes: 16 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyBytes: 32, ivBytes: 16 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24, ivBytes: 8 },
};

/** RFC 8018 appendix B.1.2. */
export const HMACS: Record<string, Digest> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};

/** Today's tools ask for 16 MiB; scrypt uses 128 bytes for each N·r, and a little more. */
const SCRYPT_BYTES = 40 * 1024 * 1024;

/**
 * Understands an AlgorithmIdentifier of a password-based encryption.
 *
 * @throws UnsupportedAlgorithm, Asn1Error
 */
export function readEncryptionScheme(algorithm: Element): Decrypt {
  const [id, parameters] = children(algorithm);
  if (oid(id) === PBES2 && parameters) return readPbes2(parameters);
  const [salt, count] = children(parameters);
  if (salt === undefined) throw new UnsupportedAlgorithm(oid(id));
  const digest = PBES1_DIGESTS[oid(id)];
  return digest === undefined
    ? pkcs12Encryption(oid(id), octetString(salt), integer(count))
    : pbes1(digest, octetString(salt), integer(count));
}

/**
 * PBKDF1 and DES (RFC 8018 5.1 and 6.1). OpenSSL has DES only in its legacy provider, which Node does not carry; 3DES with
 * three equal keys is the same.
 */
function pbes1(digest: 'md5' | 'sha1', salt: Buffer, iterations: number): Decrypt {
  return (data, { utf8, limit }) => {
    limit.consume(iterations * COST.hash[digest], iterations);
    const derived = iteratedHash(digest, Buffer.concat([utf8, salt]), iterations);
    const key = derived.subarray(0, 8);
    return decipher('des-ede3-cbc', Buffer.concat([key, key, key]), derived.subarray(8, 16), data);
  };
}

/** RFC 7292 appendix C. */
function pkcs12Encryption(id: string, salt: Buffer, iterations: number): Decrypt {
  const algorithm = PKCS12_CIPHERS[id];
  if (algorithm === undefined) throw new UnsupportedAlgorithm(id);
  const { cipher, keyBytes } = algorithm;
  const from = { digest: 'sha1', salt, iterations } as const;
  return (data, { bmp, limit }) => {
    const hashes = iterations * (Math.ceil(keyBytes / DIGEST_BYTES.sha1) + 1);
    limit.consume(hashes * COST.hash.sha1 + (cipher === 'rc2' ? data.length * COST.rc2 : 0), iterations);
    const key = derivePkcs12(from, bmp, DIVERSIFIER.key, keyBytes);
    const iv = derivePkcs12(from, bmp, DIVERSIFIER.iv, 8);
    return cipher === 'rc2' ? decipherRc2(key, iv, data) : decipher(cipher, key, iv, data);
  };
}

function readPbes2(parameters: Element): Decrypt {
  const [derivation, encryption] = children(parameters);
  const [id, iv] = children(encryption);
  const cipher = PBES2_CIPHERS[oid(id)];
  if (derivation === undefined || cipher === undefined || iv === undefined) throw new UnsupportedAlgorithm(oid(id));
  if (octetString(iv).length !== cipher.ivBytes) throw new Asn1Error('contains an IV of the wrong length');
  const { derive } = readKeyDerivation(derivation);
  return (data, password) => decipher(cipher.name, derive(password, cipher.keyBytes), octetString(iv), data);
}

/** PBKDF2 or scrypt with its parameters. */
interface KeyDerivation {
  /** Bytes, where the file states them. */
  readonly keyLength: number | undefined;
  /**
   * @param length - bytes wanted
   * @throws ActionError beyond the limit
   */
  readonly derive: (password: Password, length: number) => Buffer;
}

/**
 * Understands PBKDF2 (RFC 8018) or scrypt (RFC 7914) with the parameters that a file names.
 *
 * @throws UnsupportedAlgorithm, Asn1Error
 */
export function readKeyDerivation(algorithm: Element): KeyDerivation {
  const [id, parameters] = children(algorithm);
  const [salt, ...rest] = children(parameters);
  if (salt?.tag !== TAG.octetString) throw new UnsupportedAlgorithm(oid(id));
  if (oid(id) === SCRYPT) return readScrypt(octetString(salt), rest);
  if (oid(id) !== PBKDF2) throw new UnsupportedAlgorithm(oid(id));
  const [count, second] = rest;
  const iterations = integer(count);
  const prf = rest.find(({ tag }) => tag === TAG.sequence);
  const hmac = prf && oid(children(prf)[0]);
  const digest = hmac === undefined ? 'sha1' : HMACS[hmac];
  if (digest === undefined) throw new UnsupportedAlgorithm(String(hmac));
  return {
    keyLength: second?.tag === TAG.integer ? integer(second) : undefined,
    derive({ utf8, limit }, length) {
      limit.consume(iterations * Math.ceil(length / DIGEST_BYTES[digest]) * COST.pbkdf2[digest], iterations);
      return pbkdf2Sync(utf8, octetString(salt), iterations, length, digest);
    },
  };
}

function readScrypt(salt: Buffer, parameters: readonly Element[]): KeyDerivation {
  const [N = NaN, r = NaN, p = NaN, keyLength] = parameters.map(integer);
  const works = Number.isInteger(Math.log2(N)) && N > 1 && r > 0 && p > 0 && 128 * r * (N + p + 2) <= SCRYPT_BYTES;
  if (!works) throw new UnsupportedAlgorithm(SCRYPT, 'a cost of scrypt');
  return {
    keyLength,
    derive({ utf8, limit }, length) {
      limit.consume(N * r * p * COST.scrypt, N * r * p);
      return scryptSync(utf8, salt, length, { N, r, p, maxmem: SCRYPT_BYTES });
    },
  };
}

function decipher(algorithm: string, key: Buffer, iv: Buffer, data: Buffer): Buffer {
  const cipher = createDecipheriv(algorithm, key, iv);
  try {
    return Buffer.concat([cipher.update(data), cipher.final()]);
  } catch {
    throw new WrongPassword();
  }
}

/** Bytes. A multiple of RC2's block. */
const RC2_PIECE = 1024;

/**
 * OpenSSL has RC2 only in its legacy provider, which Node does not carry. node-forge needs time that grows with the square of
 * what one call gets, so it gets pieces; each begins with the end of the ciphertext before it, as CBC does. The effective key
 * length is the key's own (RFC 7292 appendix C).
 */
function decipherRc2(key: Buffer, iv: Buffer, data: Buffer): Buffer {
  const cipher = rc2.createDecryptionCipher(key.toString('latin1'), key.length * 8);
  const pieces: Buffer[] = [];
  let previous = iv;
  for (let start = 0; start < data.length; start += RC2_PIECE) {
    const piece = data.subarray(start, start + RC2_PIECE);
    cipher.start(previous.toString('latin1'));
    cipher.update(forgeUtil.createBuffer(piece.toString('latin1')));
    pieces.push(Buffer.from(cipher.output.getBytes(), 'latin1'));
    previous = piece.subarray(-8);
  }
  return withoutPadding(Buffer.concat(pieces), data.length);
}

/** Removes the padding of PKCS#7 from plaintext in blocks of eight bytes. */
function withoutPadding(plain: Buffer, length: number): Buffer {
  const count = plain.at(-1) ?? 0;
  const padding = plain.subarray(-count);
  const valid = plain.length === length && count >= 1 && count <= 8 && padding.every((byte) => byte === count);
  if (!valid) throw new WrongPassword();
  return plain.subarray(0, -count);
}
