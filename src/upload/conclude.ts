import { type Key, overlay } from '../keyset/key.ts';
import { isSameKey } from '../keyset/match.ts';
import { type Forecast, forecast, takesOverAt } from '../keyset/rollover.ts';
import { knownKeys, type View } from './decide.ts';

/** How the story ended. */
export interface Ending {
  readonly outcome: 'uploaded' | 'already-present' | 'would-upload';
  readonly keysetId: string;
  readonly keysetCreated: boolean;
  /** What the tenant shows at the end. */
  readonly view: View;
  /** The key that the certificate is, as the service gave it; nothing after a dry run. */
  readonly key: Key | undefined;
}

/** What follows from it. */
export interface Outlook {
  /** The key that the certificate is, as it stands among the others. */
  readonly key: Key | undefined;
  readonly keys: readonly Key[];
  readonly forecast: Forecast;
  readonly isActive: boolean;
  /** From when on the key is the active one: now, later, or never. */
  readonly takesOverAt: Date | undefined;
}

/**
 * Draws the conclusions. For now the service's own word on the active key counts, else the rule.
 *
 * @param expected - what the certificate tells of its key: it fills in what the service does not show, and stands in for the
 *   key in the forecast of a dry run
 */
export function conclude({ view, key }: Ending, expected: Key, now: Date): Outlook {
  const status = key?.status === undefined ? {} : { status: key.status };
  const keys = knownKeys(view).map((other) =>
    key && isSameKey(other, key) ? { ...overlay(expected, other), ...status } : other,
  );
  const find = (wanted: Key): Key | undefined => keys.find((other) => isSameKey(other, wanted));
  const ours = key && (find(key) ?? key);
  const future = forecast(keys, now, view.active && { active: view.active.key && find(view.active.key) });
  const isActive = ours !== undefined && ours === future.active;
  const later = ours ? takesOverAt(keys, ours, now) : takesOverAt([expected, ...keys], expected, now);
  // Where the rule says "now" and the service names another key, nobody knows when.
  const unknown = ours !== undefined && !isActive && later !== undefined && later <= now;
  return { key: ours, keys, forecast: future, isActive, takesOverAt: isActive ? now : unknown ? undefined : later };
}
