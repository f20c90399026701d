import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..');

/** What the script writes is between such a line and `<!-- end -->`. */
const MARKED = /(<!-- (inputs|outputs) of (\S+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** A value of each output by the file that declares it: action.yml has no place for one. */
export const EXAMPLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'action.yml': {
    kid: '27913BC1DFF1772DB389…',
    expiry: '2027-06-01T00:00:00Z',
    'not-before': '2026-06-01T00:00:00Z',
    'days-remaining': '364',
    thumbprint: '27913BC1DFF1772DB389…',
    'thumbprint-sha256': 'ECEA50A7EE3F19084455…',
    'certificate-pem': '-----BEGIN CERTIFICATE-----…',
    'keyset-id': 'B2C_1A_TokenSigning',
    outcome: 'uploaded',
    changed: 'true',
    'keyset-created': 'false',
    status: 'enabled',
    active: 'true',
    'active-kid': '27913BC1DFF1772DB389…',
    'takes-over-at': '2026-06-01T09:30:00Z',
  },
  'check/action.yml': {
    healthy: 'false',
    'next-expiry': '2026-07-01T00:00:00Z',
    'days-remaining': '29',
    report: '{"version":1,"healthy":false,…}',
    'issue-number': '42',
  },
};

/**
 * A README with its tables as the two action.yml have them.
 *
 * @param text - with markers
 * @throws Error for an output without an example
 */
export function withTables(text: string): string {
  return text.replace(MARKED, (_, begin: string, kind: 'inputs' | 'outputs', file: string, end: string) => {
    const document: unknown = parse(readFileSync(join(ROOT, file), 'utf8'), { schema: 'failsafe' });
    const entries = Object.entries(mapping(mapping(document)[kind])).map(
      ([name, entry]) => [name, mapping(entry)] as const,
    );
    const lines = kind === 'inputs' ? inputTable(entries) : outputTable(entries, EXAMPLES[file] ?? {});
    return `${begin}${lines.map(row).join('\n')}\n${end}`;
  });
}

type Entries = readonly (readonly [name: string, entry: Record<string, unknown>])[];

const inputTable = (entries: Entries): string[][] => [
  ['input', 'required', 'default', 'description'],
  ['---', '---', '---', '---'],
  ...entries.map(([name, { required, default: value, description }]) => [
    code(name),
    required === 'true' ? 'yes' : '',
    value === undefined ? '' : code(word(value)),
    word(description),
  ]),
];

const outputTable = (entries: Entries, examples: Readonly<Record<string, string>>): string[][] => [
  ['output', 'description', 'example'],
  ['---', '---', '---'],
  ...entries.map(([name, { description }]) => {
    const example = examples[name];
    if (example === undefined) throw new Error(`The output ${name} has no example in scripts/tables.ts.`);
    return [code(name), word(description), code(example)];
  }),
];

const mapping = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

const word = (value: unknown): string => (typeof value === 'string' ? value : '');

const code = (text: string): string => `\`${text}\``;

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
