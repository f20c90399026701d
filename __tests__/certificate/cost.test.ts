import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_BYTES } from '../../src/certificate/certificate-input.ts';
import { integerDer, readElement } from '../../src/certificate/der.ts';
import { bmpPassword, CostLimit, MAX_COST } from '../../src/certificate/pkcs12/derive.ts';
import { readEncryptionScheme, WrongPassword } from '../../src/certificate/pkcs12/encryption.ts';
import { readPfx } from '../../src/certificate/pkcs12/read-pfx.ts';
import { readMac } from '../../src/certificate/pkcs12/mac.ts';
import { ActionError } from '../../src/shared/action-error.ts';
import { fixture } from '../fixtures/index.ts';
import {
  encryptRc2,
  pbes1Algorithm,
  pbkdf2Algorithm,
  pbmac1,
  pkcs12Algorithm,
  pkcs12Mac,
  scryptAlgorithm,
} from './structures.ts';

const passwordOf = (limit: CostLimit) => ({ bmp: bmpPassword('open-sesame'), utf8: Buffer.from('open-sesame'), limit });
const SHA1 = '1.2.840.113549.2.7';
const SHA512 = '1.2.840.113549.2.11';
const pkcs12 = (iterations: number, id?: string): Buffer =>
  pkcs12Algorithm(Buffer.alloc(8), integerDer(iterations), id);
const TWO_KEY_3DES = '1.2.840.113549.1.12.1.4';
const RC2_40 = '1.2.840.113549.1.12.1.6';

/** What a decryption of some bytes charges: nanoseconds. */
function chargeOf(algorithm: Buffer, bytes = 16): number {
  const limit = new CostLimit();
  const decrypt = readEncryptionScheme(readElement(algorithm));
  try {
    decrypt(Buffer.alloc(bytes), passwordOf(limit));
  } catch (error) {
    if (!(error instanceof WrongPassword)) throw error;
  }
  return limit.used;
}

function chargeOfMac(macData: (content: Buffer) => Buffer): number {
  const limit = new CostLimit();
  const content = Buffer.of(1);
  expect(readMac(readElement(macData(content)), content)(passwordOf(limit))).toBe(true);
  return limit.used;
}

test.each([
  ['PBKDF2 with SHA-256: one block for AES-256', pbkdf2Algorithm(10), 10 * 300],
  ['PBKDF2 with SHA-1: two blocks for AES-256', pbkdf2Algorithm(10, SHA1), 10 * 2 * 300],
  ['PBKDF2 with SHA-512', pbkdf2Algorithm(10, SHA512), 10 * 600],
  ['scrypt: N·r·p', scryptAlgorithm(16, 2, 3), 16 * 2 * 3 * 700],
  ['PBE-SHA1-3DES: two blocks for the key, one for the IV', pkcs12(10), 10 * 3 * 600],
  ['PBE-SHA1-2DES: one block each', pkcs12(10, TWO_KEY_3DES), 10 * 2 * 600],
  ['PBE-SHA1-RC2-40: one block each, and each byte', pkcs12(10, RC2_40), 10 * 2 * 600 + 16 * 300],
  ['PBE-MD5-DES', pbes1Algorithm(10), 10 * 600],
])('%s', (_, algorithm, charge) => {
  expect(chargeOf(algorithm)).toBe(charge);
});

test('a MAC is charged for each iteration', () => {
  expect(chargeOfMac(pkcs12Mac('sha1', 10, 'open-sesame'))).toBe(10 * 600);
  expect(chargeOfMac(pkcs12Mac('sha512', 10, 'open-sesame'))).toBe(10 * 900);
  expect(chargeOfMac(pkcs12Mac('sha1', undefined, 'open-sesame'))).toBe(600);
  expect(chargeOfMac(pbmac1(10, 'open-sesame', 32))).toBe(10 * 300);
  expect(chargeOfMac(pbmac1(10, 'open-sesame', 64))).toBe(10 * 2 * 300);
});

test('the charge grows with the iterations and, under RC2, with the bytes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 100 }), (iterations, blocks) => {
      expect(chargeOf(pkcs12(iterations, RC2_40), blocks * 8)).toBe(iterations * 1200 + blocks * 2400);
      expect(chargeOf(pbkdf2Algorithm(iterations), blocks * 16)).toBe(iterations * 300);
    }),
  );
});

/** AES-256 or AES-128 under PBKDF2 with SHA-256 for certificates and key, the MAC under PKCS#12's own derivation. */
const MODERN = 600_000 * (2 * 300 + 600);
/** PBE-SHA1-3DES for certificates and key, and the MAC: seven times PKCS#12's own derivation. */
const LEGACY = 600_000 * 7 * 600;

test.each([
  ['pk12util', MODERN],
  ['certtool', MODERN],
  ['keytool-600000-iterations', MODERN],
  ['600000-iterations', MODERN],
  ['old-pk12util', LEGACY],
  ['old-600000-iterations', LEGACY],
])('%s.pfx charges what it states, and less than half of the limit', (name, charge) => {
  const limit = new CostLimit();
  readPfx(fixture(`forms/${name}.pfx`), 'open-sesame', limit);
  expect(limit.used).toBe(charge);
  expect(limit.used).toBeLessThan(MAX_COST / 2);
});

test('the largest file under RC2 charges a twentieth of the limit', () => {
  expect(chargeOf(pkcs12(1, RC2_40), MAX_BYTES)).toBe(1200 + 1024 * 1024 * 300);
  expect(20 * 1024 * 1024 * 300).toBeLessThan(1.1 * MAX_COST);
});

test('a password that is not ASCII is charged for each encoding that is tried', () => {
  const limit = new CostLimit();
  expect(() => readPfx(fixture('forms/old.pfx'), 'Schlüssel', limit)).toThrow(/certificate-password is incorrect/);
  // The MAC twice, and the first of the two safes once.
  expect(limit.used).toBe(2048 * (2 + 3) * 600);
});

test('the limit is a sum, and is reached exactly', () => {
  const limit = new CostLimit();
  limit.consume(MAX_COST - 1, 1);
  limit.consume(1, 1);
  expect(limit.used).toBe(6e9);
  expect(() => {
    limit.consume(1, 1234567);
  }).toThrow(
    /too many key-derivation iterations: 1,234,567; the limit is 20,000,000 of PBKDF2 or 10,000,000 of PKCS#12/,
  );
});

test.each([
  ['PBKDF2', pbkdf2Algorithm(20_000_001), '20,000,001'],
  ['PBKDF2 with two blocks', pbkdf2Algorithm(10_000_001, SHA1), '10,000,001'],
  ['scrypt', scryptAlgorithm(2 ** 14, 8, 66), '8,650,752'],
  ['PBE-SHA1-3DES', pkcs12(3_333_334), '3,333,334'],
  ['PBE-SHA1-3DES, more than a number can hold', pkcs12(2 ** 48), 'more than 2^47'],
  ['PBE-MD5-DES', pbes1Algorithm(10_000_001), '10,000,001'],
])('%s beyond the limit is rejected before it begins, with the number found', (_, algorithm, number) => {
  const charge = (): number => chargeOf(algorithm);
  expect(charge).toThrow(ActionError);
  expect(charge).toThrow(`it uses too many key-derivation iterations: ${number}; the limit is`);
});

test('RC2 in pieces gives what was encrypted, at every length', () => {
  const lengths = fc.oneof(fc.nat(40), fc.integer({ min: 1016, max: 1032 }), fc.integer({ min: 2040, max: 4110 }));
  fc.assert(
    fc.property(
      lengths.chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
      (array) => {
        const plain = Buffer.from(array);
        const { algorithm, data } = encryptRc2(plain, 'open-sesame');
        const decrypted = readEncryptionScheme(readElement(algorithm))(data, passwordOf(new CostLimit()));
        expect(decrypted.equals(plain)).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

test.each([
  ['nothing', 0],
  ['half a block', 4],
  ['a block and a half', 12],
])('RC2 of %s is taken for another password', (_, bytes) => {
  const decrypt = readEncryptionScheme(readElement(pkcs12(1, RC2_40)));
  expect(() => decrypt(Buffer.alloc(bytes), passwordOf(new CostLimit()))).toThrow(WrongPassword);
});
