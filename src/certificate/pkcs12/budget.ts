import { ActionError } from '../../shared/action-error.ts';
import { Asn1Error } from '../der.ts';
import { EXPORT_COMMANDS } from '../export.ts';

/** Of PBKDF2, at most 0.6 µs each: below two seconds on one core. Today's tools ask for 1 to 600,000 in one place. */
const MAX_ROUNDS = 2_000_000;

/** Adds up what a file costs before anything of it is computed, and refuses what would keep the runner busy for long. */
export class IterationLimit {
  #left = MAX_ROUNDS;

  /**
   * @param rounds - of PBKDF2, or what takes as long
   * @throws ActionError when the sum is too large, Asn1Error for no number from 1
   */
  consume(rounds: number): void {
    if (!(rounds >= 1)) throw new Asn1Error('names no iteration count');
    this.#left -= rounds;
    if (this.#left < 0) {
      throw new ActionError(
        `it asks for too many rounds of hashing to open: more than ${MAX_ROUNDS.toLocaleString('en')} in all (or 800,000 of PKCS#12's own, which are slower)`,
        { anchor: 'iterations', fix: `Make it again with fewer, such as \`-iter 2048\`: ${EXPORT_COMMANDS.pfx}.` },
      );
    }
  }
}
