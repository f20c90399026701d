/**
 * The emulator's clock. A client that skips the time in which it only waits reports with each request how much it has skipped,
 * and the clock advances by as much: a delay of the service is over when its clients have waited for so long. The waiting of several
 * clients adds up.
 */
export class Clock {
  /** What each client has skipped so far. */
  readonly #skippedMs = new Map<string, number>();
  #scheduled: { due: number; run: () => Promise<unknown> }[] = [];
  /** The instant of what is being carried out, which may be earlier than the request that it has to precede. */
  #instant: number | undefined;

  /** Milliseconds since 1970, including what was skipped. */
  now(): number {
    return this.#instant ?? Date.now() + [...this.#skippedMs.values()].reduce((sum, ms) => sum + ms, 0);
  }

  /** Records how many milliseconds a client has skipped so far. */
  follow(client: string, skippedMs: number): void {
    this.#skippedMs.set(client, skippedMs);
  }

  /** Has `run` carried out in so many milliseconds: before the first request that comes after them. */
  schedule(ms: number, run: () => Promise<unknown>): void {
    this.#scheduled.push({ due: this.now() + ms, run });
  }

  /** Carries out what is due by now, or by an instant in milliseconds since 1970; in order. */
  async runDue(instant = this.now()): Promise<void> {
    const due = this.#scheduled.filter((one) => one.due <= instant).toSorted((a, b) => a.due - b.due);
    this.#scheduled = this.#scheduled.filter((one) => one.due > instant);
    for (const one of due) {
      this.#instant = one.due;
      await one.run();
    }
    this.#instant = undefined;
  }
}
