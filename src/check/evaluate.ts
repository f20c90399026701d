import { type Key, type Keyset, validityOf } from '../keyset/key.ts';
import { type Forecast, forecast } from '../keyset/rollover.ts';
import { daysUntil } from '../shared/format.ts';

/** What a state means for the step: it fails, warns, or does neither; `neutral` for keysets that never expire. */
type Severity = 'failure' | 'warning' | 'healthy' | 'neutral';

/** From worst to best. */
export const SEVERITIES = {
  expired: 'failure',
  'gap now': 'failure',
  failing: 'failure',
  'gap ahead': 'warning',
  expiring: 'warning',
  healthy: 'healthy',
  'no dates': 'neutral',
  empty: 'neutral',
} as const satisfies Record<string, Severity>;
type State = keyof typeof SEVERITIES;

interface Thresholds {
  /** Whole days: with fewer left a keyset is expiring, or failing. */
  readonly warningDays: number;
  readonly failureDays: number;
}

export interface KeysetHealth {
  readonly id: string;
  readonly keys: readonly Key[];
  readonly state: State;
  readonly forecast: Forecast;
  /** The first instant from now on without a usable key; in the past for an expired keyset, nothing when that never happens. */
  readonly outageAt: Date | undefined;
  /** Whole days until then, rounded down; negative in the past. */
  readonly daysLeft: number | undefined;
}

/** Attention is needed at once: the step fails. */
export const isCritical = ({ state }: KeysetHealth): boolean => SEVERITIES[state] === 'failure';

/** Attention is needed soon. */
export const isWarning = ({ state }: KeysetHealth): boolean => SEVERITIES[state] === 'warning';

export const needsAttention = (health: KeysetHealth): boolean => isCritical(health) || isWarning(health);

/** Evaluates one keyset by the dates of its keys. */
export function evaluate({ id, keys }: Keyset, thresholds: Thresholds, now: Date): KeysetHealth {
  const future = forecast(keys, now);
  const outageAt = future.gap?.from ?? future.exhaustedAt;
  const daysLeft = outageAt && daysUntil(outageAt, now);
  return { id, keys, state: stateOf(keys, future, daysLeft, thresholds), forecast: future, outageAt, daysLeft };
}

function stateOf(
  keys: readonly Key[],
  { active, gap }: Forecast,
  daysLeft: number | undefined,
  { warningDays, failureDays }: Thresholds,
): State {
  if (keys.length === 0) return 'empty';
  if (active === undefined) return gap ? 'gap now' : 'expired';
  if (keys.map(validityOf).every(({ start, end }) => start === undefined && end === undefined)) return 'no dates';
  if (daysLeft === undefined) return 'healthy';
  if (daysLeft < failureDays) return 'failing';
  if (gap) return 'gap ahead';
  return daysLeft < warningDays ? 'expiring' : 'healthy';
}

/** Worst first; of the same state the one whose outage comes first, then by ID. */
export function bySeverity(a: KeysetHealth, b: KeysetHealth): number {
  const rank = ({ state }: KeysetHealth): number => Object.keys(SEVERITIES).indexOf(state);
  return compare(rank(a), rank(b)) || compare(outageTime(a), outageTime(b)) || compare(a.id, b.id);
}

/** The keyset whose outage comes first, if nobody changes anything; an expired one comes before all others. */
export function firstOutage(results: readonly KeysetHealth[]): KeysetHealth | undefined {
  return results
    .filter(({ outageAt }) => outageAt !== undefined)
    .toSorted((a, b) => compare(outageTime(a), outageTime(b)))[0];
}

const outageTime = ({ outageAt }: KeysetHealth): number => outageAt?.getTime() ?? Infinity;

const compare = <T extends number | string>(a: T, b: T): number => (a === b ? 0 : a < b ? -1 : 1);
