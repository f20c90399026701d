import { randomUUID } from 'node:crypto';
import type { HttpClient, HttpResponse } from '../http/client.ts';
import { invalidResponse, NetworkError } from '../http/errors.ts';
import { type Key, type Keyset, type ListedKeyset, readKey, readKeyset } from '../keyset/key.ts';
import { isRecord, parseJson, readText } from '../shared/json.ts';
import { NO_ACTIVE_KEY_CODES } from './error-codes.ts';
import { GraphError } from './graph-error.ts';

/** What is uploaded: a certificate without its private key, or a PFX. */
export type Payload =
  | { readonly kind: 'certificate'; readonly der: Buffer }
  | { readonly kind: 'pkcs12'; readonly pfx: Buffer; readonly password: string };

/** Longer than for reads: a write that is given up too early has to be searched for. */
const WRITE_TIMEOUT_MS = 20_000;
/** A list contains every key of every keyset. */
const LIST_TIMEOUT_MS = 60_000;
/** No tenant has so many. */
const MAX_PAGES = 1000;

interface KeysetPage {
  readonly keysets: readonly ListedKeyset[];
  /** URL of the next page; nothing after the last. */
  readonly next: string | undefined;
}

/**
 * The policy keys of one tenant: one method for each endpoint. Reads are retried, writes are sent once.
 * Every method throws GraphError for an error response and NetworkError without a usable response.
 * @see https://learn.microsoft.com/graph/api/resources/trustframeworkkeyset
 */
export class KeysetsClient {
  readonly #client: HttpClient;
  readonly #url: string;
  readonly #host: string;
  readonly #token: string;

  /** @param graph - `https://graph.microsoft.com` or its counterpart in another cloud */
  constructor(client: HttpClient, graph: string, token: string) {
    this.#client = client;
    this.#url = `${graph}/beta/trustFramework/keySets`;
    this.#host = new URL(graph).host;
    this.#token = token;
  }

  /** @returns nothing when there is no such keyset */
  async get(id: string): Promise<Keyset | undefined> {
    try {
      return await this.#client.retry(async () => {
        const body = unwrapValue(await this.#send('GET', this.#urlOf(id)));
        const keyset = readKeyset(body);
        const keys = isRecord(body) && body.keys === null ? [] : keyset?.keys;
        if (keyset === undefined || keys === undefined) throw invalidResponse(this.#host, 'a keyset');
        return { id: keyset.id, keys };
      });
    } catch (error) {
      if (error instanceof GraphError && error.isNotFound) return undefined;
      throw error;
    }
  }

  /** All keysets of the tenant, usually with their keys. Throws also when the pages do not end. */
  async list(): Promise<ListedKeyset[]> {
    const keysets: ListedKeyset[] = [];
    const visited = new Set<string>();
    let url: string | undefined = this.#url;
    while (url !== undefined) {
      if (visited.has(url) || visited.size === MAX_PAGES) {
        throw invalidResponse(this.#host, 'a list of keysets that ends: pagination did not terminate');
      }
      visited.add(url);
      const page = await this.#getPage(url);
      keysets.push(...page.keysets);
      url = page.next;
    }
    return keysets;
  }

  async #getPage(url: string): Promise<KeysetPage> {
    return await this.#client.retry(async () => {
      const body = parseJson((await this.#send('GET', url, undefined, LIST_TIMEOUT_MS)).body);
      const entries: unknown[] = isRecord(body) && Array.isArray(body.value) ? body.value : [undefined];
      const keysets = entries.map(readKeyset).filter((keyset) => keyset !== undefined);
      // An entry that cannot be read may be the keyset that has expired.
      if (!isRecord(body) || keysets.length < entries.length) throw invalidResponse(this.#host, 'a list of keysets');
      const link = readText(body['@odata.nextLink']);
      return { keysets, next: link === undefined ? undefined : this.#checkLink(link) };
    });
  }

  /** The token goes to Graph only, whatever a response says. */
  #checkLink(link: string): string {
    const url = URL.parse(link, this.#url);
    if (url?.origin === new URL(this.#url).origin) return url.href;
    throw new NetworkError({
      kind: 'redirect',
      host: this.#host,
      what: '@odata.nextLink points to another host, refusing to send the token',
      mayHaveArrived: false,
    });
  }

  /** @returns nothing when no key is active, or when there is no such keyset */
  async getActiveKey(id: string): Promise<Key | undefined> {
    try {
      return await this.#client.retry(async () => {
        const key = readKey(unwrapValue(await this.#send('GET', `${this.#urlOf(id)}/getActiveKey`)));
        if (key === undefined || [key.kid, key.x5t, ...key.x5c].every((member) => member === undefined)) {
          throw invalidResponse(this.#host, 'a key');
        }
        return key;
      });
    } catch (error) {
      if (error instanceof GraphError && (error.isNotFound || NO_ACTIVE_KEY_CODES.has(error.code))) return undefined;
      throw error;
    }
  }

  /** @returns the ID that the service assigned, which has the prefix */
  async create(id: string): Promise<string> {
    // Without keys: a body with keys was seen rejected, and one with `@odata.type` always is.
    const response = await this.#send('POST', this.#url, { id }, WRITE_TIMEOUT_MS);
    const keyset = readKeyset(unwrapValue(response));
    if (keyset === undefined) throw invalidResponse(this.#host, 'a keyset');
    return keyset.id;
  }

  /** @returns the key that the service created */
  async upload(id: string, payload: Payload): Promise<Key & { readonly kid: string }> {
    const [action, body] =
      payload.kind === 'certificate'
        ? ['uploadCertificate', { key: payload.der.toString('base64') }]
        : ['uploadPkcs12', { key: payload.pfx.toString('base64'), password: payload.password }];
    const response = await this.#send('POST', `${this.#urlOf(id)}/${action}`, body, WRITE_TIMEOUT_MS);
    const key = readKey(unwrapValue(response));
    if (key?.kid === undefined) throw invalidResponse(this.#host, 'a key with its kid');
    return { ...key, kid: key.kid };
  }

  /** @see https://learn.microsoft.com/graph/api/trustframeworkkey-update */
  async enable(id: string, kid: string): Promise<void> {
    const url = `${this.#urlOf(id)}/keys_v2/${encodeURIComponent(kid)}`;
    await this.#send('PATCH', url, { status: 'enabled' }, WRITE_TIMEOUT_MS);
  }

  #urlOf(id: string): string {
    return `${this.#url}/${encodeURIComponent(id)}`;
  }

  async #send(method: 'GET' | 'POST' | 'PATCH', url: string, body?: object, timeoutMs?: number): Promise<HttpResponse> {
    const response = await this.#client.send({
      method,
      url,
      headers: {
        Authorization: `Bearer ${this.#token}`,
        Accept: 'application/json',
        'client-request-id': randomUUID(),
        ...(body && { 'Content-Type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    if (response.status >= 400) throw new GraphError(response);
    return response;
  }
}

/** The object in a response. Some examples in Graph's documentation wrap it: `{"value":{…}}`. */
function unwrapValue(response: HttpResponse): unknown {
  const body = parseJson(response.body);
  return isRecord(body) && isRecord(body.value) ? body.value : body;
}
