import { log } from '../runner/log.ts';
import { isFailing, isWarning, type Judgement, needsHand } from './judge.ts';
import { describeJudgement, describeTimeLeft } from './words.ts';

/** The runner shows ten annotations of a kind for a step. One of the errors is the step's own, one of the warnings may be the issue's. */
const MAX_ANNOTATIONS = 9;

/** Tells in the log how each keyset is, with an annotation for each that needs a hand; those that do not fit are counted. */
export function announce(judgements: readonly Judgement[]): void {
  annotate(judgements.filter(isFailing), (line) => {
    log.error([line]);
  });
  annotate(judgements.filter(isWarning), log.warning);
  tell(
    judgements.filter((judgement) => !needsHand(judgement)),
    log.info,
  );
}

function annotate(judgements: readonly Judgement[], print: (line: string) => void): void {
  const shown = judgements.length > MAX_ANNOTATIONS ? MAX_ANNOTATIONS - 1 : judgements.length;
  tell(judgements.slice(0, shown), print);
  const others = judgements.slice(shown);
  if (others.length > 0) print(`${others.length} more keysets need a hand: the log of this step names them.`);
  tell(others, log.info);
}

function tell(judgements: readonly Judgement[], print: (line: string) => void): void {
  for (const judgement of judgements) {
    const doubts = judgement.forecast.uncertain.map((why) => `Uncertain: ${why}.`);
    print(
      [judgement.id, describeJudgement(judgement), describeTimeLeft(judgement), ...doubts].filter(Boolean).join(' '),
    );
  }
}
