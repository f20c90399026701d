import type { KeyObject } from 'node:crypto';
import { ActionError } from '../shared/action-error.ts';
import { parseCertificate } from './certificate.ts';
import { type Element, readElement, TruncatedError, tryRead } from './der.ts';
import { type DerType, describeUnknownInput, detectDerType } from './detect.ts';
import { type Chain, findLeaf } from './leaf.ts';
import { decodeBase64, isPem, type PemBlock, readPem } from './pem.ts';
import type { Pfx } from './pkcs12/read-pfx.ts';
import { type EncodedPrivateKey, openPrivateKey, PRIVATE_KEY_TYPES } from './private-key.ts';
import { EXPORT_COMMANDS, MAX_CERTIFICATES, rejection, REJECTIONS, unrecognizedInput } from './rejections.ts';

/** No certificate comes near; what is larger is rejected before it is looked at. */
export const MAX_BYTES = 1024 * 1024;
/** Two were seen, where a secret was encoded by hand and by a script; one more does no harm. */
const MAX_BASE64_LAYERS = 3;

/** What the user provided, understood. */
export interface CertificateInput extends Chain {
  /** The format that was detected, for people: `PEM`, `base64 of DER`, `PFX` … */
  readonly format: string;
  /** The leaf's private key, where one was provided and wanted. */
  readonly key?: KeyObject | undefined;
  /** The PFX that it came in. */
  readonly pfx?: Pfx | undefined;
}

/** One structure, and what it is. */
interface DecodedBlock extends Omit<EncodedPrivateKey, 'type'> {
  readonly type: DerType | 'traditional' | 'unreadable key';
}

/**
 * Understands a certificate in whatever format it comes: PEM, DER, PFX, or base64 of one of these, with its chain and its
 * private key or without, in any order. Its content decides what it is, not its name or its PEM labels.
 *
 * @param bytes - the file's content, or the input's text as UTF-8
 * @param password - of a PFX or of an encrypted key; `''` for none
 * @param withKey - false: private keys are left unopened
 * @throws ActionError that names the format and what to do, for anything else
 */
export async function readCertificateInput(
  bytes: Buffer,
  password: string,
  withKey: boolean,
): Promise<CertificateInput> {
  if (bytes.length > MAX_BYTES) throw unrecognizedInput(`${bytes.length} bytes long, more than ${MAX_BYTES}`);
  const input = decodeInput(bytes);
  const file = input.blocks.find(({ type }) => type === 'pfx');
  const pfx = file && (await openPfx(file.der, password));
  const blocks = pfx ? blocksOf(pfx) : input.blocks;

  const certificates = blocks.filter(({ type }) => type === 'certificate').map(({ der }) => der);
  if (certificates.length === 0) throw rejection(REJECTIONS[pfx ? 'pfx without certificate' : typeOf(blocks)]);
  const key = withKey ? await openOnlyKey(blocks, password) : undefined;
  if (pfx && withKey && key === undefined) throw rejection(REJECTIONS['pfx without key']);
  if (certificates.length > MAX_CERTIFICATES) throw rejection(REJECTIONS.bundle);
  const format = key && !pfx ? `${input.format} with its private key` : input.format;
  return { format, ...findLeaf(certificates.map(parseCertificate), key), key, pfx: key && pfx };
}

async function openPfx(der: Buffer, password: string): Promise<Pfx> {
  const { readPfx } = await import('./pkcs12/read-pfx.ts');
  return readPfx(der, password);
}

/** What a PFX contains, as if it had come as PEM. */
const blocksOf = ({ certificates, keys }: Pfx): DecodedBlock[] => [
  ...certificates.map(({ value }) => ({ der: value, type: 'certificate' as const })),
  ...keys.map(({ value }) => ({ der: value, type: 'pkcs8' as const })),
];

/** What a text without certificates is about: its first block of a known type. */
function typeOf(blocks: readonly DecodedBlock[]) {
  const types = blocks.map(({ type }) => type);
  return types.find((type) => type !== 'certificate' && type !== 'pfx' && type !== 'unknown') ?? 'unknown';
}

const isPrivateKey = (block: DecodedBlock): block is EncodedPrivateKey =>
  PRIVATE_KEY_TYPES.some((type) => type === block.type);

/** @throws ActionError when there are several keys, or when it cannot be opened */
async function openOnlyKey(blocks: readonly DecodedBlock[], password: string): Promise<KeyObject | undefined> {
  if (blocks.some(({ type }) => type === 'unreadable key')) throw rejection(REJECTIONS['unreadable key']);
  const [encoded, second] = blocks.filter(isPrivateKey);
  if (second !== undefined) throw rejection(REJECTIONS['several keys']);
  return encoded && (await openPrivateKey(encoded, password));
}

/**
 * Removes base64 until DER or PEM is left, or what is neither.
 *
 * @returns how often it was removed, and what is left: as bytes and as text
 */
export function removeBase64(inner: Buffer, layers = 0): { layers: number; inner: Buffer; text: string } {
  const text = asText(inner);
  const decoded = isDer(inner) || isPem(text) || layers === MAX_BASE64_LAYERS ? undefined : decodeBase64(text);
  return decoded === undefined ? { layers, inner, text } : removeBase64(decoded, layers + 1);
}

/** Removes base64 and PEM until DER is left. */
function decodeInput(bytes: Buffer): { format: string; blocks: DecodedBlock[] } {
  const { layers, inner, text } = removeBase64(bytes);
  const encoding = 'base64 of '.repeat(layers);
  if (isDer(inner)) {
    const type = detectDerType(inner);
    const block = { der: wholeDer(inner, type), type };
    return { format: encoding + (type === 'pfx' ? 'PFX' : 'DER'), blocks: [block] };
  }
  if (isPem(text)) return { format: `${encoding}PEM`, blocks: readPem(text).map(decodeBlock) };
  throw unrecognizedInput(describeUnknownInput(inner));
}

function decodeBlock({ label, der, dekInfo }: PemBlock): DecodedBlock {
  if (dekInfo !== undefined) return { der, type: 'traditional', label, dekInfo };
  const block = { der, type: detectDerType(der) };
  if (label.endsWith('PRIVATE KEY')) return isPrivateKey(block) ? block : { der, type: 'unreadable key' };
  // OpenSSL's TRUSTED CERTIFICATE is a certificate with trust settings after it.
  return { ...block, der: label === 'TRUSTED CERTIFICATE' ? firstElement(der).raw : wholeDer(der, block.type) };
}

/** A SEQUENCE, and not a text that happens to begin with the digit 0 (also 0x30). */
const isDer = (bytes: Buffer): boolean =>
  bytes[0] === 0x30 && /[^\t\n\r -~]/.test(bytes.subarray(0, 64).toString('latin1'));

/** Zeros, tab, newline, carriage return, space: some tools end a file with them, and all others ignore them. */
const PADDING = [0x00, 0x09, 0x0a, 0x0d, 0x20];

/** The one element that the bytes are, without padding after it. */
function wholeDer(bytes: Buffer, type: DerType): Buffer {
  const { raw } = firstElement(bytes);
  const rest = bytes.subarray(raw.length);
  if (rest.every((byte) => PADDING.includes(byte))) return raw;
  if (type === 'pfx') {
    throw new ActionError(`it is a PFX with ${rest.length} unexpected bytes after its end`, {
      anchor: 'damaged-pfx',
      fix: `Copy it again as a binary file, and nothing else into the same file; or export it again: ${EXPORT_COMMANDS.pfx}.`,
    });
  }
  throw new ActionError(`it has ${rest.length} unexpected bytes after the end of the DER structure`, {
    anchor: 'certificate',
    fix: 'Provide one certificate per file. To combine several in one PEM file, convert each: `openssl x509 -inform DER -in certificate.cer -out certificate.pem`.',
  });
}

function firstElement(bytes: Buffer): Element {
  return tryRead(
    () => readElement(bytes),
    (error) => {
      const state = error instanceof TruncatedError ? 'truncated' : 'damaged';
      throw new ActionError(`it is ${state} DER: it ${error.message}`, {
        anchor: 'certificate',
        fix: `Copy it as a binary file, or export it again: ${EXPORT_COMMANDS.certificate}.`,
      });
    },
  );
}

/**
 * PEM and base64 are ASCII, so every byte is one character, after the byte order mark. Windows PowerShell's `>`
 * writes UTF-16.
 */
function asText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff && bytes.length % 2 === 0)
    return Buffer.from(bytes).swap16().toString('utf16le');
  return bytes.toString('latin1').replace(/^\xef\xbb\xbf/, '');
}
