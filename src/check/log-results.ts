import { log } from '../runner/log.ts';
import { plural } from '../shared/format.ts';
import { isCritical, isDoubtful, isWarning, type KeysetHealth } from './evaluate.ts';
import { describeHealth, describeTimeLeft } from './messages.ts';

/** The runner shows ten annotations of a level for a step: three warnings may be about the clock, the active keys and the issue. */
const MAX_ANNOTATIONS = 7;

/** Logs every keyset, with an annotation for each that needs attention; those that do not fit are counted. */
export function logResults(results: readonly KeysetHealth[]): void {
  const { error = [], warning = [], info = [] } = Object.groupBy(results, levelOf);
  annotate(error, log.error);
  annotate(warning, log.warning);
  logEach(info, log.info);
}

function levelOf(health: KeysetHealth): 'error' | 'warning' | 'info' {
  if (isCritical(health)) return 'error';
  return isWarning(health) || isDoubtful(health) ? 'warning' : 'info';
}

function annotate(results: readonly KeysetHealth[], print: (line: string) => void): void {
  const shown = results.length > MAX_ANNOTATIONS ? MAX_ANNOTATIONS - 1 : results.length;
  logEach(results.slice(0, shown), print);
  const others = results.slice(shown);
  if (others.length > 0) print(`${plural(others.length, 'more keyset')} need attention; see the step log.`);
  logEach(others, log.info);
}

function logEach(results: readonly KeysetHealth[], print: (line: string) => void): void {
  for (const health of results) {
    const uncertain = health.forecast.uncertain.map((reason) => `Uncertain: ${reason}.`);
    const basis = health.verified === false ? 'By dates only.' : undefined;
    print([health.id, describeHealth(health), describeTimeLeft(health), basis, ...uncertain].filter(Boolean).join(' '));
  }
}
