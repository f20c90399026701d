import { expect, test } from '@jest/globals';
import { rethrowUnwrapped } from '../../src/check/octokit-fetch.ts';
import { syncIssue } from '../../src/check/tracking-issue.ts';
import { WriteTracker } from '../../src/runner/write-tracker.ts';
import { clientThatFails } from '../support/client.ts';

test('the error that Octokit wrapped is thrown, and any other as it is', () => {
  const inner = new TypeError('inner');
  expect(() => rethrowUnwrapped(new Error('outer', { cause: inner }))).toThrow(inner);
  expect(() => rethrowUnwrapped(inner)).toThrow(inner);
  expect(() => rethrowUnwrapped('no error')).toThrow('no error');
});

test('a fault of this program is not a failure of GitHub', async () => {
  const fault = new TypeError('a fault');
  const client = clientThatFails(fault);
  const scope = { tenantId: 't', identity: { app: { tenantId: 't' } }, keysetIds: [], excluded: [], githubToken: 'x' };
  const before = process.env.GITHUB_REPOSITORY;
  process.env.GITHUB_REPOSITORY = 'contoso/identity';
  try {
    await expect(syncIssue([], scope, { client, writes: new WriteTracker() })).rejects.toBe(fault);
  } finally {
    process.env.GITHUB_REPOSITORY = before;
  }
});
