// Just enough of ASN.1 to walk and to write a structure: DER, and the BER that NSS and Bouncy Castle write PKCS#12 in.
//
// No library, on purpose. The common ones (asn1js, and @peculiar/asn1-schema on top of it) build the whole tree first: for an
// OBJECT IDENTIFIER of a mebibyte they need seconds and 0.3 to 1.2 GB, even with their limits set, and a limit in advance would
// need a walker like this one. They would save about 55 lines here and add 66 to 203 KB to every download.

/**
 * One element.
 * @see https://www.itu.int/rec/T-REC-X.690
 */
export interface Element {
  /** Identifier octet: 0x30 SEQUENCE, 0x02 INTEGER, 0x06 OBJECT IDENTIFIER, 0xa0 context [0] … */
  readonly tag: number;
  /** All of it, header included. */
  readonly raw: Buffer;
  readonly content: Buffer;
}

/** The bytes are not BER. The message continues a sentence: `it …`. */
export class Asn1Error extends Error {}

/** They end too early. */
export class TruncatedError extends Asn1Error {}

/**
 * What a reader returns, or a substitute where the bytes are not BER.
 *
 * @throws what the reader throws other than Asn1Error
 */
export function tryRead<T, U>(read: () => T, otherwise: (error: Asn1Error) => U): T | U {
  try {
    return read();
  } catch (error) {
    if (error instanceof Asn1Error) return otherwise(error);
    throw error;
  }
}

/** Identifier octets (X.690 8.1.2). */
export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
  /** Context [0], constructed: what it means depends on the structure. */
  context0: 0xa0,
} as const;

const CONSTRUCTED = 0x20;
/** No certificate, key or PKCS#12 nests deeper; a hostile file could, and would exhaust the stack. */
const MAX_DEPTH = 32;
/** A collection with more members is hostile: it would cost memory out of proportion to the file. */
const MAX_CHILDREN = 4096;

/**
 * The element that begins at an offset. Bytes after it are ignored.
 *
 * @throws Asn1Error when there is none, or when it is not complete
 */
export function readElement(bytes: Buffer, offset = 0, depth = 0): Element {
  const tag = bytes[offset];
  const first = bytes[offset + 1];
  if (tag === undefined || first === undefined) throw new TruncatedError('ends within a header');
  if ((tag & 0x1f) === 0x1f) throw new Asn1Error('contains a tag of more than one byte');
  if (first === 0x80) return readIndefinite(bytes, offset, tag, depth);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4) throw new Asn1Error('claims a length of more than four bytes');
  const start = offset + 2 + lengthBytes;
  if (start > bytes.length) throw new TruncatedError('ends within a header');
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(offset + 2, lengthBytes);
  const end = start + length;
  if (end > bytes.length) {
    throw new TruncatedError(`should be ${end - offset} bytes long and is ${bytes.length - offset}`);
  }
  return { tag, raw: bytes.subarray(offset, end), content: bytes.subarray(start, end) };
}

/** BER: two zero bytes after the last member mark the end. */
function readIndefinite(bytes: Buffer, offset: number, tag: number, depth: number): Element {
  if ((tag & CONSTRUCTED) === 0) throw new Asn1Error('contains a primitive value without a length');
  if (depth >= MAX_DEPTH) throw new Asn1Error('is nested too deeply');
  let position = offset + 2;
  while (bytes[position] !== 0 || bytes[position + 1] !== 0) {
    position += readElement(bytes, position, depth + 1).raw.length;
  }
  return { tag, raw: bytes.subarray(offset, position + 2), content: bytes.subarray(offset + 2, position) };
}

/**
 * The members of a constructed element, in order; none for a missing one.
 *
 * @throws Asn1Error when they do not fill it exactly, or are too many
 */
export function children(element: Element | undefined): Element[] {
  const content = element?.content ?? Buffer.of();
  const members: Element[] = [];
  for (let position = 0; position < content.length;) {
    if (members.length === MAX_CHILDREN)
      throw new Asn1Error(`contains more than ${MAX_CHILDREN} members in one structure`);
    const member = readElement(content, position);
    members.push(member);
    position += member.raw.length;
  }
  return members;
}

/**
 * The bytes of an OCTET STRING, put together where BER split it (also under an implicit tag).
 *
 * @throws Asn1Error when its parts are split again and again
 */
export function octetString(element: Element, depth = 0): Buffer {
  if ((element.tag & CONSTRUCTED) === 0) return element.content;
  if (depth === MAX_DEPTH) throw new Asn1Error('is nested too deeply');
  return Buffer.concat(children(element).map((part) => octetString(part, depth + 1)));
}

/** No OBJECT IDENTIFIER that means anything here is longer; a hostile one would cost many times its size. */
const MAX_OID_BYTES = 64;

/** Dotted decimal of an OBJECT IDENTIFIER; `''` for any other element. */
export function oid(element: Element | undefined): string {
  if (element?.tag !== TAG.oid || element.content.length > MAX_OID_BYTES) return '';
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of element.content) {
    arc = arc * 128 + (byte & 0x7f);
    if ((byte & 0x80) === 0) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [head = 0, ...rest] = arcs;
  const root = Math.min(2, Math.floor(head / 40));
  return [root, head - root * 40, ...rest].join('.');
}

/**
 * The algorithm that the second member of a structure names: the signature's in a certificate, the key's in PKCS#8.
 *
 * @returns dotted decimal; `''` where there is none, or where the bytes cannot be walked
 */
export const algorithmOf = (bytes: Buffer): string =>
  tryRead(
    () => oid(children(children(readElement(bytes))[1])[0]),
    () => '',
  );

/** The value of an INTEGER from 0 to 2^47 - 1; `Infinity` for a larger one, `NaN` for anything else. */
export function integer(element: Element | undefined): number {
  const [sign] = element?.content ?? [];
  if (element?.tag !== TAG.integer || sign === undefined || sign >= 0x80) return NaN;
  return element.content.length > 6 ? Infinity : Number(`0x${element.content.toString('hex')}`);
}

/** One element in DER from its tag and its members or bytes. */
export function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size = magnitudeOf(length);
  return Buffer.concat([Buffer.of(tag, 0x80 | size.length), size, content]);
}

/** The bytes of a whole number from 0, no more than needed. */
function magnitudeOf(value: number): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

/** An OBJECT IDENTIFIER in DER from its dotted decimal. */
export function oidDer(dotted: string): Buffer {
  const [root = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const arcs = [root * 40 + second, ...rest].map((arc) => {
    const septets = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) septets.unshift((left & 0x7f) | 0x80);
    return Buffer.from(septets);
  });
  return der(TAG.oid, ...arcs);
}

/** An INTEGER from 0 in DER. */
export function integerDer(value: number): Buffer {
  const magnitude = magnitudeOf(value);
  return der(TAG.integer, magnitude.readUInt8() >= 0x80 ? Buffer.concat([Buffer.of(0), magnitude]) : magnitude);
}
