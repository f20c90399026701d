import { ActionError } from '../shared/action-error.ts';
import { decodeBase64 } from './base64.ts';

/** One armoured block. */
export interface Block {
  /** The words after BEGIN: `CERTIFICATE`, `PRIVATE KEY` … */
  readonly label: string;
  readonly der: Buffer;
  /** `DEK-Info` of a traditionally encrypted key (RFC 1421): cipher and IV. */
  readonly dekInfo?: string | undefined;
}

const BEGIN = '-----BEGIN ';
const DASHES = '-----';
/** No longer label is in use; where its dashes were lost, what follows is no label but the content. */
const LABEL = /^[A-Z][A-Z0-9 ]{0,39}$/;
const HEADERS = /^\s*Proc-Type:\s*4,\s*ENCRYPTED\s+DEK-Info:\s*([A-Za-z0-9-]+,[0-9A-Fa-f]+)\s+/;

/** Whether a text holds anything armoured. */
export const isPem = (text: string): boolean => text.includes(BEGIN);

/** Armours DER (RFC 7468), with a newline at the end. Headers, should there be any, end with an empty line. */
export function writePem(label: string, der: Buffer, headers = ''): string {
  const lines = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `${BEGIN}${label}${DASHES}\n${headers}${lines}\n-----END ${label}${DASHES}\n`;
}

/**
 * The blocks of a PEM text, whatever stands around them and whatever became of their newlines (RFC 7468, read leniently:
 * CRLF, none, spaces, or a literal `\n` each).
 *
 * @throws ActionError when a block does not end or holds something that is not base64; it repeats nothing but a label
 */
export function readPem(text: string): Block[] {
  // Before the first BEGIN stands what is no block.
  return text.split(BEGIN).slice(1).map(readBlock);
}

function readBlock(text: string): Block {
  const labelEnd = text.indexOf(DASHES);
  const label = text.slice(0, Math.max(labelEnd, 0));
  if (!LABEL.test(label)) throw damaged('one of its PEM blocks has no whole BEGIN line: its dashes were lost');
  const end = text.indexOf(`-----END ${label}-----`, labelEnd);
  if (end === -1) throw damaged(`its PEM block "${label}" has no END line that fits: the text was cut off`);
  const body = text.slice(labelEnd + DASHES.length, end).replace(/\\r\\n|\\n/g, '\n');
  const dekInfo = HEADERS.exec(body)?.[1];
  const der = decodeBase64(body.replace(HEADERS, ''));
  if (der === undefined) throw damaged(`its PEM block "${label}" is empty or holds something that is not base64`);
  return { label, der, dekInfo };
}

const damaged = (what: string): ActionError =>
  new ActionError(what, {
    anchor: 'certificate',
    fix: 'Copy the file again, whole, from the BEGIN line to the END line: `gh secret set CERTIFICATE < certificate.pem`; in PowerShell: `Get-Content -Raw certificate.pem | gh secret set CERTIFICATE`.',
  });
