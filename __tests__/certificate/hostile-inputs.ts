import { der, integerDer, oidDer, TAG } from '../../src/certificate/der.ts';
import { writePem } from '../../src/certificate/pem.ts';
import { fixture, fixtureText } from '../fixtures/index.ts';
import { PASSWORD } from './form-cases.ts';
import {
  bag,
  bundleOf,
  certBag,
  certificateOf,
  data,
  encryptedSafe,
  encrypt3Des,
  encryptRc2,
  keyBag,
  octetString,
  pbes1Algorithm,
  pbkdf2Algorithm,
  pfxOf,
  pkcs12Algorithm,
  pkcs12Mac,
  pkcs8Of,
  scryptAlgorithm,
  sequence,
  shroudedKeyBag,
  signatureAlgorithm,
} from './structures.ts';

const MEBIBYTE = 1024 * 1024;

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
  const { algorithm, data: ciphertext } = encrypt3Des(sequence(), PASSWORD, iterations);
  return shroudedKeyBag(algorithm, ciphertext);
}

/** PBMAC1 that nobody computed. */
const forgedPbmac1 = (iterations: number) => (): Buffer => {
  const hmac = sequence(oidDer('1.2.840.113549.2.9'), der(TAG.null));
  const kdf = sequence(
    oidDer('1.2.840.113549.1.5.12'),
    sequence(octetString(SALT), integerDer(iterations), integerDer(32), hmac),
  );
  const algorithm = sequence(oidDer('1.2.840.113549.1.5.14'), sequence(kdf, hmac));
  return sequence(sequence(algorithm, octetString(Buffer.alloc(32))), octetString(SALT), integerDer(1));
};

/** A safe that opens with the password, and only then shows its bags. */
function hidden(...bags: Buffer[]): Buffer {
  const { algorithm, data: cipherText } = encrypt3Des(sequence(...bags), PASSWORD);
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

/** An EC key that is the point at infinity: Node 24 ends the process when it is asked for the details of one. */
const atInfinity = sequence(
  sequence(oidDer('1.2.840.10045.2.1'), oidDer('1.2.840.10045.3.1.7')),
  der(TAG.bitString, Buffer.of(0, 0)),
);
const rsaKeyOf = (bits: number): Buffer => {
  const key = sequence(large(bits / 8), integerDer(65537));
  const algorithm = sequence(oidDer('1.2.840.113549.1.1.1'), der(TAG.null));
  return sequence(algorithm, der(TAG.bitString, Buffer.of(0), key));
};
/** A tag of two bytes: OpenSSL reads it, our walker does not. */
const unknownTag = Buffer.of(0x1f, 0x81, 0x01, 0x00);

const rc2 = (iterations: number): Buffer => pkcs12Algorithm(SALT, integerDer(iterations), '1.2.840.113549.1.12.1.6');
/** A safe with a certificate, its key, and as many zeros. */
function rc2Safe(zeros: number): Buffer {
  const filler = bag('1.2.3', octetString(Buffer.alloc(zeros)));
  const bags = sequence(certBag(fixture('signing.cer')), keyBag(pkcs8Of('signing.key.pem')), filler);
  const { algorithm, data: ciphertext } = encryptRc2(bags, PASSWORD);
  return encryptedSafe(algorithm, ciphertext);
}

const TOO_MANY = /too many key-derivation iterations/;

/** What was made to keep a reader busy or to break it, what it must say, and whether it costs as much as anything may. */
type Row = readonly [name: string, bytes: Buffer | string, says: RegExp, cost?: 'at the limit'];

const ROWS: readonly Row[] = [
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
  ['15,000 blocks of an unknown type', writePem('X', sequence()).repeat(25_000), /unknown type/],
  ['a hundred certificates of one name', bundleOf(100), /100 certificates/],
  ['a mebibyte of base64', 'A'.repeat(MEBIBYTE), /neither PEM/],
  ['a mebibyte of blanks', ' '.repeat(MEBIBYTE), /neither PEM/],
  ['a mebibyte in UTF-16', Buffer.from(`\ufeff${'A'.repeat(MEBIBYTE / 2 - 1)}`, 'utf16le'), /neither PEM/],
  ['a long name of a file', 'a.pem '.repeat(100_000), /neither PEM/],
  ['an object identifier of a mebibyte', sequence(der(TAG.oid, Buffer.alloc(MEBIBYTE - 20, 0x01))), /unknown type/],
  [
    'a DSA key that takes hours to read',
    fixtureText('signing.pem') + writePem('PRIVATE KEY', dsaBomb()),
    /of type DSA/,
  ],
  [
    'an RSA key of two million bits',
    fixtureText('signing.pem') + writePem('RSA PRIVATE KEY', rsaBomb()),
    /private key/,
  ],
  ['2^31 iterations on a key', pfxOf([keyIn(sha1(2 ** 31))]), TOO_MANY],
  ['2^31 iterations on certificates', pfxOf([encryptedSafe(sha1(2 ** 31), SALT)]), TOO_MANY],
  ['2^31 iterations on the MAC', pfxOf([], macOf2To31), TOO_MANY],
  ['more iterations than a number can hold', pfxOf([keyIn(pkcs12Algorithm(SALT, large(40)))]), TOO_MANY],
  ['no iterations', pfxOf([keyIn(sha1(0))]), /no valid iteration count/],
  [
    'negative iterations',
    pfxOf([keyIn(pkcs12Algorithm(SALT, der(TAG.integer, Buffer.of(0xff))))]),
    /no valid iteration count/,
  ],
  ['20,000,001 iterations of PBKDF2', pfxOf([keyIn(pbkdf2Algorithm(20_000_001))]), TOO_MANY],
  ['20,000,000 iterations of PBKDF2', pfxOf([keyIn(pbkdf2Algorithm(20_000_000))]), /is incorrect/, 'at the limit'],
  [
    '10,000,000 iterations of PBKDF2 with SHA-512',
    pfxOf([keyIn(pbkdf2Algorithm(10_000_000, '1.2.840.113549.2.11'))]),
    /is incorrect/,
    'at the limit',
  ],
  [
    '10,000,000 iterations of PBKDF2 with SHA-1, two blocks each',
    pfxOf([keyIn(pbkdf2Algorithm(10_000_000, '1.2.840.113549.2.7'))]),
    /is incorrect/,
    'at the limit',
  ],
  [
    '10,000,001 iterations of PBKDF2 with SHA-1, two blocks each',
    pfxOf([keyIn(pbkdf2Algorithm(10_000_001, '1.2.840.113549.2.7'))]),
    TOO_MANY,
  ],
  [
    '10,000,000 iterations of the MAC of PKCS#12',
    pfxOf([], pkcs12Mac('sha1', 10_000_000)),
    /is incorrect/,
    'at the limit',
  ],
  [
    '6,666,666 iterations of the MAC of PKCS#12 with SHA-512',
    pfxOf([], pkcs12Mac('sha512', 6_666_666)),
    /is incorrect/,
    'at the limit',
  ],
  ['6,666,667 iterations of the MAC of PKCS#12 with SHA-512', pfxOf([], pkcs12Mac('sha512', 6_666_667)), TOO_MANY],
  ['too many iterations of PBMAC1', pfxOf([], forgedPbmac1(20_000_001)), TOO_MANY],
  ['3,333,333 iterations of PBE-SHA1-3DES', pfxOf([keyIn(sha1(3_333_333))]), /is incorrect/, 'at the limit'],
  ['3,333,334 iterations of PBE-SHA1-3DES', pfxOf([keyIn(sha1(3_333_334))]), TOO_MANY],
  ['10,000,000 iterations of PBE-MD5-DES', pfxOf([keyIn(pbes1Algorithm(10_000_000))]), /is incorrect/, 'at the limit'],
  ['10,000,001 iterations of PBE-MD5-DES', pfxOf([keyIn(pbes1Algorithm(10_000_001))]), TOO_MANY],
  [
    'a hundred keys of 40,000 iterations',
    pfxOf([data(sequence(...Array.from({ length: 100 }, () => keyThatOpens(40_000))))]),
    TOO_MANY,
    'at the limit',
  ],
  ['2^31 iterations hidden in a safe', pfxOf([hidden(shroudedKeyBag(sha1(2 ** 31), SALT))]), TOO_MANY],
  [
    'many iterations hidden in many bags',
    pfxOf([hidden(...Array.from({ length: 60 }, () => shroudedKeyBag(sha1(6000), SALT)))]),
    /is incorrect|too many/,
  ],
  ['a scrypt bomb of memory', pfxOf([keyIn(scryptAlgorithm(2 ** 20, 8, 1))]), /a cost of scrypt that is not supported/],
  ['a scrypt bomb of time', pfxOf([keyIn(scryptAlgorithm(2 ** 14, 8, 1000))]), TOO_MANY],
  ['scrypt of many small rounds', pfxOf([keyIn(scryptAlgorithm(2, 1, 300_000))]), /is incorrect/],
  ['scrypt of 8,388,608', pfxOf([keyIn(scryptAlgorithm(2 ** 14, 8, 64))]), /is incorrect/, 'at the limit'],
  ['scrypt with a wrong N', pfxOf([keyIn(scryptAlgorithm(1000, 8, 1))]), /a cost of scrypt that is not supported/],
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
  [
    'an EC key at infinity',
    writePem('CERTIFICATE', certificateOf({ publicKey: atInfinity })),
    /key of type EC; Azure AD B2C supports only RSA/,
  ],
  [
    'an EC key at infinity beside the key of another certificate',
    fixtureText('signing.pem') +
      fixtureText('signing.key.pem') +
      writePem('CERTIFICATE', certificateOf({ publicKey: atInfinity, subject: 'signing.contoso.example' })),
    /PEM with its private key is uploaded as pkcs12/,
  ],
  [
    'an EC key at infinity that signed itself with SHA-1',
    certificateOf({ publicKey: atInfinity, hash: 'sha1' }),
    /key of type EC/,
  ],
  ['a certificate with an RSA key of four million bits', certificateOf({ publicKey: rsaKeyOf(4_000_000) }), /./],
  [
    'a certificate whose signature algorithm cannot be walked',
    certificateOf({ algorithm: signatureAlgorithm('sha1', unknownTag), hash: 'sha1', issuer: 'someone else' }),
    /DER is uploaded as certificate/,
  ],
  [
    'a PFX with an attribute that cannot be walked',
    pfxOf([
      data(
        sequence(
          certBag(fixture('signing.cer'), sequence(unknownTag, der(TAG.set))),
          keyBag(pkcs8Of('signing.key.pem')),
        ),
      ),
    ]),
    /PFX is damaged/,
  ],
  ['a mebibyte of noise under RC2', pfxOf([encryptedSafe(rc2(1), Buffer.alloc(MEBIBYTE - 200, 1))]), /is incorrect/],
  [
    'a mebibyte under RC2',
    pfxOf([rc2Safe(MEBIBYTE - 4096)], pkcs12Mac('sha1', 1, PASSWORD)),
    /PFX is uploaded as pkcs12/,
  ],
  ['RC2 in ten safes', pfxOf(Array.from({ length: 10 }, () => rc2Safe(100_000))), /contains several private keys/],
];

/** One that a reader must survive. */
export interface HostileInput {
  readonly name: string;
  readonly bytes: Buffer;
  readonly says: RegExp;
  /** It costs seconds, on purpose: `npm run bench -- hostile` measures it, the suite leaves it out. */
  readonly isAtLimit: boolean;
}

export const HOSTILE_INPUTS: readonly HostileInput[] = ROWS.map(([name, bytes, says, cost]) => {
  return { name, bytes: Buffer.from(bytes), says, isAtLimit: cost !== undefined };
});
