import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CLOUDS } from '../../src/entra/clouds.ts';
import { parseJson } from '../../src/shared/json.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/setup.md'), 'utf8');

const blocks = (language: string): string[] =>
  [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].flatMap(([, name, text = '']) => (name === language ? [text] : []));

/** The tools: each call is recorded on descriptor 3, and prints something that the next command can use. */
const STUBS = String.raw`
record() { { printf '%s\x1f' "$@"; printf '\x1e'; } >&3; }
az() {
  record az "$@"
  if [ "$1 $2 $3" = 'ad sp create' ]; then
    echo >> "$STATE/attempts"
    [ "$(wc -l < "$STATE/attempts")" -gt "$FAILURES" ] || return 1
  fi
  if [ "$1 $2 $3 $4" = 'ad app list --filter' ]; then printf '%s' "$EXISTING"; return; fi
  echo "output-$2-$3"
}
gh() {
  record gh "$@"
  case "$* $CLAIM_PREFIX" in
    *customization/sub*' 404') echo '{"message":"Not Found"}'; return 1 ;;
    *customization/sub*) printf '%s' "$CLAIM_PREFIX" ;;
    *) echo 74 ;;
  esac
}
base64() { :; }
openssl() { :; }
sleep() { record sleep "$@"; }
`;

interface Tools {
  /** what GitHub says about the subjects of the repository: `''` where it says nothing, `404` where it fails */
  readonly claimPrefix?: string;
  /** how often a new app is still unknown when its service principal is created */
  readonly failures?: number;
  /** the ID of an app that already has the name */
  readonly existing?: string;
}

/**
 * Runs the commands of the page, as they are, until one fails.
 *
 * @returns the calls that they make: one list of words for each
 */
function runCommands({ claimPrefix = '', failures = 0, existing = '' }: Tools = {}): string[][] {
  const state = mkdtempSync(join(tmpdir(), 'setup-'));
  const script = ['set -eu', 'exec 3>&1 1>/dev/null', STUBS, ...blocks('bash')].join('\n');
  const env = {
    ...process.env,
    CLAIM_PREFIX: claimPrefix,
    FAILURES: String(failures),
    EXISTING: existing,
    STATE: state,
  };
  try {
    return spawnSync('bash', ['-c', script], { env })
      .stdout.toString()
      .split('\x1e')
      .slice(0, -1)
      .map((call) => call.split('\x1f').slice(0, -1));
  } finally {
    rmSync(state, { recursive: true });
  }
}

/** The values of an option, in the order of the calls. */
const valuesOf = (option: string, calls: readonly string[][]): string[] =>
  calls.flatMap((call) => (call.includes(option) ? [call[call.indexOf(option) + 1] ?? ''] : []));

const callsTo = (words: string, calls: readonly string[][]): string[] =>
  calls.map((call) => call.join(' ')).filter((call) => call.startsWith(words));

const credential = (environment: string, prefix: string): object => ({
  name: `github-${environment}`,
  issuer: 'https://token.actions.githubusercontent.com',
  subject: `${prefix}:environment:${environment}`,
  audiences: [CLOUDS.public.audience],
});

test('the commands run in bash as they are, once for each app, and their JSON is JSON', () => {
  const calls = runCommands();
  const role = { principalId: 'output-sp-create', resourceId: 'output-sp-show', appRoleId: 'output-sp-show' };
  expect(valuesOf('--body', calls).flatMap((value) => parseJson(value) ?? [])).toEqual([
    role,
    role,
    expect.objectContaining({ name: 'github-b2c-production-flexible' }),
  ]);
  expect(valuesOf('--parameters', calls).map(parseJson)).toEqual([
    credential('b2c-production', 'repo:contoso/identity'),
    credential('b2c-read', 'repo:contoso/identity'),
  ]);
  expect(valuesOf('--query', calls)).toEqual(
    expect.arrayContaining([
      "appRoles[?value=='TrustFrameworkKeySet.ReadWrite.All'].id | [0]",
      "appRoles[?value=='TrustFrameworkKeySet.Read.All'].id | [0]",
    ]),
  );
});

test('the environments exist before anything belongs to them, and each gets its own client ID', () => {
  const calls = runCommands();
  const words = calls.map((call) => call.join(' '));
  const created = words.findLastIndex((call) => call.startsWith('gh api --method PUT'));
  const used = words.findIndex((call) => /--env|federated-credential/.test(call));
  expect(created).toBeGreaterThan(0);
  expect(created).toBeLessThan(used);
  const set = (name: string, environment: string, value: string): string =>
    `gh variable set ${name} --repo contoso/identity --env ${environment} --body ${value}`;
  expect(callsTo('gh variable', calls)).toEqual(
    ['b2c-production', 'b2c-read'].flatMap((environment) => [
      set('B2C_TENANT_ID', environment, 'contoso.onmicrosoft.com'),
      set('B2C_CLIENT_ID', environment, 'output-app-create'),
    ]),
  );
  expect(callsTo('gh secret', calls)).toEqual([
    'gh secret set SIGNING_PFX --repo contoso/identity --env b2c-production',
    'gh secret set SIGNING_PFX_PASSWORD --repo contoso/identity --env b2c-production',
  ]);
});

test('a repository with immutable subjects gets credentials that match them', () => {
  const prefix = 'repo:contoso@65/identity@74';
  expect(valuesOf('--parameters', runCommands({ claimPrefix: prefix })).map(parseJson)).toEqual([
    credential('b2c-production', prefix),
    credential('b2c-read', prefix),
  ]);
});

test('an app that is not known at once is waited for', () => {
  const calls = runCommands({ failures: 2 });
  expect(callsTo('sleep', calls)).toHaveLength(2);
  expect(callsTo('az ad sp create', calls)).toHaveLength(4);
  expect(valuesOf('--parameters', calls)).toHaveLength(2);
});

test.each([
  ['GitHub does not know the repository', { claimPrefix: '404' }, 0],
  ['an app has the name already', { existing: 'of-another-repository' }, 0],
  ['an app stays unknown', { failures: 5 }, 1],
])('where %s, no role is assigned, and no credential or secret is created', (_, tools, apps) => {
  const calls = runCommands(tools);
  expect(callsTo('az ad app create', calls)).toHaveLength(apps);
  expect(calls.map((call) => call.join(' ')).join('\n')).not.toMatch(/permission|appRole|federated|variable|secret/);
});

test('the flexible credential allows this environment of this repository only', () => {
  const bodies = valuesOf('--body', runCommands()).map(parseJson);
  expect(bodies).toContainEqual({
    name: 'github-b2c-production-flexible',
    issuer: 'https://token.actions.githubusercontent.com',
    audiences: [CLOUDS.public.audience],
    claimsMatchingExpression: {
      languageVersion: 1,
      value: "claims['sub'] matches 'repo:*:environment:b2c-production' and claims['repository_id'] eq '74'",
    },
  });
});

test('PowerShell gets JSON in files, with names that it does not expand', () => {
  const scripts = blocks('powershell').join('\n');
  expect(scripts.match(/'@\w+\.json'/g)).toHaveLength(2);
  expect(scripts).not.toMatch(/ @\w+\.json/);
  expect(scripts).not.toMatch(/\$\w+:(?!:)/);
});

test('the workflow asks for the token, and waits for its turn', () => {
  const [workflow, ...others] = blocks('yaml').map((text): unknown => parse(text));
  expect(others).toEqual([]);
  expect(workflow).toMatchObject({
    permissions: { 'id-token': 'write', contents: 'read' },
    concurrency: { group: 'b2c-production', queue: 'max', 'cancel-in-progress': false },
    jobs: {
      upload: {
        environment: 'b2c-production',
        steps: [{ uses: 'org/b2c-upload-cert@v1', with: { 'dry-run': true } }],
      },
    },
  });
});

test('the table of clouds is the one of the code', () => {
  for (const [name, { authority, graph, audience }] of Object.entries(CLOUDS)) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\``));
    expect(row).toBe(`| \`${name}\` | \`${new URL(authority).host}\` | \`${new URL(graph).host}\` | \`${audience}\` |`);
  }
});
