import { randomUUID } from 'node:crypto';
import type { Client, Reply } from '../http/client.ts';
import { TransportFailure } from '../http/failure.ts';
import { isRecord, parseJson, readText } from '../shared/json.ts';
import { type Key, type Keyset, type ListedKeyset, readKey, readKeyset } from '../keyset/key.ts';
import { NO_ACTIVE_KEY } from './codes.ts';
import { GraphError } from './error.ts';

/** What goes up: a certificate alone, or with its private key in a PFX. */
export type Payload =
  | { readonly kind: 'certificate'; readonly der: Buffer }
  | { readonly kind: 'pkcs12'; readonly pfx: Buffer; readonly password: string };

export interface Page {
  readonly keysets: readonly ListedKeyset[];
  /** Where the next page is; nothing after the last. */
  readonly next: string | undefined;
}

/** Milliseconds: a write that is given up too early costs a search for what became of it. */
const WRITE_TIMEOUT = 20_000;
/** Milliseconds: a list brings every key of every keyset. */
const LIST_TIMEOUT = 60_000;

/**
 * The policy keys of one tenant: one method for each endpoint, no policy. Nothing is tried twice in here.
 * Every method throws GraphError when the service says no, and TransportFailure when no usable answer came.
 * @see https://learn.microsoft.com/graph/api/resources/trustframeworkkeyset
 */
export class KeysetsApi {
  readonly #client: Client;
  readonly #base: string;
  readonly #token: string;

  /** @param graph - `https://graph.microsoft.com` or its counterpart in another cloud */
  constructor(client: Client, graph: string, token: string) {
    this.#client = client;
    this.#base = `${graph}/beta/trustFramework/keySets`;
    this.#token = token;
  }

  /** Where the keysets live: for messages. */
  get host(): string {
    return new URL(this.#base).host;
  }

  async get(id: string): Promise<Keyset> {
    const reply = await this.#call('GET', this.#path(id));
    const body = single(reply);
    const keyset = readKeyset(body);
    const keys = isRecord(body) && body.keys === null ? [] : keyset?.keys;
    if (keyset === undefined || keys === undefined) throw unreadable(this.#base, 'a keyset');
    return { id: keyset.id, keys };
  }

  /**
   * One page of all keysets, as a rule with their keys.
   *
   * @param link - where the page before said that this one is; none for the first
   */
  async page(link = this.#base): Promise<Page> {
    const url = URL.parse(link, this.#base);
    const { origin, host } = new URL(this.#base);
    if (url?.origin !== origin) {
      const what = 'the next page of the list is said to be on another host, and no token goes there';
      throw new TransportFailure('redirect', host, '', what, false);
    }
    const reply = await this.#call('GET', url.href, undefined, LIST_TIMEOUT);
    const body = parseJson(reply.body);
    const entries: unknown[] = isRecord(body) && Array.isArray(body.value) ? body.value : [undefined];
    const keysets = entries.map(readKeyset).filter((keyset) => keyset !== undefined);
    // An entry that cannot be read could be the keyset that has expired.
    if (!isRecord(body) || keysets.length < entries.length) throw unreadable(this.#base, 'a list of keysets');
    return { keysets, next: readText(body['@odata.nextLink']) };
  }

  /** @returns the id that the service gave it, which has the prefix */
  async create(id: string): Promise<string> {
    // Without keys: a body with keys was seen refused, and `@odata.type` is refused for certain.
    const reply = await this.#call('POST', this.#base, { id }, WRITE_TIMEOUT);
    const keyset = readKeyset(single(reply));
    if (keyset === undefined) throw unreadable(this.#base, 'a keyset');
    return keyset.id;
  }

  /** @returns the key that the service made of it */
  async upload(id: string, payload: Payload): Promise<Key & { readonly kid: string }> {
    const [action, body] =
      payload.kind === 'certificate'
        ? ['uploadCertificate', { key: payload.der.toString('base64') }]
        : ['uploadPkcs12', { key: payload.pfx.toString('base64'), password: payload.password }];
    const reply = await this.#call('POST', `${this.#path(id)}/${action}`, body, WRITE_TIMEOUT);
    const key = readKey(single(reply));
    if (key?.kid === undefined) throw unreadable(this.#base, 'a key with its kid');
    return { ...key, kid: key.kid };
  }

  /** @returns nothing when the service says that no key is active, or that there is no such keyset */
  async activeKey(id: string): Promise<Key | undefined> {
    try {
      const reply = await this.#call('GET', `${this.#path(id)}/getActiveKey`);
      const key = readKey(single(reply));
      if (key === undefined || [key.kid, key.x5t, ...key.x5c].every((mark) => mark === undefined)) {
        throw unreadable(this.#base, 'a key');
      }
      return key;
    } catch (error) {
      if (error instanceof GraphError && (error.isMissing || NO_ACTIVE_KEY.has(error.code))) return undefined;
      throw error;
    }
  }

  /** @see https://learn.microsoft.com/graph/api/trustframeworkkey-update */
  async enable(id: string, kid: string): Promise<void> {
    await this.#call(
      'PATCH',
      `${this.#path(id)}/keys_v2/${encodeURIComponent(kid)}`,
      { status: 'enabled' },
      WRITE_TIMEOUT,
    );
  }

  #path(id: string): string {
    return `${this.#base}/${encodeURIComponent(id)}`;
  }

  async #call(method: 'GET' | 'POST' | 'PATCH', url: string, body?: object, timeout?: number): Promise<Reply> {
    const reply = await this.#client.send({
      method,
      url,
      headers: {
        Authorization: `Bearer ${this.#token}`,
        Accept: 'application/json',
        'client-request-id': randomUUID(),
        ...(body && { 'Content-Type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
      ...(timeout !== undefined && { timeout }),
    });
    if (reply.status >= 400) throw new GraphError(reply);
    return reply;
  }
}

/** The one thing that an answer holds. Some examples in Graph's documentation wrap it: `{"value":{…}}`. */
function single(reply: Reply): unknown {
  const body = parseJson(reply.body);
  return isRecord(body) && isRecord(body.value) ? body.value : body;
}

/** A success whose body is cut off, empty or something else. What it was is not repeated: it might hold anything. */
function unreadable(url: string, expected: string): TransportFailure {
  return new TransportFailure('unreadable', new URL(url).host, '', `the answer is not ${expected}`, true);
}
