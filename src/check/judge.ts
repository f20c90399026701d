import { type Key, type Keyset, validityOf } from '../keyset/key.ts';
import { type Forecast, forecast } from '../keyset/rollover.ts';
import { daysUntil } from '../shared/format.ts';

/** From worst to best, each with its mark: red fails the step, orange warns, white is neutral. */
export const STATES = {
  expired: '🔴',
  'gap now': '🔴',
  failing: '🔴',
  'gap ahead': '🟠',
  expiring: '🟠',
  healthy: '🟢',
  'no dates': '⚪',
  empty: '⚪',
} as const;
type State = keyof typeof STATES;

interface Thresholds {
  /** Whole days: with fewer left a keyset is expiring, or failing. */
  readonly warningDays: number;
  readonly failureDays: number;
}

export interface Judgement {
  readonly id: string;
  readonly keys: readonly Key[];
  readonly state: State;
  readonly forecast: Forecast;
  /** The first instant from now on without a usable key; in the past for an expired keyset, nothing when it never comes. */
  readonly outageAt: Date | undefined;
  /** Whole days until then, rounded down; negative in the past. */
  readonly daysLeft: number | undefined;
}

/** A hand is needed at once: the step fails. */
export const isFailing = ({ state }: Judgement): boolean => STATES[state] === '🔴';

/** A hand is needed soon. */
export const isWarning = ({ state }: Judgement): boolean => STATES[state] === '🟠';

export const needsHand = (judgement: Judgement): boolean => isFailing(judgement) || isWarning(judgement);

/** Judges one keyset by what its keys say of themselves. */
export function judge({ id, keys }: Keyset, thresholds: Thresholds, now: Date): Judgement {
  const future = forecast(keys, now);
  const outageAt = future.gap?.from ?? future.runsOut;
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

/** Worst first; of the same state the one that fails first, then by id. */
export function byUrgency(a: Judgement, b: Judgement): number {
  const rank = ({ state }: Judgement): number => Object.keys(STATES).indexOf(state);
  return compare(rank(a), rank(b)) || compare(outage(a), outage(b)) || compare(a.id, b.id);
}

/** The keyset that fails first, if nobody lends a hand; an expired one has failed already. */
export function firstOutage(judgements: readonly Judgement[]): Judgement | undefined {
  return judgements
    .filter(({ outageAt }) => outageAt !== undefined)
    .toSorted((a, b) => compare(outage(a), outage(b)))[0];
}

const outage = ({ outageAt }: Judgement): number => outageAt?.getTime() ?? Infinity;

const compare = <T extends number | string>(a: T, b: T): number => (a === b ? 0 : a < b ? -1 : 1);
