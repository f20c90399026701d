import type { Key } from '../keyset/key.ts';
import { rfc3339 } from '../shared/format.ts';
import { type Judgement, needsHand } from './judge.ts';

const name = ({ kid }: Key): string => (kid === undefined ? 'a key without kid' : `key ${kid}`);

/**
 * What is the matter with a keyset, or why nothing is: the sentence goes on after its id. It stays the same from day to day as
 * long as the picture does.
 */
export function describeJudgement(judgement: Judgement): string {
  const { state, forecast, outageAt } = judgement;
  const { active, next, gap, runsOut } = forecast;
  if (state === 'empty') return 'holds no key.';
  if (state === 'no dates') return 'holds keys without dates: they never expire.';
  if (active === undefined) {
    const since = outageAt ? ` since ${rfc3339(outageAt)}` : '';
    return `has no usable key${gap ? ` until ${rfc3339(gap.to)}` : since}: policies that use it fail.`;
  }
  if (gap) return `has no usable key from ${rfc3339(gap.from)} to ${rfc3339(gap.to)}: the next key starts too late.`;
  const last = runsOut ? rfc3339(runsOut) : '';
  if (needsHand(judgement)) return `runs out at ${last}, and no key follows.`;
  const successor = next ? `: ${name(next.key)} takes over at ${rfc3339(next.at)}` : '';
  return `${last ? `lasts until ${last}` : 'never runs out'}${successor}.`;
}

/** How much time is left for a keyset that needs a hand; nothing where it is too late. */
export function describeTimeLeft(judgement: Judgement): string | undefined {
  const { daysLeft, forecast } = judgement;
  if (!needsHand(judgement) || forecast.active === undefined) return undefined;
  return daysLeft === 0 ? 'Less than a day left.' : daysLeft === 1 ? 'One day left.' : `${String(daysLeft)} days left.`;
}
