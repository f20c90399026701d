import { ActionError } from '../shared/action-error.ts';

/** One PEM block. */
export interface PemBlock {
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
const HEADERS = /^\s*Proc-Type:\s*4,\s*ENCRYPTED\s+DEK-Info:\s*([A-Za-z0-9-]{1,40},[0-9A-Fa-f]+)\s+/;

/** Whether a text contains a PEM block. */
export const isPem = (text: string): boolean => text.includes(BEGIN);

/**
 * Decodes base64, folded or not, of either alphabet, padded or not (RFC 4648).
 *
 * @returns undefined if the text is empty or contains anything else
 */
export function decodeBase64(text: string): Buffer | undefined {
  // Secrets that passed through JSON or a shell often contain the two characters `\` and `n` where a newline was; from
  // `az … --query value` they come in quotes, without `-o tsv`.
  const compact = text.replace(/\\[rn]|\s/g, '').replace(/^"(.*)"$/, '$1');
  const digits = compact.replace(/={1,2}$/, '');
  if (digits === '' || digits.length % 4 === 1) return undefined;
  if (!/^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)$/.test(digits)) return undefined;
  return Buffer.from(digits, 'base64');
}

/** DER as PEM (RFC 7468), with a newline at the end. Headers, should there be any, end with an empty line. */
export function writePem(label: string, der: Buffer, headers = ''): string {
  const lines = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `${BEGIN}${label}${DASHES}\n${headers}${lines}\n-----END ${label}${DASHES}\n`;
}

/**
 * The blocks of a PEM text, whatever is around them and whatever became of their newlines (RFC 7468, read leniently:
 * CRLF, none, spaces, or a literal `\n` each).
 *
 * @throws ActionError when a block does not end or contains something that is not base64; it repeats nothing but a label
 */
export function readPem(text: string): PemBlock[] {
  // What precedes the first BEGIN is not a block.
  return text.split(BEGIN).slice(1).map(readBlock);
}

function readBlock(text: string): PemBlock {
  const labelEnd = text.indexOf(DASHES);
  const label = text.slice(0, Math.max(labelEnd, 0));
  if (!LABEL.test(label)) throw damaged('one of its PEM blocks has an incomplete BEGIN line: its dashes are missing');
  const end = text.indexOf(`-----END ${label}-----`, labelEnd);
  if (end === -1) throw damaged(`its PEM block "${label}" has no matching END line: the text is truncated`);
  const body = text.slice(labelEnd + DASHES.length, end).replace(/\\r\\n|\\n/g, '\n');
  const dekInfo = HEADERS.exec(body)?.[1];
  const der = decodeBase64(body.replace(HEADERS, ''));
  if (der === undefined) throw damaged(`its PEM block "${label}" is empty or contains something that is not base64`);
  return { label, der, dekInfo };
}

const damaged = (what: string): ActionError =>
  new ActionError(what, {
    anchor: 'certificate',
    fix: 'Copy the file again, whole, from the BEGIN line to the END line: `gh secret set CERTIFICATE < certificate.pem`; in PowerShell: `Get-Content -Raw certificate.pem | gh secret set CERTIFICATE`.',
  });
