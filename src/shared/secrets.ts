/** Every secret in each form in which it can be printed, the longest first: one may be the beginning of another. */
let secrets: readonly string[] = [];

/** Remembers forms of a secret for `withoutSecrets`. */
export function rememberSecrets(forms: readonly string[]): void {
  secrets = [...new Set([...secrets, ...forms])].sort((a, b) => b.length - a.length);
}

/** Replaces every secret in a text by `***`, as the runner does: before anything else changes the text, and so the secret. */
export const withoutSecrets = (text: string): string =>
  secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
