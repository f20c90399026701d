import { cloudNames, type CloudName } from '../entra/clouds.ts';
import { parseClientId, parseTenantId } from '../entra/ids.ts';
import type { App } from '../entra/sign-in.ts';
import { parseKeysetId } from '../keyset/id.ts';
import { ActionError } from '../shared/action-error.ts';
import { Inputs } from '../runner/inputs.ts';
import { mask } from '../runner/secrets.ts';

/** Everything the step was told, checked. */
export interface CheckInputs {
  readonly app: App;
  readonly clientSecret: string;
  readonly cloud: CloudName;
  /** `''` for the cloud's own. */
  readonly audience: string;
  /** Ids in full; empty for all of the tenant. */
  readonly keysetIds: readonly string[];
  /** Whether an id is left out. */
  readonly excludes: (id: string) => boolean;
  /** Whole days. */
  readonly warningDays: number;
  readonly failureDays: number;
  readonly openIssue: boolean;
  readonly githubToken: string;
  readonly summary: boolean;
}

/**
 * Reads and checks all inputs.
 *
 * @throws ActionError that names every input that needs a hand
 */
export function readInputs(): CheckInputs {
  const inputs = new Inputs();
  const [clientSecret, githubToken] = [inputs.text('client-secret'), inputs.text('github-token')];
  mask(clientSecret);
  mask(githubToken);
  const tenantId = inputs.required('tenant-id', parseTenantId);
  const clientId = inputs.required('client-id', parseClientId);
  const openIssue = inputs.flag('open-issue');
  if (openIssue && githubToken === '')
    inputs.complain('github-token', new ActionError('it is empty, and open-issue: true needs it', { anchor: 'input' }));
  return inputs.complete<CheckInputs>({
    app: tenantId && clientId ? { tenantId, clientId } : undefined,
    clientSecret,
    cloud: inputs.choice('cloud', cloudNames()),
    audience: inputs.text('audience'),
    keysetIds:
      inputs.text('keyset-ids') === '' ? [] : inputs.required('keyset-ids', (text) => lines(text).map(parseKeysetId)),
    excludes: matcher(lines(inputs.text('exclude-keyset-ids'))),
    warningDays: inputs.days('expiry-warning-days'),
    failureDays: inputs.days('expiry-failure-days'),
    openIssue,
    githubToken,
    summary: inputs.flag('summary'),
  });
}

const lines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** Ids with or without their prefix, `*` for any run of characters; upper and lower case are one. */
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
