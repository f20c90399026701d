import { createCipheriv, createHmac, hash, randomBytes } from 'node:crypto';
import { der, integerDer, oidDer, TAG } from '../der.ts';
import { bmpPassword, derivePkcs12, DIVERSIFIER } from './derive.ts';
import { OID } from './oids.ts';
import type { Attribute, Bag } from './read-pfx.ts';

/** As `openssl pkcs12 -export` does by default. */
const ITERATIONS = 2048;
const SALT_BYTES = 8;
const newDerivation = () => ({ digest: 'sha1', salt: randomBytes(SALT_BYTES), iterations: ITERATIONS }) as const;

/** Names the Windows key store; a CNG one makes B2C fail at sign-in with "Invalid provider type specified". */
const MICROSOFT_PROVIDER_NAME = '1.3.6.1.4.1.311.17.1';

/** What goes into a PFX. */
export interface PfxContents {
  readonly leaf: Bag;
  readonly others: readonly Bag[];
  /** PKCS#8, not encrypted. */
  readonly key: Bag;
}

/**
 * Writes the one shape of PKCS#12 that Azure AD B2C is known to accept: both bags under PBE-SHA1-3DES, a SHA-1 MAC, 2048
 * iterations each. It is what `openssl pkcs12 -export -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg SHA1` makes.
 *
 * @param password - printable ASCII
 * @see RFC 7292
 */
export function writePfx({ leaf, others, key }: PfxContents, password: string): Buffer {
  const secret = bmpPassword(password);
  // Where the file had none: the SHA-1 of the leaf.
  const localKeyId =
    [...key.attributes, ...leaf.attributes].find(({ type }) => type === OID.localKeyId)?.raw ??
    sequence(oidDer(OID.localKeyId), der(TAG.set, der(TAG.octetString, hash('sha1', leaf.value, 'buffer'))));
  const withLocalKeyId = (attributes: readonly Attribute[]): Buffer[] => [
    localKeyId,
    ...kept(attributes.filter(({ type }) => type !== OID.localKeyId)),
  ];

  const certificates = sequence(
    certBag(leaf.value, withLocalKeyId(leaf.attributes)),
    ...others.map(({ value, attributes }) => certBag(value, kept(attributes))),
  );
  const { algorithm, data } = encrypt3Des(key.value, secret);
  const encryptedKey = sequence(algorithm, der(TAG.octetString, data));
  const keys = sequence(bag(OID.shroudedKeyBag, encryptedKey, withLocalKeyId(key.attributes)));
  const authenticatedSafe = sequence(encryptedDataInfo(certificates, secret), dataInfo(keys));
  return sequence(integerDer(3), dataInfo(authenticatedSafe), macData(authenticatedSafe, secret));
}

/** Encrypts with PBE-SHA1-3DES: the AlgorithmIdentifier (RFC 7292 C) and the ciphertext. */
function encrypt3Des(plain: Buffer, password: Buffer) {
  const from = newDerivation();
  const key = derivePkcs12(from, password, DIVERSIFIER.key, 24);
  const cipher = createCipheriv('des-ede3-cbc', key, derivePkcs12(from, password, DIVERSIFIER.iv, 8));
  const parameters = sequence(der(TAG.octetString, from.salt), integerDer(ITERATIONS));
  return {
    algorithm: sequence(oidDer(OID.pbeSha1TripleDes), parameters),
    data: Buffer.concat([cipher.update(plain), cipher.final()]),
  };
}

const sequence = (...members: Buffer[]): Buffer => der(TAG.sequence, ...members);
const explicit = (member: Buffer): Buffer => der(TAG.context0, member);

/** All but the name of the Windows key store. */
const kept = (attributes: readonly Attribute[]): Buffer[] =>
  attributes.filter(({ type }) => type !== MICROSOFT_PROVIDER_NAME).map(({ raw }) => raw);

function bag(type: string, value: Buffer, attributes: readonly Buffer[]): Buffer {
  // DER wants the members of a SET OF in ascending order of their bytes.
  const set = attributes.length > 0 ? [der(TAG.set, ...attributes.toSorted((a, b) => a.compare(b)))] : [];
  return sequence(oidDer(type), explicit(value), ...set);
}

const certBag = (certificate: Buffer, attributes: readonly Buffer[]): Buffer =>
  bag(OID.certBag, sequence(oidDer(OID.x509Certificate), explicit(der(TAG.octetString, certificate))), attributes);

const dataInfo = (content: Buffer): Buffer => sequence(oidDer(OID.data), explicit(der(TAG.octetString, content)));

function encryptedDataInfo(content: Buffer, password: Buffer): Buffer {
  const { algorithm, data } = encrypt3Des(content, password);
  const contentInfo = sequence(oidDer(OID.data), algorithm, der(0x80, data));
  return sequence(oidDer(OID.encryptedData), explicit(sequence(integerDer(0), contentInfo)));
}

function macData(content: Buffer, password: Buffer): Buffer {
  const from = newDerivation();
  const key = derivePkcs12(from, password, DIVERSIFIER.mac, 20);
  const mac = createHmac('sha1', key).update(content).digest();
  const digestInfo = sequence(sequence(oidDer(OID.sha1), der(TAG.null)), der(TAG.octetString, mac));
  return sequence(digestInfo, der(TAG.octetString, from.salt), integerDer(ITERATIONS));
}
