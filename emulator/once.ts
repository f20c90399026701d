/** Puts `make` off until it is first wanted, and keeps what it gave for the rest of the process. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
