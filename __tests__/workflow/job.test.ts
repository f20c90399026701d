import { expect, test } from '@jest/globals';
import { readAsGitHub } from './index.ts';
import { type Given, type JobRun, runJob } from './job.ts';

/** Runs one job with these steps. */
async function run(steps: string, given: Given = {}, condition = 'success()'): Promise<JobRun> {
  const text = `on: push\nenv: { A: workflow, B: workflow }\njobs:\n  one:\n    runs-on: ubuntu-latest\n    if: ${condition}\n    env: { B: job, C: job }\n    steps:\n${steps}`;
  const reading = readAsGitHub({ 'one.yml': text }).get('one.yml');
  expect(reading?.findings).toEqual([]);
  return await runJob(reading?.tree ?? {}, 'one', given);
}

test('the step, the job and what earlier steps exported decide the environment, in this order', async () => {
  const { result, steps } = await run(
    `
      - run: echo "C=exported" >> "$GITHUB_ENV"
      - id: show
        env: { D: '\${{ vars.GREETING }}, \${{ env.C }}' }
        run: |
          echo "$A $B $C $D"
          echo "answer=$(node -p '6 * 7')" >> "$GITHUB_OUTPUT"
      - id: see
        env: { ANSWER: '\${{ steps.show.outputs.answer }}' }
        run: test "$ANSWER" = 42
  `,
    { vars: { GREETING: 'hello' } },
  );
  expect(result).toBe('success');
  expect(steps.show?.log).toBe('workflow job exported hello, exported\n');
});

test('after a failure only those steps run that ask for it', async () => {
  const { result, steps } = await run(`
      - { id: broken, run: 'false' }
      - { id: next, run: 'true' }
      - { id: helper, if: failure(), run: 'true' }
      - { id: cleaner, if: always(), run: 'true' }
      - { id: choosy, if: "always() && steps.broken.outcome == 'success'", run: 'true' }
  `);
  expect(result).toBe('failure');
  const outcomes = Object.values(steps).map(({ outcome }) => outcome);
  expect(outcomes).toEqual(['failure', 'skipped', 'success', 'success', 'skipped']);
});

test('a failure can be forgiven', async () => {
  const { result, steps } = await run(`
      - { id: broken, run: 'false', continue-on-error: true }
      - { id: next, run: 'true' }
  `);
  expect(result).toBe('success');
  expect(steps.broken).toMatchObject({ outcome: 'failure', conclusion: 'success' });
  expect(steps.next?.outcome).toBe('success');
});

test('output that the runner cannot read fails a step', async () => {
  const { result } = await run(`      - run: echo nonsense >> "$GITHUB_OUTPUT"`);
  expect(result).toBe('failure');
});

test('a condition that does not hold skips the job', async () => {
  const { result, steps } = await run(`      - run: 'true'`, {}, "vars.CANARY != ''");
  expect([result, steps]).toEqual(['skipped', {}]);
});

test.each([
  ['an action of others', '{ uses: azure/login@v2 }', 'has no action azure/login@v2'],
  ['an action of ours before the checkout', '{ uses: ./check }', 'comes before the checkout'],
  ['a secret that is shown', '{ run: echo sesame }', 'shows a secret'],
])('%s fails the job, whatever the step forgives', async (_, step, reason) => {
  const text = step.replace('{', '{ id: odd, continue-on-error: true,');
  const { result, steps } = await run(`      - ${text}`, { forbidden: () => ['sesame'] });
  expect(result).toBe('failure');
  expect(steps.odd?.log).toContain(reason);
});
