import { isRecord } from '../../src/shared/json.ts';
import { createJobFolders } from '../harness/job-folders.ts';
import { removeFolder, REPOSITORY } from '../harness/package.ts';
import { type Contexts, evaluate } from './expression.ts';
import { type Ended, runAction, runScript } from './step.ts';

/** What a repository, its settings and its runner bring to a job. */
export interface Given {
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** What became of the jobs before this one. */
  readonly needs?: Readonly<Record<string, { readonly result: string }>>;
  /** The environment of the machine itself: its proxy, and whom it trusts. */
  readonly machine?: Readonly<Record<string, string>>;
  /** The variables of the token service, for a job with `id-token: write` in this environment (`''`: in none). */
  readonly idToken?: (environment: string) => Record<string, string>;
  /** What must not be seen in the log of any step, asked for when one has ended. */
  readonly forbidden?: () => string[];
}

interface StepRun {
  readonly outcome: 'success' | 'failure' | 'skipped';
  /** The outcome, but for a failure that `continue-on-error` forgives. */
  readonly conclusion: 'success' | 'failure' | 'skipped';
  readonly outputs: Record<string, string>;
  readonly log: string;
  readonly summary: string;
}

export interface JobRun {
  readonly result: 'success' | 'failure' | 'skipped';
  /** By their ids; a step without one by what it uses or runs. */
  readonly steps: Record<string, StepRun>;
}

/** Steps that prepare the machine, which is prepared. */
const PREPARED = /^(actions\/(checkout|setup-node)@|npm ci\b)/;
const SKIPPED = { outcome: 'skipped', conclusion: 'skipped', outputs: {}, log: '', summary: '' } as const;
const NOTHING: Ended = { result: 'success', outputs: {}, exported: {}, log: '', summary: '' };

/**
 * Runs a job as GitHub's runner does, as far as the workflows of this repository ask for it.
 * A step that breaks a rule of the harness, or asks for something that this runner cannot do, fails beyond forgiveness.
 *
 * @param workflow - the tree that `readAsGitHub` gives
 * @throws Error when there is no such job
 */
export async function runJob(workflow: Record<string, unknown>, id: string, given: Given): Promise<JobRun> {
  const job = member(member(workflow, 'jobs'), id);
  const { vars = {}, secrets = {}, needs = {}, forbidden = () => [] } = given;
  const github = { ref: 'refs/heads/main', event_name: 'push', repository: 'contoso/identity', token: 'ghs_workflow' };
  const ofJob = { github, vars, needs };
  const blocked = Object.values(needs).some(({ result }) => result !== 'success');
  if (!holds(job.if, ofJob, blocked)) return { result: 'skipped', steps: {} };

  const machine = { ...given.machine, ...(mayAskForToken(workflow, job) && given.idToken?.(placeOf(job, ofJob))) };
  const folders = createJobFolders({});
  const steps: Record<string, StepRun> = {};
  const exported: Record<string, string> = {};
  let [failed, workspace] = [false, folders.workspace];

  const run = async (step: Record<string, unknown>): Promise<StepRun> => {
    const contexts = { ...ofJob, secrets, steps, job: { status: failed ? 'failure' : 'success' } };
    const before = { ...texts(evaluate([workflow.env, job.env], contexts)), ...exported };
    if (!holds(step.if, { ...contexts, env: before }, failed)) return SKIPPED;
    const env = texts([before, evaluate(step.env, { ...contexts, env: before })]);
    const valueOf = (key: string): unknown => evaluate(step[key], { ...contexts, env });

    const perform = async (what: string): Promise<Ended> => {
      if (what.startsWith('actions/checkout@')) workspace = REPOSITORY;
      if (PREPARED.test(what)) return NOTHING;
      const environment = { ...machine, ...env };
      if (!('uses' in step)) return await runScript(what, environment, workspace, folders);
      if (what.startsWith('./') && workspace !== REPOSITORY) throw new Error(`${what} comes before the checkout.`);
      return await runAction(what, texts([valueOf('with')]), {
        env: environment,
        secrets: Object.values(secrets),
        forbidden,
      });
    };
    const { result, outputs, log, summary, ...ended } = await perform(String(valueOf('uses') ?? valueOf('run')));
    Object.assign(exported, ended.exported);
    if (forbidden().some((secret) => (log + summary).includes(secret))) throw new Error('The step shows a secret.');
    const forgiven = valueOf('continue-on-error') === true;
    return { outcome: result, conclusion: forgiven ? 'success' : result, outputs, log, summary };
  };

  try {
    for (const step of Array.isArray(job.steps) ? job.steps.filter(isRecord) : []) {
      const ended = await run(step).catch(breach);
      failed ||= ended.conclusion === 'failure';
      steps[nameOf(step)] = ended;
    }
  } finally {
    removeFolder(folders.root);
  }
  return { result: failed ? 'failure' : 'success', steps };
}

/** What a job does not name it has not got. */
function mayAskForToken(workflow: Record<string, unknown>, job: Record<string, unknown>): boolean {
  const permissions = job.permissions ?? workflow.permissions;
  return isRecord(permissions) && permissions['id-token'] === 'write';
}

/** The name of the job's environment, empty when it has none. */
function placeOf({ environment = '' }: Record<string, unknown>, contexts: Contexts): string {
  return String(evaluate(isRecord(environment) ? environment.name : environment, contexts));
}

function breach(error: unknown): StepRun {
  return { ...SKIPPED, outcome: 'failure', conclusion: 'failure', log: String(error) };
}

/** A member of a mapping, which has to be a mapping too. */
function member(mapping: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = mapping[name];
  if (!isRecord(value)) throw new Error(`The workflow has no ${name}.`);
  return value;
}

const nameOf = ({ id, uses, run }: Record<string, unknown>): string => String(id ?? uses ?? run);

/** A missing condition is `success()`. Only these values are false. */
function holds(condition: unknown, contexts: Contexts, failed: boolean): boolean {
  const value = evaluate(condition ?? { expression: 'success()' }, contexts, failed);
  return ![false, null, 0, ''].some((falsy) => falsy === value);
}

/** Mappings merged, of which the last wins, with their values as texts. */
const texts = (mappings: unknown): Record<string, string> =>
  Object.fromEntries(
    (Array.isArray(mappings) ? mappings : [])
      .filter(isRecord)
      .flatMap((mapping) => Object.entries(mapping).map(([name, value]) => [name, textOf(value)])),
  );

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
