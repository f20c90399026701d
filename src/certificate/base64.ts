/** Secrets that passed through JSON or a shell often hold the two characters `\` and `n` where a newline was. */
const withoutBreaks = (text: string): string => text.replace(/\\[rn]|\s/g, '');

/**
 * Decodes base64, folded or not, of either alphabet, padded or not (RFC 4648).
 *
 * @returns nothing where the text is empty or holds anything else
 */
export function decodeBase64(text: string): Buffer | undefined {
  // `az … --query value` puts quotes around it, without `-o tsv`.
  const compact = withoutBreaks(text).replace(/^"(.*)"$/, '$1');
  const digits = compact.replace(/={1,2}$/, '');
  if (digits === '' || digits.length % 4 === 1) return undefined;
  if (!/^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)$/.test(digits)) return undefined;
  return Buffer.from(digits, 'base64');
}
