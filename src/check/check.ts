import { connect } from '../connect.ts';
import { explainGraph } from '../graph/explain.ts';
import type { KeysetsApi } from '../graph/keysets.ts';
import { listKeysets } from '../graph/list.ts';
import type { Keyset } from '../keyset/key.ts';
import { ActionError } from '../shared/action-error.ts';
import type { Job } from '../runner/action.ts';
import { log } from '../runner/log.ts';
import { announce } from './announce.ts';
import { type CheckInputs, readInputs } from './inputs.ts';
import { keepIssue } from './issue.ts';
import { byUrgency, isFailing, judge, type Judgement } from './judge.ts';
import { setCheckOutputs } from './outputs.ts';
import { writeSummary } from './summary.ts';

/**
 * The story of one check: read every keyset, judge it, tell, and fail when a hand is needed now.
 *
 * @throws ActionError
 */
export async function run(job: Job): Promise<void> {
  const inputs = readInputs();
  const api = await connect(inputs, job);
  const keysets = await readKeysets(inputs, api, job);
  const now = new Date();
  const judgements = keysets.map((keyset) => judge(keyset, inputs, now)).toSorted(byUrgency);
  announce(judgements);
  const issue = inputs.openIssue ? await keepIssue(judgements, inputs, job.client) : undefined;
  setCheckOutputs(judgements, issue, now);
  if (inputs.summary) await writeSummary(judgements, now);
  refuseFailing(judgements, inputs);
}

/**
 * The keysets to judge, with their keys. B2C's backups of deleted keysets are never among them.
 *
 * @throws ActionError when the tenant cannot be read, or a keyset that was named does not exist
 */
async function readKeysets({ keysetIds, excludes }: CheckInputs, api: KeysetsApi, job: Job): Promise<Keyset[]> {
  const named = new Set(keysetIds.map((id) => id.toLowerCase()));
  try {
    const listed = await listKeysets(api, job.client);
    const known = new Set(listed.map(({ id }) => id.toLowerCase()));
    const missing = keysetIds.filter((id) => !known.has(id.toLowerCase()));
    if (missing.length > 0) throw missingKeysets(missing);
    const wanted = listed.filter(
      ({ id }) => (named.size === 0 || named.has(id.toLowerCase())) && !/\.bak$/i.test(id) && !excludes(id),
    );
    const left = new Set(wanted.map(({ id }) => id.toLowerCase()));
    const excluded =
      named.size === 0 ? listed.length > 0 && left.size === 0 : keysetIds.some((id) => !left.has(id.toLowerCase()));
    if (excluded) throw nothingLeft();
    log.info(`The tenant has ${listed.length} keysets, ${wanted.length} of them to check.`);
    const keysets: Keyset[] = [];
    for (const { id, keys } of wanted)
      keysets.push(keys ? { id, keys } : await job.client.patiently(() => api.get(id)));
    if (listed.length === 0) log.warning('The tenant has no keyset: nothing was checked. Is tenant-id the right one?');
    return keysets;
  } catch (error) {
    throw explainGraph('Reading the keysets of the tenant', error);
  }
}

const nothingLeft = (): ActionError =>
  new ActionError(
    'exclude-keyset-ids leaves out what was to be checked: a keyset that keyset-ids names, or all of them',
    {
      anchor: 'input',
    },
  );

const missingKeysets = (ids: readonly string[]): ActionError =>
  new ActionError(`keyset-ids names what does not exist in this tenant: ${ids.join(', ')}`, {
    anchor: 'aadb2c90073',
    cause: 'The keyset was deleted or renamed, or it lives in another tenant.',
    fix: 'Check keyset-ids and tenant-id.',
  });

/** Ids that the annotation of a failed step has room for. */
const MAX_NAMED = 10;

function refuseFailing(judgements: readonly Judgement[], { failureDays }: CheckInputs): void {
  const failing = judgements.filter(isFailing).map(({ id }) => id);
  if (failing.length === 0) return;
  const names = [...failing.slice(0, MAX_NAMED), ...(failing.length > MAX_NAMED ? ['…'] : [])].join(', ');
  throw new ActionError(`${failing.length} of ${judgements.length} keysets need a hand now: ${names}`, {
    anchor: 'check-failed',
    cause: `They have no usable key, or will have none in fewer than ${failureDays} days (expiry-failure-days).`,
    fix: 'Upload a successor into the same keyset: a new certificate.',
  });
}
