import { Asn1Error, children, type Element, octetString, oid, readElement } from '../der.ts';
import { passwordMissing, passwordWrong } from '../rejections.ts';
import {
  decryptAndRead,
  decryptKey,
  type Encrypted,
  passwordEncodings,
  readEncryptedPrivateKeyInfo,
  withAnyPassword,
  withUserErrors,
} from './decrypt.ts';
import { IterationLimit } from './derive.ts';
import { type Password, readEncryptionScheme, UnsupportedAlgorithm } from './encryption.ts';
import { readMac } from './mac.ts';
import { OID } from './oids.ts';

/** What a bag contains, and its attributes as they are in the file. */
export interface Bag {
  /** DER of a certificate, or of a PKCS#8 private key that is not encrypted. */
  readonly value: Buffer;
  readonly attributes: readonly Element[];
}

export interface Pfx {
  readonly certificates: readonly Bag[];
  readonly keys: readonly Bag[];
}

/** SafeContents inside SafeContents: legal, never seen. */
const MAX_NESTING = 4;

/**
 * Opens a PKCS#12 file (RFC 7292).
 *
 * @param password - `''` for none
 * @throws ActionError when it has another password, is damaged, uses an unknown algorithm or too many iterations
 */
export function readPfx(bytes: Buffer, password: string): Pfx {
  return withUserErrors('the PFX', () => {
    const [, authSafe, macData] = children(readElement(bytes));
    const content = dataOf(authSafe);
    const safes = children(readElement(content)).map(readSafe);
    const mac = macData && readMac(macData, content);
    const passwords = passwordEncodings(password);
    const limit = new IterationLimit();

    const verified = passwords.find((one) => mac?.verify(one, limit));
    const candidates = mac ? [verified ?? passwords[0]] : passwords;
    const opened = withAnyPassword(candidates, (one) => openSafes(safes, one, limit));
    if (opened && (verified ?? !mac)) return opened;
    if (verified) throw new Asn1Error('cannot be decrypted although the password is right');
    if (opened?.wasEncrypted) throw new Asn1Error('opens with this password, but its integrity check fails');
    throw password === '' ? passwordMissing('the PFX') : passwordWrong('the PFX');
  });
}

/** The content of a ContentInfo of type data (RFC 5652). */
function dataOf(contentInfo: Element | undefined): Buffer {
  const [type, content] = children(contentInfo);
  if (oid(type) !== OID.data || content === undefined) throw new UnsupportedAlgorithm(oid(type) || 'none');
  return octetString(inner(content));
}

/** SafeContents in a ContentInfo, encrypted or not. */
type Safe = Encrypted | Buffer;

function readSafe(contentInfo: Element): Safe {
  const [type, content] = children(contentInfo);
  if (oid(type) !== OID.encryptedData || content === undefined) return dataOf(contentInfo);
  const [, encrypted] = children(inner(content));
  const [, algorithm, data] = children(encrypted);
  if (algorithm === undefined || data === undefined) throw new Asn1Error('lacks its encrypted content');
  return { scheme: readEncryptionScheme(algorithm), data: octetString(data) };
}

/** @throws WrongPassword, UnsupportedAlgorithm, Asn1Error, ActionError beyond the limit */
function openSafes(safes: readonly Safe[], password: Password, limit: IterationLimit): Pfx & { wasEncrypted: boolean } {
  const bags = safes.flatMap((safe) =>
    Buffer.isBuffer(safe) ? readBags(safe) : decryptAndRead(safe, password, limit, (plain) => readBags(plain)),
  );
  const ofType = (type: string): EncodedBag[] => bags.filter((bag) => bag.type === type);
  const encryptedKeys = ofType(OID.shroudedKeyBag).map(({ value, attributes }) => {
    return { value: decryptKey(readEncryptedPrivateKeyInfo(value), password, limit), attributes };
  });
  return {
    certificates: ofType(OID.certBag).flatMap(readCertificate),
    keys: [...ofType(OID.keyBag).map(({ value, attributes }) => ({ value: value.raw, attributes })), ...encryptedKeys],
    wasEncrypted: encryptedKeys.length > 0 || safes.some((safe) => !Buffer.isBuffer(safe)),
  };
}

interface EncodedBag {
  readonly type: string;
  readonly value: Element;
  readonly attributes: readonly Element[];
}

/** The bags of a SafeContents, with those of the SafeContents inside it. */
function readBags(safeContents: Buffer, depth = 0): EncodedBag[] {
  if (depth > MAX_NESTING) throw new Asn1Error('is nested too deeply');
  return children(readElement(safeContents)).flatMap((bag) => {
    const [type, value, attributes] = children(bag);
    if (value === undefined) throw new Asn1Error('contains an empty bag');
    if (oid(type) === OID.safeContentsBag) return readBags(inner(value).raw, depth + 1);
    return [{ type: oid(type), value: inner(value), attributes: children(attributes) }];
  });
}

function readCertificate({ value, attributes }: EncodedBag): Bag[] {
  const [kind, certificate] = children(value);
  if (oid(kind) !== OID.x509Certificate || certificate === undefined) return [];
  return [{ value: octetString(inner(certificate)), attributes }];
}

/** What is under an explicit tag. */
function inner(element: Element): Element {
  const [first] = children(element);
  if (first === undefined) throw new Asn1Error('lacks a part');
  return first;
}
