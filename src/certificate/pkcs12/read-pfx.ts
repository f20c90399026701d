import { ActionError } from '../../shared/action-error.ts';
import { children, Asn1Error, type Element, octetString, oid, readElement, TAG } from '../der.ts';
import { EXPORT_COMMANDS } from '../export.ts';
import { passwordMissing, passwordWrong } from '../private-key.ts';
import { IterationLimit } from './budget.ts';
import { bmpPassword } from './derive.ts';
import { readMac } from './mac.ts';
import { OID } from './oids.ts';
import { type Password, readEncryptionScheme, type EncryptionScheme, UnsupportedAlgorithm } from './encryption.ts';

/** What a bag holds, and its attributes as they stand in the file. */
export interface Bag {
  /** DER of a certificate, or of a PKCS#8 private key in clear. */
  readonly value: Buffer;
  readonly attributes: readonly Element[];
}

export interface Pfx {
  readonly certificates: readonly Bag[];
  readonly keys: readonly Bag[];
}

/** SafeContents inside SafeContents: legal, never seen. */
const MAX_NESTING = 4;

/** One SafeContents of the file: encrypted when it has a scheme. */
interface Safe {
  readonly data: Buffer;
  readonly scheme?: EncryptionScheme | undefined;
}

interface OpenedSafes {
  readonly certificates: Bag[];
  readonly keys: Bag[];
  /** Whether the password opened anything. */
  decrypted: boolean;
}

/**
 * Opens a PKCS#12 file (RFC 7292).
 *
 * @param password - `''` for none
 * @throws ActionError when it takes another password, is damaged, uses an unknown algorithm, or asks for more than 2,000,000
 *   rounds of hashing (found before any of them is done, where no encryption hides it)
 */
export function readPfx(bytes: Buffer, password: string): Pfx {
  return withUserErrors('the PFX', () => {
    const [, authSafe, macData] = children(readElement(bytes));
    const content = dataOf(authSafe);
    const safes = children(readElement(content)).map(readSafe);
    const mac = macData && readMac(macData, content);
    const encodings = passwordEncodings(password);
    const budget = new IterationLimit();
    for (const scheme of safes.flatMap(visibleSchemes)) budget.consume(scheme.cost * (mac ? 1 : encodings.length));
    if (mac) budget.consume(mac.cost * encodings.length);

    const right = mac ? encodings.filter((encoding) => mac.verify(encoding)) : encodings;
    const opened = openWithAnyPassword(safes, right.length > 0 ? right : encodings.slice(0, 1), budget);
    if (opened && right.length > 0) return opened;
    if (mac && right.length > 0) throw new Asn1Error('cannot be decrypted although the password is right');
    if (opened?.decrypted) {
      throw new Asn1Error('opens with this password, but its integrity check fails');
    }
    throw password === '' ? passwordMissing('the PFX') : passwordWrong('the PFX');
  });
}

/**
 * Opens an encrypted PKCS#8 key (EncryptedPrivateKeyInfo, RFC 5958).
 *
 * @returns the PrivateKeyInfo in DER
 * @throws ActionError as `readPfx` does
 */
export function decryptPkcs8(bytes: Buffer, password: string): Buffer {
  return withUserErrors('the private key', () => {
    const { scheme, data } = readEncryptedPrivateKeyInfo(readElement(bytes));
    const encodings = passwordEncodings(password);
    new IterationLimit().consume(scheme.cost * encodings.length);
    const opened = encodings
      .map((encoding) => tryTo(() => wholeSequence(scheme.decrypt(data, encoding))))
      .find((plain) => plain !== undefined);
    if (opened === undefined) throw passwordWrong('its private key');
    return opened;
  });
}

/** Turns what the structure's walkers throw into words for people. */
function withUserErrors<T>(what: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof UnsupportedAlgorithm) {
      throw new ActionError(`${what} is protected with an algorithm that is not supported (OID ${error.message})`, {
        anchor: 'algorithm',
        fix: `Export it again with a current tool: ${EXPORT_COMMANDS.pfx}.`,
      });
    }
    if (!(error instanceof Asn1Error)) throw error;
    throw new ActionError(`${what} is damaged: it ${error.message}`, {
      anchor: 'damaged-pfx',
      fix: `Export it again, and copy it as a binary file or as base64 of it: ${EXPORT_COMMANDS.pfx}.`,
    });
  }
}

/**
 * The encodings of a password that tools have used: none at all or a lone terminator for the empty one; UTF-8 taken byte by
 * byte, as OpenSSL did before 1.1, for one that is not ASCII.
 */
function passwordEncodings(password: string): Password[] {
  const utf8 = Buffer.from(password);
  const usual = { bmp: bmpPassword(password), utf8 };
  if (password === '') return [usual, { bmp: Buffer.alloc(0), utf8 }];
  return utf8.length === password.length ? [usual] : [usual, { bmp: bmpPassword(utf8.toString('latin1')), utf8 }];
}

/** The content of a ContentInfo of type data (RFC 5652). */
function dataOf(contentInfo: Element | undefined): Buffer {
  const [type, content] = children(contentInfo);
  if (oid(type) !== OID.data || content === undefined) throw new UnsupportedAlgorithm(oid(type) || 'none');
  return inner(content, octetString);
}

function readSafe(contentInfo: Element): Safe {
  const [type, content] = children(contentInfo);
  if (oid(type) !== OID.encryptedData || content === undefined) return { data: dataOf(contentInfo) };
  const [, encrypted] = inner(content, children);
  const [, algorithm, data] = children(encrypted);
  if (algorithm === undefined || data === undefined) throw new Asn1Error('lacks its encrypted content');
  return { scheme: readEncryptionScheme(algorithm), data: octetString(data) };
}

/** What stands under an explicit tag. */
function inner<T>(element: Element, read: (element: Element) => T): T {
  const [first] = children(element);
  if (first === undefined) throw new Asn1Error('lacks a part');
  return read(first);
}

function readEncryptedPrivateKeyInfo(element: Element): { scheme: EncryptionScheme; data: Buffer } {
  const [algorithm, data] = children(element);
  if (algorithm === undefined || data === undefined) throw new Asn1Error('lacks its encrypted key');
  return { scheme: readEncryptionScheme(algorithm), data: octetString(data) };
}

/** The schemes that can be seen without a password: of the safe itself, or of the keys in a safe that is not encrypted. */
function visibleSchemes(safe: Safe): EncryptionScheme[] {
  if (safe.scheme) return [safe.scheme];
  return bagsOf(safe.data).flatMap(({ type, value }) =>
    type === OID.shroudedKeyBag ? [inner(value, readEncryptedPrivateKeyInfo).scheme] : [],
  );
}

function bagsOf(safeContents: Buffer): { type: string; value: Element; attributes: Element[] }[] {
  return children(readElement(safeContents)).map((bag) => {
    const [type, value, attributes] = children(bag);
    if (value === undefined) throw new Asn1Error('holds an empty bag');
    return { type: oid(type), value, attributes: children(attributes) };
  });
}

function openWithAnyPassword(
  safes: readonly Safe[],
  encodings: readonly Password[],
  budget: IterationLimit,
): OpenedSafes | undefined {
  for (const encoding of encodings) {
    const opened = tryTo(() => openAll(safes, encoding, budget));
    if (opened) return opened;
  }
  return undefined;
}

/** Nothing where a wrong password made rubbish of the plain text. */
function tryTo<T>(decrypt: () => T): T | undefined {
  try {
    return decrypt();
  } catch (error) {
    if (error instanceof ActionError || error instanceof UnsupportedAlgorithm) throw error;
    return undefined;
  }
}

function openAll(safes: readonly Safe[], password: Password, budget: IterationLimit): OpenedSafes {
  const opened: OpenedSafes = { certificates: [], keys: [], decrypted: false };
  for (const { scheme, data } of safes) {
    const plain = scheme ? scheme.decrypt(data, password) : data;
    opened.decrypted ||= scheme !== undefined;
    openSafe(plain, { scheme, password, budget, depth: 0 }, opened);
  }
  return opened;
}

interface SafeContext {
  readonly scheme: EncryptionScheme | undefined;
  readonly password: Password;
  readonly budget: IterationLimit;
  readonly depth: number;
}

function openSafe(safeContents: Buffer, around: SafeContext, opened: OpenedSafes): void {
  if (around.depth > MAX_NESTING) throw new Asn1Error('is nested too deeply');
  for (const { type, value, attributes } of bagsOf(safeContents)) {
    if (type === OID.certBag) {
      const [kind, certificate] = inner(value, children);
      if (oid(kind) !== OID.x509Certificate || certificate === undefined) continue;
      opened.certificates.push({ value: inner(certificate, octetString), attributes });
    } else if (type === OID.shroudedKeyBag) {
      const { scheme, data } = inner(value, readEncryptedPrivateKeyInfo);
      // Those in a safe that is not encrypted were paid for before anything was derived.
      if (around.scheme || around.depth > 0) around.budget.consume(scheme.cost);
      opened.keys.push({ value: wholeSequence(scheme.decrypt(data, around.password)), attributes });
      opened.decrypted = true;
    } else if (type === OID.keyBag) {
      opened.keys.push({ value: inner(value, (key) => key.raw), attributes });
    } else if (type === OID.safeContentsBag) {
      openSafe(
        inner(value, (safe) => safe.raw),
        { ...around, depth: around.depth + 1 },
        opened,
      );
    }
  }
}

function wholeSequence(bytes: Buffer): Buffer {
  const element = readElement(bytes);
  if (element.tag !== TAG.sequence || element.raw.length !== bytes.length) throw new Asn1Error('holds no private key');
  return bytes;
}
