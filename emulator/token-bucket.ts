/** A token bucket: as many requests at once as a minute allows, refilled evenly. */
export class TokenBucket {
  readonly #capacity: number;
  #tokens: number;
  #filledAt = performance.now();

  constructor(requestsPerMinute: number) {
    this.#capacity = requestsPerMinute;
    this.#tokens = requestsPerMinute;
  }

  /** Takes a token. Returns 0 when there was one, else the whole seconds until there will be: `Retry-After`. */
  take(): number {
    const perMs = this.#capacity / 60_000;
    const now = performance.now();
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#filledAt) * perMs);
    this.#filledAt = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil((1 - this.#tokens) / perMs / 1000);
  }
}
