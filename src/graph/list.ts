import type { Client } from '../http/client.ts';
import { TransportFailure } from '../http/failure.ts';
import type { ListedKeyset } from '../keyset/key.ts';
import type { KeysetsApi } from './keysets.ts';

/** No tenant has so many. */
const MAX_PAGES = 1000;

/**
 * All keysets of the tenant, page by page.
 *
 * @throws GraphError, TransportFailure; also when the pages come in a circle or without end
 */
export async function listKeysets(api: KeysetsApi, client: Client): Promise<ListedKeyset[]> {
  const keysets: ListedKeyset[] = [];
  const links = new Set<string | undefined>();
  let link: string | undefined;
  do {
    links.add(link);
    const at = link;
    const page = await client.patiently(() => api.page(at));
    keysets.push(...page.keysets);
    link = page.next;
  } while (link !== undefined && !links.has(link) && links.size < MAX_PAGES);
  if (link === undefined) return keysets;
  throw new TransportFailure('unreadable', api.host, '', 'the list of keysets has no end', true);
}
