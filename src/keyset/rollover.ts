import { isDisabled, isEnabled, type Key, validityOf } from './key.ts';
import { isSameKey } from './match.ts';

/**
 * Which key of a keyset is active when.
 *
 * Source of the rules: "Overview of policy keys in Azure AD B2C", https://learn.microsoft.com/azure/active-directory-b2c/policy-keys-overview
 * One key is active at a time: of the usable ones, the one that started last. Where Microsoft's words allow two readings, the
 * forecast uses the careful one and says why it is uncertain.
 */
export interface Forecast {
  readonly active: Key | undefined;
  /** The next instant at which another key is active. */
  readonly next: { readonly key: Key; readonly at: Date } | undefined;
  /** The first period from now on without a usable key, if a later key ends it. */
  readonly gap: { readonly from: Date; readonly to: Date } | undefined;
  /** When the last usable key expires; in the past for an expired keyset; undefined if that never happens, or no key was ever usable. */
  readonly exhaustedAt: Date | undefined;
  /** Keys that count as disabled, since the service prefers another one and nothing but a hidden status explains it. */
  readonly presumedDisabled: readonly Key[];
  /** Why the above may turn out otherwise; empty when Microsoft's rules leave no doubt. */
  readonly uncertain: readonly string[];
}

/** What the service itself says: it counts more than the rule. */
export interface ServiceView {
  /** As the service showed it when it was asked; undefined if it reports that none is active. */
  readonly active: Key | undefined;
  /** How far the service's present may be from the forecast's. */
  readonly toleranceMs?: number;
}

/** A period in which one key, or none, is active: until the next interval begins; the last one forever. */
interface ActiveInterval {
  readonly from: Date;
  readonly key: Key | undefined;
}

/** Why a forecast is uncertain: nothing explains the service's active key. */
export const SERVICE_DISAGREES = 'the service reports another active key than the documented rule predicts';

/** Why a forecast is uncertain: an expiry may be hidden in it. */
export const UNREADABLE_DATE = 'a key has an unreadable date, which is treated as missing';

/** Closer to a takeover than this, the service and this rule may disagree. */
const TAKEOVER_TOLERANCE_MS = 60_000;

/** The dates allow an active key, and the service uses none. */
export const isUnused = ({ active, presumedDisabled }: Forecast): boolean =>
  active === undefined && presumedDisabled.length > 0;

/** The future of a keyset that nobody changes. */
export function forecast(keys: readonly Key[], now: Date, service?: ServiceView): Forecast {
  const view = service && { ...service, active: keyAmong(keys, service.active, now) };
  const presumedDisabled = new Set(view ? presumeDisabled(keys, now, view) : []);
  const counted = keys.filter((key) => !presumedDisabled.has(key));
  const intervals = activeIntervals(counted, now);
  const byRule = intervals[0]?.key;
  const active = view ? view.active : byRule;
  const next = intervals.slice(1).find(({ key }) => key !== undefined && key !== active);
  return {
    active,
    next: next?.key && { key: next.key, at: next.from },
    gap: firstGap(intervals),
    exhaustedAt: exhaustedAt(counted, intervals),
    presumedDisabled: [...presumedDisabled],
    uncertain: [...(isAgreement(active, byRule) ? [] : [SERVICE_DISAGREES]), ...ambiguities(counted, intervals, now)],
  };
}

const isAgreement = (active: Key | undefined, byRule: Key | undefined): boolean =>
  active === byRule || (active !== undefined && byRule !== undefined && areCopies(toSpan(active), toSpan(byRule)));

/**
 * The listed key that the service means: of several that it can mean, the usable one that the rule prefers; the service's own
 * object where none is listed.
 */
function keyAmong(keys: readonly Key[], active: Key | undefined, now: Date): Key | undefined {
  if (active === undefined || keys.includes(active)) return active;
  const same = keys.filter((key) => isSameKey(key, active));
  return usableAt(now, enabledSpans(same))[0]?.key ?? same[0] ?? active;
}

/**
 * The first instant from now on at which this key is active: now itself when it is active already.
 *
 * @returns undefined if it never is
 */
export function activeFrom(keys: readonly Key[], key: Key, now: Date): Date | undefined {
  return activeIntervals(keys, now).find((interval) => interval.key === key)?.from;
}

/**
 * The keys that the rule prefers to the service's active key. A hidden status explains that, unless the documented rule does not
 * decide between it and them (the same start, an active key without one), another key shares its kid, a takeover is near, or the
 * service shows that they are enabled. That none is active says nothing about their order, so it is in doubt only for the last two
 * reasons.
 */
function presumeDisabled(keys: readonly Key[], now: Date, { active, toleranceMs = 0 }: ServiceView): readonly Key[] {
  const enabled = enabledSpans(keys);
  const usable = usableAt(now, enabled);
  const own = usable.find(({ key }) => key === active);
  if (active !== undefined && own === undefined) return [];
  const presumed = own ? usable.slice(0, usable.indexOf(own)).filter((other) => !areCopies(other, own)) : usable;

  const tolerance = Math.max(toleranceMs, TAKEOVER_TOLERANCE_MS);
  const isNear = (edge: number): boolean => Math.abs(edge - now.getTime()) <= tolerance;
  const isOrderUndecided =
    own !== undefined &&
    (own.start === -Infinity ||
      presumed.some(({ start }) => toSecond(start) === toSecond(own.start)) ||
      usable.some((other) => isNamesake(other, own)));
  const isUndecided =
    isOrderUndecided ||
    enabled.some(({ start, end }) => isNear(start) || isNear(end)) ||
    presumed.some(({ key }) => isEnabled(key));
  return isUndecided ? [] : presumed.map(({ key }) => key);
}

/** Whether two keys share a kid, but not their dates: a bare kid does not say which one is meant. */
const isNamesake = (a: Span, b: Span): boolean =>
  a.key.kid !== undefined && a.key.kid === b.key.kid && !hasSameDates(a, b);

/** Whether two keys were made from the same certificate: which of them is active makes no difference. */
const areCopies = (a: Span, b: Span): boolean =>
  hasSameDates(a, b) && b.key.x5c[0] !== undefined && a.key.x5c[0]?.equals(b.key.x5c[0]) === true;

const hasSameDates = (a: Span, b: Span): boolean => a.start === b.start && a.end === b.end;

/** A key with its validity in milliseconds since 1970. */
type Span = ReturnType<typeof toSpan>;

const toSpan = (key: Key) => {
  const { start, end } = validityOf(key);
  return { key, start: start?.getTime() ?? -Infinity, end: end?.getTime() ?? Infinity };
};

/** Of all keys but the disabled ones. */
const enabledSpans = (keys: readonly Key[]): Span[] => keys.filter((key) => !isDisabled(key)).map(toSpan);

/** Those that are valid at an instant, in the order of their precedence. */
const usableAt = (at: Date, spans: readonly Span[]): Span[] =>
  spans.filter(({ start, end }) => start <= at.getTime() && at.getTime() < end).sort((a, b) => byPrecedence(b, a));

/** Negative when `b` takes precedence: the later start, a key without one last; of equal starts the later end. */
const byPrecedence = (a: Span, b: Span): number => compare(a.start, b.start) || compare(a.end, b.end);

const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/**
 * The whole future from now on; no two intervals in a row have the same key. Keys join a stack in the order of their starts,
 * which is the order of precedence, and leave its top when they end: whatever is on top is active.
 */
function activeIntervals(keys: readonly Key[], now: Date): ActiveInterval[] {
  const waiting = enabledSpans(keys)
    // Of two alike the first in the list counts: it has to come to lie on top.
    .toReversed()
    .sort(byPrecedence);
  const edges = waiting.flatMap(({ start, end }) => [start, end]).filter((edge) => edge > now.getTime());
  const stack: Span[] = [];
  const intervals: ActiveInterval[] = [];
  let joined = 0;
  for (const at of [now.getTime(), ...new Set(edges.filter(Number.isFinite).sort(compare))]) {
    for (let span = waiting[joined]; span && span.start <= at; span = waiting[++joined]) stack.push(span);
    while ((stack.at(-1)?.end ?? Infinity) <= at) stack.pop();
    const key = stack.at(-1)?.key;
    if (intervals.length === 0 || intervals.at(-1)?.key !== key) intervals.push({ from: new Date(at), key });
  }
  return intervals;
}

function firstGap(intervals: readonly ActiveInterval[]): Forecast['gap'] {
  const index = intervals.findIndex(({ key }) => key === undefined);
  const [gap, after] = [intervals[index], intervals[index + 1]];
  return gap && after && { from: gap.from, to: after.from };
}

/** The last end of the keys that were or will be usable at some time. */
function exhaustedAt(keys: readonly Key[], intervals: readonly ActiveInterval[]): Date | undefined {
  if (intervals.at(-1)?.key !== undefined) return undefined;
  const ends = enabledSpans(keys).flatMap(({ start, end }) => (start < end ? [end] : []));
  return ends.length > 0 ? new Date(ends.reduce((a, b) => Math.max(a, b))) : undefined;
}

/** Where Microsoft's words allow another future than the forecast. */
function ambiguities(keys: readonly Key[], intervals: readonly ActiveInterval[], now: Date): string[] {
  const present = toSecond(now.getTime());
  const enabled = enabledSpans(keys);
  const relevant = enabled.filter(({ end }) => toSecond(end) >= present);
  const starts = relevant.map(({ start }) => toSecond(start));
  const dated = starts.filter(Number.isFinite);
  const edges = [...starts, ...relevant.map(({ end }) => toSecond(end))];
  const reasons: [boolean, string][] = [
    [
      isMixed(starts),
      'keys with and without an activation date are mixed, and the documentation is ambiguous about their order',
    ],
    [new Set(dated).size < dated.length, 'two keys have the same activation date'],
    [intervals.some(revertsToOlderKey), 'an older key would have to become active again when a newer one expires'],
    [
      enabled.some(({ key }) => validityOf(key).expiryMismatch && Number(key.exp) >= now.getTime()),
      "a key's own expiry differs from its certificate's",
    ],
    [keys.some(({ hasUnreadableDate }) => hasUnreadableDate), UNREADABLE_DATE],
    [edges.includes(present), 'a key becomes valid or expires at this moment'],
  ];
  return reasons.filter(([applies]) => applies).map(([, reason]) => reason);
}

/** Seconds since 1970: the service counts in whole seconds. */
const toSecond = (milliseconds: number): number => Math.floor(milliseconds / 1000);

/** Whether some keys have a start and others have none. */
const isMixed = (starts: readonly number[]): boolean => starts.includes(-Infinity) && starts.some(Number.isFinite);

/** Whether a key becomes active at the beginning of this interval that takes less precedence than the one it replaces. */
function revertsToOlderKey({ key }: ActiveInterval, index: number, intervals: readonly ActiveInterval[]): boolean {
  const before = intervals[index - 1]?.key;
  return before !== undefined && key !== undefined && byPrecedence(toSpan(key), toSpan(before)) < 0;
}
