import { DUPLICATE } from '../graph/codes.ts';
import { GraphError } from '../graph/error.ts';
import { explainGraph } from '../graph/explain.ts';
import type { KeysetsApi, Payload } from '../graph/keysets.ts';
import { isRemote } from '../http/failure.ts';
import { certainlyNotDone, worthRepeating } from '../http/retry.ts';
import type { Key } from '../keyset/key.ts';
import { ActionError } from '../shared/action-error.ts';
import type { Job } from '../runner/action.ts';
import { log } from '../runner/log.ts';
import { Account } from './account.ts';
import { lookRepeatedly } from './wait.ts';

/** An upload whose outcome stays unknown is sent this often in all. */
const MAX_SENDS = 3;
/** Milliseconds that a keyset of our own making may stay "missing" to an upload. */
const SETTLING = 60_000;

/** One upload: what, where, and how to recognise it in the keyset afterwards. */
export interface Upload {
  readonly id: string;
  readonly payload: Payload;
  /** This run made the keyset, so that it may not be there for everyone yet. */
  readonly created: boolean;
  /** Reads the keyset, and returns the key should it be there now. */
  readonly find: () => Promise<Key | undefined>;
}

interface Uploaded {
  readonly key: Key;
  /** Whether this run wrote it; someone else may have been faster. */
  readonly wrote: boolean;
}

/**
 * Uploads, so that the key is in the keyset once whatever happens on the way. What certainly did not happen is sent again.
 * What may have happened is looked for first, and sent again only when it does not show up.
 *
 * @throws ActionError; when the outcome stays unknown it says so
 */
export async function upload(what: Upload, api: KeysetsApi, job: Job): Promise<Uploaded> {
  const account = new Account('the certificate', job.writes, () => api.upload(what.id, what.payload));
  const holds = (key: Key): Uploaded => {
    account.found();
    log.info('The keyset holds the certificate.');
    return { key, wrote: account.unclear };
  };
  const failure = (error: unknown): unknown => {
    const explained = explainGraph(`Uploading to the keyset ${what.id}`, error);
    return account.unclear && explained instanceof ActionError ? unknown(explained) : explained;
  };
  for (let sent = 1; ; sent++) {
    try {
      const { key, sentNow } = await sendUntilTaken(what, account, job);
      return sentNow ? { key, wrote: true } : holds(key);
    } catch (error) {
      const isDuplicate = error instanceof GraphError && error.code === DUPLICATE;
      if (!isRemote(error) || (certainlyNotDone(error) && !isDuplicate)) throw failure(error);
      log.info(
        `${error.message}: the upload may have gone through, so the keyset is searched before anything is sent again.`,
      );
      const key = await lookRepeatedly(job, what.find).catch((problem: unknown) => {
        throw failure(problem);
      });
      if (key) return holds(key);
      if (isDuplicate || sent === MAX_SENDS) throw failure(error);
      log.info('It did not show up within 15 seconds: it is sent again.');
    }
  }
}

/**
 * Sends until the service took it, refused it, or may have taken it. After a refusal it looks before it sends again: the
 * other write that was in the way, or whoever used the pause, may have brought the same certificate.
 */
async function sendUntilTaken(
  { created, find }: Upload,
  account: Account<Key>,
  { client }: Job,
): Promise<{ key: Key; sentNow: boolean }> {
  const { pace } = client;
  const deadline = pace.now() + SETTLING;
  const settling = (error: unknown): boolean =>
    created && error instanceof GraphError && error.isMissing && pace.now() < deadline;
  let refused = false;
  const attempt = async (): Promise<{ key: Key; sentNow: boolean }> => {
    const key = refused ? await find() : undefined;
    refused = true;
    return key ? { key, sentNow: false } : { key: await account.attempt(), sentNow: true };
  };
  for (let pause = 1000; ; pause = Math.min(pause * 2, 8000)) {
    try {
      return await client.repeat(attempt, (error): error is Error => certainlyNotDone(error) && worthRepeating(error));
    } catch (error) {
      if (!settling(error)) throw error;
      log.debug('The keyset is not there for uploads yet.');
      await pace.sleep(pause);
    }
  }
}

const unknown = (problem: ActionError): ActionError =>
  new ActionError(
    `${problem.message} The certificate may have been written; run again: a second run finds it.`,
    { ...problem.remediation, anchor: 'unknown-outcome' },
    { cause: problem },
  );
