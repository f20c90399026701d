import type { KeyObject } from 'node:crypto';
import { ActionError } from '../shared/action-error.ts';
import { decodeBase64 } from './base64.ts';
import { parseCertificate } from './certificate.ts';
import { type Element, readElement, readOr } from './der.ts';
import { EXPORT } from './export.ts';
import { type FoundKey, importKey, KEY_FORMS, openKey } from './private-key.ts';
import { type Chain, findLeaf } from './leaf.ts';
import { type Block, isPem, readPem } from './pem.ts';
import type { Pfx } from './pkcs12/index.ts';
import { type DerForm, recogniseDer, recogniseOther } from './detect.ts';
import { refusal, REFUSED, unrecognised } from './rejections.ts';

/** No certificate comes near; what is larger is refused before it is looked at. */
export const MAX_BYTES = 1024 * 1024;
/** More is a bundle of authorities, not a certificate with its chain. */
const MAX_CERTIFICATES = 100;
/** base64 of base64 of something: seen where a secret was encoded once by hand and once by a script. */
const MAX_WRAPPINGS = 3;

/** What the user gave, understood. */
export interface Material extends Chain {
  /** The form that was recognised, for people: `PEM`, `base64 of DER`, `PFX` … */
  readonly form: string;
  /** The leaf's private key, where one was given and wanted. */
  readonly key?: KeyObject | undefined;
  /** The PFX that it came in. */
  readonly pfx?: Pfx | undefined;
}

/** One structure, and what it is. */
interface Piece {
  readonly der: Buffer;
  readonly form: DerForm | 'traditional' | 'unreadable key';
  readonly label?: string | undefined;
  readonly dekInfo?: string | undefined;
}

/**
 * Understands a certificate in whatever form it comes: PEM, DER, PFX, or base64 of one of these, with its chain and its
 * private key or without, in any order. What it is decides its content, not its name or its armour.
 *
 * @param bytes - the file's content, or the input's text as UTF-8
 * @param password - of a PFX or of an encrypted key; `''` for none
 * @param withKey - false: private keys are left unopened
 * @throws ActionError that names the form and what to do, for anything else
 */
export async function readMaterial(bytes: Buffer, password: string, withKey: boolean): Promise<Material> {
  if (bytes.length > MAX_BYTES) throw unrecognised(`${bytes.length} bytes long, more than ${MAX_BYTES}`);
  const { form, pieces } = takeApart(bytes);
  const pfx = pieces.find((piece) => piece.form === 'pfx');
  if (pfx) return await openPfx(form, pfx.der, password, withKey);

  const certificates = pieces.filter((piece) => piece.form === 'certificate').map(({ der }) => der);
  if (certificates.length === 0) throw refusal(REFUSED[formOf(pieces)]);
  if (!withKey) return { form, ...chainOf(certificates) };
  if (pieces.some((piece) => piece.form === 'unreadable key')) throw refusal(REFUSED['unreadable key']);
  const found = theOne(pieces.filter(isKey));
  if (found === undefined) return { form, ...chainOf(certificates) };
  const key = await openKey(found, password);
  return { form: `${form} with its private key`, ...chainOf(certificates, key), key };
}

/** What a text without certificates is about: its first piece that is anything known. */
function formOf(pieces: readonly Piece[]): Exclude<Piece['form'], 'certificate' | 'pfx'> {
  const known = pieces.map(({ form }) => form).find((form) => form !== 'unknown');
  return known === undefined || known === 'certificate' || known === 'pfx' ? 'unknown' : known;
}

const isKey = (piece: Piece): piece is Piece & FoundKey => KEY_FORMS.some((form) => form === piece.form);

/** @throws ActionError when there are several keys */
function theOne<T>(keys: readonly T[]): T | undefined {
  if (keys.length > 1) throw refusal(REFUSED['several keys']);
  return keys[0];
}

function chainOf(certificates: readonly Buffer[], key?: KeyObject): Chain {
  if (certificates.length > MAX_CERTIFICATES) throw refusal(REFUSED.bundle);
  return findLeaf(certificates.map(parseCertificate), key);
}

async function openPfx(form: string, der: Buffer, password: string, withKey: boolean): Promise<Material> {
  const { readPfx } = await import('./pkcs12/index.ts');
  const pfx = readPfx(der, password);
  const certificates = pfx.certificates.map(({ value }) => value);
  if (certificates.length === 0) throw refusal(REFUSED['pfx without certificate']);
  if (!withKey) return { form, ...chainOf(certificates) };
  const found = theOne(pfx.keys);
  if (found === undefined) throw refusal(REFUSED['pfx without key']);
  const key = importKey(found.value, 'pkcs8');
  return { form, ...chainOf(certificates, key), key, pfx };
}

/** Peels base64 and armour off until DER is left. */
function takeApart(bytes: Buffer): { form: string; pieces: Piece[] } {
  let inner = bytes;
  for (let wrapping = ''; wrapping.length <= MAX_WRAPPINGS * 'base64 of '.length; wrapping += 'base64 of ') {
    if (isDer(inner)) {
      const piece = { der: wholeDer(inner), form: recogniseDer(inner) };
      return { form: wrapping + (piece.form === 'pfx' ? 'PFX' : 'DER'), pieces: [piece] };
    }
    const text = asText(inner);
    if (isPem(text)) return { form: `${wrapping}PEM`, pieces: readPem(text).map(toPiece) };
    const decoded = decodeBase64(text);
    if (decoded === undefined) break;
    inner = decoded;
  }
  throw unrecognised(recogniseOther(inner));
}

function toPiece({ label, der, dekInfo }: Block): Piece {
  if (dekInfo !== undefined) return { der, form: 'traditional', label, dekInfo };
  const piece = { der, form: recogniseDer(der) };
  if (label.endsWith('PRIVATE KEY')) return isKey(piece) ? piece : { der, form: 'unreadable key' };
  // OpenSSL's TRUSTED CERTIFICATE is a certificate with trust settings behind it.
  return { ...piece, der: label === 'TRUSTED CERTIFICATE' ? firstElement(der).raw : wholeDer(der) };
}

/** A SEQUENCE, and not a text that happens to begin with the digit 0 (also 0x30). */
const isDer = (bytes: Buffer): boolean =>
  bytes[0] === 0x30 && /[^\t\n\r -~]/.test(bytes.subarray(0, 64).toString('latin1'));

/** The same bytes, if they are one whole element. */
function wholeDer(bytes: Buffer): Buffer {
  const { raw } = firstElement(bytes);
  const rest = bytes.length - raw.length;
  if (rest === 0) return bytes;
  throw new ActionError(`it is DER with ${rest} bytes after its end; expected exactly one structure`, {
    anchor: 'certificate',
    fix: 'Give one certificate to a file. Several belong into one PEM file: `openssl x509 -inform DER -in certificate.cer -out certificate.pem` for each, then put them together.',
  });
}

function firstElement(bytes: Buffer): Element {
  return readOr(
    () => readElement(bytes),
    ({ message, truncated }) => {
      throw new ActionError(`it is DER that ${message}${truncated ? ': the end is missing' : ''}`, {
        anchor: 'certificate',
        fix: `Copy it as a binary file, or export it again: ${EXPORT.certificate}.`,
      });
    },
  );
}

/**
 * Armour and base64 are ASCII, so every byte stands for one character, after the byte order mark. Windows PowerShell's `>`
 * writes UTF-16.
 */
function asText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff && bytes.length % 2 === 0)
    return Buffer.from(bytes).swap16().toString('utf16le');
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  return bytes.toString('latin1', start);
}
