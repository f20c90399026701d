import { describe, expect, test } from '@jest/globals';
import type { Emulator, RecordedRequest, RequestFault } from '../../emulator/index.ts';
import { key } from '../support/key.ts';
import { checkScenario } from './scenario.ts';
import type { StepResult } from '../harness/index.ts';

const OPEN_ISSUE = { 'open-issue': 'true' };
const LABEL = 'b2c-policy-keys';
const PERMISSION = 'Does the job have the permission `issues: write`?';

/** Methods and paths of what arrived at GitHub's API. */
const calls = ({ requestLog }: Emulator, from = 0): string[] =>
  requestLog
    .slice(from)
    .filter(({ host }) => /^(api\.github\.com|ghes\.)/.test(host))
    .map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`);

const ISSUES = '/repos/contoso/identity/issues';

/** The first line of an issue about all keysets of a tenant. */
const markerOf = ({ tenant }: Emulator): string => `<!-- b2c-upload-cert/check tenant=${tenant.id} selection=all -->`;

/** What a step said about the issue, in warnings. */
const issueWarnings = ({ annotations }: StepResult): string[] =>
  annotations.flatMap(({ level, message }) =>
    level === 'warning' && message.startsWith('open-issue:') ? [message] : [],
  );

test('an issue is opened, left alone, updated, and closed', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    const { issues, requestLog } = emulator;
    const signing = emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));

    const opened = await check(OPEN_ISSUE);
    expect(opened.result).toBe('success');
    expect(opened.outputs['issue-number']).toBe('1');
    const [issue] = issues.all;
    expect(issue).toMatchObject({ labels: [LABEL], user: { type: 'Bot' } });
    expect(issue?.body.split('\n')[0]).toBe(markerOf(emulator));
    expect(issue?.title).toBe(`Azure AD B2C policy keys need attention (tenant ${emulator.tenant.domain})`);
    expect(issue?.body).toMatch(/- \*\*expiring\*\*: `B2C_1A_Signing expires at \S+Z and has no successor key\.`/);

    const before = requestLog.length;
    expect((await check(OPEN_ISSUE)).outputs['issue-number']).toBe('1');
    expect(calls(emulator, before)).toEqual([`GET ${ISSUES}`]);

    emulator.seed('B2C_1A_Other', key(-300, -5, 'gone'), key(9, 90, 'soon'));
    const changed = await check(OPEN_ISSUE);
    expect(changed.result).toBe('failure');
    expect(changed.outputs['issue-number']).toBe('1');
    expect(issue?.body).toContain('`B2C_1A_Other has no active key until');
    expect(issue?.comments).toEqual([expect.stringContaining('B2C_1A_Other')]);
    await check(OPEN_ISSUE);
    expect(issue?.comments).toHaveLength(1);

    emulator.seed('B2C_1A_Signing', key(-1, 300, 'new'));
    emulator.seed('B2C_1A_Other', key(-1, 300, 'now'));
    expect(signing.keys).toHaveLength(2);
    const healed = await check(OPEN_ISSUE);
    expect(healed.outputs).toMatchObject({ healthy: 'true', 'issue-number': '1' });
    expect(issue).toMatchObject({ state: 'closed', state_reason: 'completed' });
    expect(issue?.comments[1]).toBe('All policy keys are healthy again.');

    expect((await check(OPEN_ISSUE)).outputs['issue-number']).toBe('');
    expect(issues.all).toHaveLength(1);
  });
});

test('it is found among many issues with the same label, whatever page it is on, and no link is followed', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    const { issues, requestLog } = emulator;
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    await check(OPEN_ISSUE);
    for (let n = 0; n < 220; n++)
      issues.add({ labels: [LABEL], body: 'of another tenant', author_association: 'OWNER' });
    issues.nextPage = 'https://evil.example/repos/contoso/identity/issues?page=2';
    const before = requestLog.length;
    expect((await check(OPEN_ISSUE)).outputs['issue-number']).toBe('1');
    expect(calls(emulator, before)).toEqual(Array(3).fill(`GET ${ISSUES}`));
    expect(requestLog.filter(({ host }) => host.includes('evil'))).toEqual([]);
  });
});

test('of 5,000 open issues it is found in one request', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    const { issues, requestLog } = emulator;
    const signing = emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    await check(OPEN_ISSUE);
    for (let n = 0; n < 5000; n++) issues.add({ title: `Issue ${n}` });
    const before = requestLog.length;
    signing.keys = [];
    emulator.seed('B2C_1A_Signing', key(-1, 300, 'new'));
    expect((await check(OPEN_ISSUE)).outputs['issue-number']).toBe('1');
    expect(calls(emulator, before)).toEqual([`GET ${ISSUES}`, `POST ${ISSUES}/1/comments`, `PATCH ${ISSUES}/1`]);
    expect(issues.all.filter(({ state }) => state === 'closed').map(({ number }) => number)).toEqual([1]);
  });
});

test('a list of issues that never ends is given up, and the alarm is raised', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    const body = Array.from({ length: 100 }, (_, number) => ({ number, body: '', author_association: 'OWNER' }));
    const at = ({ host, method }: RecordedRequest): boolean => host === 'api.github.com' && method === 'GET';
    emulator.faults.inject({ at, kind: 'garbage', body, times: 1000 });
    expect((await check(OPEN_ISSUE)).outputs['issue-number']).toBe('1');
    expect(calls(emulator)).toHaveLength(11);
  });
});

test('the tenant’s GUID and its domain have the same issue, in whatever case', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    const { issues, tenant } = emulator;
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    for (const spelling of [tenant.domain, tenant.id, tenant.domain.toUpperCase(), tenant.id.toUpperCase()])
      expect((await check({ ...OPEN_ISSUE, 'tenant-id': spelling })).outputs['issue-number']).toBe('1');
    expect(issues.all).toHaveLength(1);
  });
});

test('each tenant has an issue of its own', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    const { issues } = emulator;
    const body = `<!-- b2c-upload-cert/check tenant=${crypto.randomUUID()} selection=all -->`;
    const other = issues.add({ body, labels: [LABEL], author_association: 'OWNER' });
    const signing = emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    expect((await check(OPEN_ISSUE)).outputs['issue-number']).toBe('2');
    signing.keys = [];
    emulator.seed('B2C_1A_Signing', key(-1, 300, 'new'));
    await check(OPEN_ISSUE);
    expect(issues.all.map(({ state }) => state)).toEqual(['open', 'closed']);
    expect(other).toMatchObject({ body, comments: [] });
  });
});

test('two selections of a tenant over four rounds: two issues, and none is closed by the other', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    const { issues } = emulator;
    const SELECTIONS = [{ 'keyset-ids': 'One\nThree' }, { 'exclude-keyset-ids': 'One\n*ee' }];
    const REORDERED = [{ 'keyset-ids': 'b2c_1a_three\nB2C_1A_ONE' }, { 'exclude-keyset-ids': '*EE\none' }];
    emulator.seed('B2C_1A_Three', key(-1, 300, 'three'));
    const put = (id: string, days: number): void => {
      emulator.seed(id).keys = [];
      emulator.seed(id, key(-300, days, 'key'));
    };
    const rounds = [
      { one: 20, two: 300, numbers: ['1', ''], states: ['open'] },
      { one: 20, two: 20, numbers: ['1', '2'], states: ['open', 'open'] },
      { one: 300, two: 20, numbers: ['1', '2'], states: ['closed', 'open'] },
      { one: 300, two: 300, numbers: ['', '2'], states: ['closed', 'closed'] },
    ];
    for (const [round, { one, two, numbers, states }] of rounds.entries()) {
      put('B2C_1A_One', one);
      put('B2C_1A_Two', two);
      const seen = [];
      for (const selection of round % 2 ? REORDERED : SELECTIONS)
        seen.push((await check({ ...OPEN_ISSUE, ...selection })).outputs['issue-number']);
      expect(seen).toEqual(numbers);
      expect(issues.all.map(({ state }) => state)).toEqual(states);
    }
    const [first, second] = issues.all;
    expect(first?.title).toContain(', selected keysets)');
    expect(first?.body).toContain('This issue is about the keysets listed in keyset-ids.');
    expect(second?.body).toContain('This issue is about all keysets except those that match exclude-keyset-ids.');
    expect(second?.body).not.toContain('B2C_1A_One');
  });
});

test('a selection does not touch the issue about all keysets', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    const { issues } = emulator;
    emulator.seed('B2C_1A_Bad', key(-300, 20, 'old'));
    emulator.seed('B2C_1A_Good', key(-1, 300, 'new'));
    await check(OPEN_ISSUE);
    expect((await check({ ...OPEN_ISSUE, 'keyset-ids': 'Good' })).outputs['issue-number']).toBe('');
    expect(issues.all).toMatchObject([{ state: 'open', comments: [] }]);
  });
});

test('a pull request that carries label and marker is never touched', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    const { issues } = emulator;
    const signing = emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    const pull = issues.add({
      body: markerOf(emulator),
      labels: [LABEL],
      user: { login: 'dependabot[bot]', type: 'Bot' },
      pull_request: { url: 'https://api.github.com/repos/contoso/identity/pulls/1' },
    });
    const before = structuredClone(pull);
    expect((await check(OPEN_ISSUE)).outputs['issue-number']).toBe('2');
    signing.keys = [];
    emulator.seed('B2C_1A_Signing', key(-1, 300, 'new'));
    expect((await check(OPEN_ISSUE)).outputs['issue-number']).toBe('2');
    expect(pull).toEqual(before);
    expect(issues.all.map(({ state }) => state)).toEqual(['open', 'closed']);
  });
});

test('an issue that a stranger made look like ours neither silences the alarm nor is touched', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    await check(OPEN_ISSUE);
    const [ours] = emulator.issues.all.splice(0);
    const fake = emulator.issues.add({ body: ours?.body ?? '', labels: [LABEL], number: 7 });
    const step = await check(OPEN_ISSUE);
    expect(emulator.issues.all).toHaveLength(2);
    expect(step.outputs['issue-number']).toBe('2');
    expect(fake.comments).toEqual([]);
  });
});

test.each(['OWNER', 'MEMBER', 'COLLABORATOR'])(
  'one that a person opened who is %s, with a token of their own, is ours',
  async (author_association) => {
    await checkScenario({}, async ({ emulator, check }) => {
      const ours = emulator.issues.add({ body: markerOf(emulator), labels: [LABEL], author_association });
      emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
      expect((await check(OPEN_ISSUE)).outputs['issue-number']).toBe('1');
      expect(ours.body).toContain('B2C_1A_Signing');
    });
  },
);

test('hostile ids stay text, and more keysets than an issue can hold are counted', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_`@octocat`\n<img src=x>', key(-300, 1, 'old'));
    for (let n = 0; n < 120; n++) emulator.seed(`B2C_1A_${'x'.repeat(400)}${n}`, key(-300, 20, 'old'));
    await check(OPEN_ISSUE);
    const [issue] = emulator.issues.all;
    expect(issue?.body).toContain("- **critical**: `B2C_1A_'@octocat' <img src=x> expires at");
    expect(issue?.body).toContain('- and 21 more keysets');
  });
});

test.each([
  [403, 'GET', PERMISSION],
  [404, 'GET', PERMISSION],
  [403, 'POST', PERMISSION],
  [410, 'POST', 'the issue could not be updated: HTTP 410: Status 410.'],
])('HTTP %s to %s is a warning, and the result is as without', async (status, method, words) => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    const at = (request: RecordedRequest): boolean => request.host === 'api.github.com' && request.method === method;
    emulator.faults.inject({ at, kind: 'status', status });
    const step = await check(OPEN_ISSUE);
    expect(step.result).toBe('success');
    expect(step.outputs).toMatchObject({ healthy: 'false', 'issue-number': '' });
    expect(issueWarnings(step)).toEqual([expect.stringContaining(words)]);
    expect(step.log).not.toMatch(/\.\./);
    expect(emulator.faults.remaining()).toEqual([]);
    expect(emulator.issues.all).toEqual([]);
  });
});

describe('GitHub fails once', () => {
  /** The requests of three runs: one opens the issue, one updates it, one closes it. */
  const REQUESTS = [
    ['opened', 'list', 'GET', /issues\?/],
    ['opened', 'create', 'POST', /issues$/],
    ['updated', 'list', 'GET', /issues\?/],
    ['updated', 'comment', 'POST', /comments$/],
    ['updated', 'update', 'PATCH', /issues\/1$/],
    ['closed', 'list', 'GET', /issues\?/],
    ['closed', 'comment', 'POST', /comments$/],
    ['closed', 'update', 'PATCH', /issues\/1$/],
  ] as const;
  const FAULTS: [string, RequestFault][] = [
    ['HTTP 502', { kind: 'status', status: 502 }],
    ['a lost response', { kind: 'reset-after' }],
    ['a page of HTML', { kind: 'html', status: 200 }],
  ];
  /** These are no different at the other requests. */
  const OTHERS: [string, RequestFault][] = [
    ['a reset connection', { kind: 'reset' }],
    ['a response that is cut off', { kind: 'truncated' }],
    ['a rate limit', { kind: 'rate-limited' }],
  ];
  test.concurrent.each(
    REQUESTS.flatMap(([when, step, method, path]) =>
      [...FAULTS, ...(step === 'create' ? OTHERS : [])].map((fault) => [when, step, ...fault, method, path] as const),
    ),
  )(
    'when the issue is %s, at the request %s with %s: it is the same issue in the end',
    async (when, _, __, fault, method, path) => {
      await checkScenario({}, async ({ emulator, check }) => {
        const { faults, issues } = emulator;
        const at = (request: RecordedRequest): boolean =>
          request.host === 'api.github.com' && request.method === method && path.test(request.path);
        const run = async (of: string): Promise<void> => {
          if (of === when) faults.inject({ at, ...fault });
          const step = await check(OPEN_ISSUE);
          expect(issueWarnings(step)).toEqual([]);
          expect(step.log).toMatch(new RegExp(`open-issue: (${of} issue #1|issue #1 is up to date)`));
          expect(step.outputs).toMatchObject({ 'issue-number': '1', healthy: String(of === 'closed') });
          expect(faults.remaining()).toEqual([]);
          expect(issues.all).toHaveLength(1);
        };
        const signing = emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
        await run('opened');
        if (when === 'opened') return;
        if (when === 'updated') {
          emulator.seed('B2C_1A_Other', key(-300, 20, 'old'));
          await run('updated');
          expect(issues.all).toMatchObject([{ state: 'open', body: expect.stringContaining('B2C_1A_Other') }]);
        } else {
          signing.keys = [];
          emulator.seed('B2C_1A_Signing', key(-1, 300, 'new'));
          await run('closed');
          expect(issues.all).toMatchObject([{ state: 'closed', state_reason: 'completed' }]);
        }
        // Twice only where the first one was lost after it had been written.
        const comments = issues.all[0]?.comments ?? [];
        expect(new Set(comments).size).toBe(1);
        expect(comments.length).toBeLessThanOrEqual(2);
      });
    },
  );
});

test('a comment that is lost for good is made up for by the next run', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    const { faults, issues } = emulator;
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    await check(OPEN_ISSUE);
    emulator.seed('B2C_1A_Other', key(-300, 20, 'old'));
    faults.inject({ at: ({ path }) => path.endsWith('/comments'), kind: 'status', status: 502, times: 100 });
    const failed = await check(OPEN_ISSUE);
    expect(failed.result).toBe('success');
    expect(issueWarnings(failed)).toEqual(['open-issue: the issue could not be updated: HTTP 502: Status 502.']);
    expect(issues.all).toMatchObject([{ comments: [], body: expect.not.stringContaining('Other') }]);
    faults.clear();
    await check(OPEN_ISSUE);
    expect(issues.all[0]?.comments).toEqual([expect.stringContaining('B2C_1A_Other')]);
    expect(issues.all[0]?.body).toContain('B2C_1A_Other');
  });
});

test.each<[string, RequestFault]>([
  ['the primary one, for an hour', { kind: 'rate-limited', resetSeconds: 3600 }],
  ['429 with Retry-After', { kind: 'throttled', retryAfter: 30 }],
  ['429 without a header', { kind: 'status', status: 429 }],
  [
    'the secondary one, without a header',
    { kind: 'status', status: 403, body: '{"message":"You have exceeded a secondary rate limit. Please wait."}' },
  ],
  [
    'one that ends at no time',
    { kind: 'status', status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' } },
  ],
])('a rate limit is not called a missing permission: %s', async (_, fault) => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    emulator.faults.inject({ at: 'issues', ...fault, times: 100 });
    const step = await check(OPEN_ISSUE);
    expect(step.result).toBe('success');
    expect(issueWarnings(step)).toEqual([
      expect.stringMatching(/HTTP (403|429), rate limit exceeded: [^.]*\.( [^.]*\.)?$/),
    ]);
    expect(step.log).not.toContain('permission');
  });
});

test.each<[string, string, unknown]>([
  ['no list', 'GET', { message: 'hello' }],
  ['null', 'GET', null],
  ['a text', 'GET', 'issues'],
  ['no issue', 'POST', []],
  ['an issue without a number', 'POST', { labels: [] }],
])('a response that is %s is a warning, and the result is as without', async (_, method, body) => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    const at = (request: RecordedRequest): boolean => request.host === 'api.github.com' && request.method === method;
    emulator.faults.inject({ at, kind: 'garbage', body, times: 100 });
    const step = await check(OPEN_ISSUE);
    expect(step.result).toBe('success');
    expect(step.outputs['issue-number']).toBe('');
    expect(issueWarnings(step)).toEqual([expect.stringContaining('unexpected response, expected')]);
  });
});

test('entries of a list that are no issues are passed over', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    const body = [null, 1, {}, { number: 'x' }, { number: 5, user: null, body: null, author_association: 'OWNER' }];
    emulator.faults.inject({ at: 'issues', kind: 'garbage', body });
    expect((await check(OPEN_ISSUE)).outputs['issue-number']).toBe('1');
  });
});

test('a token that may not set labels is a warning: no further run would find the issue', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    emulator.faults.inject({ at: ({ path }) => path === ISSUES, kind: 'garbage', body: { number: 3, labels: [] } });
    const step = await check(OPEN_ISSUE);
    expect(step.outputs['issue-number']).toBe('3');
    expect(issueWarnings(step)).toEqual([expect.stringContaining(`Add the label ${LABEL} to issue #3`)]);
  });
});

test('behind a proxy that does not let GitHub through it is a warning too', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    emulator.faults.inject({ at: 'api.github.com', kind: 'refuse', times: 100 });
    const step = await check(OPEN_ISSUE);
    expect(step.result).toBe('success');
    expect(issueWarnings(step)).toEqual([
      'open-issue: the issue could not be updated: the proxy did not open a tunnel (api.github.com, HTTP 502).',
    ]);
  });
});

test('a GitHub server without TLS gets no token, and that is a warning too', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    const step = await check(OPEN_ISSUE, { github: { API_URL: 'http://ghes.contoso.example/api/v3' } });
    expect(step.result).toBe('success');
    expect(step.outputs.healthy).toBe('false');
    expect(issueWarnings(step)).toEqual([
      'open-issue: the issue could not be updated: ghes.contoso.example is not HTTPS; tokens are not sent unencrypted.',
    ]);
  });
});

test('an error without a text', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    const headers = { 'content-type': '' };
    emulator.faults.inject({ at: 'issues', kind: 'status', status: 503, body: '', headers, times: 100 });
    expect(issueWarnings(await check(OPEN_ISSUE))).toEqual(['open-issue: the issue could not be updated: HTTP 503.']);
  });
});

test('a failed check says what it changed, and never that nothing was', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 2, 'old'));
    const without = await check();
    const opened = await check(OPEN_ISSUE);
    const kept = await check(OPEN_ISSUE);
    const refused = await check({ 'keyset-ids': 'None' });
    for (const { result, log } of [without, opened, kept, refused]) {
      expect(result).toBe('failure');
      expect(log).not.toMatch(/nothing was written|no changes were made/i);
    }
    expect(opened.annotations.at(-1)?.message).toContain('Changed: a new issue.');
    for (const { log } of [without, kept, refused]) expect(log).not.toContain('Changed:');
  });
});

test('the API of a GitHub Enterprise Server is asked where it stands', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    const step = await check(OPEN_ISSUE, { github: { API_URL: 'https://ghes.contoso.example/api/v3' } });
    expect(step.outputs['issue-number']).toBe('1');
    expect(calls(emulator)).toEqual([`GET /api/v3${ISSUES}`, `POST /api/v3${ISSUES}`]);
  });
});

test.each<[string, (emulator: Emulator) => void]>([
  [
    'the service cannot be asked',
    ({ faults }) => {
      faults.inject({ at: 'active', kind: 'status', status: 403 });
    },
  ],
  [
    'the service names another key than the rule, which two keys of the same start explain',
    (emulator) => {
      emulator.seed('B2C_1A_Signing', key(-30, 200, 'tie'));
      emulator.faults.inject({ at: 'active', kind: 'garbage', body: { kid: 'tie' } });
    },
  ],
])('an issue is not closed where %s', async (_, prepare) => {
  await checkScenario({}, async ({ emulator, check }) => {
    const { issues } = emulator;
    const signing = emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    await check(OPEN_ISSUE);
    signing.keys = [];
    emulator.seed('B2C_1A_Signing', key(-30, 300, 'new'));
    prepare(emulator);
    const step = await check(OPEN_ISSUE);
    expect(step.outputs).toMatchObject({ 'issue-number': '1' });
    expect(step.log).toContain('issue #1 stays open: the service did not confirm that all keysets are healthy.');
    expect(issues.all).toMatchObject([{ state: 'open', comments: [] }]);
    // Who does not want the service to be asked gets what the dates say.
    await check({ ...OPEN_ISSUE, 'verify-active-key': 'false' });
    expect(issues.all[0]?.state).toBe('closed');
  });
});

test('a tenant without keysets closes nothing', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    await check(OPEN_ISSUE);
    emulator.faults.inject({ at: 'list', kind: 'garbage', body: { value: [] } });
    const step = await check(OPEN_ISSUE);
    expect(step.log).toContain('issue #1 stays open');
    expect(emulator.issues.all[0]?.state).toBe('open');
  });
});
