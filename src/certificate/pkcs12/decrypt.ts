import { ActionError } from '../../shared/action-error.ts';
import { Asn1Error, children, type Element, octetString, readElement, TAG, tryRead } from '../der.ts';
import { bmpPassword, type CostLimit } from './derive.ts';
import { type Password, readEncryptionScheme, UnsupportedAlgorithm, WrongPassword } from './encryption.ts';

/** Decrypts what one place of the file contains. Throws WrongPassword, ActionError beyond the limit. */
export type Encrypted = (password: Password) => Buffer;

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
 * @param what - names it in a sentence
 * @throws UnsupportedAlgorithm, Asn1Error
 */
export function readEncrypted(what: string, algorithm: Element | undefined, data: Element | undefined): Encrypted {
  if (algorithm === undefined || data === undefined) throw new Asn1Error(`lacks its encrypted ${what}`);
  const [decrypt, ciphertext] = [readEncryptionScheme(algorithm), octetString(data)];
  return (password) => decrypt(ciphertext, password);
}

/** @throws UnsupportedAlgorithm, Asn1Error */
export function readEncryptedPrivateKeyInfo(element: Element): Encrypted {
  const [algorithm, data] = children(element);
  return readEncrypted('key', algorithm, data);
}

/** @throws WrongPassword, ActionError beyond the limit */
export function decryptKey(encrypted: Encrypted, password: Password): Buffer {
  return decryptAndRead(encrypted, password, (plain) => {
    const { tag, raw } = readElement(plain);
    if (tag !== TAG.sequence || raw.length !== plain.length) throw new WrongPassword();
    return plain;
  });
}

/**
 * Decrypts, and reads what came out.
 *
 * @throws WrongPassword also where it cannot be read, ActionError beyond the limit, what the reader throws other than Asn1Error
 */
export function decryptAndRead<T>(encrypted: Encrypted, password: Password, read: (plain: Buffer) => T): T {
  const plain = encrypted(password);
  return tryRead(
    () => read(plain),
    () => {
      throw new WrongPassword();
    },
  );
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
