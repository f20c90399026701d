import { explainTransport, FOREIGN_ANSWER, quote } from '../http/explain.ts';
import { TransportFailure } from '../http/failure.ts';
import { ActionError } from '../shared/action-error.ts';
import { remediationFor } from './codes.ts';
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
  const remediation = error.foreign ? FOREIGN_ANSWER : remediationFor(error.code, error.status);
  const details = error.ids.map(([name, value]) => `${name}: ${value}`);
  return new ActionError(
    `${doing} failed: ${error.message}. ${quote(error.said)}`,
    { ...remediation, details },
    { cause: error },
  );
}
