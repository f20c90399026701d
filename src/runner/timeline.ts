import { isDisabled, type Keyset, validityOf } from '../keyset/key.ts';
import { type Forecast, isUnused } from '../keyset/rollover.ts';
import { MS_PER_DAY } from '../shared/format.ts';
import { sanitizeMermaidId } from './sanitize.ts';

/** A keyset as the chart shows it. */
export interface ChartedKeyset extends Keyset {
  readonly forecast: Forecast;
}

/** Anything further away than half a year would compress what is near. */
const HORIZON_MS = 183 * MS_PER_DAY;
/** An outage that began earlier is shown from here on. */
const PAST_MS = 14 * MS_PER_DAY;
const MAX_SECTIONS = 20;
const MAX_BARS = 4;
/** Mermaid's own padding on the left fits names of a few letters only. */
const LETTER_WIDTH_PX = 7;

/**
 * A Mermaid chart: a section for each keyset, with a bar for each of its keys that has not expired, and one for a time without
 * a valid key.
 *
 * @returns lines in the language of Mermaid's gantt
 * @see https://mermaid.js.org/syntax/gantt.html
 */
export function timeline(keysets: readonly ChartedKeyset[], now: Date): string[] {
  const sections = keysets
    .slice(0, MAX_SECTIONS)
    .map((keyset) => ({ name: sanitizeMermaidId(keyset.id), lines: barsOf(keyset, now) }));
  const padding = 40 + LETTER_WIDTH_PX * Math.max(...sections.map(({ name }) => name.length));
  return [
    `%%{init: {"gantt": {"leftPadding": ${padding}}}}%%`,
    'gantt',
    '  dateFormat YYYY-MM-DD',
    '  axisFormat %Y-%m-%d',
    ...sections.flatMap(({ name, lines }) => [`  section ${name}`, ...lines]),
  ];
}

/** Whether a keyset has an outage that the chart can show: it began, or begins within half a year. */
export const isCharted = (outageAt: Date | undefined, now: Date): boolean =>
  outageAt !== undefined && outageAt.getTime() < now.getTime() + HORIZON_MS;

function barsOf({ keys, forecast }: ChartedKeyset, now: Date): string[] {
  const [past, horizon] = [new Date(now.getTime() - PAST_MS), new Date(now.getTime() + HORIZON_MS)];
  const clip = (instant: Date): Date => (instant < past ? past : instant > horizon ? horizon : instant);
  const bars = keys.flatMap((key) => {
    const { start = now, end = horizon } = validityOf(key);
    const [from, to] = [clip(start > now ? start : now), clip(end)];
    const id = sanitizeMermaidId(key.kid ?? '').slice(0, 8);
    // Not Mermaid's tag `active`: in the dark theme its labels cannot be read where they do not fit into their bar.
    const name = key === forecast.active ? `active key ${id}` : `key ${id}`;
    const isShown = !isDisabled(key) && !forecast.presumedDisabled.includes(key) && from < to;
    return isShown ? [{ from, line: bar(name, '', from, to) }] : [];
  });
  return [
    ...bars
      .toSorted((a, b) => Number(a.from) - Number(b.from))
      .slice(-MAX_BARS)
      .map(({ line }) => line),
    ...outageOf(forecast, now, clip),
  ];
}

function outageOf(forecast: Forecast, now: Date, clip: (instant: Date) => Date): string[] {
  const { gap, exhaustedAt } = forecast;
  const tomorrow = new Date(now.getTime() + MS_PER_DAY);
  if (gap) return [bar('no valid key', 'crit, ', clip(gap.from), clip(gap.to))];
  if (isUnused(forecast)) return [bar('no active key', 'crit, ', now, tomorrow)];
  if (exhaustedAt === undefined || clip(exhaustedAt) < exhaustedAt) return [];
  if (exhaustedAt > now) return [`  expires :milestone, crit, ${day(exhaustedAt)}, 0d`];
  return [bar('expired', 'crit, ', clip(exhaustedAt), tomorrow)];
}

const day = (instant: Date): string => instant.toISOString().slice(0, 10);

const bar = (name: string, tag: string, from: Date, to: Date): string => `  ${name} :${tag}${day(from)}, ${day(to)}`;
