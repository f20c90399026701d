import { isRemoteError } from '../http/errors.ts';
import { throwExplained } from '../http/guidance.ts';
import { isDisabled, isEnabled, type Key, keyName } from '../keyset/key.ts';
import { isCopy, isSameKey } from '../keyset/match.ts';
import { activeFrom } from '../keyset/rollover.ts';
import { log } from '../runner/log.ts';
import { ActionError } from '../shared/action-error.ts';
import { capitalize } from '../shared/format.ts';
import type { UploadInputs } from './inputs.ts';
import { allKeys, type KeysetSnapshot, readActiveKey, readSnapshot, search, type UploadContext } from './snapshot.ts';
import type { VerifiedKey } from './verify.ts';

interface ActivationOptions extends Pick<UploadInputs, 'enableKey' | 'dryRun'> {
  readonly uploadedByThisRun: boolean;
}

const ENABLE_IN_PORTAL = 'Enable it in the portal, under Identity Experience Framework › Policy keys.';

/**
 * Finds out whether the key of the certificate is live, enables it where it is disabled and `enableKey` allows it, and warns
 * about whatever keeps it from being used.
 *
 * @returns what the service shows in the end, with the status of the key where it could be read
 * @throws ActionError when a key cannot be enabled under `always`
 */
export async function ensureActive(
  context: UploadContext,
  verified: VerifiedKey,
  options: ActivationOptions,
): Promise<VerifiedKey> {
  if (isActiveKey(context, verified) && !isDisabled(verified.key)) return verified;
  const sharing = verified.snapshot.keyset.keys.filter(({ kid }) => kid !== undefined && kid === verified.key.kid);
  if (sharing.length > 1) {
    warnAboutSharedKid(context, verified);
    return verified;
  }
  const known = await withStatus(context, verified);
  const last = isDisabled(known.key) ? await enableOrWarn(context, known, options) : known;
  const isStatusUnknown = known.key.status === undefined && activeFromOf(context, known) !== undefined;
  if (isOverdue(context, last)) warnNotActive(last);
  else if (isStatusUnknown && (options.uploadedByThisRun || options.enableKey === 'always')) warnStatusUnknown(last);
  return last;
}

/** Whether the service certainly names this key as the active one; another copy of the certificate is another key. */
export function isActiveKey({ certificate }: UploadContext, { snapshot, key }: VerifiedKey): boolean {
  const active = snapshot.service?.active;
  if (active === undefined) return false;
  const isOnlyCopy = snapshot.keyset.keys.filter((other) => isCopy(other, certificate)).length <= 1;
  if (isOnlyCopy && isCopy(active, certificate)) return true;
  const candidates = allKeys(snapshot).filter((other) => isSameKey(other, active));
  const isAmong = candidates.some((other) => isSameKey(other, key));
  // A bare kid can belong to several keys: each of them has to be this certificate.
  return isAmong && (candidates.length === 1 || candidates.every((other) => isCopy(other, certificate)));
}

/** The key with its status, which `keys_v2` shows where the keyset does not. */
async function withStatus({ keysets, keysetId }: UploadContext, verified: VerifiedKey): Promise<VerifiedKey> {
  const { kid, status } = verified.key;
  if (status !== undefined || kid === undefined) return verified;
  try {
    return { ...verified, key: { ...verified.key, status: await keysets.getStatus(keysetId, kid) } };
  } catch (error) {
    if (!isRemoteError(error)) throw error;
    log.info(`Could not read the status of key ${kid} (${error.message}).`);
    return verified;
  }
}

async function enableOrWarn(
  context: UploadContext,
  verified: VerifiedKey,
  { enableKey, uploadedByThisRun, dryRun }: ActivationOptions,
): Promise<VerifiedKey> {
  const { kid } = verified.key;
  const isWanted = enableKey === 'always' || (enableKey === 'new' && uploadedByThisRun);
  if (!isWanted || kid === undefined) {
    const fix = kid === undefined ? ENABLE_IN_PORTAL : 'Set enable-key: always to enable it.';
    log.warning(`${disabledKey(context, verified)}. ${fix}`);
    return verified;
  }
  if (!dryRun) return await enable(context, verified, kid, enableKey);
  log.info(`${capitalize(keyName(verified.key))} is disabled; it would be enabled (enable-key: ${enableKey}).`);
  return verified;
}

/**
 * Enables the key, and reads its status and the active key again: a change that the service accepted proves nothing, and one whose
 * response was lost may have been made.
 */
async function enable(
  context: UploadContext,
  verified: VerifiedKey,
  kid: string,
  enableKey: 'new' | 'always',
): Promise<VerifiedKey> {
  const { client, keysets, keysetId, writes } = context;
  const isRequired = enableKey === 'always';
  const step = `Enabling key ${kid}`;
  let failure: Error | undefined;
  try {
    await client.retry(() => writes.attempt(`the status of key ${kid}`, () => keysets.enable(keysetId, kid)));
    writes.doubt();
  } catch (error) {
    if (!isRemoteError(error)) throw error;
    failure = error;
  }
  if (writes.inDoubt) {
    try {
      const enabled = await search(context, () => readIfEnabled(context, verified, kid));
      if (enabled) {
        writes.confirm();
        log.info(`Key ${kid} was disabled; enabled it (enable-key: ${enableKey}).`);
        return enabled;
      }
    } catch (error) {
      const failedStep = failure ? step : `Reading key ${kid} after enabling it`;
      if (isRequired || !isRemoteError(error)) throwExplained(failedStep, failure ?? error);
      log.warning(`${failedStep} failed: ${(failure ?? error).message}. Check its status in the portal.`);
      return { ...verified, key: { ...verified.key, status: undefined } };
    }
  }
  if (isRequired && failure) throwExplained(step, failure);
  const problem = failure?.message ?? 'the service accepted the change, but does not report the key as enabled';
  if (isRequired) throw new ActionError(`${step} failed: ${problem}`, { anchor: 'not-enabled', fix: ENABLE_IN_PORTAL });
  log.warning(`${disabledKey(context, verified)}, and could not be enabled: ${problem}. ${ENABLE_IN_PORTAL}`);
  return verified;
}

/** The beginning of a warning. */
function disabledKey(context: UploadContext, verified: VerifiedKey): string {
  const effect = isActiveKey(context, verified) ? 'although the service reports it as active' : 'so no policy uses it';
  return `${capitalize(keyName(verified.key))} is disabled, ${effect}`;
}

/** From where the status was read before. */
async function readIfEnabled(
  context: UploadContext,
  { snapshot, key }: VerifiedKey,
  kid: string,
): Promise<VerifiedKey | undefined> {
  const inKeyset = ({ keyset }: KeysetSnapshot): Key | undefined => keyset.keys.find((other) => isSameKey(other, key));
  if (inKeyset(snapshot)?.status !== undefined) {
    const after = await readSnapshot(context);
    const again = after && inKeyset(after);
    return again && isEnabled(again) ? { snapshot: after, key: again } : undefined;
  }
  const [service, status] = await Promise.all([
    readActiveKey(context),
    context.keysets.getStatus(context.keysetId, kid),
  ]);
  const again = { ...key, status };
  return isEnabled(again) ? { snapshot: { ...snapshot, service }, key: again } : undefined;
}

function warnNotActive({ snapshot, key }: VerifiedKey): void {
  const active = snapshot.service?.active;
  const other = active ? `${keyName(active)} as active` : 'no active key';
  const hint =
    key.status === undefined ? ' Its status could not be read: if it is disabled, enable it in the portal.' : '';
  log.warning(`${capitalize(keyName(key))} should be active by its dates, but the service reports ${other}.${hint}`);
}

function warnStatusUnknown({ key }: VerifiedKey): void {
  log.warning(
    `The status of ${keyName(key)} could not be read: if it is disabled, it does not become active. Check it in the portal.`,
  );
}

function warnAboutSharedKid(context: UploadContext, verified: VerifiedKey): void {
  const { key } = verified;
  const problems: [boolean, string][] = [
    [isOverdue(context, verified), 'should be active by its dates, and the service uses another key'],
    [isDisabled(key), 'is disabled'],
    [key.status === undefined && activeFromOf(context, verified) !== undefined, 'is shown without its status'],
  ];
  const problem = problems.find(([applies]) => applies)?.[1];
  if (problem === undefined) return;
  log.warning(
    `${capitalize(keyName(key))} ${problem}. Another key of the keyset has the same kid, so neither status is changed. Check both in the portal.`,
  );
}

/** The key should be active by the rule, and the service names the key of another certificate, or none. */
function isOverdue(context: UploadContext, verified: VerifiedKey): boolean {
  const { service } = verified.snapshot;
  if (service === undefined || isActiveKey(context, verified)) return false;
  if (service.active && isCopy(service.active, context.certificate)) return false;
  const from = activeFromOf(context, verified);
  return from !== undefined && from <= context.keysets.now();
}

/** When the key is active by the rule; never where it is disabled. */
function activeFromOf({ keysets }: UploadContext, { snapshot, key }: VerifiedKey): Date | undefined {
  const keys = allKeys(snapshot).map((other) => (isSameKey(other, key) ? key : other));
  return activeFrom(keys, key, keysets.now());
}
