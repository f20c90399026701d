import type { CertificateInput } from '../certificate/certificate-input.ts';
import { lint } from '../certificate/lint.ts';
import { connect, logClockDifference } from '../connect.ts';
import type { Payload } from '../graph/keysets-client.ts';
import { keyName } from '../keyset/key.ts';
import type { Match } from '../keyset/match.ts';
import type { ActionContext } from '../runner/action.ts';
import { log, mask } from '../runner/log.ts';
import { ensureActive } from './activation.ts';
import { decide } from './decide.ts';
import { createKeyset, findKeyset } from './ensure-keyset.ts';
import { evaluateKeyset, evaluateUpload } from './evaluate.ts';
import { readInputs, type UploadInputs } from './inputs.ts';
import { buildPayload } from './payload.ts';
import { describeCertificate, logActivation, report, type UploadResult } from './report.ts';
import type { UploadContext } from './snapshot.ts';
import { uploadCertificate } from './upload-certificate.ts';
import { verifyUpload, warnAboutCopies } from './verify.ts';

const RENEWAL =
  'The keyset already contains a certificate with the same key pair. This one is a renewal and is uploaded as a separate key.';

/**
 * The upload action: read and check the inputs, sign in, read the keyset, decide, upload once, verify, report.
 *
 * @throws ActionError
 */
export async function upload(action: ActionContext): Promise<void> {
  const inputs = await readInputs();
  const certificate = inputs.certificate.leaf;
  logCertificate(inputs.certificate);
  lint(certificate, inputs, new Date());
  const { payload, logLines, notices } = await buildPayload(inputs.certificate, inputs.privateKey);
  maskPayload(payload);
  const { keysets } = await connect(inputs.identity, action);
  const requested = { ...action, keysets, keysetId: inputs.keysetId, certificate };
  const existing = await findKeyset(requested);
  logClockDifference(keysets);
  // Again, before anything is changed: the runner's clock may be wrong.
  for (const { level, message } of lint(certificate, inputs, keysets.now())) log[level](message);
  const context = existing ?? (await createKeyset(requested, inputs));

  const decision = decide(context, payload.kind === 'pkcs12', inputs.allowDuplicate);
  let result: UploadResult;
  if (decision.action === 'skip') {
    result = await keepExisting(context, decision.match, inputs);
  } else {
    for (const warning of decision.warnings) log.warning(warning);
    for (const line of [...(decision.isRenewal ? [RENEWAL] : []), ...logLines]) log.info(line);
    notices.forEach(log.notice);
    const preview = evaluateUpload(context);
    logActivation(preview);
    if (inputs.dryRun) {
      // Microsoft documents that uploaded keys start disabled; none was seen that did.
      const consequence = inputs.enableKey === 'never' ? 'stay disabled' : 'be enabled';
      log.info(
        `Dry run: no changes were made. If the uploaded key is disabled, it will ${consequence} (enable-key: ${inputs.enableKey}).`,
      );
      result = { outcome: 'would-upload', status: preview };
    } else {
      result = await uploadAndVerify(context, payload, inputs);
    }
  }
  await report(context, result, inputs.summary);
}

/** A service may echo what it was sent. */
function maskPayload(payload: Payload): void {
  if (payload.kind === 'certificate') return;
  mask(payload.password);
  mask(payload.pfx.toString('base64'));
}

async function keepExisting(context: UploadContext, { key, by }: Match, inputs: UploadInputs): Promise<UploadResult> {
  const name = keyName(key);
  log.info(`The keyset already contains this certificate (${name}, matched by ${by}). Nothing to upload.`);
  log.info('This does not verify the private key: the service never returns it.');
  const isPublicKeyMatch = by === 'public key';
  if (isPublicKeyMatch) {
    log.warning(
      `Only the public key of ${name} could be compared, and it matches. If this is a renewal with the same key pair, set allow-duplicate: true.`,
    );
  }
  const found = { snapshot: context.before, key };
  // What may belong to another certificate is not changed.
  const last = isPublicKeyMatch ? found : await ensureActive(context, found, { ...inputs, uploadedByThisRun: false });
  return { outcome: 'already-present', status: evaluateKeyset(context, last, isPublicKeyMatch) };
}

async function uploadAndVerify(context: UploadContext, payload: Payload, inputs: UploadInputs): Promise<UploadResult> {
  const { returnedKid, found, uploadedByThisRun } = await uploadCertificate(context, payload);
  const verified = found ?? (await verifyUpload(context, returnedKid));
  warnAboutCopies(context, verified.snapshot);
  const last = await ensureActive(context, verified, { ...inputs, uploadedByThisRun });
  const outcome = uploadedByThisRun ? 'uploaded' : 'already-present';
  return { outcome, status: evaluateKeyset(context, last, false) };
}

/** Logs what was recognized. */
function logCertificate({ leaf, format }: CertificateInput): void {
  log.info(`Certificate (${format}):`);
  for (const [name, value] of describeCertificate(leaf, new Date())) log.info(`  ${name}: ${value}`);
}
