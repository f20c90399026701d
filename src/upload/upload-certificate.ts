import { DUPLICATE_KEY } from '../graph/error-codes.ts';
import { GraphError } from '../graph/graph-error.ts';
import type { Payload } from '../graph/keysets-client.ts';
import { isRemoteError } from '../http/errors.ts';
import { throwExplained } from '../http/guidance.ts';
import { isSafeToResend } from '../http/retry.ts';
import { log } from '../runner/log.ts';
import { ActionError } from '../shared/action-error.ts';
import { search, SEARCH_TIME, type UploadContext } from './snapshot.ts';
import { readAddedKey, type VerifiedKey } from './verify.ts';

/** An upload whose outcome stays unknown is sent once more in the whole run. */
const MAX_SENDS = 2;
/** How long a new keyset may be missing for uploads. */
const KEYSET_PROPAGATION_MS = 60_000;

interface UploadResponse {
  /** The `kid` in the response to the upload, if there was one. */
  readonly returnedKid?: string | undefined;
  /** The key, where the keyset was searched for it: the response was lost, or another run uploaded the certificate. */
  readonly found?: VerifiedKey;
  readonly uploadedByThisRun: boolean;
}

/**
 * Uploads the certificate so that the keyset contains it once, whatever happens on the network. A request that certainly was not
 * executed is sent again. One that may have been is searched for during 90 seconds, and sent once more only when the key is not
 * found.
 *
 * @throws ActionError; when the outcome stays unknown it says so
 */
export async function uploadCertificate(context: UploadContext, payload: Payload): Promise<UploadResponse> {
  for (let sends = 1; ; sends++) {
    try {
      return await sendWithRetry(context, payload);
    } catch (error) {
      if (!isRemoteError(error)) throw error;
      const isDuplicate = error instanceof GraphError && error.code === DUPLICATE_KEY;
      if (isSafeToResend(error) && !isDuplicate) throwFailedUpload(context, 'Uploading to', error);
      const outcome = isDuplicate ? 'the keyset contains it already' : 'the upload may have succeeded';
      log.info(`${error.message}: ${outcome}; searching the keyset for the certificate.`);
      const found = await search(context, () => readAddedKey(context)).catch((readError: unknown) =>
        throwFailedUpload(context, 'Searching', readError),
      );
      if (found) return confirmFound(context, found);
      if (isDuplicate || sends === MAX_SENDS) throwFailedUpload(context, 'Uploading to', error);
      log.info(`Not found after ${SEARCH_TIME}; retrying the upload once.`);
    }
  }
}

function confirmFound({ writes }: UploadContext, found: VerifiedKey): UploadResponse {
  log.info('The keyset contains the certificate.');
  return { found, uploadedByThisRun: writes.confirm() };
}

/**
 * Sends until the service accepts the certificate, rejects it, or may have accepted it. It searches before it sends again: the
 * write that was in the way, or another run during the pause, may have brought the same certificate.
 */
async function sendWithRetry(context: UploadContext, payload: Payload): Promise<UploadResponse> {
  const { client, keysets, keysetId, keysetCreated, writes } = context;
  const deadline = client.clock.now() + KEYSET_PROPAGATION_MS;
  let isFirst = true;
  let failedRead: unknown;
  const attempt = async (): Promise<UploadResponse> => {
    const found = isFirst
      ? undefined
      : await readAddedKey(context).catch((error: unknown) => {
          failedRead = error;
          throw error;
        });
    isFirst = false;
    if (found) return confirmFound(context, found);
    const { kid } = await writes.attempt('the certificate', () => keysets.upload(keysetId, payload));
    return { returnedKid: kid, uploadedByThisRun: true };
  };
  for (let pauseMs = 1000; ; pauseMs = Math.min(pauseMs * 2, 8000)) {
    try {
      return await client.retry(attempt, ({ outcome }) => outcome === 'retryable');
    } catch (error) {
      if (error === failedRead) throwFailedUpload(context, 'Searching', error);
      const isPropagating = keysetCreated && error instanceof GraphError && error.isNotFound;
      if (!isPropagating) throw error;
      if (client.clock.now() >= deadline) throw unavailableKeyset(keysetId, error);
      log.debug('The new keyset is not available yet.');
      await client.clock.sleep(pauseMs);
    }
  }
}

const unavailableKeyset = (id: string, error: GraphError): ActionError =>
  new ActionError(
    `The keyset ${id}, which this run created, accepts no upload after ${KEYSET_PROPAGATION_MS / 1000} seconds: ${error.message}`,
    {
      anchor: 'aadb2c95028',
      cause: 'It was created, but is not available for uploads yet.',
      fix: 'Run again in a few minutes.',
      details: error.correlationIds,
    },
    { cause: error },
  );

/** Says also that the certificate may have been uploaded, where that is unknown. */
function throwFailedUpload(
  { keysetId, writes }: UploadContext,
  step: 'Uploading to' | 'Searching',
  error: unknown,
): never {
  try {
    throwExplained(`${step} the keyset ${keysetId}`, error);
  } catch (explained) {
    if (!writes.inDoubt || !(explained instanceof ActionError)) throw explained;
    const seen = step === 'Searching' ? 'could not be read' : `did not show it within ${SEARCH_TIME}`;
    throw new ActionError(
      `${explained.message.replace(/\.?$/, '.')} The certificate may have been uploaded, but the keyset ${seen}.`,
      { ...explained.remediation, anchor: 'unknown-outcome' },
      { cause: explained },
    );
  }
}
