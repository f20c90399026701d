// The entry points of both actions, which the launchers in `dist` call. The first import has to stay the first.
import './runner/unset-variables.ts';
import { check as runCheck } from './check/check.ts';
import { runAction } from './runner/action.ts';
import { upload as runUpload } from './upload/upload.ts';

/** Runs the action that uploads a certificate: action.yml. */
export async function upload(): Promise<void> {
  await runAction(runUpload);
}

/** Runs the action that checks keysets: check/action.yml. */
export async function check(): Promise<void> {
  await runAction(runCheck, '');
}
