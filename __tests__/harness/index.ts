import { join } from 'node:path';
import { packagedAction } from './package.ts';
import { startAction } from './step.ts';
import type { Action, RunningStep, StepOptions as Options, StepResult } from './step.ts';

export type { RunningStep, StepResult } from './step.ts';

/** How a scenario runs a step. */
export interface StepOptions extends Options {
  /** which of the two actions, default `upload` */
  action?: 'upload' | 'check';
}

/**
 * Runs a step of an action to its end, as GitHub's runner does. `TEST_TARGET` in the environment is what runs: the folder
 * that the sources were made into; without it `dist`, packaged as users download it.
 * @throws Error when the step broke a rule that applies to every step: it leaked a secret, an output is undeclared, a
 *   successful step wrote to stderr
 */
export function runStep(options: StepOptions = {}): Promise<StepResult> {
  return startStep(options).finished;
}

/** Starts a step, for scenarios that act on it while it runs; see `runStep`. */
export function startStep(options: StepOptions = {}): RunningStep {
  return startAction(target(options.action ?? 'upload'), options);
}

function target(action: 'upload' | 'check'): Action {
  const manifest = action === 'upload' ? 'action.yml' : 'check/action.yml';
  const { TEST_TARGET: target = 'dist' } = process.env;
  return { manifest: join(target === 'dist' ? packagedAction() : target, manifest) };
}
