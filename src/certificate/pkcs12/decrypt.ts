import { ActionError } from '../../shared/action-error.ts';
import { Asn1Error, children, type Element, octetString, readElement, TAG, tryRead } from '../der.ts';
import { bmpPassword, type CostLimit } from './derive.ts';
import { type Password, readEncryptionScheme, UnsupportedAlgorithm, WrongPassword } from './encryption.ts';

/**
 * The encodings of a password that tools have used: none at all or a lone terminator for the empty one; UTF-8 byte by byte,
 * as OpenSSL did before 1.1, for one that is not ASCII.
 */
export function passwordEncodings(password: string, limit: CostLimit): Password[] {
  const utf8 = Buffer.from(password);
  const usual = { bmp: bmpPassword(password), utf8, limit };
  if (password === '') return [usual, { ...usual, bmp: Buffer.alloc(0) }];
  return utf8.length === password.length ? [usual] : [usual, { ...usual, bmp: bmpPassword(utf8.toString('latin1')) }];
}

/**
 * Decrypts what one place of the file contains.
 *
 * @param what - names it in a sentence
 * @param encrypted - AlgorithmIdentifier and ciphertext
 * @throws WrongPassword, UnsupportedAlgorithm, Asn1Error, ActionError beyond the limit
 */
export function decrypt(what: string, encrypted: readonly Element[], password: Password): Buffer {
  const [algorithm, data] = encrypted;
  if (algorithm === undefined || data === undefined) throw new Asn1Error(`lacks its encrypted ${what}`);
  return readEncryptionScheme(algorithm)(octetString(data), password);
}

/**
 * The PrivateKeyInfo in an EncryptedPrivateKeyInfo (RFC 5958), in DER.
 *
 * @throws WrongPassword, UnsupportedAlgorithm, Asn1Error, ActionError beyond the limit
 */
export function decryptKey(encrypted: Element, password: Password): Buffer {
  const plain = decrypt('key', children(encrypted), password);
  const { tag, raw } = readDecrypted(() => readElement(plain));
  if (tag !== TAG.sequence || raw.length !== plain.length) throw new WrongPassword();
  return plain;
}

/**
 * What a reader returns for what was decrypted.
 *
 * @throws WrongPassword where it cannot be read, what the reader throws other than Asn1Error
 */
export function readDecrypted<T>(read: () => T): T {
  return tryRead(read, () => {
    throw new WrongPassword();
  });
}

/** What opens with the first password that does; undefined if none does. */
export function withAnyPassword<T>(passwords: readonly Password[], open: (password: Password) => T): T | undefined {
  for (const password of passwords) {
    try {
      return open(password);
    } catch (error) {
      if (!(error instanceof WrongPassword)) throw error;
    }
  }
  return undefined;
}

/**
 * Turns what the structure's walkers throw into words for people.
 *
 * @param commands - the commands that export it again
 * @throws ActionError
 */
export function withUserErrors<T>(what: string, commands: string, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof UnsupportedAlgorithm) {
      throw new ActionError(`${what} cannot be opened: it ${error.message}`, {
        anchor: 'algorithm',
        fix: `Export it again with a current tool: ${commands}.`,
      });
    }
    if (!(error instanceof Asn1Error)) throw error;
    throw new ActionError(`${what} is damaged: it ${error.message}`, {
      anchor: 'damaged-pfx',
      fix: `Copy it again as a binary file or as base64 of it, or export it again: ${commands}.`,
    });
  }
}
