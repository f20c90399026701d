import { createDecipheriv, pbkdf2Sync, scryptSync } from 'node:crypto';
import rc2 from 'node-forge/lib/rc2.js';
import forgeUtil from 'node-forge/lib/util.js';
import { Asn1Error, children, type Element, integer, octetString, oid, TAG } from '../der.ts';
import {
  type Derivation,
  derivePkcs12,
  type Digest,
  DIGEST_BYTES,
  DIVERSIFIER,
  type IterationLimit,
  PKCS12_ROUND,
} from './derive.ts';
import { OID } from './oids.ts';

/** A password in the two encodings that the algorithms want. */
export interface Password {
  /** For PKCS#12's own algorithms. */
  readonly bmp: Buffer;
  /** For those of PKCS#5. */
  readonly utf8: Buffer;
}

/** An algorithm with its parameters that makes plaintext of ciphertext and a password. */
export interface EncryptionScheme {
  /** @throws WrongPassword, ActionError beyond the limit */
  decrypt(data: Buffer, password: Password, limit: IterationLimit): Buffer;
}

/** The bytes name an algorithm that is not supported here. */
export class UnsupportedAlgorithm extends Error {}

/** The padding does not match, or the plaintext is not what it should be: nearly always another password. */
export class WrongPassword extends Error {}

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const SCRYPT = '1.3.6.1.4.1.11591.4.11';

/** RFC 7292 appendix C. `bits` is RC2's effective key length. */
const PKCS12_CIPHERS: Record<string, { cipher: string; keyBytes: number; bits?: number }> = {
  [OID.pbeSha1TripleDes]: { cipher: 'des-ede3-cbc', keyBytes: 24 },
  '1.2.840.113549.1.12.1.4': { cipher: 'des-ede-cbc', keyBytes: 16 },
  '1.2.840.113549.1.12.1.5': { cipher: 'rc2', keyBytes: 16, bits: 128 },
  '1.2.840.113549.1.12.1.6': { cipher: 'rc2', keyBytes: 5, bits: 40 },
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
export function readEncryptionScheme(algorithm: Element): EncryptionScheme {
  const [id, parameters] = children(algorithm);
  if (parameters === undefined) throw new UnsupportedAlgorithm(oid(id));
  return oid(id) === PBES2 ? readPbes2(parameters) : readPkcs12Encryption(oid(id), parameters);
}

function readPkcs12Encryption(id: string, parameters: Element): EncryptionScheme {
  const algorithm = PKCS12_CIPHERS[id];
  const [salt, count] = children(parameters);
  if (algorithm === undefined || salt === undefined) throw new UnsupportedAlgorithm(id);
  const from: Derivation = { digest: 'sha1', salt: octetString(salt), iterations: integer(count) };
  const { cipher, keyBytes, bits } = algorithm;
  return {
    decrypt(data, { bmp }, limit) {
      limit.consume(from.iterations * (Math.ceil(keyBytes / DIGEST_BYTES.sha1) + 1) * PKCS12_ROUND);
      const key = derivePkcs12(from, bmp, DIVERSIFIER.key, keyBytes);
      const iv = derivePkcs12(from, bmp, DIVERSIFIER.iv, 8);
      return bits === undefined ? decipher(cipher, key, iv, data) : decipherRc2(key, bits, iv, data);
    },
  };
}

function readPbes2(parameters: Element): EncryptionScheme {
  const [derivation, encryption] = children(parameters);
  const [id, iv] = children(encryption);
  const cipher = PBES2_CIPHERS[oid(id)];
  if (derivation === undefined || cipher === undefined || iv === undefined) throw new UnsupportedAlgorithm(oid(id));
  if (octetString(iv).length !== cipher.ivBytes)
    throw new Asn1Error('names an initialization vector of another length');
  const derive = readDerivation(derivation, cipher.keyBytes);
  return {
    decrypt: (data, { utf8 }, limit) => decipher(cipher.name, derive(utf8, limit), octetString(iv), data),
  };
}

type DeriveKey = (password: Buffer, limit: IterationLimit) => Buffer;

/**
 * Understands PBKDF2 (RFC 8018) or scrypt (RFC 7914) with the parameters that a file names.
 *
 * @param length - bytes wanted
 * @throws UnsupportedAlgorithm, Asn1Error
 */
export function readDerivation(algorithm: Element, length: number): DeriveKey {
  const [id, parameters] = children(algorithm);
  const [salt, ...rest] = children(parameters);
  if (salt?.tag !== TAG.octetString) throw new UnsupportedAlgorithm(oid(id));
  if (oid(id) === SCRYPT) return readScrypt(octetString(salt), rest, length);
  if (oid(id) !== PBKDF2) throw new UnsupportedAlgorithm(oid(id));
  const iterations = integer(rest[0]);
  const prf = rest.find(({ tag }) => tag === TAG.sequence);
  const digest = prf ? HMACS[oid(children(prf)[0])] : 'sha1';
  if (digest === undefined) throw new UnsupportedAlgorithm(oid(id));
  return (password, limit) => {
    limit.consume(iterations * Math.ceil(length / DIGEST_BYTES[digest]));
    return pbkdf2Sync(password, octetString(salt), iterations, length, digest);
  };
}

function readScrypt(salt: Buffer, parameters: readonly Element[], length: number): DeriveKey {
  const [N = NaN, r = NaN, p = NaN] = parameters.slice(0, 3).map(integer);
  const works = Number.isInteger(Math.log2(N)) && N > 1 && r > 0 && p > 0 && 128 * r * (N + p + 2) <= SCRYPT_BYTES;
  if (!works) throw new UnsupportedAlgorithm(`${SCRYPT} with these parameters`);
  return (password, limit) => {
    limit.consume(N * r * p);
    return scryptSync(password, salt, length, { N, r, p, maxmem: SCRYPT_BYTES });
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

/** OpenSSL has RC2 only in its legacy provider, which Node does not carry. */
function decipherRc2(key: Buffer, bits: number, iv: Buffer, data: Buffer): Buffer {
  const cipher = rc2.createDecryptionCipher(key.toString('latin1'), bits);
  cipher.start(iv.toString('latin1'));
  cipher.update(forgeUtil.createBuffer(data.toString('latin1')));
  if (!cipher.finish()) throw new WrongPassword();
  return Buffer.from(cipher.output.getBytes(), 'latin1');
}
