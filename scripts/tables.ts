import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..');

/** The script writes between such a line and `<!-- end -->`. */
const MARKED = /(<!-- (inputs|outputs) of (\S+) -->\n)[\s\S]*?(<!-- end -->)/g;

/**
 * A README with its tables as the two action.yml have them.
 *
 * @param text - with markers
 */
export function withTables(text: string): string {
  return text.replace(MARKED, (_, begin: string, kind: 'inputs' | 'outputs', file: string, end: string) => {
    const document: unknown = parse(readFileSync(join(ROOT, file), 'utf8'), { schema: 'failsafe' });
    const entries = Object.entries(mapping(mapping(document)[kind])).map(
      ([name, entry]) => [name, mapping(entry)] as const,
    );
    const rows = entries.map(([name, entry]) =>
      kind === 'inputs'
        ? [`\`${name}\``, defaultOf(entry), word(entry.description)]
        : [`\`${name}\``, word(entry.description)],
    );
    const head = kind === 'inputs' ? ['input', 'default', 'meaning'] : ['output', 'meaning'];
    return `${begin}${[head, head.map(() => '---'), ...rows].map(row).join('\n')}\n${end}`;
  });
}

const mapping = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const word = (value: unknown): string => (typeof value === 'string' ? value : '');

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;

function defaultOf(entry: Record<string, unknown>): string {
  if (entry.required === 'true') return 'required';
  return entry.default === undefined ? '' : `\`${word(entry.default)}\``;
}
