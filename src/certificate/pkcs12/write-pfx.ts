import { createHmac, randomBytes } from 'node:crypto';
import { children, der, type Element, integerDer, oid, oidDer, TAG } from '../der.ts';
import { bmpPassword, derivePkcs12, DIVERSIFIER } from './derive.ts';
import { OID } from './oids.ts';
import type { Bag } from './read-pfx.ts';
import { encrypt3Des, type Password } from './encryption.ts';

/** As `openssl pkcs12 -export` does by default. */
const ITERATIONS = 2048;
const SALT_BYTES = 8;

/** Names the Windows key store; a CNG one makes B2C fail at sign-in with "Invalid provider type specified". */
const MICROSOFT_PROVIDER_NAME = '1.3.6.1.4.1.311.17.1';

const sequence = (...members: Buffer[]): Buffer => der(TAG.sequence, ...members);
const explicit = (member: Buffer): Buffer => der(0xa0, member);
const data = (content: Buffer): Buffer => sequence(oidDer(OID.data), explicit(der(TAG.octetString, content)));

/** What goes into a PFX. */
export interface Contents {
  readonly leaf: Bag;
  readonly others: readonly Bag[];
  /** PKCS#8 in clear. */
  readonly key: Bag;
  /** SHA-1 of the leaf, upper-case hex: ties key and leaf together where the file did not already. */
  readonly sha1: string;
}

/**
 * Writes the one shape of PKCS#12 that Azure AD B2C is known to take: both bags under PBE-SHA1-3DES, a SHA-1 MAC, 2048
 * iterations each. It is what `openssl pkcs12 -export -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg SHA1` makes.
 *
 * @param password - printable ASCII
 * @see RFC 7292
 */
export function writePfx({ leaf, others, key, sha1 }: Contents, password: string): Buffer {
  const secret: Password = { bmp: bmpPassword(password), utf8: Buffer.from(password) };
  const keyAttributes = key.attributes.filter((attribute) => typeOf(attribute) !== MICROSOFT_PROVIDER_NAME);
  const localKeyId =
    [...keyAttributes, ...leaf.attributes].find((attribute) => typeOf(attribute) === OID.localKeyId)?.raw ??
    sequence(oidDer(OID.localKeyId), der(TAG.set, der(TAG.octetString, Buffer.from(sha1, 'hex'))));
  const withLocalKeyId = (attributes: readonly Element[]): Buffer[] => [
    localKeyId,
    ...attributes.filter((attribute) => typeOf(attribute) !== OID.localKeyId).map(({ raw }) => raw),
  ];

  const certificates = sequence(
    certBag(leaf.value, withLocalKeyId(leaf.attributes)),
    ...others.map((other) =>
      certBag(
        other.value,
        other.attributes.map(({ raw }) => raw),
      ),
    ),
  );
  const shroud = encrypt3Des(key.value, secret, randomBytes(SALT_BYTES), ITERATIONS);
  const keys = sequence(
    bag(
      OID.shroudedKeyBag,
      sequence(shroud.algorithm, der(TAG.octetString, shroud.data)),
      withLocalKeyId(keyAttributes),
    ),
  );
  const authenticatedSafe = sequence(encryptedData(certificates, secret), data(keys));
  return sequence(integerDer(3), data(authenticatedSafe), macOf(authenticatedSafe, secret));
}

const typeOf = (attribute: Element): string => oid(children(attribute)[0]);

function bag(type: string, value: Buffer, attributes: readonly Buffer[]): Buffer {
  // DER wants the members of a SET OF in ascending order of their bytes.
  const set = attributes.length > 0 ? [der(TAG.set, ...attributes.toSorted((a, b) => a.compare(b)))] : [];
  return sequence(oidDer(type), explicit(value), ...set);
}

const certBag = (certificate: Buffer, attributes: readonly Buffer[]): Buffer =>
  bag(OID.certBag, sequence(oidDer(OID.x509Certificate), explicit(der(TAG.octetString, certificate))), attributes);

function encryptedData(content: Buffer, password: Password): Buffer {
  const encrypted = encrypt3Des(content, password, randomBytes(SALT_BYTES), ITERATIONS);
  const info = sequence(oidDer(OID.data), encrypted.algorithm, der(0x80, encrypted.data));
  return sequence(oidDer(OID.encryptedData), explicit(sequence(integerDer(0), info)));
}

function macOf(content: Buffer, { bmp }: Password): Buffer {
  const salt = randomBytes(SALT_BYTES);
  const key = derivePkcs12({ digest: 'sha1', salt, iterations: ITERATIONS }, bmp, DIVERSIFIER.mac, 20);
  const mac = createHmac('sha1', key).update(content).digest();
  const algorithm = sequence(oidDer(OID.sha1), der(TAG.null));
  return sequence(sequence(algorithm, der(TAG.octetString, mac)), der(TAG.octetString, salt), integerDer(ITERATIONS));
}
