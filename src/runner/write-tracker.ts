import { isSafeToResend } from '../http/retry.ts';

/** What this run changed in the tenant, and what is not known to have been changed: at any moment, since a run can be cancelled. */
export class WriteTracker {
  readonly #done: string[] = [];
  /** The last write, while it is under way, and until it is known whether it was executed. */
  #inDoubt: string | undefined;

  /** The last write is under way, or ended at least once without saying whether it was executed and was not found since. */
  get inDoubt(): boolean {
    return this.#inDoubt !== undefined;
  }

  /** This run changed something. */
  get hasChanges(): boolean {
    return this.#done.length > 0;
  }

  /**
   * Sends a write once. That an attempt was rejected says nothing about an earlier one that is in doubt.
   *
   * @param what - names the write in a sentence: `the certificate`
   * @throws whatever `send` throws
   */
  async attempt<T>(what: string, send: () => Promise<T>): Promise<T> {
    const before = this.#inDoubt;
    this.#inDoubt = what;
    const result = await send().catch((error: unknown) => {
      if (isSafeToResend(error)) this.#inDoubt = before;
      throw error;
    });
    this.confirm();
    return result;
  }

  /** The last write was accepted, which does not prove it: nothing shows it yet. */
  doubt(): void {
    this.#inDoubt = this.#done.pop();
  }

  /**
   * The write was found in the tenant.
   *
   * @returns whether this run can have made it: one of its attempts was in doubt
   */
  confirm(): boolean {
    if (this.#inDoubt === undefined) return false;
    this.#done.push(this.#inDoubt);
    this.#inDoubt = undefined;
    return true;
  }

  /** One or two sentences for people; `''` as long as nothing was written. */
  describe(): string {
    const changed = [...new Set(this.#done)].join(', ');
    const sentences = [
      changed && `Changed: ${changed}.`,
      this.#inDoubt &&
        `Unknown: ${this.#inDoubt} may have been written. Wait two minutes before running again, so that the next run can detect it.`,
    ];
    return sentences.filter(Boolean).join(' ');
  }
}
