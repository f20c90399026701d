import type { Clock } from './clock.ts';

/** A limit of requests in a period. */
export interface Throttle {
  requests: number;
  perSeconds: number;
}

/** A token bucket: as many requests at once as a period allows, refilled evenly. */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #perMs: number;
  #tokens: number;
  #filledAt: number;

  constructor({ requests, perSeconds }: Throttle, clock: Clock) {
    this.#clock = clock;
    this.#capacity = requests;
    this.#perMs = requests / (perSeconds * 1000);
    this.#tokens = requests;
    this.#filledAt = clock.now();
  }

  /** Removes a token. Returns 0 when there was one, else the whole seconds until there will be: `Retry-After`. */
  take(): number {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil((1 - this.#tokens) / this.#perMs / 1000);
  }
}
