/** What this run did to the tenant, so that it can tell the truth when it is stopped at any moment. */
export class Writes {
  #inFlight: string | undefined;
  readonly #done: string[] = [];

  /** @param what - names the thing in a sentence: `the certificate` */
  begin(what: string): void {
    this.#inFlight = what;
  }

  /** The write that began is known to have happened. */
  succeeded(): void {
    if (this.#inFlight !== undefined) this.#done.push(this.#inFlight);
    this.#inFlight = undefined;
  }

  /** The write that began is known not to have happened. */
  failed(): void {
    this.#inFlight = undefined;
  }

  /** One sentence about the tenant. */
  describe(): string {
    const done = this.#done.length > 0 ? `Written: ${this.#done.join(', ')}.` : '';
    if (this.#inFlight !== undefined) {
      return `${done} Not known: ${this.#inFlight} may have been written. Run again: a second run finds it.`.trim();
    }
    return done === '' ? 'Nothing was written.' : done;
  }
}
