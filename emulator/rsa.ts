import { generateKeyPair, privateEncrypt } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';

/** What precedes a SHA-256 digest in an RSA signature (RFC 8017, 9.2, note 1). */
const SHA256_DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

export interface RsaKeyPair extends forge.pki.rsa.KeyPair {
  /** The private key, PKCS#8 PEM. */
  pem: string;
}

/**
 * An RSA key of 2048 bits for certificates that forge writes. Node makes it (60 ms, on a thread of its own) and signs with it,
 * SHA-256 digests only: forge would need seconds for either.
 */
export async function rsaKeyPair(): Promise<RsaKeyPair> {
  const { publicKey, privateKey: pem } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const privateKey = forge.pki.privateKeyFromPem(pem);
  privateKey.sign = (hash) => {
    const digest = Buffer.from(typeof hash === 'string' ? hash : hash.digest().getBytes(), 'binary');
    return privateEncrypt(pem, Buffer.concat([SHA256_DIGEST_INFO, digest])).toString('binary');
  };
  return { publicKey: forge.pki.publicKeyFromPem(publicKey), privateKey, pem };
}
