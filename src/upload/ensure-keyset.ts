import { distance } from 'fastest-levenshtein';
import { ALREADY_EXISTS, guidanceFor } from '../graph/error-codes.ts';
import { GraphError } from '../graph/graph-error.ts';
import { throwExplained } from '../http/guidance.ts';
import { isBackup } from '../keyset/keyset-id.ts';
import { log } from '../runner/log.ts';
import { ActionError } from '../shared/action-error.ts';
import type { UploadInputs } from './inputs.ts';
import { type KeysetContext, type KeysetSnapshot, readSnapshot, search, type UploadContext } from './snapshot.ts';

/** As many as fit a line. */
const MAX_SUGGESTIONS = 5;
/** Characters. Comparing longer IDs takes time, and nobody misspells one. */
const MAX_ID_LENGTH = 200;

/**
 * Reads the keyset.
 *
 * @returns the context for the steps that follow; undefined if there is no such keyset
 * @throws ActionError
 */
export async function findKeyset(context: KeysetContext): Promise<UploadContext | undefined> {
  const snapshot = await readSnapshot(context).catch((error: unknown) => failedRead(context, error));
  return snapshot && withKeyset(context, snapshot, false);
}

/**
 * Creates the missing keyset where `create-keyset` is set.
 *
 * @returns the context for the steps that follow
 * @throws ActionError; without `create-keyset` it suggests similar IDs
 */
export async function createKeyset(context: KeysetContext, inputs: UploadInputs): Promise<UploadContext> {
  const { keysetId } = context;
  if (!inputs.createKeyset) throw await missingKeyset(context);
  if (inputs.dryRun) {
    log.info(`The keyset ${keysetId} does not exist; it would be created (create-keyset).`);
    return withKeyset(context, emptyKeyset(keysetId), false);
  }
  log.info(`The keyset ${keysetId} does not exist; creating it (create-keyset).`);
  const createdId = await create(context);
  if (createdId !== undefined) return withKeyset(context, emptyKeyset(createdId), true);
  // It existed, or another run was faster: its keys have to be read before anything is uploaded.
  const created = context.writes.confirm();
  const existing = await search(context, () => readSnapshot(context)).catch((error: unknown) =>
    failedRead(context, error),
  );
  if (existing === undefined) throw unreadableKeyset(keysetId);
  return withKeyset(context, existing, created);
}

const failedRead = ({ keysetId }: KeysetContext, error: unknown): never =>
  throwExplained(`Reading the keyset ${keysetId}`, error);

const withKeyset = (context: KeysetContext, before: KeysetSnapshot, keysetCreated: boolean): UploadContext => ({
  ...context,
  keysetId: before.keyset.id,
  before,
  keysetCreated,
});

const emptyKeyset = (id: string): KeysetSnapshot => ({ keyset: { id, keys: [] }, service: { active: undefined } });

/**
 * Creating twice does no harm, so every failure is retried.
 *
 * @returns the ID that the service assigned; undefined if the keyset exists, perhaps from an attempt whose response was lost
 */
async function create({ keysetId: id, keysets, client, writes }: KeysetContext): Promise<string | undefined> {
  try {
    return await client.retry(() => writes.attempt(`the keyset ${id}`, () => keysets.create(id)));
  } catch (error) {
    if (error instanceof GraphError && error.code === ALREADY_EXISTS) return undefined;
    throwExplained(`Creating the keyset ${id}`, error);
  }
}

/** An error with similar IDs, or without them where the keysets cannot be listed; another one where the list has this very ID. */
async function missingKeyset({ keysetId: id, keysets }: KeysetContext): Promise<ActionError> {
  const listed = await keysets.list().catch(() => []);
  if (listed.some((keyset) => keyset.id === id)) {
    return new ActionError(`The service lists the keyset ${id}, but cannot find it when reading`, {
      anchor: 'aadb2c95028',
      cause: 'It was created or deleted a moment ago.',
      fix: 'Run again in a minute.',
    });
  }
  const nearest = listed
    .map((keyset) => keyset.id)
    .filter((other) => !isBackup(other) && other.length <= MAX_ID_LENGTH)
    .map((other) => ({ other, edits: distance(id.toLowerCase(), other.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ other }) => other);
  const hint = nearest.length > 0 ? ` Did you mean ${nearest.join(', ')}?` : '';
  return new ActionError(`The keyset ${id} does not exist in this tenant.${hint}`, guidanceFor('AADB2C90073', 404));
}

const unreadableKeyset = (id: string): ActionError =>
  new ActionError(`The service reports that keyset ${id} already exists, but cannot find it when reading`, {
    anchor: 'aadb2c95028',
    cause: 'It was created or deleted a moment ago, or its name differs in case.',
    fix: 'Run again in a minute; compare keyset-id with the name in the portal exactly.',
  });
