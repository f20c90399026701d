import { readIdentity } from '../connect.ts';
import { parseKeysetId } from '../keyset/keyset-id.ts';
import { InputReader } from '../runner/input-reader.ts';
import { mask } from '../runner/log.ts';
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
  const githubToken = inputs.text('github-token');
  mask(githubToken);
  const openIssue = inputs.boolean('open-issue');
  if (openIssue && githubToken === '')
    inputs.addError('github-token', new ActionError('empty, and open-issue: true requires it', { anchor: 'input' }));
  return inputs.validate({
    identity: readIdentity(inputs),
    /** Full IDs; empty for all keysets of the tenant. */
    keysetIds:
      inputs.text('keyset-ids') === '' ? [] : inputs.required('keyset-ids', (text) => lines(text).map(parseKeysetId)),
    isExcluded: matcher(lines(inputs.text('exclude-keyset-ids'))),
    warningDays: inputs.days('expiry-warning-days'),
    failureDays: inputs.days('expiry-failure-days'),
    openIssue,
    githubToken,
    summary: inputs.boolean('summary'),
  });
}

const lines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** IDs with or without their prefix, `*` for any characters; case does not matter. */
function matcher(patterns: readonly string[]): (id: string) => boolean {
  const expressions = patterns.map((pattern) => {
    const body = pattern
      .split('*')
      .map((part) => part.replace(/[^A-Za-z0-9_]/g, String.raw`\$&`))
      .join('.*');
    return new RegExp(`^(B2C_1A_)?${body}$`, 'i');
  });
  return (id) => expressions.some((expression) => expression.test(id));
}
