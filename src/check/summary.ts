import { type Cell, code, Summary } from '../runner/summary.ts';
import { type Judgement, STATES } from './judge.ts';
import { timeline } from './timeline.ts';
import { describeJudgement } from './words.ts';

/** Rows of the table: more than that nobody reads, and a summary may have one megabyte. */
const MAX_ROWS = 200;

/** One table, worst first, and a timeline of what ends next. */
export async function writeSummary(judgements: readonly Judgement[], now: Date): Promise<void> {
  const counts = Object.entries(STATES).flatMap(([name, mark]) => {
    const count = judgements.filter(({ state }) => state === name).length;
    return count > 0 ? [`${mark} ${count} ${name}`] : [];
  });
  const shown = judgements.slice(0, MAX_ROWS);
  const summary = new Summary()
    .heading('Policy keys of the B2C tenant')
    .paragraph(counts.length > 0 ? counts.join(' · ') : 'There is no keyset to check.')
    .table(['State', 'Keyset', 'What will happen', 'Days left', 'Keys'], shown.map(row));
  const hidden = judgements.length - shown.length;
  if (hidden > 0) summary.paragraph(`${hidden} more keysets, none of them worse: the output report holds them all.`);
  const doubts = shown.flatMap(({ id, forecast }) => forecast.uncertain.map((why) => [code(id), why]));
  if (doubts.length > 0) summary.table(['Keyset', 'Why its forecast is uncertain'], doubts);
  const diagram = timeline(judgements, now);
  if (diagram.length > 0) summary.diagram(diagram);
  await summary.write();
}

function row(judgement: Judgement): Cell[] {
  const { id, state, keys, daysLeft } = judgement;
  const days = daysLeft === undefined ? '' : String(daysLeft);
  // With a no-break space.
  return [`${STATES[state]}\u00a0${state}`, code(id), describeJudgement(judgement), days, String(keys.length)];
}
