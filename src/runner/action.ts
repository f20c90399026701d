import { inspect } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };
import { createHttpClient, type HttpClient } from '../http/client.ts';
import { proxySecrets } from '../http/proxy.ts';
import { ActionError } from '../shared/action-error.ts';
import { log, mask } from './log.ts';
import { WriteTracker } from './write-tracker.ts';

/** What an action carries from beginning to end. */
export interface ActionContext {
  readonly client: HttpClient;
  readonly writes: WriteTracker;
}

/** Time for a cancelled run to end; the runner's next signal comes after 7.5 seconds. */
const GRACE_PERIOD_MS = 1000;
/** 128 plus the number of the signal, as shells do. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs an action. Every failure ends here: it becomes an annotation and exit code
 * 1; a signal aborts all requests, says what was changed, and ends the process within two seconds.
 *
 * @param noChanges - what a failed run says that changed nothing; `''` for an action that never changes the tenant
 */
export async function runAction(
  action: (context: ActionContext) => Promise<void>,
  noChanges = 'No changes were made.',
): Promise<void> {
  const cancellation = new AbortController();
  const writes = new WriteTracker();
  const describeWrites = (): string => writes.describe() || noChanges;
  const cancel = (signal: keyof typeof EXIT_CODES): void => {
    if (cancellation.signal.aborted) return;
    process.exitCode = EXIT_CODES[signal];
    log.error(`Run cancelled (${signal}). ${describeWrites()}`.trimEnd());
    cancellation.abort();
    setTimeout(() => process.exit(), GRACE_PERIOD_MS).unref();
  };
  const fail = (error: unknown): void => {
    if (cancellation.signal.aborted) return;
    process.exitCode = 1;
    log.error(...describeFailure(error, describeWrites()).filter((line) => line !== ''));
    if (error instanceof Error) for (const frame of ownFrames(error)) log.debug(frame);
  };
  process
    .on('SIGINT', cancel)
    .on('SIGTERM', cancel)
    .on('uncaughtException', (error) => {
      fail(error);
      // A stray error can occur again and again: by printing to a runner that has disconnected, for example.
      process.exit(process.exitCode);
    });
  for (const secret of proxySecrets(process.env)) mask(secret);
  warnAboutVariables(process.env);
  try {
    await action({ client: createHttpClient(cancellation.signal, log.debug), writes });
  } catch (error) {
    fail(error);
  } finally {
    process.off('SIGINT', cancel).off('SIGTERM', cancel);
    cancellation.abort();
  }
}

/** Where an error came from. Its message is printed anyway; whatever else a stack contains may come from a library. */
const ownFrames = ({ stack = '' }: Error): string[] =>
  stack.split('\n').filter((line) => /^\s+at /.test(line) && !/node:|node_modules/.test(line));

function warnAboutVariables({ NODE_DEBUG, ALL_PROXY, all_proxy, HTTPS_PROXY, https_proxy }: NodeJS.ProcessEnv): void {
  if (NODE_DEBUG) {
    log.warning(
      'NODE_DEBUG is set: Node prints requests, which contain tokens, to the log of this step. Masks hide what they match. Unset it.',
    );
  }
  if ([ALL_PROXY, all_proxy].some(Boolean) && ![HTTPS_PROXY, https_proxy].some(Boolean))
    log.notice('ALL_PROXY is set, but only HTTPS_PROXY is read: requests do not use this proxy.');
}

/** In the repository and at the ref that the workflow uses: empty for a local action. */
function troubleshootingUrl(anchor: string): string {
  const { GITHUB_ACTION_REPOSITORY: usedRepository = '', GITHUB_ACTION_REF: usedRef = '' } = process.env;
  const repository = /^[\w.-]+\/[\w.-]+$/.test(usedRepository) ? usedRepository : manifest.repository;
  const ref = /^[\w./-]+$/.test(usedRef) ? usedRef : `v${manifest.version.replace(/\..*/, '')}`;
  return `https://github.com/${repository}/blob/${ref}/docs/troubleshooting.md#${anchor}`;
}

function describeFailure(error: unknown, changes: string): string[] {
  if (error instanceof ActionError) {
    const { anchor, cause, fix, details = [] } = error.remediation;
    return [
      error.message,
      ...(cause === undefined ? [] : [`Cause: ${cause}`]),
      ...(fix === undefined ? [] : [`Fix: ${fix}`]),
      ...details,
      changes,
      `More: ${troubleshootingUrl(anchor)}`,
    ];
  }
  const what =
    error instanceof Error
      ? `${error.name}: ${error.message}`
      : `a non-Error value was thrown: ${inspect(error, { depth: 0 })}`;
  return [`Unexpected error, ${what}`, changes, `Please report this bug: ${troubleshootingUrl('unexpected')}`];
}
