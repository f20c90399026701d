import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GraphError } from '../../src/graph/graph-error.ts';
import type { HttpClient, HttpRequest } from '../../src/http/client.ts';
import { isRecord, parseJson } from '../../src/shared/json.ts';

/** A response of the service, unchanged. */
export interface ServiceResponse {
  readonly body: Record<string, unknown>;
  /** Present when the service rejected the request. */
  readonly error?: GraphError;
}

/** Milliseconds that reads may lag behind a write, and between two reads. */
const MAX_LAG = 30_000;
const PAUSE = 2_000;

/**
 * The keyset endpoints with their raw responses. It remembers the keysets that it was asked to create, and deletes no others. All
 * methods but `clear` throw NetworkError when there is no response.
 */
export class Service {
  readonly #client: HttpClient;
  readonly #base: string;
  readonly #token: string;
  /** Unique to this run, so that nothing else is ever changed. */
  readonly #prefix = `B2C_1A_LiveProbe${randomUUID().slice(0, 8)}`;
  readonly #created: string[] = [];

  /** @param graph - `https://graph.microsoft.com` or its counterpart in another cloud */
  constructor(client: HttpClient, graph: string, token: string) {
    this.#client = client;
    this.#base = `${graph}/beta/trustFramework/keySets`;
    this.#token = token;
  }

  /** The ID of a keyset of this run, whether or not it exists. */
  idOf(name: string): string {
    return this.#prefix + name;
  }

  async get(path: string): Promise<ServiceResponse> {
    return await this.#send('GET', path);
  }

  async post(path: string, body: object): Promise<ServiceResponse> {
    return await this.#send('POST', path, body);
  }

  /**
   * Creates a keyset, and waits until reads show it.
   *
   * @returns its id
   * @throws GraphError when the service rejects it
   */
  async create(name: string): Promise<string> {
    const id = this.idOf(name);
    this.#created.push(id);
    const { error } = await this.post('', { id });
    if (error) throw error;
    await this.#until(id, (response) => response.error === undefined);
    return id;
  }

  /** The keys of a keyset as soon as there are so many, or those that there are after 30 seconds. */
  async keysOf(id: string, count: number): Promise<Record<string, unknown>[]> {
    return keysIn(await this.#until(id, (response) => keysIn(response).length >= count));
  }

  /**
   * Deletes what was created, and the copies that the service keeps of deleted keysets.
   *
   * @returns the IDs of those that could not be deleted
   */
  async clear(): Promise<string[]> {
    const left: string[] = [];
    // The copies last: they may appear with a delay.
    for (const id of [...this.#created, ...this.#created.map((created) => `${created}.bak`)]) {
      const gone = this.#send('DELETE', id).then(
        ({ error }) => error?.isNotFound ?? true,
        () => false,
      );
      if (!(await gone)) left.push(id);
    }
    return left;
  }

  async #until(id: string, done: (response: ServiceResponse) => boolean): Promise<ServiceResponse> {
    const deadline = Date.now() + MAX_LAG;
    for (;;) {
      const response = await this.get(id);
      if (done(response) || Date.now() > deadline) return response;
      await sleep(PAUSE);
    }
  }

  async #send(method: HttpRequest['method'], path: string, body?: object): Promise<ServiceResponse> {
    const reply = await this.#client.send({
      method,
      url: [this.#base, path].filter(Boolean).join('/'),
      headers: { Authorization: `Bearer ${this.#token}`, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const parsed = parseJson(reply.body);
    return {
      body: isRecord(parsed) ? parsed : {},
      ...(reply.status >= 400 && { error: new GraphError(reply) }),
    };
  }
}

const keysIn = ({ body }: ServiceResponse): Record<string, unknown>[] =>
  Array.isArray(body.keys) ? body.keys.filter(isRecord) : [];
