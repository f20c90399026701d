import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTables } from '../../scripts/tables.ts';

test('the tables of the README are those of the two action.yml (`npm run readme` writes them)', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  expect(readme).toContain('| `keyset-id` | required |');
  expect(readme).toBe(withTables(readme));
});
