import { lint } from '../certificate/lint.ts';
import { connect } from '../connect.ts';
import { isDisabled, type Key, overlay } from '../keyset/key.ts';
import { findCertificate, type Match } from '../keyset/match.ts';
import { ActionError } from '../shared/action-error.ts';
import type { Job } from '../runner/action.ts';
import { log } from '../runner/log.ts';
import { nameOf } from '../shared/format.ts';
import { announceTakeover, expectedKey, Notes } from './announce.ts';
import type { Ending } from './conclude.ts';
import { asShown, decide, knownKeys } from './decide.ts';
import { enableIfAsked } from './enable.ts';
import { readInputs, type UploadInputs } from './inputs.ts';
import { openKeyset } from './open.ts';
import { buildPayload } from './payload.ts';
import { prove } from './prove.ts';
import { describeCertificate, report } from './report.ts';
import { readKeyset } from './view.ts';
import { upload } from './write.ts';

/**
 * The story of one upload: read and judge what was given, sign in, look at the keyset, decide, write once, prove it, report.
 *
 * @throws ActionError
 */
export async function run(job: Job): Promise<void> {
  const inputs = await readInputs();
  const certificate = inputs.material.leaf;
  const notes = new Notes();
  judge(inputs, notes);
  const { payload, logLines, notices } = await buildPayload(inputs.material, inputs.privateKey);
  for (const notice of notices) log.notice(notice);
  const api = await connect(inputs, job);
  const { id, view, created } = await openKeyset(inputs.keysetId, inputs, api, job);
  const end = (outcome: Ending['outcome'], seen = view, key?: Key): Promise<void> =>
    report({ outcome, keysetId: id, keysetCreated: created, view: seen, key }, certificate, notes, inputs.summary);

  const decision = decide(view, certificate, payload.kind === 'pkcs12', inputs.allowDuplicate);
  if (decision.todo === 'nothing') {
    acknowledge(decision.match, notes);
    await end('already-present', view, decision.match.key);
    return;
  }
  for (const warning of decision.warnings) notes.warn(warning);
  for (const line of [...(decision.isRenewal ? [RENEWAL] : []), ...logLines]) log.info(line);
  announceTakeover(view, certificate, notes);
  if (inputs.dryRun) {
    log.info('dry-run: nothing is written.');
    await end('would-upload');
    return;
  }

  const copies = findCertificate(knownKeys(view), certificate).length;
  const find = async (): Promise<Key | undefined> => {
    const keyset = await readKeyset(id, api, job);
    return findCertificate(keyset?.keys ?? [], certificate)[copies]?.key;
  };
  const { key, wrote } = await upload({ id, payload, created, find }, api, job);
  const uploaded = overlay(expectedKey(certificate), key);
  const seen = await prove(id, uploaded, certificate, view, api, job);
  const enabled = wrote
    ? await enableIfAsked(asShown(seen, uploaded), inputs.enableKey, id, api, job, notes)
    : undefined;
  const last = enabled ? await prove(id, enabled, certificate, view, api, job) : seen;
  await end(wrote ? 'uploaded' : 'already-present', last, enabled ?? uploaded);
}

const RENEWAL =
  'The keyset holds another certificate on the same key pair: this one is its renewal, and goes up as a key of its own.';

/**
 * Shows what was recognised, and refuses what cannot serve before anything is sent.
 *
 * @throws ActionError
 */
function judge({ material, ...thresholds }: UploadInputs, notes: Notes): void {
  const now = new Date();
  log.info(`Certificate (${material.form}):`);
  for (const [name, value] of describeCertificate(material.leaf, now)) log.info(`  ${name}: ${value}`);
  for (const { level, message, anchor, fix } of lint(material.leaf, thresholds, now)) {
    if (level === 'error') throw new ActionError(`Nothing is uploaded: ${message}`, { anchor, fix });
    if (level === 'warning') notes.warn(`Look out: ${message}.`);
    else log.notice(`Note: ${message}.`);
  }
}

function acknowledge({ key, by }: Match, notes: Notes): void {
  const name = nameOf(key);
  log.info(`The keyset holds this certificate already: ${name}, told by its ${by}. Nothing is uploaded.`);
  log.info('This proves nothing about its private key, which the service never shows.');
  if (by === 'public key') {
    notes.warn(
      `The service shows nothing of ${name} but its public key, which is this certificate's. Should this be a renewal on the same key pair, upload it with allow-duplicate: true.`,
    );
  }
  if (isDisabled(key)) {
    notes.warn(
      `The service reports ${name} as disabled, so no policy uses it. enable-key touches only what the same run uploaded: enable it in the portal.`,
    );
  }
}
