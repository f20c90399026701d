import type { HttpClient } from '../../src/http/client.ts';

/** A client whose every request fails with this error: what a fault of the program itself looks like. */
export const clientThatFails = (fault: Error): HttpClient => ({
  clock: { now: () => 0, random: () => 0, sleep: () => Promise.resolve() },
  pipeline: { sendRequest: () => Promise.reject(fault) },
  retry: (attempt) => attempt(),
  send: () => Promise.reject(fault),
});
