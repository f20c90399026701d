import { log } from '../runner/log.ts';
import { type Cell, code, jobSummary, setOutputs } from '../runner/summary.ts';
import { isCharted } from '../runner/timeline.ts';
import { plural, rfc3339 } from '../shared/format.ts';
import { byOutage, isCritical, isDoubtful, type KeysetHealth, needsAttention } from './evaluate.ts';
import { describeHealth, describeTimeLeft } from './messages.ts';

/** The runner shows ten annotations of a level for a step: three warnings may be about the clock, the active keys and the issue. */
const MAX_ANNOTATIONS = 7;
/** Rows of the table: nobody reads more, and a summary may have one megabyte. */
const MAX_ROWS = 200;

const ICONS = { failure: '🔴', warning: '🟠', healthy: '🟢', neutral: '⚪' } as const;

/** Logs every keyset, with an annotation for each that needs attention; those that do not fit are counted. */
export function logResults(results: readonly KeysetHealth[]): void {
  const { error = [], warning = [], info = [] } = Object.groupBy(results, levelOf);
  annotate(error, log.error);
  annotate(warning, log.warning);
  logEach(info, log.info);
}

function levelOf(health: KeysetHealth): 'error' | 'warning' | 'info' {
  if (isCritical(health)) return 'error';
  return needsAttention(health) || isDoubtful(health) ? 'warning' : 'info';
}

function annotate(results: readonly KeysetHealth[], print: (line: string) => void): void {
  const shown = results.length > MAX_ANNOTATIONS ? MAX_ANNOTATIONS - 1 : results.length;
  logEach(results.slice(0, shown), print);
  const others = results.slice(shown);
  if (others.length > 0) print(`${plural(others.length, 'more keyset')}; see the step log.`);
  logEach(others, log.info);
}

function logEach(results: readonly KeysetHealth[], print: (line: string) => void): void {
  for (const health of results) {
    const uncertain = health.forecast.uncertain.map((reason) => `Uncertain: ${reason}.`);
    const basis = health.verified === false ? 'By dates only.' : undefined;
    print([health.id, describeHealth(health), describeTimeLeft(health), basis, ...uncertain].filter(Boolean).join(' '));
  }
}

/** Sets the outputs of check/action.yml. */
export function setCheckOutputs(results: readonly KeysetHealth[], issueNumber: number | undefined, now: Date): void {
  const [first] = results.toSorted(byOutage);
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
function toReport({ id, keys, state, forecast, verified, outageAt, daysLeft }: KeysetHealth): object {
  const { active, next, gap, exhaustedAt, presumedDisabled, uncertain } = forecast;
  return {
    id,
    state,
    keys: keys.length,
    outageAt: outageAt ? rfc3339(outageAt) : null,
    daysRemaining: daysLeft ?? null,
    activeKid: active?.kid ?? null,
    activeKeyVerified: verified ?? null,
    next: next ? { kid: next.key.kid ?? null, at: rfc3339(next.at) } : null,
    gap: gap ? { from: rfc3339(gap.from), to: rfc3339(gap.to) } : null,
    expiresAt: exhaustedAt ? rfc3339(exhaustedAt) : null,
    presumedDisabled: presumedDisabled.map(({ kid }) => kid),
    uncertain,
  };
}

/** One table, worst first, and a timeline of what has expired or expires next. */
export async function writeSummary(results: readonly KeysetHealth[], tenantId: string, now: Date): Promise<void> {
  const groups = Map.groupBy(results, ({ state, severity }) => `${ICONS[severity]} # ${state}`);
  const counts = [...groups].map(([name, group]) => name.replace('#', String(group.length)));
  const shown = results.slice(0, MAX_ROWS);
  jobSummary.heading(`Azure AD B2C policy keys of ${tenantId}`);
  jobSummary.paragraph(counts.length > 0 ? counts.join(' · ') : 'No keysets to check.');
  jobSummary.table(['State', 'Keyset', 'Outlook', 'Days left', 'Keys'], shown.map(toRow));
  const hidden = results.length - shown.length;
  if (hidden > 0)
    jobSummary.paragraph(`${plural(hidden, 'more keyset')} of equal or lower severity; see the output \`report\`.`);
  const uncertain = shown.flatMap(({ id, forecast }) => forecast.uncertain.map((reason) => [code(id), reason]));
  if (uncertain.length > 0) jobSummary.table(['Keyset', 'Why its forecast is uncertain'], uncertain);
  jobSummary.timeline(
    results.filter(({ outageAt }) => isCharted(outageAt, now)),
    now,
  );
  await jobSummary.write();
}

function toRow(health: KeysetHealth): Cell[] {
  const { id, state, severity, keys, daysLeft, verified } = health;
  // With no-break spaces and hyphens, so that a state stays in one line.
  const label = `${ICONS[severity]}\u00a0${state.replaceAll('-', '\u2011')}`;
  const outlook = `${describeHealth(health)}${verified === false ? ' (By dates only.)' : ''}`;
  return [label, code(id), outlook, daysLeft === undefined ? '' : String(daysLeft), String(keys.length)];
}
