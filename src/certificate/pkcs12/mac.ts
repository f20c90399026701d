import { createHmac } from 'node:crypto';
import { Asn1Error, children, type Element, integer, octetString, oid } from '../der.ts';
import { COST, derivePkcs12, type Digest, DIGEST_BYTES, DIVERSIFIER } from './derive.ts';
import { HMACS, type Password, readKeyDerivation, UnsupportedAlgorithm } from './encryption.ts';
import { OID } from './oids.ts';

/** Whether a password is the right one, and nothing in the PFX was changed. Throws ActionError beyond the limit. */
type VerifyMac = (password: Password) => boolean;

const PBMAC1 = '1.2.840.113549.1.5.14';
/** Bytes. RFC 9579 wants the length stated; the bounds are those of OpenSSL. */
const MIN_PBMAC1_KEY = 20;
const MAX_PBMAC1_KEY = 64;

const DIGESTS: Record<string, Digest> = {
  [OID.sha1]: 'sha1',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/**
 * Understands MacData: the MAC of PKCS#12 itself, or PBMAC1 (RFC 9579).
 *
 * @param content - what it protects: the content of the AuthenticatedSafe
 * @throws UnsupportedAlgorithm, Asn1Error
 */
export function readMac(macData: Element, content: Buffer): VerifyMac {
  const [info, salt, count] = children(macData);
  const [algorithm, expected] = children(info);
  const [id, parameters] = children(algorithm);
  if (expected === undefined || salt === undefined) throw new Asn1Error('lacks a part of its MAC');
  const compare = (digest: Digest, key: Buffer): boolean =>
    createHmac(digest, key).update(content).digest().equals(octetString(expected));
  if (oid(id) === PBMAC1 && parameters) return readPbmac1(parameters, compare);
  const digest = DIGESTS[oid(id)];
  if (digest === undefined) throw new UnsupportedAlgorithm(oid(id));
  const from = { digest, salt: octetString(salt), iterations: count ? integer(count) : 1 };
  return ({ bmp, limit }) => {
    limit.consume(from.iterations * COST.hash[digest], from.iterations);
    return compare(digest, derivePkcs12(from, bmp, DIVERSIFIER.mac, DIGEST_BYTES[digest]));
  };
}

function readPbmac1(parameters: Element, compare: (digest: Digest, key: Buffer) => boolean): VerifyMac {
  const [derivation, hmac] = children(parameters);
  const digest = HMACS[oid(children(hmac)[0])];
  if (derivation === undefined || digest === undefined) throw new UnsupportedAlgorithm(PBMAC1);
  const { keyLength = 0, derive } = readKeyDerivation(derivation);
  if (!(keyLength >= MIN_PBMAC1_KEY && keyLength <= MAX_PBMAC1_KEY)) {
    throw new Asn1Error('uses PBMAC1 without a key length from 20 to 64 bytes');
  }
  return (password) => compare(digest, derive(password, keyLength));
}
