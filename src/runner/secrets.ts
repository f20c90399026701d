import { setSecret } from '@actions/core';

/** What the log must not hold, whole or cut: the runner knows a mask only in full. */
const hidden = new Set<string>();

/** Shorter pieces would hide half the log, and tell nothing. */
const MIN_LENGTH = 8;

/** Hides a value, and each of its lines, in everything that the job prints from now on. */
export function mask(secret: string): void {
  if (secret.trim() === '') return;
  setSecret(secret);
  const forms = [secret, encodeURIComponent(secret), new URLSearchParams({ '': secret }).toString().slice(1)];
  for (const form of forms) if (form.length >= MIN_LENGTH) hidden.add(form);
}

/** The text without what was masked so far: before it is cut, since a mask does not fit a part. */
export function withoutSecrets(text: string): string {
  return [...hidden].reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

/**
 * Hides what a text holds of private keys, in whatever way its newlines were lost; armour and headers are no secret.
 *
 * @param text - PEM or anything else
 */
export function maskPrivateKeys(text: string): void {
  for (const [, body = ''] of text.matchAll(/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----([\s\S]*?)(?=-----|$)/g)) {
    const key = body.replace(/(Proc-Type|DEK-Info):\s*[\w,-]+/g, '');
    for (const line of key.split(/\\[rn]|\s+/)) if (line.length >= MIN_LENGTH) mask(line);
  }
}
