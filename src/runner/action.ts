import { inspect } from 'node:util';
import { createClient, type Client } from '../http/client.ts';
import { ActionError } from '../shared/action-error.ts';
import { log } from './log.ts';
import { Writes } from './writes.ts';

/** What a story gets to work with. */
export interface Job {
  readonly client: Client;
  readonly writes: Writes;
}

const TROUBLESHOOTING = 'https://github.com/org/b2c-upload-cert/blob/v1/docs/troubleshooting.md';

/** Milliseconds that a cancelled run gets to end by itself; the runner's next signal comes after 7.5 seconds. */
const GRACE = 1000;
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Tells one story from beginning to end: the only place that catches, and it catches everything. A failure becomes an
 * annotation and exit code 1; a signal aborts what is in flight, says what was written, and ends the process within two seconds.
 */
export async function runAction(story: (job: Job) => Promise<void>): Promise<void> {
  const cancelled = new AbortController();
  const writes = new Writes();
  const stop = (signal: keyof typeof SIGNALS): void => {
    if (cancelled.signal.aborted) return;
    process.exitCode = SIGNALS[signal];
    log.error([`Cancelled by ${signal}. ${writes.describe()}`]);
    cancelled.abort();
    setTimeout(() => process.exit(), GRACE).unref();
  };
  const fail = (error: unknown): void => {
    if (cancelled.signal.aborted) return;
    process.exitCode = 1;
    log.error(describe(error, writes));
    if (error instanceof Error) log.debug(String(error.stack));
  };
  process
    .on('SIGINT', stop)
    .on('SIGTERM', stop)
    .on('uncaughtException', (error) => {
      fail(error);
      // What was thrown astray can be thrown again: by printing to a runner that hung up, for one.
      process.exit(process.exitCode);
    });
  try {
    await story({ client: createClient(cancelled.signal, log.debug), writes });
  } catch (error) {
    fail(error);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    cancelled.abort();
  }
}

function describe(error: unknown, writes: Writes): string[] {
  const written = writes.describe();
  if (!(error instanceof ActionError)) {
    const what =
      error instanceof Error
        ? `${error.name}: ${error.message}`
        : `a thrown value that is no Error: ${inspect(error, { depth: 0 })}`;
    return [
      `Unexpected failure, ${what}`,
      written,
      `This should not happen: please report it, see ${TROUBLESHOOTING}#unexpected`,
    ];
  }
  const { anchor, cause, fix, details = [] } = error.remediation;
  return [
    error.message,
    ...(cause === undefined ? [] : [`Cause: ${cause}`]),
    ...(fix === undefined ? [] : [`Fix: ${fix}`]),
    ...details,
    written,
    `More: ${TROUBLESHOOTING}#${anchor}`,
  ];
}
