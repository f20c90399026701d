import { hash } from 'node:crypto';
import { ActionError } from '../../shared/action-error.ts';
import { Asn1Error } from '../der.ts';

/** Names of node:crypto. */
export type Digest = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

/** Bytes that each hash gives, and bytes of its blocks (RFC 7292 B.1: u and v). */
export const DIGEST_BYTES = { sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 } as const;
const BLOCK_BYTES = { sha1: 64, sha224: 64, sha256: 64, sha384: 128, sha512: 128 } as const;

/**
 * What an operation costs, in nanoseconds of one core of today. Rounded up; `npm run bench -- hostile` shows how exact it is.
 */
export const COST = {
  /** PBKDF2 inside OpenSSL: one iteration of each started block of the output. */
  pbkdf2: { sha1: 300, sha224: 300, sha256: 300, sha384: 600, sha512: 600 },
  /** The derivations in JavaScript, PKCS#12's own and PBKDF1: one iteration, likewise. */
  hash: { md5: 600, sha1: 600, sha224: 600, sha256: 600, sha384: 900, sha512: 900 },
  /** scrypt: N·r·p = 1. */
  scrypt: 700,
  /** RC2 in JavaScript: one byte. */
  rc2: 300,
} as const;

/**
 * Six seconds. The defaults of today's tools need at most 2.5: NSS with its old ciphers computes 4,200,000 iterations of
 * PKCS#12's own derivation in seven places.
 */
export const MAX_COST = 6_000_000_000;

/** Adds up what a file costs before it is computed, and rejects what would keep the runner busy for long. */
export class CostLimit {
  #used = 0;

  /** What was charged so far, see `COST`. */
  get used(): number {
    return this.#used;
  }

  /**
   * Charges for an operation that is about to begin.
   *
   * @param cost - see `COST`
   * @param iterations - as the file states them; for scrypt N·r·p
   * @throws ActionError when the sum is too large, Asn1Error when there is no iteration count from 1
   */
  consume(cost: number, iterations: number): void {
    if (!(iterations >= 1)) throw new Asn1Error('contains no valid iteration count');
    this.#used += cost;
    if (this.#used > MAX_COST) throw tooManyIterations(iterations);
  }
}

function tooManyIterations(iterations: number): ActionError {
  const number = (value: number): string => value.toLocaleString('en');
  const found = Number.isFinite(iterations) ? number(iterations) : 'more than 2^47';
  const limits = `${number(MAX_COST / COST.pbkdf2.sha256)} of PBKDF2 or ${number(MAX_COST / COST.hash.sha1)} of PKCS#12's own in all`;
  return new ActionError(`it uses too many key-derivation iterations: ${found}; the limit is ${limits}`, {
    anchor: 'iterations',
    fix: `Export it again with fewer: add \`-iter 2048\` to \`openssl pkcs12 -export\`, or \`-J-Dkeystore.pkcs12.certPbeIterationCount=10000 -J-Dkeystore.pkcs12.keyPbeIterationCount=10000 -J-Dkeystore.pkcs12.macIterationCount=10000\` to \`keytool -importkeystore\`. pk12util and certtool have no option for it; their default is below the limit. For a key: \`openssl pkcs8 -topk8 -iter 2048 -in key.pem -out key-pkcs8.pem\`.`,
  });
}

/** The purposes of RFC 7292 B.3. */
export const DIVERSIFIER = { key: 1, iv: 2, mac: 3 } as const;

/** What PKCS#12 derives a key from, beside the password. */
export interface Derivation {
  readonly digest: Digest;
  readonly salt: Buffer;
  readonly iterations: number;
}

/**
 * Derives key material as PKCS#12 does (RFC 7292 B.2).
 *
 * @param password - as a BMPString with its terminator, see `bmpPassword`
 * @param length - bytes wanted; each started block of the hash's length costs `iterations`
 */
export function derivePkcs12(from: Derivation, password: Buffer, purpose: number, length: number): Buffer {
  const block = BLOCK_BYTES[from.digest];
  const diversifier = Buffer.alloc(block, purpose);
  const input = Buffer.concat([fill(from.salt, block), fill(password, block)]);
  const output: Buffer[] = [];
  for (let made = 0; made < length; made += DIGEST_BYTES[from.digest]) {
    const a = iteratedHash(from.digest, Buffer.concat([diversifier, input]), from.iterations);
    output.push(a);
    const b = fill(a, block);
    for (let start = 0; start < input.length; start += block) addPlusOne(input.subarray(start, start + block), b);
  }
  return Buffer.concat(output).subarray(0, length);
}

/** The hash of the hash of the … of these bytes. Charge for it before: see `COST.hash`. */
export function iteratedHash(digest: Digest | 'md5', bytes: Buffer, iterations: number): Buffer {
  const result = hash(digest, bytes, 'buffer');
  // In place, by way of a string: a new Buffer in each iteration takes three times as long.
  for (let done = 1; done < iterations; done++) result.write(hash(digest, result, 'binary'), 'binary');
  return result;
}

/** Repeats bytes up to the next multiple of a block; none for none. */
const fill = (bytes: Buffer, block: number): Buffer => Buffer.alloc(Math.ceil(bytes.length / block) * block, bytes);

/** target = (target + addend + 1) mod 2^(8 × length), big-endian, in place. */
function addPlusOne(target: Buffer, addend: Buffer): void {
  let carry = 1;
  for (let i = target.length - 1; i >= 0; i--) {
    carry += target.readUInt8(i) + addend.readUInt8(i);
    target[i] = carry & 0xff;
    carry >>= 8;
  }
}

/** UTF-16 with big end first and a terminating zero, as PKCS#12 wants its passwords (RFC 7292 B.1). */
export function bmpPassword(password: string): Buffer {
  return Buffer.from(`${password}\0`, 'utf16le').swap16();
}
