/** Every secret in each form in which it can be printed. */
const secrets = new Set<string>();
/** The same, the longest first: one may be the beginning of another. Made when it is needed: an input can have thousands. */
let byLength: readonly string[] | undefined;

/** Remembers forms of a secret for `withoutSecrets`. */
export function rememberSecrets(forms: readonly string[]): void {
  for (const form of forms) secrets.add(form);
  byLength = undefined;
}

/** Replaces every secret in a text by `***`, as the runner does: before anything else changes the text, and so the secret. */
export function withoutSecrets(text: string): string {
  byLength ??= [...secrets].sort((a, b) => b.length - a.length);
  return byLength.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}
