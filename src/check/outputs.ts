import { setOutputs } from '../runner/outputs.ts';
import { firstOutage, type Judgement, needsHand } from './judge.ts';
import { rfc3339 } from '../shared/format.ts';

/** Sets the outputs of check/action.yml. */
export function setCheckOutputs(judgements: readonly Judgement[], issueNumber: number | undefined, now: Date): void {
  const first = firstOutage(judgements);
  const healthy = !judgements.some(needsHand);
  setOutputs({
    healthy,
    'next-expiry': first?.outageAt ? rfc3339(first.outageAt) : '',
    'days-remaining': first?.daysLeft ?? '',
    report: JSON.stringify({
      version: 1,
      checkedAt: rfc3339(now),
      healthy,
      keysets: judgements.map(toReport),
    }),
    'issue-number': issueNumber ?? '',
  });
}

/** The shape that docs/check.md describes; a change that breaks a reader raises the version. */
function toReport({ id, keys, state, forecast, outageAt, daysLeft }: Judgement): object {
  const { active, next, gap, runsOut, uncertain } = forecast;
  return {
    id,
    state,
    keys: keys.length,
    outageAt: outageAt ? rfc3339(outageAt) : null,
    daysRemaining: daysLeft ?? null,
    activeKid: active?.kid ?? null,
    next: next ? { kid: next.key.kid ?? null, at: rfc3339(next.at) } : null,
    gap: gap ? { from: rfc3339(gap.from), to: rfc3339(gap.to) } : null,
    runsOut: runsOut ? rfc3339(runsOut) : null,
    uncertain,
  };
}
