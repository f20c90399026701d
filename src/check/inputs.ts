import { readIdentity } from '../connect.ts';
import { parseKeysetId } from '../keyset/keyset-id.ts';
import { InputReader } from '../runner/input-reader.ts';
import { ActionError } from '../shared/action-error.ts';

/** Everything that the step was given, validated. */
export type CheckInputs = ReturnType<typeof readInputs>;

/**
 * Reads and validates all inputs, and masks the secrets among them.
 *
 * @throws ActionError that names every invalid input
 */
export function readInputs() {
  const inputs = new InputReader();
  const githubToken = inputs.secret('github-token');
  const openIssue = inputs.boolean('open-issue', false);
  if (openIssue && githubToken === '') inputs.addError('github-token', 'empty, and open-issue: true requires it');
  return inputs.validate({
    identity: readIdentity(inputs),
    /** Full IDs; empty for all keysets of the tenant. */
    keysetIds: inputs.optionalLines('keyset-ids', parseKeysetId),
    /** Patterns for `matchesPattern`. */
    excluded: inputs.optionalLines('exclude-keyset-ids', parsePattern),
    /** Whole days: with fewer left a keyset is expiring, or critical. */
    warningDays: inputs.days('expiry-warning-days', 30),
    failureDays: inputs.days('expiry-failure-days', 7),
    verifyActiveKey: inputs.boolean('verify-active-key', true),
    openIssue,
    githubToken,
    summary: inputs.boolean('summary', true),
  });
}

function parsePattern(text: string): string {
  const invalidCharacter = /[^A-Za-z0-9_.*-]/u.exec(text);
  if (invalidCharacter === null) return text;
  throw new ActionError(
    `it contains ${JSON.stringify(invalidCharacter[0])}, which is not allowed in a pattern; use one pattern per line, with letters, digits, "_", ".", "-" and "*"`,
    { anchor: 'input' },
  );
}

/**
 * Whether a keyset ID matches. The time is linear: each part between two `*` is taken where it occurs first.
 *
 * @param pattern - an ID with or without its prefix, in any case; `*` matches any characters
 */
export function matchesPattern(id: string, pattern: string): boolean {
  const full = id.toLowerCase();
  const parts = pattern.toLowerCase().split('*');
  return matchesParts(full, parts) || matchesParts(full.replace(/^b2c_1a_/, ''), parts);
}

function matchesParts(text: string, [first = '', ...others]: string[]): boolean {
  const last = others.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let position = first.length;
  for (const part of others) {
    const found = text.indexOf(part, position);
    if (found === -1) return false;
    position = found + part.length;
  }
  return text.length - last.length >= position && text.endsWith(last);
}
