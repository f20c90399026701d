import { EXISTS } from '../graph/codes.ts';
import { GraphError } from '../graph/error.ts';
import { explainGraph } from '../graph/explain.ts';
import type { KeysetsApi } from '../graph/keysets.ts';
import { ActionError } from '../shared/action-error.ts';
import type { Job } from '../runner/action.ts';
import { log } from '../runner/log.ts';
import { Account } from './account.ts';
import type { View } from './decide.ts';
import { missingKeyset } from './suggest.ts';
import { look } from './view.ts';
import { lookRepeatedly } from './wait.ts';

/** The keyset that the certificate goes into. */
export interface Opened {
  readonly id: string;
  readonly view: View;
  /** This run made it. */
  readonly created: boolean;
}

/**
 * Looks at the keyset, and creates it where it is missing and the user wishes so.
 *
 * @throws ActionError; for a missing one it suggests the ids that come nearest
 */
export async function openKeyset(
  id: string,
  { createKeyset, dryRun }: { readonly createKeyset: boolean; readonly dryRun: boolean },
  api: KeysetsApi,
  job: Job,
): Promise<Opened> {
  const view = await look(id, api, job);
  // The service may find it in another spelling than the one it has.
  if (view) return { id: view.keyset.id, view, created: false };
  if (!createKeyset) throw await missingKeyset(id, api, job.client);
  const nothing = (given: string): View => ({ keyset: { id: given, keys: [] }, active: { key: undefined } });
  if (dryRun) {
    log.info(`The keyset ${id} does not exist: it would be created (create-keyset).`);
    return { id, view: nothing(id), created: false };
  }
  log.info(`The keyset ${id} does not exist: creating it (create-keyset).`);
  const account = new Account(`the keyset ${id}`, job.writes, () => api.create(id));
  const given = await create(id, account, job);
  if (given !== undefined) return { id: given, view: nothing(given), created: true };
  // It was there all the while, or someone was faster: what it holds has to be seen before anything goes in.
  const seen = (await look(id, api, job)) ?? (await lookRepeatedly(job, () => look(id, api, job)));
  if (seen === undefined) throw invisible(id);
  return { id, view: seen, created: account.unclear };
}

/**
 * Creating twice does no harm, so a failure is simply tried again; that the keyset exists is no failure.
 *
 * @returns the id that the service gave it; nothing when it exists already, be it from an earlier try whose answer was lost
 */
async function create(id: string, account: Account<string>, job: Job): Promise<string | undefined> {
  try {
    return await job.client.patiently(() => account.attempt());
  } catch (error) {
    if (!(error instanceof GraphError && error.code === EXISTS)) throw explainGraph(`Creating the keyset ${id}`, error);
    account.found();
    return undefined;
  }
}

const invisible = (id: string): ActionError =>
  new ActionError(
    `The keyset ${id} exists, says the service when asked to create it, and does not exist when asked to read it`,
    {
      anchor: EXISTS.toLowerCase(),
      cause: 'It was created or deleted a moment ago, or its name differs in upper and lower case.',
      fix: 'Run again in a minute; compare keyset-id with the name in the portal, letter by letter.',
    },
  );
