export const MS_PER_DAY = 86_400_000;

/** RFC 3339 in UTC, to the second: the only way in which an instant is printed. */
export const rfc3339 = (instant: Date): string => instant.toISOString().replace(/\.\d{3}Z$/, 'Z');

/** Whole days from `now` until an instant, rounded down; negative when it has passed. */
export const daysUntil = (instant: Date, now: Date): number =>
  Math.floor((instant.getTime() - now.getTime()) / MS_PER_DAY);

/** A text at the beginning of a sentence. */
export const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A number with its noun: `1 keyset`, `2 keysets`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
