import { isDisabled, type Key, validityOf } from '../keyset/key.ts';
import { sanitizeMermaidId } from '../runner/sanitize.ts';
import { MS_PER_DAY } from '../shared/format.ts';
import type { KeysetHealth } from './evaluate.ts';

/** Anything further away than half a year would compress what is near. */
const HORIZON_MS = 183 * MS_PER_DAY;
const MAX_SECTIONS = 20;
const MAX_BARS = 4;
/** Mermaid leaves no room for names that are longer than a few letters. */
const LETTER_WIDTH_PX = 7;

/**
 * A chart of the keysets that expire next: a section for each, with a bar for each of its keys that has not expired, one for a gap,
 * and a milestone where it expires.
 *
 * @returns lines in the language of Mermaid's gantt, none when no keyset expires within half a year
 * @see https://mermaid.js.org/syntax/gantt.html
 */
export function timeline(results: readonly KeysetHealth[], now: Date): string[] {
  const horizon = new Date(now.getTime() + HORIZON_MS);
  const sections = results
    .flatMap(({ id, keys, forecast: { active, gap }, outageAt }) => {
      if (outageAt === undefined || outageAt < now || outageAt >= horizon) return [];
      const outage = gap
        ? bar('no valid key', 'crit, ', gap.from, gap.to < horizon ? gap.to : horizon)
        : `  expires :milestone, crit, ${day(outageAt)}, 0d`;
      const name = sanitizeMermaidId(id).replace(/^B2C_1A_/, '');
      return [{ name, lines: [...barsOf(keys, active, now, horizon), outage] }];
    })
    .slice(0, MAX_SECTIONS);
  if (sections.length === 0) return [];
  const padding = 40 + LETTER_WIDTH_PX * Math.max(...sections.map(({ name }) => name.length));
  return [
    `%%{init: {"gantt": {"leftPadding": ${padding}}}}%%`,
    'gantt',
    '  dateFormat YYYY-MM-DD',
    '  axisFormat %Y-%m-%d',
    ...sections.flatMap(({ name, lines }) => [`  section ${name}`, ...lines]),
  ];
}

function barsOf(keys: readonly Key[], active: Key | undefined, now: Date, horizon: Date): string[] {
  const bars = keys.flatMap((key) => {
    const { start = now, end = horizon } = validityOf(key);
    const [from, to] = [start > now ? start : now, end < horizon ? end : horizon];
    const name = `key ${sanitizeMermaidId(key.kid ?? '').slice(0, 8)}`;
    return isDisabled(key) || from >= to ? [] : [{ from, line: bar(name, key === active ? 'active, ' : '', from, to) }];
  });
  return bars
    .toSorted((a, b) => Number(a.from) - Number(b.from))
    .slice(-MAX_BARS)
    .map(({ line }) => line);
}

const day = (instant: Date): string => instant.toISOString().slice(0, 10);

const bar = (name: string, tag: string, from: Date, to: Date): string => `  ${name} :${tag}${day(from)}, ${day(to)}`;
