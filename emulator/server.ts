import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { createGzip } from 'node:zlib';
import { applyFault, type Outcome } from './apply-fault.ts';
import type { Clock } from './clock.ts';
import type { Faults } from './faults.ts';
import { json, type RecordedRequest, type Reply, type Service } from './request-log.ts';

export interface ServerOptions {
  services: readonly Service[];
  faults: Faults;
  requestLog: RecordedRequest[];
  clock: Clock;
  /** Added to every request, in ms. */
  requestMs: number;
}

interface Connection {
  number: number;
  /** The TCP socket under TLS: the only one that can be reset. */
  wire: Socket;
}

interface Arrival {
  recorded: RecordedRequest;
  service: Service;
  /** Whether the client skips the time in which it waits, and so has to know when there will be no response. */
  skipsWaiting: boolean;
}

/**
 * The header in which a client reports its ID and how many milliseconds it has skipped. It is between the emulator and the clock of
 * the test harness (skip-waiting.js), and not part of the request.
 */
const CLOCK_HEADER = 'emulator-clock';

/** Any host that is not emulated. */
const ELSEWHERE: Service = {
  serves: () => true,
  step: () => 'other',
  respond: () => json(404, { message: 'Not Found' }),
  reject: (_, status, code, message) => json(status, { code, message }),
};

/** HTTP over connections that already use TLS: records each request, applies a fault to it, has a service respond. */
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
    const arrival = await this.#read(incoming, connection);
    await this.#options.clock.runDue();
    if (this.#options.requestMs > 0) await sleep(this.#options.requestMs, undefined, { ref: false });
    const outcome = await this.#outcome(arrival);
    if (outcome === 'silence') {
      if (arrival.skipsWaiting) response.writeProcessing();
      return;
    }
    if (outcome === 'reset') {
      connection.wire.resetAndDestroy();
      return;
    }
    const { reply, truncated, padding } = outcome;
    arrival.recorded.status = reply.status;
    if (truncated) sendHalf(reply, response, connection.wire);
    else if (padding) await sendPadded(reply, padding, response, arrival.recorded);
    else send(reply, response);
  }

  async #read(incoming: IncomingMessage, connection: Connection): Promise<Arrival> {
    const at = performance.now() - this.#startedAt;
    const { method = '', url: path = '' } = incoming;
    const { [CLOCK_HEADER]: skipped, ...headers } = Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    );
    if (skipped !== undefined) {
      const [client = '', ms] = skipped.split(' ');
      this.#options.clock.follow(client, Number(ms));
    }
    const host = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    const service = this.#options.services.find((one) => one.serves(host)) ?? ELSEWHERE;
    const recorded: RecordedRequest = {
      at,
      host,
      method,
      path,
      step: service.step(method, path),
      headers,
      body: await text(incoming),
      connection: connection.number,
    };
    this.#options.requestLog.push(recorded);
    return { recorded, service, skipsWaiting: skipped !== undefined };
  }

  async #outcome({ recorded, service }: Arrival): Promise<Outcome> {
    const respond = async (): Promise<Reply> => service.respond(recorded);
    const fault = this.#options.faults.forRequest(recorded);
    if (fault === undefined) return { reply: await respond() };
    recorded.fault = fault.kind;
    return applyFault(fault, recorded, service, respond, this.#options.clock);
  }
}

function send({ status, headers, body }: Reply, response: ServerResponse): void {
  // A 204 has no body and must not count one (RFC 9110, 8.6).
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length }).end(body);
}

/** Announces the whole body and ends the connection after the first half. */
function sendHalf({ status, headers, body }: Reply, response: ServerResponse, wire: Socket): void {
  const bytes = Buffer.from(body);
  response.writeHead(status === 204 ? 200 : status, { ...headers, 'content-length': bytes.length + 1 });
  response.write(bytes.subarray(0, bytes.length / 2), () => wire.end());
}

const BLANKS = Buffer.alloc(65_536, ' ');

/** Sends the body, then blanks as the client reads them. */
async function sendPadded(
  { status, headers, body }: Reply,
  { bytes, gzip }: { bytes: number; gzip: boolean },
  response: ServerResponse,
  recorded: RecordedRequest,
): Promise<void> {
  recorded.blanks = 0;
  function* pieces(): Generator<Buffer> {
    yield Buffer.from(body);
    for (let left = bytes; left > 0; left -= BLANKS.length) {
      const piece = BLANKS.subarray(0, left);
      yield piece;
      recorded.blanks = (recorded.blanks ?? 0) + piece.length;
    }
  }
  if (gzip) {
    response.writeHead(status, { ...headers, 'content-encoding': 'gzip' });
    await pipeline(Readable.from(pieces()), createGzip(), response);
  } else {
    const length = bytes === Infinity ? {} : { 'content-length': Buffer.byteLength(body) + bytes };
    response.writeHead(status, { ...headers, ...length });
    await pipeline(Readable.from(pieces()), response);
  }
}
