import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { ApiError } from './graph-error.ts';

/** DER of the arc pkcs-12PbeIds, 1.2.840.113549.1.12.1: the number that follows identifies the cipher (RFC 7292, C). */
const PKCS12_PBE = Buffer.from('060a2a864886f70d010c01', 'hex');
/** pbeWithSHA1And3-KeyTripleDES-CBC and pbeWithSHAAnd40BitRC2-CBC: all that the service accepts. */
const ACCEPTED = [3, 6];
/** DER of id-PBES2, 1.2.840.113549.1.5.13 (RFC 8018). */
const PBES2 = Buffer.from('06092a864886f70d01050d', 'hex');
const SHA1 = '1.3.14.3.2.26';

const SHA1_SIZES = {
  algorithm: 'sha1',
  blockLength: 64,
  digestLength: 20,
  messageLength: 0,
  fullMessageLength: null,
  messageLengthSize: 8,
} as const;

/** forge's own SHA-1 would make up half of the time that the emulator uses. */
forge.md.sha1.create = () => {
  let hash = createHash('sha1');
  const digest = {
    ...SHA1_SIZES,
    start() {
      hash = createHash('sha1');
      return digest;
    },
    update(message: string) {
      hash.update(message, 'latin1');
      return digest;
    },
    digest: () => forge.util.createBuffer(hash.digest().toString('latin1')),
  };
  return digest;
};

/** The service reports this for a wrong password, and for every cipher that it does not accept. */
function wrongPassword(): ApiError {
  return new ApiError(400, 'AADB2C90213', 'The certificate password provided in request is incorrect.');
}

/**
 * The certificate of a PFX, DER: the one that matches its private key, else the first. Throws an {@link ApiError} when the
 * password is wrong, and for the ciphers of OpenSSL 3's default (PBES2, a SHA-2 MAC).
 */
export function openPkcs12(pfx: Buffer, password: string): Buffer {
  if (!hasAcceptedCiphers(pfx)) throw wrongPassword();
  let contents: forge.pkcs12.Pkcs12Pfx;
  try {
    const asn1 = forge.asn1.fromDer(pfx.toString('binary'));
    if (macAlgorithm(asn1) !== SHA1) throw wrongPassword();
    contents = forge.pkcs12.pkcs12FromAsn1(asn1, password);
  } catch {
    throw wrongPassword();
  }
  return leafOf(contents);
}

function hasAcceptedCiphers(pfx: Buffer): boolean {
  if (pfx.includes(PBES2)) return false;
  for (let at = pfx.indexOf(PKCS12_PBE); at !== -1; at = pfx.indexOf(PKCS12_PBE, at + 1)) {
    if (!ACCEPTED.includes(pfx[at + PKCS12_PBE.length] ?? -1)) return false;
  }
  return true;
}

/** PFX → MacData → DigestInfo → AlgorithmIdentifier → the digest's OID (RFC 7292, 4). */
function macAlgorithm(pfx: forge.asn1.Asn1): string {
  const oid = [2, 0, 0, 0].reduce<forge.asn1.Asn1 | undefined>(
    (node, index) => (Array.isArray(node?.value) ? node.value[index] : undefined),
    pfx,
  );
  return typeof oid?.value === 'string' ? forge.asn1.derToOid(oid.value) : '';
}

function leafOf(contents: forge.pkcs12.Pkcs12Pfx): Buffer {
  const bags = contents.safeContents.flatMap((safe) => safe.safeBags);
  const certificates = bags
    .filter((bag) => bag.type === forge.pki.oids.certBag)
    .map((bag) => (bag.cert ? forge.pki.certificateToAsn1(bag.cert) : bag.asn1))
    .map((asn1) => Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary'));
  const key = bags.find((bag) => bag.key)?.key;
  const publicKey = key && createPublicKey(forge.pki.privateKeyToPem(key)).export({ format: 'der', type: 'spki' });
  const leaf =
    certificates.find((der) =>
      publicKey?.equals(new X509Certificate(der).publicKey.export({ format: 'der', type: 'spki' })),
    ) ?? certificates[0];
  if (leaf === undefined) {
    throw new ApiError(400, 'AADB2C90215', "The uploaded key is badly formatted. Reason: 'No certificate.'.");
  }
  return leaf;
}
