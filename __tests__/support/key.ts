import type { Key } from '../../emulator/index.ts';

/** A key that becomes valid and expires so many days from now. */
export function key(start: number, end: number, kid: string, members: Partial<Key> = {}): Partial<Key> {
  return { kid, nbf: inDays(start), exp: inDays(end), ...members };
}

/** Seconds since 1970. Read once: keys with the same days have the same dates. */
const NOW = Math.floor(Date.now() / 1000);

/** Seconds since 1970, so many days from now; an hour later, so that as many whole days are left. */
const inDays = (days: number): number => NOW + days * 86_400 + 3600;
