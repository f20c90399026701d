import { inspect } from 'node:util';
import { createHttpClient, type HttpClient } from '../http/client.ts';
import { ActionError } from '../shared/action-error.ts';
import { log } from './log.ts';
import { WriteTracker } from './write-tracker.ts';

/** What an action carries from beginning to end. */
export interface ActionContext {
  readonly client: HttpClient;
  readonly writes: WriteTracker;
}

const TROUBLESHOOTING_URL = 'https://github.com/org/b2c-upload-cert/blob/v1/docs/troubleshooting.md';
/** What a cancelled run gets to end; the runner's next signal comes after 7.5 seconds. */
const GRACE_PERIOD_MS = 1000;
/** 128 plus the number of the signal, as shells do. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs an action. This is the only place that catches, and it catches everything: a failure becomes an annotation and exit code
 * 1; a signal aborts all requests, says what was changed, and ends the process within two seconds.
 */
export async function runAction(action: (context: ActionContext) => Promise<void>): Promise<void> {
  const cancellation = new AbortController();
  const writes = new WriteTracker();
  const cancel = (signal: keyof typeof EXIT_CODES): void => {
    if (cancellation.signal.aborted) return;
    process.exitCode = EXIT_CODES[signal];
    log.error([`Run cancelled (${signal}). ${writes.describe()}`]);
    cancellation.abort();
    setTimeout(() => process.exit(), GRACE_PERIOD_MS).unref();
  };
  const fail = (error: unknown): void => {
    if (cancellation.signal.aborted) return;
    process.exitCode = 1;
    log.error(describeFailure(error, writes));
    if (error instanceof Error) log.debug(String(error.stack));
  };
  process
    .on('SIGINT', cancel)
    .on('SIGTERM', cancel)
    .on('uncaughtException', (error) => {
      fail(error);
      // A stray error can occur again and again: by printing to a runner that has disconnected, for example.
      process.exit(process.exitCode);
    });
  try {
    await action({ client: createHttpClient(cancellation.signal, log.debug), writes });
  } catch (error) {
    fail(error);
  } finally {
    process.off('SIGINT', cancel).off('SIGTERM', cancel);
    cancellation.abort();
  }
}

function describeFailure(error: unknown, writes: WriteTracker): string[] {
  if (error instanceof ActionError) {
    const { anchor, cause, fix, details = [] } = error.remediation;
    return [
      error.message,
      ...(cause === undefined ? [] : [`Cause: ${cause}`]),
      ...(fix === undefined ? [] : [`Fix: ${fix}`]),
      ...details,
      writes.describe(),
      `More: ${TROUBLESHOOTING_URL}#${anchor}`,
    ];
  }
  const what =
    error instanceof Error
      ? `${error.name}: ${error.message}`
      : `a non-Error value was thrown: ${inspect(error, { depth: 0 })}`;
  return [`Unexpected error, ${what}`, writes.describe(), `Please report this bug: ${TROUBLESHOOTING_URL}#unexpected`];
}
