import { createKeysetsClient } from '../connect.ts';
import type { KeysetsClient } from '../graph/keysets-client.ts';
import { throwExplained } from '../http/guidance.ts';
import type { Keyset, ListedKeyset } from '../keyset/key.ts';
import type { ActionContext } from '../runner/action.ts';
import { log } from '../runner/log.ts';
import { ActionError } from '../shared/action-error.ts';
import { bySeverity, evaluate, isCritical, type KeysetHealth } from './evaluate.ts';
import { type CheckInputs, readInputs } from './inputs.ts';
import { logResults } from './log-results.ts';
import { setCheckOutputs, writeSummary } from './report.ts';
import { syncIssue } from './tracking-issue.ts';

/**
 * The check action: read every keyset, evaluate it, report, and fail when one needs attention now.
 *
 * @throws ActionError
 */
export async function check(context: ActionContext): Promise<void> {
  const inputs = readInputs();
  const keysets = await createKeysetsClient(inputs.identity, context);
  const selected = await readKeysets(keysets, inputs);
  const now = new Date();
  const results = selected.map((keyset) => evaluate(keyset, inputs, now)).toSorted(bySeverity);
  logResults(results);
  const issueNumber = inputs.openIssue ? await syncIssue(results, inputs, context.client) : undefined;
  setCheckOutputs(results, issueNumber, now);
  if (inputs.summary) await writeSummary(results, now);
  failIfCritical(results, inputs);
}

/**
 * The selected keysets with their keys. B2C's backups of deleted keysets are never included.
 *
 * @throws ActionError when the tenant cannot be read, or a requested keyset does not exist
 */
async function readKeysets(keysets: KeysetsClient, inputs: CheckInputs): Promise<Keyset[]> {
  const step = 'Reading the keysets of the tenant';
  const listed = await keysets.list().catch((error: unknown) => throwExplained(step, error));
  const selected = select(listed, inputs);
  log.info(`The tenant has ${listed.length} keysets, ${selected.length} of them to check.`);
  if (listed.length === 0) log.warning('The tenant has no keysets; nothing was checked. Check tenant-id.');
  const complete: Keyset[] = [];
  for (const { id, keys } of selected) {
    const keyset = keys ? { id, keys } : await keysets.get(id).catch((error: unknown) => throwExplained(step, error));
    if (keyset === undefined) throw unknownKeysets([id]);
    complete.push(keyset);
  }
  return complete;
}

/** @throws ActionError when nothing is left to check, or not everything that was requested */
function select(listed: readonly ListedKeyset[], { keysetIds, isExcluded }: CheckInputs): ListedKeyset[] {
  const checkable = listed.filter(({ id }) => !/\.bak$/i.test(id) && !isExcluded(id));
  if (keysetIds.length === 0) {
    if (listed.length > 0 && checkable.length === 0) throw everythingExcluded();
    return checkable;
  }
  const requested = new Set(keysetIds.map((id) => id.toLowerCase()));
  const isRequested = ({ id }: ListedKeyset): boolean => requested.has(id.toLowerCase());
  const existing = new Set(listed.filter(isRequested).map(({ id }) => id.toLowerCase()));
  const unknown = keysetIds.filter((id) => !existing.has(id.toLowerCase()));
  if (unknown.length > 0) throw unknownKeysets(unknown);
  const selected = checkable.filter(isRequested);
  if (selected.length < existing.size) throw everythingExcluded();
  return selected;
}

const everythingExcluded = (): ActionError =>
  new ActionError('exclude-keyset-ids excludes all keysets, or one listed in keyset-ids', { anchor: 'input' });

const unknownKeysets = (ids: readonly string[]): ActionError =>
  new ActionError(`Keysets not found in this tenant: ${ids.join(', ')}`, {
    anchor: 'aadb2c90073',
    cause: 'The keyset was deleted or renamed, or it belongs to another tenant.',
    fix: 'Check keyset-ids and tenant-id.',
  });

/** IDs that fit into the annotation of a failed step. */
const MAX_NAMED = 10;

function failIfCritical(results: readonly KeysetHealth[], { failureDays }: CheckInputs): void {
  const critical = results.filter(isCritical).map(({ id }) => id);
  if (critical.length === 0) return;
  const names = [...critical.slice(0, MAX_NAMED), ...(critical.length > MAX_NAMED ? ['…'] : [])].join(', ');
  throw new ActionError(`${critical.length} of ${results.length} keysets require action: ${names}`, {
    anchor: 'check-failed',
    cause: `They have no valid key, or will have none in fewer than ${failureDays} days (expiry-failure-days).`,
    fix: 'Upload a new certificate to the same keyset.',
  });
}
