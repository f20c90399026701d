/** Replaces secrets by `***` as the runner does: literally, case-sensitively, and in their derived forms. */
export class Masker {
  readonly #texts = new Set<string>();

  /** Masks a value and each of its lines from now on. A value of white space masks nothing. */
  add(value: string): void {
    if (value.trim() === '') return;
    for (const part of [value, ...linesOf(value)]) {
      for (const form of formsOf(part)) this.#texts.add(form);
    }
  }

  /** @returns the text with every masked range replaced; ranges that overlap or touch become one `***` */
  mask(text: string): string {
    const ranges: [start: number, end: number][] = [];
    for (const secret of this.#texts) {
      for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) {
        ranges.push([at, at + secret.length]);
      }
    }
    let masked = '';
    let written = 0;
    let hidden = -1;
    for (const [start, end] of ranges.sort((a, b) => a[0] - b[0])) {
      if (start > hidden) masked += `${text.slice(written, start)}***`;
      hidden = Math.max(hidden, end);
      written = hidden;
    }
    return masked + text.slice(written);
  }
}

/** @returns the lines that the runner masks one by one: split at CR and LF, trimmed, empty ones dropped */
export function linesOf(value: string): string[] {
  return value
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/**
 * @returns the value and the forms in which it may come back: base64 at each of the three byte offsets, escaped for JSON,
 *   a URI, XML and a command line, without surrounding quotes (actions/runner, ValueEncoders.cs); never the empty string
 */
export function formsOf(value: string): string[] {
  const forms = [
    value,
    base64From(value, 0),
    base64From(value, 1),
    base64From(value, 2),
    JSON.stringify(value).slice(1, -1),
    escapeUri(value),
    escapeXml(value),
    value.replaceAll('"', '\\"'),
    value.replace(/^"(.+)"$/s, '$1'),
  ];
  return [...new Set(forms)].filter((form) => form !== '');
}

/** The last character before the padding depends on what follows the value, so it is dropped as well. */
function base64From(value: string, offset: number): string {
  const bytes = Buffer.from(value);
  const text = bytes.subarray(bytes.length > offset ? offset : 0).toString('base64');
  const unpadded = text.replace(/=+$/, '');
  return text === unpadded || unpadded.length < 2 ? text : unpadded.slice(0, -1);
}

/** A lone surrogate, which `encodeURIComponent` refuses, is replaced as .NET does. */
const escapeUri = (value: string): string =>
  encodeURIComponent(Buffer.from(value).toString()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const escapeXml = (value: string): string =>
  value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
