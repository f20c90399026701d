import { isRemoteError } from '../http/errors.ts';
import { throwExplained } from '../http/guidance.ts';
import { isDisabled, type Key, keyName } from '../keyset/key.ts';
import { findCertificate, isSameKey } from '../keyset/match.ts';
import { activeFrom } from '../keyset/rollover.ts';
import { log } from '../runner/log.ts';
import { ActionError } from '../shared/action-error.ts';
import { allKeys, readActiveKey, readSnapshot, type UploadContext } from './snapshot.ts';
import type { VerifiedKey } from './verify.ts';

export const ENABLE_KEY_MODES = ['new', 'always', 'never'] as const;

export interface ActivationOptions {
  /** `new`: a key that this run uploaded is enabled when it is disabled; `always`: any key of the certificate. */
  readonly enableKey: (typeof ENABLE_KEY_MODES)[number];
  readonly uploadedByThisRun: boolean;
  readonly dryRun: boolean;
}

/** Pauses before the status is read again that a change did not show in yet. */
const STATUS_POLL_INTERVALS_MS = [0, 1000, 2000, 4000];

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
  if (isActiveKey(context, verified)) return verified;
  const sharing = verified.snapshot.keyset.keys.filter(({ kid }) => kid !== undefined && kid === verified.key.kid);
  if (sharing.length > 1) {
    warnAboutSharedKid(context, verified);
    return verified;
  }
  const known = await withStatus(context, verified);
  const last = isDisabled(known.key) ? await enableOrWarn(context, known, options) : known;
  if (!isDisabled(last.key) && !isActiveKey(context, last)) warnIfNotActive(context, last);
  return last;
}

/** Whether the service names the key of the certificate as the active one, beyond doubt. */
export function isActiveKey({ certificate }: UploadContext, { snapshot, key }: VerifiedKey): boolean {
  const active = snapshot.active?.key;
  if (active === undefined) return false;
  const isSure = (other: Key): boolean => findCertificate([other], certificate).some(({ by }) => by !== 'public key');
  if (isSure(active)) return true;
  // A bare kid can belong to several keys: each of them has to be this certificate.
  const candidates = allKeys(snapshot).filter((other) => isSameKey(other, active));
  const isOnly = candidates.length === 1 && candidates.every((only) => isSameKey(only, key));
  return isOnly || (candidates.length > 0 && candidates.every(isSure));
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
  const { key } = verified;
  const { kid } = key;
  const isWanted = enableKey === 'always' || (enableKey === 'new' && uploadedByThisRun);
  if (!isWanted || kid === undefined) {
    log.warning(`${capitalized(key)} is disabled, so no policy uses it. Set enable-key: always to enable it.`);
    return verified;
  }
  if (dryRun) {
    log.info(`${capitalized(key)} is disabled; it would be enabled (enable-key: ${enableKey}).`);
    return verified;
  }
  let problem = 'the service accepted the change, but does not report the key as enabled';
  try {
    const enabled = await enable(context, verified, kid);
    if (enabled) {
      log.info(`${capitalized(key)} was disabled; enabled it (enable-key: ${enableKey}).`);
      return enabled;
    }
  } catch (error) {
    if (enableKey === 'always' || !isRemoteError(error)) throwExplained(`Enabling key ${kid}`, error);
    problem = error.message;
  }
  const fix = 'Enable it in the portal, under Identity Experience Framework › Policy keys.';
  if (enableKey === 'always')
    throw new ActionError(`Enabling key ${kid} failed: ${problem}`, { anchor: 'not-enabled', fix });
  log.warning(`Key ${kid} is disabled, so no policy uses it, and could not be enabled: ${problem}. ${fix}`);
  return verified;
}

/**
 * Enables the key, and reads its status and the active key again.
 *
 * @returns nothing when the key is not enabled afterwards: a success that changed nothing is none
 */
async function enable(context: UploadContext, verified: VerifiedKey, kid: string): Promise<VerifiedKey | undefined> {
  const { client, keysets, keysetId, writes } = context;
  await client.retry(() => writes.attempt(`the status of key ${kid}`, () => keysets.enable(keysetId, kid)));
  for (const pause of STATUS_POLL_INTERVALS_MS) {
    await client.clock.sleep(pause);
    const after = await readStatusAgain(context, verified, kid).catch(ignoreFailedRead);
    if (after?.key.status !== undefined && !isDisabled(after.key)) return after;
  }
  return undefined;
}

/** What cannot be read shows no success. */
function ignoreFailedRead(error: unknown): undefined {
  if (!isRemoteError(error instanceof ActionError ? error.cause : error)) throw error;
}

/** From where the status was read before. */
async function readStatusAgain(
  context: UploadContext,
  { snapshot, key }: VerifiedKey,
  kid: string,
): Promise<VerifiedKey> {
  const isSame = (other: Key): boolean => isSameKey(other, key);
  if (snapshot.keyset.keys.find(isSame)?.status !== undefined) {
    const after = (await readSnapshot(context)) ?? snapshot;
    return { snapshot: after, key: { ...key, status: after.keyset.keys.find(isSame)?.status } };
  }
  const [active, status] = await Promise.all([
    readActiveKey(context),
    context.keysets.getStatus(context.keysetId, kid),
  ]);
  return { snapshot: { ...snapshot, active }, key: { ...key, status } };
}

function warnIfNotActive(context: UploadContext, verified: VerifiedKey): void {
  const { snapshot, key } = verified;
  if (!isOverdue(context, verified)) return;
  const active = snapshot.active?.key;
  const other = active ? `${keyName(active)} as active` : 'no active key';
  const hint =
    key.status === undefined ? ' Its status could not be read: if it is disabled, enable it in the portal.' : '';
  log.warning(`${capitalized(key)} should be active by its dates, but the service reports ${other}.${hint}`);
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
    `${capitalized(key)} ${problem}. Another key of the keyset has the same kid, so the status of neither is changed. Check both in the portal.`,
  );
}

/** By the rule, although the service said which key is active. */
function isOverdue(context: UploadContext, verified: VerifiedKey): boolean {
  const from = activeFromOf(context, verified);
  return verified.snapshot.active !== undefined && from !== undefined && from <= context.keysets.now();
}

/** When the key is active by the rule. */
function activeFromOf({ keysets }: UploadContext, { snapshot, key }: VerifiedKey): Date | undefined {
  const keys = allKeys(snapshot).map((other) => (isSameKey(other, key) ? key : other));
  return activeFrom(keys, key, keysets.now());
}

/** A key at the beginning of a sentence. */
function capitalized(key: Key): string {
  const name = keyName(key);
  return name.charAt(0).toUpperCase() + name.slice(1);
}
