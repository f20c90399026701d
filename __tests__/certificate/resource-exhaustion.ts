import { bmpPassword } from '../../src/certificate/pkcs12/derive.ts';
import { encrypt3Des } from '../../src/certificate/pkcs12/write-pfx.ts';
import { der, integerDer, oidDer, TAG } from '../../src/certificate/der.ts';
import { fixture, fixtureText } from '../fixtures/index.ts';
import { PASSWORD } from './form-cases.ts';
import {
  bag,
  data,
  encryptedSafe,
  octetString,
  pbkdf2Algorithm,
  pbmac1,
  pfxOf,
  pkcs12Algorithm,
  pkcs12Mac,
  scryptAlgorithm,
  sequence,
  shroudedKeyBag,
} from './structures.ts';

const MEBIBYTE = 1024 * 1024;

const armour = (label: string, bytes: Buffer): string =>
  `-----BEGIN ${label}-----\n${bytes.toString('base64')}\n-----END ${label}-----\n`;
const keyIn = (algorithm: Buffer): Buffer => data(sequence(shroudedKeyBag(algorithm, Buffer.alloc(64))));
const SALT = Buffer.alloc(8, 7);
const sha1 = (iterations: number, salt = SALT): Buffer => pkcs12Algorithm(salt, integerDer(iterations));

const macOf2To31 = (): Buffer =>
  sequence(
    sequence(sequence(oidDer('1.3.14.3.2.26'), der(TAG.null)), octetString(Buffer.alloc(20))),
    octetString(SALT),
    integerDer(2 ** 31),
  );

/** A key that opens with the password, so that the reader goes on to the next one. */
function keyThatOpens(iterations: number): Buffer {
  const { algorithm, data: ciphertext } = encrypt3Des(sequence(), bmpPassword(PASSWORD), SALT, iterations);
  return shroudedKeyBag(algorithm, ciphertext);
}

/** A safe that opens with the password, and only then shows its bags. */
function hidden(...bags: Buffer[]): Buffer {
  const { algorithm, data: cipherText } = encrypt3Des(sequence(...bags), bmpPassword(PASSWORD), SALT, 1);
  return encryptedSafe(algorithm, cipherText);
}

/** Elements within elements, as deep as the bytes reach. */
function nested(tag: number, levels: number): Buffer {
  const heads: Buffer[] = [];
  for (let length = 0; heads.length < levels; length += heads.at(-1)?.length ?? 0) {
    const size = length < 0x80 ? [length] : [0x83, length >> 16, length >> 8, length];
    heads.push(Buffer.of(tag, ...size));
  }
  return Buffer.concat(heads.toReversed());
}

/** As many members of two bytes as fit into a length. */
const crowd = (tag: number, length: number): Buffer => Buffer.alloc(length, Buffer.of(tag, 0));

const large = (bytes: number): Buffer => der(TAG.integer, Buffer.of(0), Buffer.alloc(bytes, 0xff));
const dsaBomb = (): Buffer => {
  const parameters = sequence(large(8000), large(7900), large(7900));
  return sequence(integerDer(0), sequence(oidDer('1.2.840.10040.4.1'), parameters), octetString(large(7900)));
};
const rsaBomb = (): Buffer =>
  sequence(
    integerDer(0),
    large(300_000),
    integerDer(65537),
    large(300_000),
    ...Array.from({ length: 5 }, () => large(10)),
  );

/** A hundred certificates of the same name, each with its own serial number. */
const namesakes = (): string =>
  Array.from({ length: 100 }, (_, i) => {
    const copy = fixture('signing.cer');
    copy.writeUInt32BE(i, copy.indexOf(Buffer.of(TAG.integer, 0x14)) + 6);
    return armour('CERTIFICATE', copy);
  }).join('');

const TOO_MANY = /too many key-derivation iterations/;

/** What was made to keep a reader busy, and what it must say at once. */
export const HOSTILE_INPUTS: readonly (readonly [string, Buffer | string, RegExp])[] = [
  ['a mebibyte of NULLs', sequence(crowd(TAG.null, MEBIBYTE - 10)), /unknown type/],
  [
    'a mebibyte of NULLs without a length',
    Buffer.concat([Buffer.of(0x30, 0x80), crowd(TAG.null, MEBIBYTE - 10), Buffer.alloc(2)]),
    /unknown type/,
  ],
  [
    'a PFX of a mebibyte of crumbs',
    sequence(
      integerDer(3),
      sequence(oidDer('1.2.840.113549.1.7.1'), der(0xa0, der(0x24, crowd(TAG.octetString, MEBIBYTE - 100)))),
    ),
    /more than 4096 members/,
  ],
  ['SEQUENCEs 200,000 deep', nested(TAG.sequence, 200_000), /unknown type/],
  ['SEQUENCEs 500,000 deep without a length', Buffer.alloc(MEBIBYTE, Buffer.of(0x30, 0x80)), /nested too deeply/],
  [
    'OCTET STRINGs 100,000 deep in a PFX',
    sequence(integerDer(3), sequence(oidDer('1.2.840.113549.1.7.1'), der(0xa0, nested(0x24, 100_000)))),
    /nested too deeply/,
  ],
  ['35,000 BEGIN lines', '-----BEGIN CERTIFICATE-----\n'.repeat(35_000), /no matching END line/],
  [
    '15,000 empty blocks',
    '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'.repeat(15_000),
    /is empty or contains/,
  ],
  ['15,000 blocks of an unknown type', armour('X', sequence()).repeat(25_000), /unknown type/],
  ['a hundred certificates of one name', namesakes(), /100 certificates/],
  ['a mebibyte of base64', 'A'.repeat(MEBIBYTE), /neither PEM/],
  ['a mebibyte of blanks', ' '.repeat(MEBIBYTE), /neither PEM/],
  ['a mebibyte in UTF-16', Buffer.from(`\ufeff${'A'.repeat(MEBIBYTE / 2 - 1)}`, 'utf16le'), /neither PEM/],
  ['a long name of a file', 'a.pem '.repeat(100_000), /neither PEM/],
  ['an object identifier of a mebibyte', sequence(der(TAG.oid, Buffer.alloc(MEBIBYTE - 20, 0x01))), /unknown type/],
  [
    'a DSA key that takes hours to read',
    fixtureText('signing.pem') + armour('PRIVATE KEY', dsaBomb()),
    /not an RSA key/,
  ],
  ['an RSA key of two million bits', fixtureText('signing.pem') + armour('RSA PRIVATE KEY', rsaBomb()), /private key/],
  ['2^31 iterations on a key', pfxOf([keyIn(sha1(2 ** 31))]), TOO_MANY],
  ['2^31 iterations on certificates', pfxOf([encryptedSafe(sha1(2 ** 31), SALT)]), TOO_MANY],
  ['2^31 iterations on the MAC', pfxOf([], macOf2To31), TOO_MANY],
  ['more iterations than a number can hold', pfxOf([keyIn(pkcs12Algorithm(SALT, large(40)))]), TOO_MANY],
  ['no iterations', pfxOf([keyIn(sha1(0))]), /no iteration count/],
  [
    'negative iterations',
    pfxOf([keyIn(pkcs12Algorithm(SALT, der(TAG.integer, Buffer.of(0xff))))]),
    /no iteration count/,
  ],
  ['2,000,001 iterations of PBKDF2', pfxOf([keyIn(pbkdf2Algorithm(2_000_001))]), TOO_MANY],
  ['2,000,000 iterations of PBKDF2', pfxOf([keyIn(pbkdf2Algorithm(2_000_000))]), /is incorrect/],
  [
    '2,000,000 iterations of PBKDF2 with SHA-512',
    pfxOf([keyIn(pbkdf2Algorithm(2_000_000, '1.2.840.113549.2.11'))]),
    /is incorrect/,
  ],
  [
    '1,000,000 iterations of PBKDF2 with SHA-1, two blocks each',
    pfxOf([keyIn(pbkdf2Algorithm(1_000_000, '1.2.840.113549.2.7'))]),
    /is incorrect/,
  ],
  [
    '1,000,001 iterations of PBKDF2 with SHA-1, two blocks each',
    pfxOf([keyIn(pbkdf2Algorithm(1_000_001, '1.2.840.113549.2.7'))]),
    TOO_MANY,
  ],
  ['800,000 iterations of the MAC of PKCS#12', pfxOf([], pkcs12Mac('sha512', 800_000)), /./],
  ['800,001 iterations of the MAC of PKCS#12', pfxOf([], pkcs12Mac('sha512', 800_001)), TOO_MANY],
  ['too many iterations of PBMAC1', pfxOf([], pbmac1(2_000_001, PASSWORD)), TOO_MANY],
  ['266,666 iterations of PBE-SHA1-3DES', pfxOf([keyIn(sha1(266_666))]), /is incorrect/],
  ['266,667 iterations of PBE-SHA1-3DES', pfxOf([keyIn(sha1(266_667))]), TOO_MANY],
  [
    'a hundred keys of 20,000 iterations',
    pfxOf([data(sequence(...Array.from({ length: 100 }, () => keyThatOpens(20_000))))]),
    TOO_MANY,
  ],
  ['2^31 iterations hidden in a safe', pfxOf([hidden(shroudedKeyBag(sha1(2 ** 31), SALT))]), TOO_MANY],
  [
    'many iterations hidden in many bags',
    pfxOf([hidden(...Array.from({ length: 60 }, () => shroudedKeyBag(sha1(6000), SALT)))]),
    /is incorrect|too many/,
  ],
  ['a scrypt bomb of memory', pfxOf([keyIn(scryptAlgorithm(2 ** 20, 8, 1))]), /not supported .*with these parameters/],
  ['a scrypt bomb of time', pfxOf([keyIn(scryptAlgorithm(2 ** 14, 8, 1000))]), TOO_MANY],
  ['scrypt with a wrong N', pfxOf([keyIn(scryptAlgorithm(1000, 8, 1))]), /not supported .*with these parameters/],
  ['scrypt of 32 MiB', pfxOf([keyIn(scryptAlgorithm(2 ** 15, 8, 7))]), /is incorrect/],
  ['a salt of a mebibyte', pfxOf([keyIn(sha1(1, Buffer.alloc(MEBIBYTE - 300, 1)))]), /is incorrect/],
  [
    'a salt of a mebibyte in the MAC',
    pfxOf([], pkcs12Mac('sha256', 1, undefined, Buffer.alloc(MEBIBYTE - 300, 1))),
    /is incorrect/,
  ],
  [
    'a salt of a mebibyte in scrypt',
    pfxOf([keyIn(scryptAlgorithm(1024, 8, 1, Buffer.alloc(MEBIBYTE - 300, 1)))]),
    /is incorrect/,
  ],
  ['4096 safes', pfxOf(Array.from({ length: 4000 }, () => encryptedSafe(sha1(1), SALT))), /is incorrect/],
  [
    'safes in safes in safes',
    pfxOf([
      data(
        Array.from({ length: 20 }).reduce<Buffer>(
          (inner) => sequence(bag('1.2.840.113549.1.12.10.1.6', inner)),
          sequence(),
        ),
      ),
    ]),
    /is incorrect|PFX/,
  ],
];
