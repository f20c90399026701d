import { type Key, type Keyset, validityOf } from '../keyset/key.ts';
import {
  type Forecast,
  forecast,
  isUnused,
  SERVICE_DISAGREES,
  type ServiceView,
  UNREADABLE_DATE,
} from '../keyset/rollover.ts';
import { daysUntil } from '../shared/format.ts';
import type { CheckInputs } from './inputs.ts';

/** What a state means for the step: it fails, warns, or does neither; `neutral` for keysets that never expire. */
type Severity = 'failure' | 'warning' | 'healthy' | 'neutral';

/** From worst to best. */
export const SEVERITIES = {
  expired: 'failure',
  'no-active-key': 'failure',
  critical: 'failure',
  'upcoming-gap': 'warning',
  expiring: 'warning',
  healthy: 'healthy',
  'no-expiry': 'neutral',
  empty: 'neutral',
} as const satisfies Record<string, Severity>;
type State = keyof typeof SEVERITIES;

/** How keysets are evaluated: an empty keyset among the IDs is a failure. */
type Criteria = Pick<CheckInputs, 'warningDays' | 'failureDays' | 'keysetIds'>;

/** A keyset and its evaluation. */
export interface KeysetHealth extends Keyset {
  readonly state: State;
  readonly severity: Severity;
  readonly forecast: Forecast;
  /** Whether the service's active key agrees; false where it rests on dates only, undefined where it was not asked. */
  readonly verified: boolean | undefined;
  /** The first instant from now on without an active key; in the past for an expired keyset, undefined when that never happens. */
  readonly outageAt: Date | undefined;
  /** Whole days until then, rounded down; negative in the past. */
  readonly daysLeft: number | undefined;
}

/** Attention is needed at once: the step fails. */
export const isCritical = ({ severity }: KeysetHealth): boolean => severity === 'failure';

/** Attention is needed at once or soon. */
export const needsAttention = ({ severity }: KeysetHealth): boolean => severity === 'failure' || severity === 'warning';

/** A forecast that somebody should look at, whatever the state is. */
export const isDoubtful = ({ forecast: { uncertain } }: KeysetHealth): boolean =>
  uncertain.some((reason) => reason === SERVICE_DISAGREES || reason === UNREADABLE_DATE);

/**
 * Evaluates one keyset by the dates of its keys and by what the service says.
 *
 * @param service - undefined if it was not asked; where nothing explains what it says, dates decide and the forecast is uncertain
 */
export function evaluate(
  { id, keys }: Keyset,
  criteria: Criteria,
  now: Date,
  service?: ServiceView | 'unavailable',
): KeysetHealth {
  const view = service === 'unavailable' ? undefined : service;
  const byService = forecast(keys, now, view);
  const { uncertain } = byService;
  const isUnexplained = uncertain.includes(SERVICE_DISAGREES);
  const future = isUnexplained ? forecast(keys, now) : byService;
  const endsAt = future.gap?.from ?? future.exhaustedAt;
  const state = stateOf(keys, future, endsAt && daysUntil(endsAt, now), criteria);
  const outageAt = state === 'no-active-key' ? now : endsAt;
  const isMissed = state === 'empty' && criteria.keysetIds.some((other) => other.toLowerCase() === id.toLowerCase());
  return {
    id,
    keys,
    state,
    severity: isMissed ? 'failure' : SEVERITIES[state],
    forecast: { ...future, uncertain },
    verified: service === undefined ? undefined : view !== undefined && !isUnexplained,
    outageAt,
    daysLeft: outageAt && daysUntil(outageAt, now),
  };
}

function stateOf(
  keys: readonly Key[],
  future: Forecast,
  daysLeft: number | undefined,
  { warningDays, failureDays }: Criteria,
): State {
  if (keys.length === 0) return 'empty';
  const { active, gap, exhaustedAt } = future;
  const hasExpired = gap === undefined && exhaustedAt !== undefined && !isUnused(future);
  if (active === undefined) return hasExpired ? 'expired' : 'no-active-key';
  if (keys.map(validityOf).every(({ start, end }) => start === undefined && end === undefined)) return 'no-expiry';
  if (daysLeft === undefined) return 'healthy';
  if (daysLeft < failureDays) return 'critical';
  if (gap) return 'upcoming-gap';
  return daysLeft < Math.max(warningDays, failureDays) ? 'expiring' : 'healthy';
}

/** Worst first; of the same state the one whose outage comes first, then by ID. */
export function bySeverity(a: KeysetHealth, b: KeysetHealth): number {
  const rank = ({ state, severity }: KeysetHealth): number =>
    severity === 'failure' && state === 'empty' ? -1 : Object.keys(SEVERITIES).indexOf(state);
  return compare(rank(a), rank(b)) || byOutage(a, b) || compare(a.id, b.id);
}

/** The one whose outage comes first, if nobody changes anything; an expired one before all others, those without an outage last. */
export const byOutage = (a: KeysetHealth, b: KeysetHealth): number => compare(outageTime(a), outageTime(b));

const outageTime = ({ outageAt }: KeysetHealth): number => outageAt?.getTime() ?? Infinity;

const compare = <T extends number | string>(a: T, b: T): number => (a === b ? 0 : a < b ? -1 : 1);
