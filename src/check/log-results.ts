import { log } from '../runner/log.ts';
import { isCritical, isWarning, type KeysetHealth, needsAttention } from './evaluate.ts';
import { describeHealth, describeTimeLeft } from './messages.ts';

/** The runner shows ten annotations of a level for a step. One error is the step's own, one warning may be the issue's. */
const MAX_ANNOTATIONS = 9;

/** Logs every keyset, with an annotation for each that needs attention; those that do not fit are counted. */
export function logResults(results: readonly KeysetHealth[]): void {
  annotate(results.filter(isCritical), (line) => {
    log.error([line]);
  });
  annotate(results.filter(isWarning), log.warning);
  logEach(
    results.filter((health) => !needsAttention(health)),
    log.info,
  );
}

function annotate(results: readonly KeysetHealth[], print: (line: string) => void): void {
  const shown = results.length > MAX_ANNOTATIONS ? MAX_ANNOTATIONS - 1 : results.length;
  logEach(results.slice(0, shown), print);
  const others = results.slice(shown);
  if (others.length > 0) print(`${others.length} more keysets need attention; see the step log.`);
  logEach(others, log.info);
}

function logEach(results: readonly KeysetHealth[], print: (line: string) => void): void {
  for (const health of results) {
    const uncertain = health.forecast.uncertain.map((reason) => `Uncertain: ${reason}.`);
    print([health.id, describeHealth(health), describeTimeLeft(health), ...uncertain].filter(Boolean).join(' '));
  }
}
