import type { Certificate } from '../certificate/certificate.ts';
import { type Key, mergeKeys } from '../keyset/key.ts';
import { isSameKey } from '../keyset/match.ts';
import { activeFrom, type Forecast, forecast } from '../keyset/rollover.ts';
import { allKeys, type KeysetSnapshot } from './snapshot.ts';

/** How the upload ended. */
export interface UploadResult {
  readonly outcome: 'uploaded' | 'already-present' | 'would-upload';
  readonly keysetCreated: boolean;
  /** What the service shows at the end. */
  readonly snapshot: KeysetSnapshot;
  /** The key of the certificate as the service returned it; nothing after a dry run. */
  readonly key: Key | undefined;
}

/** What that means for the keyset. */
export interface KeysetStatus {
  /** The key of the certificate, as it is among the others. */
  readonly key: Key | undefined;
  readonly keys: readonly Key[];
  readonly forecast: Forecast;
  readonly isActive: boolean;
  /** From when the key is active: now, later, or never. */
  readonly activeFrom: Date | undefined;
}

/** The key as the service will most likely create it from a certificate. */
export function expectedKey({ der, notBefore, notAfter, n, e }: Certificate): Key {
  return { kty: 'RSA', x5c: [der], nbf: notBefore, exp: notAfter, n, e };
}

/**
 * Evaluates the keyset. For the present, the service's own active key counts, else the rule.
 *
 * @param expected - what the certificate says about its key: it completes what the service does not show, and stands for the
 *   key in the forecast of a dry run
 */
export function evaluateKeyset({ snapshot, key }: UploadResult, expected: Key, now: Date): KeysetStatus {
  const status = key?.status === undefined ? {} : { status: key.status };
  const keys = allKeys(snapshot).map((other) =>
    key && isSameKey(other, key) ? { ...mergeKeys(expected, other), ...status } : other,
  );
  const find = (wanted: Key): Key | undefined => keys.find((other) => isSameKey(other, wanted));
  const ownKey = key && (find(key) ?? key);
  const { active } = snapshot;
  const future = forecast(keys, now, active && { active: active.key && find(active.key) });
  const isActive = ownKey !== undefined && ownKey === future.active;
  const from = ownKey ? activeFrom(keys, ownKey, now) : activeFrom([expected, ...keys], expected, now);
  // Where the rule says "now" and the service names another key, nobody knows when.
  const isUnknown = ownKey !== undefined && !isActive && from !== undefined && from <= now;
  return { key: ownKey, keys, forecast: future, isActive, activeFrom: isActive ? now : isUnknown ? undefined : from };
}
