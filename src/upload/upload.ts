import { lint } from '../certificate/lint.ts';
import { createKeysetsClient } from '../connect.ts';
import { isDisabled, keyName, mergeKeys } from '../keyset/key.ts';
import { findCertificate, type Match } from '../keyset/match.ts';
import type { ActionContext } from '../runner/action.ts';
import { log } from '../runner/log.ts';
import { ActionError } from '../shared/action-error.ts';
import { enableIfRequested, logActivation } from './activation.ts';
import { decide } from './decide.ts';
import { getOrCreateKeyset } from './ensure-keyset.ts';
import { expectedKey, type UploadResult } from './evaluate.ts';
import { readInputs, type UploadInputs } from './inputs.ts';
import { prepare } from './payload.ts';
import { describeCertificate, report } from './report.ts';
import { allKeys, completeKey, type UploadContext } from './snapshot.ts';
import { uploadCertificate } from './upload-certificate.ts';
import { verifyUpload } from './verify.ts';

/**
 * The upload action: read and check the inputs, sign in, read the keyset, decide, upload once, verify, report.
 *
 * @throws ActionError
 */
export async function upload(action: ActionContext): Promise<void> {
  const inputs = await readInputs();
  const certificate = inputs.material.leaf;
  lintCertificate(inputs);
  const { payload, remarks } = await prepare(inputs.material, inputs.privateKey, inputs.password);
  const keysets = await createKeysetsClient(inputs.identity, action);
  const requested: UploadContext = { ...action, keysets, keysetId: inputs.keysetId, certificate };
  const { snapshot: before, created } = await getOrCreateKeyset(requested, inputs);
  // The service may find it in another spelling than its own.
  const context: UploadContext = { ...requested, keysetId: before.keyset.id };
  const finish = (result: Omit<UploadResult, 'keysetCreated'>): Promise<void> =>
    report({ ...result, keysetCreated: created }, certificate, inputs.summary);

  const decision = decide(before, certificate, payload.kind === 'pkcs12', inputs.allowDuplicate);
  if (decision.action === 'skip') {
    reportExisting(decision.match);
    await finish({ outcome: 'already-present', snapshot: before, key: decision.match.key });
    return;
  }
  for (const warning of decision.warnings) log.warning(warning);
  if (decision.isRenewal) log.info(RENEWAL);
  for (const line of remarks) log.info(line);
  logActivation(before, context);
  if (inputs.dryRun) {
    log.info('Dry run: no changes were made.');
    await finish({ outcome: 'would-upload', snapshot: before, key: undefined });
    return;
  }

  const copies = findCertificate(allKeys(before), certificate).length;
  const { key, uploadedByThisRun } = await uploadCertificate(context, payload, { keysetCreated: created, copies });
  const uploaded = mergeKeys(expectedKey(certificate), key);
  const verified = await verifyUpload(context, uploaded, before);
  const enabled = uploadedByThisRun
    ? await enableIfRequested(context, completeKey(verified, uploaded), inputs.enableKey)
    : undefined;
  await finish({
    outcome: uploadedByThisRun ? 'uploaded' : 'already-present',
    snapshot: enabled ? await verifyUpload(context, enabled, before) : verified,
    key: enabled ?? uploaded,
  });
}

const RENEWAL =
  'The keyset already contains a certificate with the same key pair. This one is a renewal and is uploaded as a separate key.';

/**
 * Logs what was recognized, and rejects what cannot work before anything is sent.
 *
 * @throws ActionError
 */
function lintCertificate({ material, warningDays, failureDays }: UploadInputs): void {
  const now = new Date();
  log.info(`Certificate (${material.form}):`);
  for (const [name, value] of describeCertificate(material.leaf, now)) log.info(`  ${name}: ${value}`);
  for (const { level, message, anchor, fix } of lint(material.leaf, { warningDays, failureDays }, now)) {
    if (level === 'refuse') throw new ActionError(`Certificate rejected: ${message}`, { anchor, fix });
    const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
    if (level === 'warning') log.warning(sentence);
    else log.notice(sentence);
  }
}

function reportExisting({ key, by }: Match): void {
  const name = keyName(key);
  log.info(`The keyset already contains this certificate (${name}, matched by ${by}). Nothing to upload.`);
  log.info('This does not verify the private key: the service never returns it.');
  if (by === 'public key') {
    log.warning(
      `Only the public key of ${name} could be compared, and it matches. If this is a renewal with the same key pair, set allow-duplicate: true.`,
    );
  }
  if (isDisabled(key)) {
    log.warning(
      `${name.charAt(0).toUpperCase()}${name.slice(1)} is disabled, so no policy uses it. enable-key only affects what the same run uploaded; enable it in the portal.`,
    );
  }
}
