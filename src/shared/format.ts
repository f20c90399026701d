import type { Key } from '../keyset/key.ts';

/** RFC 3339 in UTC, to the second. */
export const rfc3339 = (instant: Date): string => instant.toISOString().replace(/\.\d{3}Z$/, 'Z');

/** A key as sentences call it. */
export const nameOf = (key: Key): string => `key ${key.kid ?? '(without kid)'}`;
