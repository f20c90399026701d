import { join } from 'node:path';
import { packagedAction, REPOSITORY } from './package.ts';
import { startAction } from './step.ts';
import type { Action, RunningStep, StepOptions as Options, StepResult } from './step.ts';

export type { RunningStep, StepResult } from './step.ts';

/** What a scenario says about the step that it runs. */
export interface StepOptions extends Options {
  /** which of the two actions, default `upload` */
  action?: 'upload' | 'check';
}

/**
 * Runs a step of the packaged action to its end, as GitHub's runner does. With `TEST_TARGET=src` in the environment the
 * sources run in its place, for the coverage report.
 * @throws Error when the step broke a rule that holds for every step: a secret came out, an output is undeclared, a
 *   successful step wrote to stderr
 */
export function runStep(options: StepOptions = {}): Promise<StepResult> {
  return startStep(options).finished;
}

/** Starts a step, for scenarios that act on it while it runs; see `runStep`. */
export function startStep(options: StepOptions = {}): RunningStep {
  return startAction(subject(options.action ?? 'upload'), options);
}

function subject(action: 'upload' | 'check'): Action {
  const manifest = action === 'upload' ? 'action.yml' : 'check/action.yml';
  if (process.env.TEST_TARGET === 'src') {
    return {
      manifest: join(REPOSITORY, manifest),
      command: [join(import.meta.dirname, 'launch.ts'), action],
    };
  }
  return { manifest: join(packagedAction(), manifest) };
}
