import { connect, logClockDifference } from '../connect.ts';
import type { KeysetsClient } from '../graph/keysets-client.ts';
import { throwExplained } from '../http/guidance.ts';
import { Pacer } from '../http/pacer.ts';
import type { Keyset, KeysetPage } from '../keyset/key.ts';
import { isBackup } from '../keyset/keyset-id.ts';
import type { ActionContext } from '../runner/action.ts';
import { log } from '../runner/log.ts';
import { ActionError } from '../shared/action-error.ts';
import { plural } from '../shared/format.ts';
import { readActiveKeys, REQUESTS_PER_MINUTE } from './active-keys.ts';
import { bySeverity, evaluate, isCritical, type KeysetHealth } from './evaluate.ts';
import { type CheckInputs, matchesPattern, readInputs } from './inputs.ts';
import { logResults, setCheckOutputs, writeSummary } from './report.ts';
import { syncIssue } from './tracking-issue.ts';

/** IDs that fit into the annotation of a failed step. */
const MAX_NAMED = 10;

/**
 * The check action: read every keyset, ask for its active key, evaluate it, report, and fail when one needs attention now.
 *
 * @throws ActionError
 */
export async function check(context: ActionContext): Promise<void> {
  const inputs = readInputs();
  const { keysets, tenantId } = await connect(inputs.identity, context);
  const pacer = new Pacer(context.client.clock, REQUESTS_PER_MINUTE);
  const selected = await readKeysets(keysets, inputs, pacer);
  logClockDifference(keysets);
  const now = keysets.now();
  const byDates = selected.map((keyset) => evaluate(keyset, inputs, now));
  // Those that fail by their dates already are not asked about.
  const asked = byDates.filter((health) => health.keys.length > 0 && !isCritical(health));
  const views = inputs.verifyActiveKey ? await readActiveKeys(asked, keysets, pacer) : undefined;
  const results = byDates.map((health) => evaluate(health, inputs, now, views?.get(health.id))).toSorted(bySeverity);
  logResults(results);
  const issueNumber = inputs.openIssue ? await syncIssue(results, { ...inputs, tenantId }, context) : undefined;
  setCheckOutputs(results, issueNumber, now);
  if (inputs.summary) await writeSummary(results, inputs.identity.app.tenantId, now);
  failIfCritical(results, inputs);
}

/**
 * The selected keysets with their keys. B2C's backups of deleted keysets are never included.
 *
 * @throws ActionError when the tenant cannot be read, or a requested keyset does not exist
 */
async function readKeysets(keysets: KeysetsClient, inputs: CheckInputs, pacer: Pacer): Promise<Keyset[]> {
  const explain = (error: unknown): never => throwExplained('Reading the keysets of the tenant', error);
  const listed = await keysets.list().catch(explain);
  const selected = select(listed, inputs);
  log.info(`The tenant has ${plural(listed.length, 'keyset')}, ${selected.length} of them to check.`);
  if (listed.length === 0) log.warning('The tenant has no keysets; nothing was checked. Check tenant-id.');
  const complete: Keyset[] = [];
  await pacer.forEach(selected, async ({ id, keys }) => {
    const keyset = keys ? { id, keys } : await keysets.get(id, pacer).catch(explain);
    if (keyset) complete.push(keyset);
    else if (inputs.keysetIds.length > 0) throw notFound([id]);
    else log.notice(`The keyset ${id} was deleted during the check.`);
  });
  return complete;
}

/** @throws ActionError when nothing is left to check, or not everything that was requested */
function select(listed: readonly KeysetPage[], { keysetIds, excluded }: CheckInputs): KeysetPage[] {
  for (const pattern of excluded)
    if (!listed.some(({ id }) => matchesPattern(id, pattern)))
      log.notice(`exclude-keyset-ids: ${pattern} matches no keyset.`);
  const requested = new Set(keysetIds.map((id) => id.toLowerCase()));
  const current = listed.filter(({ id }) => !isBackup(id));
  const candidates = current.filter(({ id }) => requested.size === 0 || requested.has(id.toLowerCase()));
  if (listed.length > 0 && current.length === 0) {
    throw new ActionError('The tenant has no keysets, only backups of deleted ones', {
      anchor: 'aadb2c90073',
      fix: 'Check tenant-id, and whether the keysets were deleted on purpose.',
    });
  }
  const existing = new Set(candidates.map(({ id }) => id.toLowerCase()));
  const unknown = keysetIds.filter((id) => !existing.has(id.toLowerCase()));
  if (unknown.length > 0) throw notFound(unknown);
  const selected = candidates.filter(({ id }) => !excluded.some((pattern) => matchesPattern(id, pattern)));
  const isNothingLeft = candidates.length > 0 && selected.length === 0;
  if (isNothingLeft || (requested.size > 0 && selected.length < candidates.length))
    throw new ActionError('exclude-keyset-ids excludes all keysets, or one listed in keyset-ids', { anchor: 'input' });
  return selected;
}

const notFound = (ids: readonly string[]): ActionError =>
  new ActionError(`Keysets not found in this tenant: ${ids.join(', ')}`, {
    anchor: 'aadb2c90073',
    cause: 'The keyset was deleted or renamed, or it belongs to another tenant.',
    fix: 'Check keyset-ids and tenant-id.',
  });

function failIfCritical(results: readonly KeysetHealth[], { failureDays }: CheckInputs): void {
  const critical = results.filter(isCritical).map(({ id }) => id);
  if (critical.length === 0) return;
  const names = [...critical.slice(0, MAX_NAMED), ...(critical.length > MAX_NAMED ? ['…'] : [])].join(', ');
  const verb = critical.length === 1 ? 'requires' : 'require';
  throw new ActionError(`${critical.length} of ${plural(results.length, 'keyset')} ${verb} action: ${names}`, {
    anchor: 'check-failed',
    cause: `They have no active key, or will have none in fewer than ${failureDays} days (expiry-failure-days).`,
    fix: 'Upload a new certificate to the same keyset or, in the portal, enable a key that is disabled.',
  });
}
