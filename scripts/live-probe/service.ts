import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GraphError } from '../../src/graph/graph-error.ts';
import type { HttpClient, HttpRequest } from '../../src/http/client.ts';
import { isRecord, parseJson } from '../../src/shared/json.ts';

/** What the service answered, as it came. */
export interface Answer {
  readonly body: Record<string, unknown>;
  /** There when the service said no. */
  readonly error?: GraphError;
}

/** Milliseconds: how long reads may lag behind a write. */
const PATIENCE = 30_000;
const PAUSE = 2_000;

/**
 * The keyset endpoints laid bare, for whoever wants to know what the service really says. It remembers the keysets that it was
 * asked to create, and deletes no others. Its methods throw NetworkError when no answer came, but for
 * `clear`.
 */
export class Service {
  readonly #client: HttpClient;
  readonly #base: string;
  readonly #token: string;
  /** Of this run alone, so that nothing else is ever touched. */
  readonly #prefix = `B2C_1A_LiveProbe${randomUUID().slice(0, 8)}`;
  readonly #created: string[] = [];

  /** @param graph - `https://graph.microsoft.com` or its counterpart in another cloud */
  constructor(client: HttpClient, graph: string, token: string) {
    this.#client = client;
    this.#base = `${graph}/beta/trustFramework/keySets`;
    this.#token = token;
  }

  /** The id that a keyset of this run has, or would have. */
  idOf(name: string): string {
    return this.#prefix + name;
  }

  async get(path: string): Promise<Answer> {
    return await this.#send('GET', path);
  }

  async post(path: string, body: object): Promise<Answer> {
    return await this.#send('POST', path, body);
  }

  /**
   * Creates a keyset, and waits until reads show it.
   *
   * @returns its id
   * @throws GraphError when the service refuses
   */
  async create(name: string): Promise<string> {
    const id = this.idOf(name);
    this.#created.push(id);
    const { error } = await this.post('', { id });
    if (error) throw error;
    await this.#until(id, (answer) => answer.error === undefined);
    return id;
  }

  /** The keys of a keyset as soon as there are so many, or as they are when that takes too long. */
  async keysOf(id: string, count: number): Promise<Record<string, unknown>[]> {
    return keysIn(await this.#until(id, (answer) => keysIn(answer).length >= count));
  }

  /**
   * Deletes what was created, and the copies that the service keeps of deleted keysets.
   *
   * @returns the ids of those that could not be deleted
   */
  async clear(): Promise<string[]> {
    const left: string[] = [];
    // The copies last: they may take a moment to appear.
    for (const id of [...this.#created, ...this.#created.map((created) => `${created}.bak`)]) {
      const gone = this.#send('DELETE', id).then(
        ({ error }) => error?.isNotFound ?? true,
        () => false,
      );
      if (!(await gone)) left.push(id);
    }
    return left;
  }

  async #until(id: string, done: (answer: Answer) => boolean): Promise<Answer> {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const answer = await this.get(id);
      if (done(answer) || Date.now() > deadline) return answer;
      await sleep(PAUSE);
    }
  }

  async #send(method: HttpRequest['method'], path: string, body?: object): Promise<Answer> {
    const reply = await this.#client.send({
      method,
      url: [this.#base, path].filter(Boolean).join('/'),
      headers: { Authorization: `Bearer ${this.#token}`, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answered = parseJson(reply.body);
    return {
      body: isRecord(answered) ? answered : {},
      ...(reply.status >= 400 && { error: new GraphError(reply) }),
    };
  }
}

const keysIn = ({ body }: Answer): Record<string, unknown>[] =>
  Array.isArray(body.keys) ? body.keys.filter(isRecord) : [];
