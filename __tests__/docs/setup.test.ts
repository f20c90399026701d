import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CLOUDS } from '../../src/entra/clouds.ts';
import { parseJson } from '../../src/shared/json.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/setup.md'), 'utf8');

const blocks = (language: string): string[] =>
  [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].flatMap(([, name, text = '']) => (name === language ? [text] : []));

/** The arguments of each call of the Azure CLI that the commands of the page make. */
function azureCliCalls(): string[][] {
  const stub = String.raw`az() { { printf '%s\x1f' "$@"; printf '\x1e'; } >&3; echo "output-$1-$2"; }`;
  const script = ['set -eu', 'exec 3>&1 1>/dev/null', stub, ...blocks('bash')].join('\n');
  const output = execFileSync('bash', ['-c', script]).toString();
  return output
    .split('\x1e')
    .slice(0, -1)
    .map((call) => call.split('\x1f').slice(0, -1));
}

test('the commands run in bash as they are, and their JSON is JSON', () => {
  const calls = azureCliCalls();
  const after = (option: string): unknown[] =>
    calls.flatMap((call) => (call.includes(option) ? [parseJson(call[call.indexOf(option) + 1] ?? '')] : []));
  expect(after('--body')).toEqual([
    { principalId: 'output-ad-sp', resourceId: 'output-ad-sp', appRoleId: 'output-ad-sp' },
  ]);
  expect(after('--parameters')).toEqual([
    {
      name: 'github-b2c-production',
      issuer: 'https://token.actions.githubusercontent.com',
      subject: 'repo:contoso/identity:environment:b2c-production',
      audiences: [CLOUDS.public.audience],
    },
  ]);
});

test('the workflow asks for the token, and is not run twice at a time', () => {
  const [workflow, ...others] = blocks('yaml').map((text): unknown => parse(text));
  expect(others).toEqual([]);
  expect(workflow).toMatchObject({
    permissions: { 'id-token': 'write', contents: 'read' },
    concurrency: { 'cancel-in-progress': false },
    jobs: { upload: { environment: 'b2c-production', steps: [{ uses: 'org/b2c-upload-cert@v1' }] } },
  });
});

test('the table of clouds is the one of the code', () => {
  for (const [name, { graph, audience }] of Object.entries(CLOUDS)) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\``)) ?? '';
    expect(row).toContain(`\`${new URL(graph).host}\``);
    expect(row).toContain(`\`${audience}\``);
  }
});
