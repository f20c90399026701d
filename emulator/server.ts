import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { Faults } from './faults.ts';
import { json, type RecordedRequest, type Reply, type Service } from './request-log.ts';
import { applyFault, type Outcome } from './apply-fault.ts';

export interface ServerOptions {
  services: readonly Service[];
  faults: Faults;
  requestLog: RecordedRequest[];
  /** Added to every request, in ms. */
  requestMs: number;
}

interface Connection {
  number: number;
  /** The TCP socket under TLS: the only one that can be reset. */
  wire: Socket;
}

/** Any host that nobody emulates. */
const ELSEWHERE: Service = {
  serves: () => true,
  step: () => 'other',
  answer: () => json(404, { message: 'Not Found' }),
  refuse: (_, status, code, message) => json(status, { code, message }),
};

/** HTTP over connections that already speak TLS: writes each request down, lets a fault applyFault it, has it answered. */
export class Server {
  readonly #options: ServerOptions;
  readonly #startedAt = performance.now();
  readonly #connections = new WeakMap<Socket, Connection>();
  #accepted = 0;
  // Long, so that a client that pauses between requests finds its connection as it left it.
  readonly #http = createServer({ keepAliveTimeout: 300_000 }, (request, response) => {
    this.#serve(request, response).catch(() => request.socket.destroy());
  });

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  accept(secure: TLSSocket, wire: Socket): void {
    this.#accepted += 1;
    this.#connections.set(secure, { number: this.#accepted, wire });
    this.#http.emit('connection', secure);
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = this.#connections.get(incoming.socket);
    if (connection === undefined) throw new Error('A request over a connection that was not accepted.');
    const { recorded, service } = await this.#read(incoming, connection);
    if (this.#options.requestMs > 0) await sleep(this.#options.requestMs, undefined, { ref: false });
    const outcome = await this.#outcome(recorded, service);
    if (outcome === 'silence') return;
    if (outcome === 'reset') {
      connection.wire.resetAndDestroy();
      return;
    }
    recorded.status = outcome.reply.status;
    if (outcome.truncated) sendHalf(outcome.reply, response, connection.wire);
    else send(outcome.reply, response);
  }

  async #read(
    incoming: IncomingMessage,
    connection: Connection,
  ): Promise<{ recorded: RecordedRequest; service: Service }> {
    const at = performance.now() - this.#startedAt;
    const { method = '', url: path = '' } = incoming;
    const host = (incoming.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    const service = this.#options.services.find((one) => one.serves(host)) ?? ELSEWHERE;
    const recorded: RecordedRequest = {
      at,
      host,
      method,
      path,
      step: service.step(method, path),
      headers: Object.fromEntries(
        Object.entries(incoming.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
      ),
      body: await text(incoming),
      connection: connection.number,
    };
    this.#options.requestLog.push(recorded);
    return { recorded, service };
  }

  async #outcome(recorded: RecordedRequest, service: Service): Promise<Outcome> {
    const answer = async (): Promise<Reply> => service.answer(recorded);
    const fault = this.#options.faults.forRequest(recorded);
    if (fault === undefined) return { reply: await answer() };
    recorded.fault = fault.kind;
    return applyFault(fault, recorded, service, answer);
  }
}

function send({ status, headers, body }: Reply, response: ServerResponse): void {
  // A 204 has no body and must not count one (RFC 9110, 8.6).
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length }).end(body);
}

/** Promises the whole body and ends the connection after the first half. */
function sendHalf({ status, headers, body }: Reply, response: ServerResponse, wire: Socket): void {
  const bytes = Buffer.from(body);
  response.writeHead(status === 204 ? 200 : status, { ...headers, 'content-length': bytes.length + 1 });
  response.write(bytes.subarray(0, bytes.length / 2), () => wire.end());
}
