import { beforeAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../src/shared/json.ts';
import { REPOSITORY } from '../harness/package.ts';
import { readAsGitHub } from '../workflow/index.ts';
import { runJob } from '../workflow/job.ts';

let ci: Record<string, unknown> = {};

beforeAll(() => {
  const text = readFileSync(join(REPOSITORY, '.github/workflows/ci.yml'), 'utf8');
  ci = readAsGitHub({ 'ci.yml': text }).get('ci.yml')?.tree ?? {};
});

test('the job that uses both actions as they lie in the repository', async () => {
  const { result, steps } = await runJob(ci, 'action', {});
  try {
    expect(result).toBe('success');
    expect(steps.upload?.outputs).toMatchObject({ outcome: 'uploaded', 'keyset-created': 'true', active: 'true' });
    expect(steps.again?.outputs).toMatchObject({ outcome: 'already-present', kid: steps.upload?.outputs.kid });
    expect(steps.check?.outputs).toMatchObject({ healthy: 'true', 'next-expiry': steps.upload?.outputs.expiry });
  } finally {
    process.kill(Number(steps.emulator?.outputs.pid));
  }
});

test('the job that branch protection asks for waits for all others, and passes only with all of them', async () => {
  const { conclusion, ...others } = isRecord(ci.jobs) ? ci.jobs : {};
  const names = Object.keys(others);
  expect(names.length).toBeGreaterThan(1);
  expect(conclusion).toMatchObject({ needs: names });
  const conclude = async (results: string[]): Promise<string> => {
    const needs = Object.fromEntries(names.map((name, index) => [name, { result: results[index] ?? 'success' }]));
    return (await runJob(ci, 'conclusion', { needs })).result;
  };
  expect(await conclude([])).toBe('success');
  for (const result of ['failure', 'cancelled', 'skipped']) {
    for (const at of names.keys())
      expect(await conclude([...Array<string>(at).fill('success'), result])).toBe('failure');
  }
});
