import { type Cell, code, jobSummary, setOutputs } from '../runner/summary.ts';
import { rfc3339 } from '../shared/format.ts';
import { firstOutage, type KeysetHealth, needsAttention, SEVERITIES } from './evaluate.ts';
import { describeHealth } from './messages.ts';
import { timeline } from './timeline.ts';

/** Rows of the table: nobody reads more, and a summary may have one megabyte. */
const MAX_ROWS = 200;

const ICONS = { failure: '🔴', warning: '🟠', healthy: '🟢', neutral: '⚪' } as const;

/** Sets the outputs of check/action.yml. */
export function setCheckOutputs(results: readonly KeysetHealth[], issueNumber: number | undefined, now: Date): void {
  const first = firstOutage(results);
  const healthy = !results.some(needsAttention);
  setOutputs({
    healthy,
    'next-expiry': first?.outageAt ? rfc3339(first.outageAt) : '',
    'days-remaining': first?.daysLeft ?? '',
    report: JSON.stringify({
      version: 1,
      checkedAt: rfc3339(now),
      healthy,
      keysets: results.map(toReport),
    }),
    'issue-number': issueNumber ?? '',
  });
}

/** The format that docs/check.md describes; an incompatible change raises the version. */
function toReport({ id, keys, state, forecast, outageAt, daysLeft }: KeysetHealth): object {
  const { active, next, gap, exhaustedAt, uncertain } = forecast;
  return {
    id,
    state,
    keys: keys.length,
    outageAt: outageAt ? rfc3339(outageAt) : null,
    daysRemaining: daysLeft ?? null,
    activeKid: active?.kid ?? null,
    next: next ? { kid: next.key.kid ?? null, at: rfc3339(next.at) } : null,
    gap: gap ? { from: rfc3339(gap.from), to: rfc3339(gap.to) } : null,
    runsOut: exhaustedAt ? rfc3339(exhaustedAt) : null,
    uncertain,
  };
}

/** One table, worst first, and a timeline of what expires next. */
export async function writeSummary(results: readonly KeysetHealth[], now: Date): Promise<void> {
  const counts = Object.entries(SEVERITIES).flatMap(([name, severity]) => {
    const count = results.filter(({ state }) => state === name).length;
    return count > 0 ? [`${ICONS[severity]} ${count} ${name}`] : [];
  });
  const shown = results.slice(0, MAX_ROWS);
  jobSummary.heading('Policy keys of the B2C tenant');
  jobSummary.paragraph(counts.length > 0 ? counts.join(' · ') : 'No keysets to check.');
  jobSummary.table(['State', 'Keyset', 'Outlook', 'Days left', 'Keys'], shown.map(toRow));
  const hidden = results.length - shown.length;
  if (hidden > 0) jobSummary.paragraph(`${hidden} more keysets of equal or lower severity; see the output \`report\`.`);
  const uncertain = shown.flatMap(({ id, forecast }) => forecast.uncertain.map((reason) => [code(id), reason]));
  if (uncertain.length > 0) jobSummary.table(['Keyset', 'Why its forecast is uncertain'], uncertain);
  const diagram = timeline(results, now);
  if (diagram.length > 0) jobSummary.diagram(diagram);
  await jobSummary.write();
}

function toRow(health: KeysetHealth): Cell[] {
  const { id, state, keys, daysLeft } = health;
  // With a no-break space.
  const label = `${ICONS[SEVERITIES[state]]}\u00a0${state}`;
  return [label, code(id), describeHealth(health), daysLeft === undefined ? '' : String(daysLeft), String(keys.length)];
}
