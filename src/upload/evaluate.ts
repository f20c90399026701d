import type { Certificate } from '../certificate/certificate.ts';
import type { Key } from '../keyset/key.ts';
import { isSameKey } from '../keyset/match.ts';
import { activeFrom, type Forecast, forecast, SERVICE_DISAGREES } from '../keyset/rollover.ts';
import { isActiveKey } from './activation.ts';
import { allKeys, type UploadContext } from './snapshot.ts';
import type { VerifiedKey } from './verify.ts';

/** A keyset with the key of the certificate. */
export interface KeysetStatus {
  /** When this was so, by the service's clock. */
  readonly now: Date;
  /** The key of the certificate, as it is among the others; before the upload the key that it would become. */
  readonly key: Key;
  readonly keys: readonly Key[];
  /** The key that is active now, and who says so: the service, or Microsoft's rule where the service does not say. */
  readonly active: { readonly key: Key | undefined; readonly by: 'service' | 'rule' };
  /** From now on; before the upload as if the key were in the keyset. */
  readonly forecast: Forecast;
  /** Undefined if the service does not say, or the key may belong to the certificate's predecessor. */
  readonly isActive: boolean | undefined;
  /** From when the key is active: now or later; undefined for never, and where it is unknown. */
  readonly activeFrom: Date | undefined;
}

/** A key of the certificate: what the service shows of it, and for the rest what it most likely makes of the certificate. */
function keyOf({ der, notBefore, notAfter }: Certificate, shown: Key = { x5c: [] }): Key {
  const x5c = shown.x5c.length > 0 ? shown.x5c : [der];
  return { ...shown, nbf: shown.nbf ?? notBefore, exp: shown.exp ?? notAfter, x5c };
}

/**
 * The keyset as it is.
 *
 * @param isPublicKeyMatch - only the public key could be compared: the key shows no dates, and it may belong to the certificate's
 *   predecessor, so the certificate's are not its own
 */
export function evaluateKeyset(
  context: UploadContext,
  { snapshot, key }: VerifiedKey,
  isPublicKeyMatch: boolean,
): KeysetStatus {
  const now = context.keysets.now();
  const ownKey = isPublicKeyMatch ? key : keyOf(context.certificate, key);
  const shown = allKeys(snapshot);
  // Only a key whose status was asked for is not one of them. Another copy looks the same, but for its status.
  const isShown = shown.includes(key);
  const isOwn = (other: Key): boolean => (isShown ? other === key : isSameKey(other, key));
  const keys = shown.map((other) => (isOwn(other) ? ownKey : other));
  const proved = isActiveKey(context, { snapshot, key });
  const service = proved ? { active: ownKey } : snapshot.service;
  const future = forecast(keys, now, service);
  const counted = keys.filter((other) => !future.presumedDisabled.includes(other));
  const from = activeFrom(counted, ownKey, now);
  // Where the rule says "now" and the service names another key, nobody knows when.
  const isUnknown = service !== undefined && !proved && from !== undefined && from <= now;
  return {
    now,
    key: ownKey,
    keys,
    active: { key: future.active, by: service ? 'service' : 'rule' },
    forecast: future,
    isActive: service === undefined || isPublicKeyMatch ? undefined : proved,
    activeFrom: isPublicKeyMatch || isUnknown ? undefined : proved ? now : from,
  };
}

/** The keyset as it would be after an upload. */
export function evaluateUpload(context: UploadContext): KeysetStatus {
  const now = context.keysets.now();
  const key = keyOf(context.certificate);
  const current = allKeys(context.before);
  const { service } = context.before;
  const present = forecast(current, now, service);
  const counted = [key, ...current.filter((other) => !present.presumedDisabled.includes(other))];
  const future = forecast(counted, now);
  const isDisputed = present.uncertain.includes(SERVICE_DISAGREES);
  return {
    now,
    key,
    keys: [...current, key],
    active: { key: present.active, by: service ? 'service' : 'rule' },
    forecast: {
      ...future,
      presumedDisabled: present.presumedDisabled,
      uncertain: [...(isDisputed ? [SERVICE_DISAGREES] : []), ...future.uncertain],
    },
    isActive: false,
    activeFrom: activeFrom(counted, key, now),
  };
}
