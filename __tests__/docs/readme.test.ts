import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { EXAMPLES, withTables } from '../../scripts/tables.ts';
import { isRecord } from '../../src/shared/json.ts';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

test('the tables of the README are those of the two action.yml (`npm run readme` writes them)', () => {
  const readme = read('README.md');
  expect(readme).toContain('| `keyset-id` | yes |  | Policy key (keyset) ID');
  expect(readme).toContain('| `enable-key` |  | `new` | ');
  expect(readme).toMatch(/^\| `outcome` \| .* \| `uploaded` \|$/m);
  expect(readme).toBe(withTables(readme));
});

test.each(Object.keys(EXAMPLES))('%s has an example of each output, and no others', (path) => {
  const manifest: unknown = parse(read(path));
  const outputs = isRecord(manifest) && isRecord(manifest.outputs) ? Object.keys(manifest.outputs) : [];
  expect(Object.keys(EXAMPLES[path] ?? {})).toEqual(outputs);
});
