import { Asn1Error, children, type Element, octetString, oid, readElement, TAG } from '../der.ts';
import { EXPORT_COMMANDS, keyPasswordDiffers, passwordMissing, passwordWrong } from '../rejections.ts';
import { decrypt, decryptKey, passwordEncodings, readDecrypted, withAnyPassword, withUserErrors } from './decrypt.ts';
import { CostLimit } from './derive.ts';
import { type Password, UnsupportedAlgorithm } from './encryption.ts';
import { readMac } from './mac.ts';
import { OID } from './oids.ts';

/** An attribute of a bag, such as its name: dotted decimal, and the whole of it. */
export interface Attribute {
  readonly type: string;
  readonly raw: Buffer;
}

/** What a bag contains, and its attributes as they are in the file. */
export interface Bag {
  /** DER of a certificate, or of a PKCS#8 private key that is not encrypted. */
  readonly value: Buffer;
  readonly attributes: readonly Attribute[];
}

/** An opened PKCS#12 file. */
export interface Pfx {
  readonly certificates: readonly Bag[];
  readonly keys: readonly Bag[];
  /** How many secret keys it contains, which are not read. */
  readonly secrets: number;
}

/** SafeContents inside SafeContents: legal, never seen. */
const MAX_NESTING = 4;

/**
 * Opens a PKCS#12 file (RFC 7292).
 *
 * @param password - `''` for none
 * @param limit - what opening it is charged to
 * @throws ActionError when it has another password, is damaged, uses an unknown algorithm or too many iterations
 */
export function readPfx(bytes: Buffer, password: string, limit = new CostLimit()): Pfx {
  return withUserErrors('the PFX', EXPORT_COMMANDS.pfx, () => {
    const [, authSafe, macData] = children(readElement(bytes));
    const content = dataOf(authSafe);
    const safes = children(readElement(content));
    const verifyMac = macData && readMac(macData, content);
    const passwords = passwordEncodings(password, limit);

    const verified = verifyMac && passwords.find(verifyMac);
    if (verified) return openVerified(safes, verified);
    // A MAC that no password matches may be damaged: the first password shows.
    const candidates = verifyMac ? passwords.slice(0, 1) : passwords;
    const opened = withAnyPassword(candidates, (one) => openBags(openSafes(safes, one), one));
    if (opened && !verifyMac) return opened;
    if (opened && isEncrypted(safes)) throw new Asn1Error('opens with this password, but its integrity check fails');
    throw password === '' ? passwordMissing('the PFX') : passwordWrong('the PFX');
  });
}

/**
 * Decrypts a PKCS#8 key.
 *
 * @param bytes - EncryptedPrivateKeyInfo (RFC 5958)
 * @returns the PrivateKeyInfo in DER
 * @throws ActionError when it has another password, is damaged, uses an unknown algorithm or too many iterations
 */
export function decryptPkcs8(bytes: Buffer, password: string): Buffer {
  return withUserErrors('its private key', EXPORT_COMMANDS.privateKey, () => {
    const passwords = passwordEncodings(password, new CostLimit());
    const plain = withAnyPassword(passwords, (one) => decryptKey(readElement(bytes), one));
    if (plain === undefined) throw passwordWrong('its private key');
    return plain;
  });
}

/** Opens what the password must open: the MAC has confirmed it. */
function openVerified(safes: readonly Element[], password: Password): Pfx {
  const bags = withAnyPassword([password], (one) => openSafes(safes, one));
  if (bags === undefined) {
    throw new Asn1Error('cannot be decrypted although the password matches its integrity check');
  }
  const opened = withAnyPassword([password], (one) => openBags(bags, one));
  if (opened === undefined) throw keyPasswordDiffers();
  return opened;
}

/** The content of a ContentInfo of type data (RFC 5652). */
function dataOf(contentInfo: Element | undefined): Buffer {
  const [type, content] = children(contentInfo);
  if (type === undefined || content === undefined) throw new Asn1Error('lacks its content');
  if (oid(type) !== OID.data) throw new UnsupportedAlgorithm(oid(type), 'a content type');
  return octetString(inner(content));
}

/**
 * The bags of all safes: each is SafeContents in a ContentInfo, encrypted or not.
 *
 * @throws WrongPassword, UnsupportedAlgorithm, Asn1Error, ActionError beyond the limit
 */
function openSafes(safes: readonly Element[], password: Password): EncodedBag[] {
  return safes.flatMap((safe) => {
    const [type, content] = children(safe);
    if (oid(type) !== OID.encryptedData || content === undefined) return readBags(dataOf(safe));
    const [, encrypted] = children(inner(content));
    const plain = decrypt('content', children(encrypted).slice(1), password);
    return readDecrypted(() => readBags(plain));
  });
}

/** Whether anything in them is encrypted, be it one of them or a key. */
const isEncrypted = (safes: readonly Element[]): boolean =>
  safes.some((safe) => {
    const [type] = children(safe);
    return oid(type) === OID.encryptedData || readBags(dataOf(safe)).some((bag) => bag.type === OID.shroudedKeyBag);
  });

/** @throws WrongPassword, UnsupportedAlgorithm, Asn1Error, ActionError beyond the limit */
function openBags(bags: readonly EncodedBag[], password: Password): Pfx {
  const ofType = (type: string): EncodedBag[] => bags.filter((bag) => bag.type === type);
  return {
    certificates: ofType(OID.certBag).flatMap(readCertificate),
    keys: [
      ...ofType(OID.keyBag).map(({ value, attributes }) => ({ value: value.raw, attributes })),
      ...ofType(OID.shroudedKeyBag).map(({ value, attributes }) => {
        return { value: decryptKey(value, password), attributes };
      }),
    ],
    secrets: ofType(OID.secretBag).length,
  };
}

interface EncodedBag {
  readonly type: string;
  readonly value: Element;
  readonly attributes: readonly Attribute[];
}

/** The bags of a SafeContents, with those of the SafeContents inside it. */
function readBags(safeContents: Buffer, depth = 0): EncodedBag[] {
  if (depth > MAX_NESTING) throw new Asn1Error('is nested too deeply');
  return children(readElement(safeContents)).flatMap((bag) => {
    const [type, value, attributes] = children(bag);
    if (value === undefined) throw new Asn1Error('contains an empty bag');
    if (oid(type) === OID.safeContentsBag) return readBags(inner(value).raw, depth + 1);
    return [{ type: oid(type), value: inner(value), attributes: children(attributes).map(readAttribute) }];
  });
}

function readAttribute(attribute: Element): Attribute {
  const [type, values] = children(attribute);
  if (oid(type) === '' || values?.tag !== TAG.set) throw new Asn1Error('contains a damaged attribute');
  return { type: oid(type), raw: attribute.raw };
}

function readCertificate({ value, attributes }: EncodedBag): Bag[] {
  const [kind, certificate] = children(value);
  if (oid(kind) !== OID.x509Certificate || certificate === undefined) return [];
  // Node ignores bytes after a certificate, so they would be uploaded.
  return [{ value: readElement(octetString(inner(certificate))).raw, attributes }];
}

/** What is under an explicit tag. */
function inner(element: Element): Element {
  const [first] = children(element);
  if (first === undefined) throw new Asn1Error('lacks a part');
  return first;
}
