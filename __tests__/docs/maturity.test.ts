import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
const page = read('docs/maturity.md');

test('the page names what the live probe needs', () => {
  const workflow = read('.github/workflows/live-probe.yml');
  const variables = new Set(Array.from(workflow.matchAll(/\bvars\.(\w+)/g), ([, name = '']) => name));
  expect(variables.size).toBe(2);
  for (const name of variables) expect(page).toContain(`gh variable set ${name} --repo "$REPO" --body `);
  const [, environment = ''] = /^ +environment: (\S+)$/m.exec(workflow) ?? [];
  expect(page).toContain(`b2c-live-probe=TrustFrameworkKeySet.ReadWrite.All`.replace('b2c-live-probe', environment));
});

test('every assumption has a basis, a consequence, and says whether the probe settles it', () => {
  const rows = Array.from(page.matchAll(/^\| (?!assumption|---)(.*) \|$/gm), ([, row = '']) => row.split(' | '));
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) {
    expect(row).toHaveLength(4);
    const [, basis = '', consequence = '', probe = ''] = row;
    expect(basis).toMatch(/documented|seen|assumed|unknown|contradictory/);
    expect(consequence.length).toBeGreaterThan(10);
    expect(probe).toMatch(/^(yes|no|partly|reading only)$/);
  }
});
