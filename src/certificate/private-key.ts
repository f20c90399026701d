import { createPrivateKey, type KeyObject } from 'node:crypto';
import { ActionError } from '../shared/action-error.ts';
import { algorithmOf } from './der.ts';
import { writePem } from './pem.ts';
import { EXPORT_COMMANDS, passwordMissing, passwordWrong } from './rejections.ts';

/** The encodings of a private key; `traditional` is OpenSSL's own encrypted PEM. */
export const PRIVATE_KEY_TYPES = ['pkcs8', 'encrypted pkcs8', 'pkcs1', 'sec1', 'traditional'] as const;

/** A private key as it was found: still encrypted or not. */
export interface EncodedPrivateKey {
  readonly der: Buffer;
  readonly type: (typeof PRIVATE_KEY_TYPES)[number];
  /** For `traditional`: label and `DEK-Info` of the PEM block. */
  readonly label?: string | undefined;
  readonly dekInfo?: string | undefined;
}

const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
/** Other algorithms of PKCS#8 keys, by the names that people know. */
const ALGORITHM_NAMES: Record<string, string> = {
  '1.2.840.113549.1.1.10': 'RSASSA-PSS',
  '1.2.840.10045.2.1': 'EC',
  '1.2.840.10040.4.1': 'DSA',
  '1.3.101.112': 'Ed25519',
};

/** What OpenSSL says of a cipher that it has only in its legacy provider (DES, RC2, BF …), and of one that it never had. */
const UNSUPPORTED_CIPHER = /digital envelope routines::unsupported$|PEM routines::unsupported encryption$/;

/**
 * Opens a private key.
 *
 * @param password - `''` for none
 * @throws ActionError when it has another password, cannot be read, or is not an RSA key
 */
export async function openPrivateKey(found: EncodedPrivateKey, password: string): Promise<KeyObject> {
  if (found.type === 'traditional') return openTraditional(found, password);
  if (found.type !== 'encrypted pkcs8') return importPrivateKey(found.der, found.type);
  if (password === '') throw passwordMissing('its private key');
  const { decryptPkcs8 } = await import('./pkcs12/read-pfx.ts');
  return importPrivateKey(decryptPkcs8(found.der, password), 'pkcs8');
}

/**
 * An RSA private key from its DER. No other reaches OpenSSL, which computes the public half of a DSA key while reading it:
 * hours, for one that was made to do so.
 *
 * @throws ActionError when it is damaged or of another type; the message contains nothing of it
 */
function importPrivateKey(der: Buffer, type: 'pkcs8' | 'pkcs1' | 'sec1'): KeyObject {
  if (type === 'sec1') throw notRsa('EC');
  const algorithm = type === 'pkcs8' ? algorithmOf(der) : RSA_ENCRYPTION;
  if (algorithm !== RSA_ENCRYPTION) throw notRsa(ALGORITHM_NAMES[algorithm]);
  try {
    return createPrivateKey({ key: der, format: 'der', type });
  } catch {
    // The cause is left out on purpose: nothing that was near a private key goes into an error.
    throw new ActionError('its private key is damaged', {
      anchor: 'private-key',
      fix: 'Export the key again; `openssl pkey -check -noout -in key.pem` must report "Key is valid".',
    });
  }
}

const notRsa = (type: string | undefined): ActionError =>
  new ActionError(
    `its private key is ${type === undefined ? 'not an RSA key' : `of type ${type}`}; Azure AD B2C supports only RSA`,
    { anchor: 'not-rsa', fix: EXPORT_COMMANDS.newRsaKey },
  );

/** What PKCS#8 replaced: one iteration of MD5, so always cheap. */
function openTraditional({ der, label = '', dekInfo = '' }: EncodedPrivateKey, password: string): KeyObject {
  if (label !== 'RSA PRIVATE KEY') throw notRsa(label.replace(/ ?PRIVATE KEY$/, ''));
  if (password === '') throw passwordMissing('its private key');
  const key = writePem(label, der, `Proc-Type: 4,ENCRYPTED\nDEK-Info: ${dekInfo}\n\n`);
  try {
    return createPrivateKey({ key, format: 'pem', passphrase: password });
  } catch (error) {
    throw UNSUPPORTED_CIPHER.test(String(error)) ? unsupportedCipher(dekInfo) : passwordWrong('its private key');
  }
}

/** @param dekInfo - cipher and IV, such as `DES-CBC,0011223344556677` */
const unsupportedCipher = (dekInfo: string): ActionError =>
  new ActionError(`its private key is encrypted with ${dekInfo.replace(/,.*/, '')}, which is not supported`, {
    anchor: 'algorithm',
    fix: `Convert it: ${EXPORT_COMMANDS.privateKey}.`,
  });
