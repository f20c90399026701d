/**
 * Replaces the package `undici` in the bundle (tsconfig `paths`): a second HTTP client, 400 KB, that the toolkit loads for downloads
 * and for Octokit's requests. All our requests are made by `src/http/client.ts`.
 */
export function fetch(): never {
  throw new Error('Requests are made by src/http/client.ts.');
}

export function ProxyAgent(): void {
  // The toolkit makes one where a proxy is set, and passes it only to `fetch`.
}
