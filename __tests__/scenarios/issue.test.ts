import { expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Emulator } from '../../emulator/index.ts';
import { removeFolder } from '../harness/package.ts';
import { key } from '../support/key.ts';
import { checkScenario } from './scenario.ts';

const OPEN_ISSUE = { 'open-issue': 'true' };

/** Methods and paths of what arrived at GitHub's API. */
const calls = ({ requestLog }: Emulator, from = 0): string[] =>
  requestLog
    .slice(from)
    .filter(({ host }) => /^(api\.github\.com|ghes\.)/.test(host))
    .map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`);

const ISSUES = '/repos/contoso/identity/issues';

test('an issue is opened, left alone, updated, and closed', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    const { issues, requestLog } = emulator;
    const signing = emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));

    const opened = await check(OPEN_ISSUE);
    expect(opened.result).toBe('success');
    expect(opened.outputs['issue-number']).toBe('1');
    const [issue] = issues.all;
    expect(issue?.title).toBe(`Azure AD B2C policy keys need attention (tenant ${emulator.tenant.domain})`);
    expect(issue?.body).toMatch(/- \*\*expiring\*\*: `B2C_1A_Signing expires at \S+Z and has no successor key\.`/);

    const before = requestLog.length;
    expect((await check(OPEN_ISSUE)).outputs['issue-number']).toBe('1');
    expect(calls(emulator, before)).toEqual([`GET ${ISSUES}`]);

    emulator.seed('B2C_1A_Other', key(-300, -5, 'gone'), key(9, 90, 'soon'));
    const changed = await check(OPEN_ISSUE);
    expect(changed.result).toBe('failure');
    expect(changed.outputs['issue-number']).toBe('1');
    expect(issue?.body).toContain('`B2C_1A_Other has no valid key until');
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

test('each tenant has an issue of its own, found on whatever page it is', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    await check(OPEN_ISSUE);
    for (let n = 0; n < 120; n++) emulator.issues.all.unshift({ ...emulator.issues.add({}), number: 1000 + n });
    expect((await check(OPEN_ISSUE)).outputs['issue-number']).toBe('1');
    const other = await check({ ...OPEN_ISSUE, 'tenant-id': emulator.tenant.id });
    expect(other.outputs['issue-number']).not.toBe('1');
    expect(emulator.issues.all.filter(({ body }) => body.startsWith('<!-- b2c-upload-cert'))).toHaveLength(2);
  });
});

test('an issue that a stranger made look like ours neither silences the alarm nor is touched', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    await check(OPEN_ISSUE);
    const [ours] = emulator.issues.all.splice(0);
    const fake = emulator.issues.add({ body: ours?.body ?? '', number: 7 });
    const step = await check(OPEN_ISSUE);
    expect(emulator.issues.all).toHaveLength(2);
    expect(step.outputs['issue-number']).toBe('2');
    expect(fake.comments).toEqual([]);
  });
});

test('one that a member opened, with a token of their own, is ours', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    const body = `<!-- b2c-upload-cert/check tenant ${emulator.tenant.domain} -->`;
    emulator.issues.add({ body, author_association: 'MEMBER' });
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    expect((await check(OPEN_ISSUE)).outputs['issue-number']).toBe('1');
  });
});

test('hostile ids stay text, and more keysets than an issue can hold are counted', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_`@octocat`\n<img src=x>', key(-300, 1, 'old'));
    for (let n = 0; n < 120; n++) emulator.seed(`B2C_1A_${'x'.repeat(400)}${n}`, key(-300, 20, 'old'));
    await check(OPEN_ISSUE);
    const [issue] = emulator.issues.all;
    expect(issue?.body).toContain("- **failing**: `B2C_1A_'@octocat' <img src=x> expires at");
    expect(issue?.body).toContain('- and 21 more');
  });
});

test.each([
  [403, 'GET', 'Does the job have the permission `issues: write`?'],
  [404, 'GET', 'Does the job have the permission `issues: write`?'],
  [403, 'POST', 'Does the job have the permission `issues: write`?'],
  [410, 'POST', 'could not be updated: HttpError'],
  [502, 'GET', 'could not be updated: HttpError'],
])('HTTP %s to %s is a warning, and the result is as without', async (status, method, words) => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    const at = (request: { host: string; method: string }): boolean =>
      request.host === 'api.github.com' && request.method === method;
    emulator.faults.inject({ at, kind: 'status', status });
    const step = await check(OPEN_ISSUE);
    expect(step.result).toBe('success');
    expect(step.outputs).toMatchObject({ healthy: 'false', 'issue-number': '' });
    expect(step.annotations.map(({ message }) => message)).toContainEqual(expect.stringContaining(words));
  });
});

test('without an answer, or behind a page of something else, it is a warning too', async () => {
  await checkScenario({}, async ({ emulator, check }) => {
    emulator.seed('B2C_1A_Signing', key(-300, 20, 'old'));
    emulator.faults.inject({ at: 'api.github.com', kind: 'refuse' });
    const cut = await check(OPEN_ISSUE);
    expect(cut.result).toBe('success');
    expect(cut.log).toContain('the proxy did not open a tunnel (api.github.com');
    emulator.faults.inject({
      at: ({ host }) => host === 'api.github.com',
      kind: 'status',
      status: 503,
      body: '',
      headers: { 'content-type': '' },
    });
    expect((await check(OPEN_ISSUE)).outputs['issue-number']).toBe('');
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

test('the library is loaded for an issue alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'b2c-loaded-'));
  try {
    await checkScenario({}, async ({ emulator, check }) => {
      emulator.seed('B2C_1A_Signing', key(-1, 300, 'a'));
      const loadsOctokit = async (inputs: Record<string, string>): Promise<boolean> => {
        const file = join(folder, 'urls');
        const trace = `import { registerHooks } from 'node:module'; import { writeFileSync } from 'node:fs'; const urls = [];
          registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
          process.on('exit', () => writeFileSync(${JSON.stringify(file)}, urls.join('\\n')));`;
        await check(inputs, { execArgv: ['--import', `data:text/javascript,${encodeURIComponent(trace)}`] });
        const loaded = readFileSync(file, 'utf8')
          .split('\n')
          .filter((url) => url.startsWith('file:'));
        expect(loaded.length).toBeGreaterThan(2);
        return loaded.some((url) => readFileSync(fileURLToPath(url), 'utf8').includes('/repos/{owner}/{repo}/issues'));
      };
      expect(await loadsOctokit({})).toBe(false);
      expect(await loadsOctokit(OPEN_ISSUE)).toBe(true);
    });
  } finally {
    removeFolder(folder);
  }
});
