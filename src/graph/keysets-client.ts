import { randomUUID } from 'node:crypto';
import type { HttpClient, HttpRequest } from '../http/client.ts';
import { invalidResponse, NetworkError } from '../http/errors.ts';
import type { Pacer } from '../http/pacer.ts';
import { type Key, type Keyset, type KeysetPage, readKey, readKeyset } from '../keyset/key.ts';
import { MS_PER_DAY } from '../shared/format.ts';
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
const MAX_LIST_BYTES = 60_000_000;
/** Before the next request of a `Pacer` when a 429 has no Retry-After. */
const DEFAULT_PAUSE_MS = 5000;
/** A smaller difference changes no forecast; with a larger one, ten years, no TLS certificate would have been valid. */
const MIN_CLOCK_OFFSET_MS = 60_000;
const MAX_CLOCK_OFFSET_MS = 10 * 365 * MS_PER_DAY;
/** More pages than any tenant has: such a list does not end. */
const MAX_PAGES = 1000;

interface SendOptions extends Pick<HttpRequest, 'timeoutMs' | 'maxResponseBytes'> {
  /** Of a write: reads have none. */
  readonly body?: object;
  /** A 429 pauses it. */
  readonly pacer?: Pacer | undefined;
}

/**
 * The policy keys of one tenant: one method for each endpoint. Reads are retried, writes are sent once.
 * Every method throws GraphError for an error response and NetworkError without a usable response.
 * @see https://learn.microsoft.com/graph/api/resources/trustframeworkkeyset
 */
export class KeysetsClient {
  readonly #client: HttpClient;
  /** Of the list of keysets. */
  readonly #url: URL;
  readonly #token: string;
  #clockOffsetMs = 0;

  /** @param graph - `https://graph.microsoft.com` or its counterpart in another cloud */
  constructor(client: HttpClient, graph: string, token: string) {
    this.#client = client;
    this.#url = new URL('/beta/trustFramework/keySets', graph);
    this.#token = token;
  }

  /** How far the service's clock is ahead of the runner's, by its last response; 0 below one minute. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs;
  }

  /** The present by the service's clock. */
  now(): Date {
    return new Date(Date.now() + this.#clockOffsetMs);
  }

  /**
   * @param pacer - where many keysets are read
   * @returns the keyset with all of its keys; undefined if there is no such keyset
   */
  async get(id: string, pacer?: Pacer): Promise<Keyset | undefined> {
    try {
      const first = await this.#retryInTurn(pacer, async () => {
        const body = unwrapValue(await this.#send('GET', this.#urlOf(id), { pacer }));
        const page = this.#sameKeyset(id, readKeyset(body));
        if (page.keys || (isRecord(body) && body.keys === null)) return page;
        throw invalidResponse(this.#url.host, 'its keys');
      });
      const more = await this.#readPages(first.nextLink, 'a list of keys', readKey);
      return { id: first.id, keys: [...(first.keys ?? []), ...more] };
    } catch (error) {
      if (error instanceof GraphError && error.isNotFound) return undefined;
      throw error;
    }
  }

  /** All keysets of the tenant, usually with their keys. */
  async list(): Promise<KeysetPage[]> {
    const listed = await this.#readPages(this.#url.href, 'a list of keysets', readKeyset);
    return listed.map(({ id, keys, nextLink }) => ({ id, keys: nextLink === undefined ? keys : undefined }));
  }

  /** The entries of all pages. Throws also when the pages do not end, or an entry cannot be read. */
  async #readPages<T>(
    first: string | undefined,
    expected: string,
    read: (entry: unknown) => T | undefined,
  ): Promise<T[]> {
    const entries: T[] = [];
    const visited = new Set<string>();
    for (let link = first; link !== undefined;) {
      const url = this.#checkLink(link);
      if (visited.has(url) || visited.size === MAX_PAGES) {
        throw invalidResponse(this.#url.host, `${expected} that ends: pagination did not terminate`);
      }
      visited.add(url);
      link = await this.#client.retry(async () => {
        const body = await this.#send('GET', url, { timeoutMs: LIST_TIMEOUT_MS, maxResponseBytes: MAX_LIST_BYTES });
        const values: unknown[] = isRecord(body) && Array.isArray(body.value) ? body.value : [undefined];
        const page = values.map(read).filter((entry) => entry !== undefined);
        // An entry that cannot be read may be the keyset that has expired.
        if (!isRecord(body) || page.length < values.length) throw invalidResponse(this.#url.host, expected);
        entries.push(...page);
        return readText(body['@odata.nextLink']);
      });
    }
    return entries;
  }

  /** The token goes to Graph only, whatever a response says. */
  #checkLink(link: string): string {
    const url = URL.parse(link, this.#url.href);
    if (url?.origin === this.#url.origin) return url.href;
    throw new NetworkError('invalid-response', this.#url.host, {
      what: '@odata.nextLink points to another host, refusing to send the token',
      outcome: 'rejected',
    });
  }

  /** A keyset in another spelling than the requested one may differ in case only: anything else is another keyset. */
  #sameKeyset(id: string, keyset: KeysetPage | undefined): KeysetPage {
    if (keyset?.id.toLowerCase() === id.toLowerCase()) return keyset;
    throw invalidResponse(this.#url.host, `the keyset ${id}`);
  }

  /**
   * @param pacer - where many keysets are asked about
   * @returns undefined if no key is active
   */
  async getActiveKey(id: string, pacer?: Pacer): Promise<Key | undefined> {
    try {
      return await this.#retryInTurn(pacer, async () => {
        const body = unwrapValue(await this.#send('GET', `${this.#urlOf(id)}/getActiveKey`, { pacer }));
        return body === null ? undefined : this.#readKey(body);
      });
    } catch (error) {
      if (error instanceof GraphError && NO_ACTIVE_KEY_CODES.has(error.code)) return undefined;
      throw error;
    }
  }

  /** @returns the ID in the service's spelling */
  async create(id: string): Promise<string> {
    // Without keys: a body with keys was seen rejected, and one with `@odata.type` always is.
    const created = readKeyset(unwrapValue(await this.#send('POST', this.#url.href, { body: { id } })));
    return this.#sameKeyset(id, created).id;
  }

  /** @returns the key that the service created */
  async upload(id: string, payload: Payload): Promise<Key> {
    const [action, body] =
      payload.kind === 'certificate'
        ? ['uploadCertificate', { key: payload.der.toString('base64') }]
        : ['uploadPkcs12', { key: payload.pfx.toString('base64'), password: payload.password }];
    return this.#readKey(unwrapValue(await this.#send('POST', `${this.#urlOf(id)}/${action}`, { body })));
  }

  /**
   * The status of a key where the keyset does not show it.
   *
   * @returns `enabled` or `disabled`; undefined if the response has none
   * @see https://learn.microsoft.com/graph/api/trustframeworkkey_v2-get
   */
  async getStatus(id: string, kid: string): Promise<string | undefined> {
    return await this.#client.retry(async () => {
      const key = readKey(unwrapValue(await this.#send('GET', this.#urlOfKey(id, kid))));
      if (key === undefined) throw invalidResponse(this.#url.host, 'a key');
      return key.status;
    });
  }

  /** @see https://learn.microsoft.com/graph/api/trustframeworkkey_v2-update */
  async enable(id: string, kid: string): Promise<void> {
    await this.#send('PATCH', this.#urlOfKey(id, kid), { body: { status: 'enabled' } });
  }

  /** Every attempt waits for its turn; waiting for the first one is no part of the time in which the request is retried. */
  async #retryInTurn<T>(pacer: Pacer | undefined, attempt: () => Promise<T>): Promise<T> {
    let turn = pacer?.turn();
    await turn;
    return await this.#client.retry(async () => {
      turn ??= pacer?.turn();
      await turn;
      turn = undefined;
      return await attempt();
    });
  }

  /** A key that shows which one it is. */
  #readKey(body: unknown): Key {
    const key = readKey(body);
    if (key && [key.kid, key.x5t, ...key.x5c].some((member) => member !== undefined)) return key;
    throw invalidResponse(this.#url.host, 'a key');
  }

  #urlOf(id: string): string {
    return `${this.#url.href}/${encodeURIComponent(id)}`;
  }

  #urlOfKey(id: string, kid: string): string {
    return `${this.#urlOf(id)}/keys_v2/${encodeURIComponent(kid)}`;
  }

  /** @returns what the body contains; null if there is no content, undefined if it is no JSON */
  async #send(
    method: 'GET' | 'POST' | 'PATCH',
    url: string,
    { body, pacer, ...limits }: SendOptions = {},
  ): Promise<unknown> {
    const sentAt = Date.now();
    const response = await this.#client.send({
      method,
      url,
      headers: {
        Authorization: `Bearer ${this.#token}`,
        Accept: 'application/json',
        'client-request-id': randomUUID(),
        ...(body && { 'Content-Type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body), timeoutMs: WRITE_TIMEOUT_MS }),
      ...limits,
    });
    this.#noteClock(response.header('Date'), sentAt);
    if (response.status < 400) return response.status === 204 ? null : parseJson(response.body);
    const error = new GraphError(response);
    if (error.status === 429) pacer?.pause(error.retryAfterMs ?? DEFAULT_PAUSE_MS);
    throw error;
  }

  /** The service wrote the date between the request and its response, in whole seconds: only what is outside is a difference. */
  #noteClock(date: string | undefined, sentAt: number): void {
    const serverTime = Date.parse(date ?? '');
    if (Number.isNaN(serverTime)) return;
    const [ahead, behind] = [serverTime - Date.now(), serverTime - sentAt];
    const offset = ahead > 0 ? ahead : Math.min(behind, 0);
    if (Math.abs(offset) > MAX_CLOCK_OFFSET_MS) return;
    this.#clockOffsetMs = Math.abs(offset) < MIN_CLOCK_OFFSET_MS ? 0 : offset;
  }
}

/** The object in a response. Some examples in Graph's documentation wrap it: `{"value":{…}}`. */
const unwrapValue = (body: unknown): unknown =>
  isRecord(body) && (isRecord(body.value) || body.value === null) ? body.value : body;
