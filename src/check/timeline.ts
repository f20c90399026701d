import { isDisabled, type Key, validityOf } from '../keyset/key.ts';
import { harmlessWord } from '../runner/harmless.ts';
import { MS_PER_DAY } from '../shared/format.ts';
import type { Judgement } from './judge.ts';

/** Milliseconds: what is further away than half a year would press together what is near. */
const HORIZON = 183 * MS_PER_DAY;
const MAX_SECTIONS = 20;
const MAX_BARS = 4;
/** Pixels of one letter; Mermaid leaves no room for names that are longer than a few. */
const LETTER = 7;

/**
 * A chart of the keysets that run out next: a section for each, with a bar for each of its keys that is not over, one for a gap,
 * and a mark where it ends.
 *
 * @returns lines in the language of Mermaid's gantt, none when no keyset runs out within half a year
 * @see https://mermaid.js.org/syntax/gantt.html
 */
export function timeline(judgements: readonly Judgement[], now: Date): string[] {
  const horizon = new Date(now.getTime() + HORIZON);
  const sections = judgements
    .flatMap(({ id, keys, forecast: { active, gap }, outageAt }) => {
      if (outageAt === undefined || outageAt < now || outageAt >= horizon) return [];
      const outage = gap
        ? bar('no usable key', 'crit, ', gap.from, gap.to < horizon ? gap.to : horizon)
        : `  runs out :milestone, crit, ${day(outageAt)}, 0d`;
      const name = harmlessWord(id).replace(/^B2C_1A_/, '');
      return [{ name, lines: [...barsOf(keys, active, now, horizon), outage] }];
    })
    .slice(0, MAX_SECTIONS);
  if (sections.length === 0) return [];
  const padding = 40 + LETTER * Math.max(...sections.map(({ name }) => name.length));
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
    const name = `key ${harmlessWord(key.kid ?? '').slice(0, 8)}`;
    return isDisabled(key) || from >= to ? [] : [{ from, line: bar(name, key === active ? 'active, ' : '', from, to) }];
  });
  return bars
    .toSorted((a, b) => Number(a.from) - Number(b.from))
    .slice(-MAX_BARS)
    .map(({ line }) => line);
}

const day = (instant: Date): string => instant.toISOString().slice(0, 10);

const bar = (name: string, tag: string, from: Date, to: Date): string => `  ${name} :${tag}${day(from)}, ${day(to)}`;
