import * as core from '@actions/core';
import { rememberSecrets, withoutSecrets } from '../shared/secrets.ts';
import { MAX_MESSAGE_LENGTH, sanitizeLine } from './sanitize.ts';

const TITLE = { title: 'b2c-upload-cert' };
/** Characters. A hostile response can fill two lines of an error, and the remediation has to fit beside them. */
const MAX_ERROR_LINE_LENGTH = 1200;
/** Characters. Masking anything shorter would hide half the log; the runner masks it where it is whole. */
const MIN_MASK_LENGTH = 8;

/** The warnings so far, which the job summary repeats. */
const warnings: string[] = [];

/** The only ways to print. Each line is masked, then sanitized, whatever it contains. */
export const log = {
  info: (line: string): void => {
    core.info(printable(line));
  },
  /** Printed when the job runs with debug logging (RUNNER_DEBUG). */
  debug: (line: string): void => {
    core.debug(printable(line));
  },
  notice: (line: string): void => {
    core.notice(printable(line), TITLE);
  },
  warning: (line: string): void => {
    warnings.push(printable(line));
    core.warning(printable(line), TITLE);
  },
  /** One annotation of several lines. Each is truncated separately too, so that a long one does not crowd out the others. */
  error: (...lines: readonly string[]): void => {
    const text = lines.map((line) => printable(line, MAX_ERROR_LINE_LENGTH)).join('\n');
    core.error(text.slice(0, MAX_MESSAGE_LENGTH).toWellFormed(), TITLE);
  },
  get warnings(): readonly string[] {
    return warnings;
  },
};

/** Secrets go first: the runner's own mask does not match what is left of one that was sanitized or truncated. */
const printable = (line: string, maxLength?: number): string => sanitizeLine(withoutSecrets(line), maxLength);

/**
 * Masks a value, and each of its lines, in everything that the job prints from now on. What sanitizing would change is masked
 * whatever its length is.
 */
export function mask(secret: string): void {
  if (secret.trim() === '') return;
  core.setSecret(secret);
  const forms = [secret, ...secret.split(/[\r\n]+/)].flatMap(encodingsOf);
  const isNeeded = (form: string): boolean =>
    form.length >= MIN_MASK_LENGTH || (form.trim() !== '' && sanitizeLine(form) !== form);
  rememberSecrets(forms.filter(isNeeded));
}

const HTML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** How servers write a text that they repeat: as it is, or as a part of a URL, a form, JSON or HTML. */
function encodingsOf(text: string): string[] {
  const inUrls = [encodeURIComponent(text), new URLSearchParams({ '': text }).toString().slice(1)];
  return [
    text,
    ...inUrls,
    // .NET writes the digits in lower case.
    ...inUrls.map((form) => form.replace(/%../g, (escape) => escape.toLowerCase())),
    JSON.stringify(text).slice(1, -1),
    text.replace(/[&<>"']/g, (character) => String(HTML[character])),
  ];
}

/**
 * Masks the private keys in a text, however their newlines were lost and whatever they are labeled as: every block of PEM but
 * certificates and public keys, which are parts of an output. Labels and headers are not secret.
 *
 * @param text - PEM or anything else
 * @returns whether there is one
 */
export function maskPrivateKeys(text: string): boolean {
  const keys = [
    ...text.matchAll(
      /-----BEGIN (?![A-Z0-9 ]{0,30}(?:CERTIFICATE|PUBLIC KEY)-)[A-Z0-9 ]{0,40}-----(?!BEGIN )([\s\S]*?)(?=-----|$)/g,
    ),
  ];
  for (const [, body = ''] of keys) {
    const key = body.replace(/(Proc-Type|DEK-Info):\s*[\w,-]+/g, '');
    for (const line of key.split(/\\[rn]|\s+/)) if (line.length >= MIN_MASK_LENGTH) mask(line);
  }
  return keys.length > 0;
}
