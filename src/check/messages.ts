import { keyName } from '../keyset/key.ts';
import { rfc3339 } from '../shared/format.ts';
import { type KeysetHealth, needsAttention } from './evaluate.ts';

/**
 * What is wrong with a keyset, or why nothing is: a sentence that continues after its ID. It stays the same from day to day as
 * long as the keyset does.
 */
export function describeHealth(health: KeysetHealth): string {
  const { state, forecast } = health;
  const { active, next, gap, exhaustedAt, presumedDisabled } = forecast;
  if (state === 'empty') return 'contains no keys.';
  if (state === 'no-expiry') return 'contains keys without dates, which never expire.';
  if (state === 'expired' && exhaustedAt) return `expired at ${rfc3339(exhaustedAt)}; policies that use it fail.`;
  if (active === undefined) {
    const until = gap ? ` until ${rfc3339(gap.to)}` : '';
    const why = presumedDisabled.length > 0 ? ', although its dates allow one' : '';
    return `has no active key${until}${why}; policies that use it fail.`;
  }
  const ignored = presumedDisabled.map(keyName).join(', ');
  const why = ignored === '' ? '' : ` Not used by the service, so presumed disabled: ${ignored}.`;
  if (gap)
    return `has no valid key from ${rfc3339(gap.from)} to ${rfc3339(gap.to)}: the next key starts too late.${why}`;
  const expiry = exhaustedAt ? rfc3339(exhaustedAt) : '';
  const takeover = next && `${keyName(next.key)} becomes active at ${rfc3339(next.at)}`;
  if (needsAttention(health))
    return `expires at ${expiry}${takeover ? `, although ${takeover}` : ' and has no successor key'}.${why}`;
  return `${expiry ? `is valid until ${expiry}` : 'never expires'}${takeover ? `: ${takeover}` : ''}.${why}`;
}

/** How much time is left for a keyset that needs attention; undefined if it is too late. */
export function describeTimeLeft(health: KeysetHealth): string | undefined {
  const { daysLeft, forecast } = health;
  if (!needsAttention(health) || forecast.active === undefined) return undefined;
  return daysLeft === 0 ? 'Less than a day left.' : daysLeft === 1 ? 'One day left.' : `${String(daysLeft)} days left.`;
}
