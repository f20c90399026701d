import type { Clock } from './retry.ts';

const WINDOW_MS = 60_000;
const REQUESTS_AT_ONCE = 4;

/** Keeps many requests below a limit: so many in any minute, four at once, and none while the service asks for a pause. */
export class Pacer {
  readonly #clock: Clock;
  readonly #perMinute: number;
  /** When the latest requests began, oldest first. */
  readonly #begun: number[] = [];
  #pausedUntil = 0;

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /** Calls `send` for every item, in their order, four at a time. */
  async forEach<T>(items: readonly T[], send: (item: T) => Promise<void>): Promise<void> {
    const queue = items.values();
    const work = async (): Promise<void> => {
      for (const item of queue) await send(item);
    };
    await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work));
  }

  /** Resolves when the next request may be sent. */
  async turn(): Promise<void> {
    for (;;) {
      const now = this.#clock.now();
      const earliest = (this.#begun.at(-this.#perMinute) ?? -Infinity) + WINDOW_MS;
      const wait = Math.max(this.#pausedUntil, earliest) - now;
      if (wait <= 0) break;
      await this.#clock.sleep(wait);
    }
    this.#begun.push(this.#clock.now());
  }

  /** No request begins for so many milliseconds; a minute at most, as a retry waits no longer either. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + Math.min(ms, WINDOW_MS));
  }
}
