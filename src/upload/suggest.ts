import { distance } from 'fastest-levenshtein';
import { ADVICE } from '../graph/codes.ts';
import { listKeysets } from '../graph/list.ts';
import type { KeysetsApi } from '../graph/keysets.ts';
import type { Client } from '../http/client.ts';
import { ActionError } from '../shared/action-error.ts';

/** As many as fit a line. */
const MAX_SUGGESTIONS = 5;

/**
 * The error for a keyset that does not exist, with the tenant's ids that come nearest to it.
 * That the list cannot be had does not matter: the error is the same without it.
 */
export async function missingKeyset(id: string, api: KeysetsApi, client: Client): Promise<ActionError> {
  const ids = await listKeysets(api, client).then(
    (keysets) => keysets.map((keyset) => keyset.id),
    (): string[] => [],
  );
  const far = (other: string): number => distance(id.toLowerCase(), other.toLowerCase());
  const nearest = ids
    .filter((other) => !other.endsWith('.bak'))
    .sort((a, b) => far(a) - far(b))
    .slice(0, MAX_SUGGESTIONS);
  const hint = nearest.length > 0 ? ` Did you mean ${nearest.join(', ')}?` : '';
  return new ActionError(`The keyset ${id} does not exist in this tenant.${hint}`, {
    anchor: 'aadb2c90073',
    ...ADVICE.AADB2C90073,
  });
}
