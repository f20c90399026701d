import { certainlyNotDone } from '../http/retry.ts';
import type { Writes } from '../runner/writes.ts';

/** One write, which may take several tries, and what is known of it at every moment. */
export class Account<T> {
  readonly #what: string;
  readonly #writes: Writes;
  readonly #send: () => Promise<T>;
  #unclear = false;

  /**
   * @param what - names the thing in a sentence: `the certificate`
   * @param send - sends it once
   */
  constructor(what: string, writes: Writes, send: () => Promise<T>) {
    this.#what = what;
    this.#writes = writes;
    this.#send = send;
  }

  /** A try ended without saying whether it was carried out. */
  get unclear(): boolean {
    return this.#unclear;
  }

  /**
   * Sends once. A refusal tells that this try wrote nothing, and nothing about an earlier one that was unclear.
   *
   * @throws whatever `send` throws
   */
  async attempt(): Promise<T> {
    this.#writes.begin(this.#what);
    try {
      const result = await this.#send();
      this.#writes.succeeded();
      return result;
    } catch (error) {
      this.#unclear ||= !certainlyNotDone(error);
      if (!this.#unclear) this.#writes.failed();
      throw error;
    }
  }

  /** The thing was found written. */
  found(): void {
    if (this.#unclear) this.#writes.succeeded();
  }
}
