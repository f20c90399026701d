import { explainTransport, FOREIGN_ANSWER, quote } from '../http/explain.ts';
import { TransportFailure } from '../http/failure.ts';
import { Problem } from '../problem.ts';
import { remedyFor } from './codes.ts';
import { GraphError } from './error.ts';

/**
 * Turns a failure of Graph into words for people, with all that a support ticket needs.
 *
 * @param doing - the step, such as `Reading the keyset B2C_1A_Signing`
 * @returns whatever it is not about unchanged
 */
export function explainGraph(doing: string, error: unknown): unknown {
  if (error instanceof TransportFailure) return explainTransport(doing, error);
  if (!(error instanceof GraphError)) return error;
  const remedy = error.foreign ? FOREIGN_ANSWER : remedyFor(error.code, error.status);
  const details = error.ids.map(([name, value]) => `${name}: ${value}`);
  return new Problem(
    `${doing} failed: ${error.message}. ${quote(error.said)}`,
    { ...remedy, details },
    { cause: error },
  );
}
