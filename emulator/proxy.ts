import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { untrustedCa, type CertificateAuthority, type Validity } from './certificate-authority.ts';
import type { ConnectionFault, InjectedConnectionFault, Faults } from './faults.ts';

/** Of the certificate that a host presents, where a fault is about that. */
const VALIDITIES: Readonly<Partial<Record<ConnectionFault['kind'], Validity>>> = {
  'expired-certificate': 'past',
  'future-certificate': 'future',
};

/** The first byte of a TLS record that carries a handshake (RFC 8446, 5.1). */
const TLS_HANDSHAKE = 0x16;

export interface ProxyOptions {
  /** 0: any free one. */
  port: number;
  ca: CertificateAuthority;
  faults: Faults;
  /** Added to every TLS handshake, in ms. */
  handshakeMs: number;
  /** What the proxy demands by Basic authentication. */
  credentials: { user: string; password: string } | undefined;
  /** Called with every connection as soon as it uses TLS. `wire` is the socket underneath. */
  accept: (secure: TLSSocket, wire: Socket) => void;
}

/**
 * An HTTP proxy on loopback that accepts CONNECT for any host and then acts as that host. A client that begins with a TLS
 * handshake is served too: it was led to the port as to the host itself.
 */
export class Proxy {
  /** TLS handshakes that were completed. */
  handshakes = 0;
  readonly #options: ProxyOptions;
  readonly #http = createServer((_, response) => response.writeHead(400).end('This proxy accepts only CONNECT.\n'));
  readonly #tcp = createTcpServer({ noDelay: true }, (socket) => {
    this.#greet(socket);
  });
  readonly #sockets = new Set<Socket>();

  private constructor(options: ProxyOptions) {
    this.#options = options;
    this.#http.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      if (head.length > 0) socket.unshift(head);
      this.#connect(request, socket).catch(() => socket.destroy());
    });
  }

  static async listen(options: ProxyOptions): Promise<Proxy> {
    const proxy = new Proxy(options);
    await new Promise<void>((resolve, reject) => {
      proxy.#tcp.once('error', reject).listen(options.port, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return addressOf(this.#tcp.address()).port;
  }

  /** Ends every connection and frees the port. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#tcp.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #greet(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // A client may disconnect at any time; it is the client that reports it.
    socket.on('error', () => socket.destroy());
    socket.once('data', (first) => {
      socket.pause();
      socket.unshift(first);
      if (first[0] === TLS_HANDSHAKE) void this.#secure(socket, this.#options.ca);
      else {
        this.#http.emit('connection', socket);
        socket.resume();
      }
    });
  }

  async #connect(request: IncomingMessage, socket: Socket): Promise<void> {
    const host = (request.url ?? '').replace(/:\d+$/, '');
    const fault = this.#options.faults.forConnection(host);
    const rejection = this.#rejection(request, fault);
    if (rejection !== undefined) {
      socket.end(`HTTP/1.1 ${rejection}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    if (fault?.kind === 'drop') return;
    if (fault?.kind === 'trickle') {
      this.#trickle(socket);
      return;
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (fault?.kind === 'handshake-reset') {
      socket.once('data', () => socket.resetAndDestroy());
      return;
    }
    const ca = fault?.kind === 'wrong-certificate' ? await untrustedCa() : this.#options.ca;
    await this.#secure(socket, ca, fault && VALIDITIES[fault.kind]);
  }

  #trickle(socket: Socket): void {
    socket.write('HTTP/1.1 200 Connection established\r\nX-Slow: ');
    const timer = setInterval(() => socket.write('.'), 1000).unref();
    socket.once('close', () => {
      clearInterval(timer);
    });
  }

  /** The status line and headers with which the proxy rejects a client; undefined when it does not. */
  #rejection(request: IncomingMessage, fault: InjectedConnectionFault | undefined): string | undefined {
    if (fault?.kind === 'refuse')
      return fault.status === 503 ? '503 Service Unavailable' : `${fault.status ?? 502} Bad Gateway`;
    if (fault?.kind !== 'proxy-auth' && this.#isAuthorized(request)) return undefined;
    return '407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="emulator"';
  }

  #isAuthorized(request: IncomingMessage): boolean {
    const { credentials } = this.#options;
    if (credentials === undefined) return true;
    const expected = Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64');
    const [scheme = '', given] = (request.headers['proxy-authorization'] ?? '').split(' ');
    return scheme.toLowerCase() === 'basic' && given === expected;
  }

  async #secure(wire: Socket, ca: CertificateAuthority, validity: Validity = 'present'): Promise<void> {
    const { handshakeMs, accept } = this.#options;
    if (handshakeMs > 0) await sleep(handshakeMs, undefined, { ref: false });
    if (wire.destroyed) return;
    const secure = new TLSSocket(wire, {
      isServer: true,
      ALPNProtocols: ['http/1.1'],
      SNICallback: (host, done) => {
        done(null, ca.identity(host, validity));
      },
      secureContext: ca.identity('localhost'),
    });
    secure.on('error', () => wire.destroy());
    secure.once('secure', () => {
      this.handshakes += 1;
    });
    accept(secure, wire);
  }
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('The proxy does not listen on a port.');
  return address;
}
