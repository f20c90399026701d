import { type Key, isDisabled, validityOf } from './key.ts';

/**
 * Which key of a keyset is active when.
 *
 * Source of the rules: "Overview of policy keys in Azure AD B2C", https://learn.microsoft.com/azure/active-directory-b2c/policy-keys-overview
 * One key is active at a time: of those that are usable the one that started last. Where Microsoft's words allow two
 * readings the forecast takes the careful one and says why it is uncertain.
 */
export interface Forecast {
  readonly active: Key | undefined;
  /** The next instant at which another key is the active one. */
  readonly next: { readonly key: Key; readonly at: Date } | undefined;
  /** The first stretch from now on in which no key is usable and that a later key ends. */
  readonly gap: { readonly from: Date; readonly to: Date } | undefined;
  /** When the last usable key is gone; in the past for an expired keyset; nothing when that never comes, or no key was ever usable. */
  readonly runsOut: Date | undefined;
  /** Why the above may turn out otherwise; empty when Microsoft's rules leave no doubt. */
  readonly uncertain: readonly string[];
}

/** A stretch of time in which one key, or none, is the active one: until the next phase begins, the last one for ever. */
interface Phase {
  readonly from: Date;
  readonly key: Key | undefined;
}

function isUsable(key: Key, at: Date): boolean {
  const { start, end } = validityOf(key);
  return !isDisabled(key) && (start === undefined || start <= at) && (end === undefined || at < end);
}

/** The later start wins; a key without one ranks last; of equal starts the later end. */
function outranks(a: Key, b: Key): boolean {
  const [first, second] = [validityOf(a), validityOf(b)];
  const [startA, startB] = [first.start?.getTime() ?? -Infinity, second.start?.getTime() ?? -Infinity];
  if (startA !== startB) return startA > startB;
  return (first.end?.getTime() ?? Infinity) > (second.end?.getTime() ?? Infinity);
}

/** The key that is active at an instant by the rule; nothing where none is usable then. */
export function activeAt(keys: readonly Key[], at: Date): Key | undefined {
  return keys
    .filter((key) => isUsable(key, at))
    .reduce<Key | undefined>((best, key) => (best === undefined || outranks(key, best) ? key : best), undefined);
}

/** The whole future, from now on; no two phases in a row have the same key. */
function timeline(keys: readonly Key[], now: Date): Phase[] {
  const edges = keys
    .map(validityOf)
    .flatMap(({ start, end }) => [start, end])
    .filter((edge) => edge !== undefined)
    .filter((edge) => edge > now)
    .sort((a, b) => Number(a) - Number(b));
  return [now, ...edges]
    .map((from) => ({ from, key: activeAt(keys, from) }))
    .filter(({ key }, index, all) => index === 0 || key !== all[index - 1]?.key);
}

/**
 * What becomes of a keyset from now on if nobody touches it.
 *
 * @param service - what the service itself says is active now, where it was asked: it wins over the rule
 */
export function forecast(keys: readonly Key[], now: Date, service?: { readonly active: Key | undefined }): Forecast {
  const phases = timeline(keys, now);
  const byRule = phases[0]?.key;
  const active = service ? service.active : byRule;
  const next = phases.slice(1).find(({ key }) => key !== undefined && key !== active);
  return {
    active,
    next: next?.key && { key: next.key, at: next.from },
    gap: firstGap(phases),
    runsOut: runsOut(keys, phases),
    uncertain: doubts(keys, phases, now, active !== byRule),
  };
}

function firstGap(phases: readonly Phase[]): Forecast['gap'] {
  const index = phases.findIndex(({ key }) => key === undefined);
  const [gap, after] = [phases[index], phases[index + 1]];
  return gap && after && { from: gap.from, to: after.from };
}

function runsOut(keys: readonly Key[], phases: readonly Phase[]): Date | undefined {
  const last = phases.at(-1);
  if (last?.key !== undefined) return undefined;
  return phases.length > 1 ? last?.from : lastEnd(keys);
}

/** When the last key ended of those that were usable once. */
function lastEnd(keys: readonly Key[]): Date | undefined {
  const [last] = keys
    .filter((key) => !isDisabled(key))
    .map(validityOf)
    .flatMap(({ start, end }) => (end !== undefined && (start === undefined || start < end) ? [end] : []))
    .sort((a, b) => Number(b) - Number(a));
  return last;
}

/** Where Microsoft's words allow another outcome than the one forecast. */
function doubts(keys: readonly Key[], phases: readonly Phase[], now: Date, serviceDisagrees: boolean): string[] {
  const ahead = keys
    .filter((key) => !isDisabled(key))
    .map(validityOf)
    .filter(({ end }) => end === undefined || second(end) >= second(now));
  const starts = ahead.map(({ start }) => start && second(start));
  const dated = starts.filter((start) => start !== undefined);
  const edges = [...dated, ...ahead.map(({ end }) => end && second(end))];
  const doubt: [boolean, string][] = [
    [serviceDisagrees, 'the service names another active key than its documented rule'],
    [
      dated.length > 0 && dated.length < starts.length,
      'keys with and without a start are mixed, and the documentation allows two orders of them',
    ],
    [new Set(dated).size < dated.length, 'two keys start at the same instant'],
    [phases.some(fallsBack), 'an older key would have to take over again when a newer one ends'],
    [ahead.some(({ endsDisagree }) => endsDisagree), "a key's own expiry differs from its certificate's"],
    [edges.includes(second(now)), 'a key starts or ends this very second'],
  ];
  return doubt.filter(([holds]) => holds).map(([, why]) => why);
}

/** Seconds since 1970: the service counts in whole ones. */
const second = (instant: Date): number => Math.floor(instant.getTime() / 1000);

/** Whether at this phase a key takes over that started before the one it replaces. */
function fallsBack({ key }: Phase, index: number, phases: readonly Phase[]): boolean {
  const before = phases[index - 1]?.key;
  return before !== undefined && key !== undefined && outranks(before, key);
}

/**
 * The first instant from now on at which this key is the active one: now itself when it is active already.
 *
 * @returns nothing when that never comes
 */
export function takesOverAt(keys: readonly Key[], key: Key, now: Date): Date | undefined {
  return timeline(keys, now).find((phase) => phase.key === key)?.from;
}
