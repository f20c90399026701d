/**
 * Stands in for the package `undici` in the bundle (tsconfig `paths`): a second HTTP client, 400 KB, that the toolkit loads for
 * downloads and for Octokit's requests. All requests of ours go through `src/http/client.ts`.
 */
export function fetch(): never {
  throw new Error('Requests go through src/http/client.ts.');
}

export function ProxyAgent(): void {
  // The toolkit makes one where a proxy is set, and hands it to `fetch` alone.
}
