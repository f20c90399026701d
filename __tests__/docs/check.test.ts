import { expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, SEVERITIES } from '../../src/check/evaluate.ts';
import { setCheckOutputs } from '../../src/check/report.ts';
import type { Key } from '../../src/keyset/key.ts';
import { parseJson } from '../../src/shared/json.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/check.md'), 'utf8');
const [, json = ''] = /^```json\n([^]*?)^```$/m.exec(page) ?? [];
const documented: unknown = parseJson(json);

const CRITERIA = { warningDays: 30, failureDays: 7, keysetIds: [] };
const NOW = new Date('2026-06-01T06:17:04Z');

/** The output `report` for a keyset of which the service uses the first key. */
function reportOf(keys: readonly Key[]): unknown {
  const health = evaluate({ id: 'B2C_1A_TokenSigning', keys }, CRITERIA, NOW, { active: keys[0] });
  const folder = mkdtempSync(join(tmpdir(), 'check-'));
  const previous = process.env.GITHUB_OUTPUT;
  process.env.GITHUB_OUTPUT = join(folder, 'output');
  try {
    writeFileSync(process.env.GITHUB_OUTPUT, '');
    setCheckOutputs([health], undefined, NOW);
    const [, text = ''] =
      /^report<<ghadelimiter_.*\n(.*)$/m.exec(readFileSync(process.env.GITHUB_OUTPUT, 'utf8')) ?? [];
    return parseJson(text);
  } finally {
    if (previous === undefined) delete process.env.GITHUB_OUTPUT;
    else process.env.GITHUB_OUTPUT = previous;
    rmSync(folder, { recursive: true });
  }
}

test('the report on the page is what the action would write', () => {
  const day = (text: string): Date => new Date(`${text}T00:00:00Z`);
  const keys: Key[] = [
    { kid: '27913BC1DFF1772DB38927910A4C2C79D61A3F20', nbf: day('2025-07-01'), exp: day('2026-07-01'), x5c: [] },
    { kid: '9C0B3D5CDDE51A1FD6A53A2C06B6B1BDE66A0C36', nbf: day('2026-07-03'), exp: day('2027-07-03'), x5c: [] },
  ];
  expect(documented).toEqual(reportOf(keys));
});

test('every member of the report is explained', () => {
  const members = new Set(Array.from(json.matchAll(/^ +"(\w+)":/gm), ([, name = '']) => name));
  const explained = Array.from(page.matchAll(/^\| (`\w+`.*?) \|/gm), ([, cell]) => cell).join();
  for (const obvious of ['version', 'keysets', 'id']) expect(members.delete(obvious)).toBe(true);
  for (const member of members) expect(explained).toContain(`\`${member}\``);
});

test('the states are those of the code, from worst to best, with what the step does', () => {
  const EFFECTS = { failure: 'fails', warning: 'warns', healthy: '', neutral: '' };
  const rows = [...page.matchAll(/^\| \S+ `([a-z-]+)` \| .* \| (.*?)\|$/gm)].map(([, state = '', effect = '']) => [
    state,
    effect.trim().replace(/^fails if .*/, ''),
  ]);
  expect(rows).toEqual(Object.entries(SEVERITIES).map(([state, severity]) => [state, EFFECTS[severity]]));
});
