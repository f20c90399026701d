import { hash } from 'node:crypto';
import { ActionError } from '../../shared/action-error.ts';
import { Asn1Error } from '../der.ts';
import { EXPORT_COMMANDS } from '../rejections.ts';

/** Names of node:crypto. */
export type Digest = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

/** Bytes that each hash gives, and bytes of its blocks (RFC 7292 B.1: u and v). */
export const DIGEST_BYTES = { sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 } as const;
const BLOCK_BYTES = { sha1: 64, sha224: 64, sha256: 64, sha384: 128, sha512: 128 } as const;

/** What one round costs, in rounds of PBKDF2: those run inside OpenSSL, these return to JavaScript each time. */
export const PKCS12_ROUND = 2.5;

/** Of PBKDF2, at most 0.6 µs each: below two seconds on one core. Today's tools ask for 1 to 600,000 in one place. */
const MAX_ROUNDS = 2_000_000;

/** Adds up what a file costs before anything of it is computed, and rejects what would keep the runner busy for long. */
export class IterationLimit {
  #left = MAX_ROUNDS;

  /**
   * @param rounds - of PBKDF2, or what takes as long
   * @throws ActionError when the sum is too large, Asn1Error for no number from 1
   */
  consume(rounds: number): void {
    if (!(rounds >= 1)) throw new Asn1Error('names no iteration count');
    this.#left -= rounds;
    if (this.#left < 0) {
      throw new ActionError(
        `it uses too many key-derivation iterations (limit ${MAX_ROUNDS.toLocaleString('en')} in all, or 800,000 of PKCS#12's own, which are slower)`,
        { anchor: 'iterations', fix: `Export it again with fewer, such as \`-iter 2048\`: ${EXPORT_COMMANDS.pfx}.` },
      );
    }
  }
}

/** The purposes of RFC 7292 B.3. */
export const DIVERSIFIER = { key: 1, iv: 2, mac: 3 } as const;

export interface Derivation {
  readonly digest: Digest;
  readonly salt: Buffer;
  readonly iterations: number;
}

/**
 * Derives key material as PKCS#12 does (RFC 7292 B.2).
 *
 * @param password - as a BMPString with its terminator, see `bmpPassword`
 * @param length - bytes wanted; each started block of the hash's length costs `iterations` rounds
 */
export function derivePkcs12(from: Derivation, password: Buffer, purpose: number, length: number): Buffer {
  const block = BLOCK_BYTES[from.digest];
  const diversifier = Buffer.alloc(block, purpose);
  const input = Buffer.concat([fill(from.salt, block), fill(password, block)]);
  const output: Buffer[] = [];
  for (let made = 0; made < length; made += DIGEST_BYTES[from.digest]) {
    let a = Buffer.concat([diversifier, input]);
    for (let round = 0; round < from.iterations; round++) a = hash(from.digest, a, 'buffer');
    output.push(a);
    const b = fill(a, block);
    for (let start = 0; start < input.length; start += block) addPlusOne(input.subarray(start, start + block), b);
  }
  return Buffer.concat(output).subarray(0, length);
}

/** Repeats bytes up to the next multiple of a block. */
function fill(bytes: Buffer, block: number): Buffer {
  return bytes.length === 0 ? bytes : Buffer.alloc(Math.ceil(bytes.length / block) * block, bytes);
}

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
