import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { RequestError } from '../errors.ts';
import { lnurlError } from './wallet/answer.ts';

/** Zap requests and payer data are long, and a proxy adds headers of its own (checklist GEN-17). */
const HEADERS_MAX_BYTES = 64 * 1024;
const HEADERS_PATIENCE_MS = 10_000;
const REQUEST_PATIENCE_MS = 30_000;
const DRAIN_MS = 5_000;
/** How often a stopping server looks for connections that are kept alive but have no request any more. */
const LOOK_FOR_IDLE_MS = 50;

export type Listener = (req: IncomingMessage, res: ServerResponse) => void;

/** Takes a request to speak another protocol, or leaves it: false is for who is not meant. */
export type Upgrade = (req: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

/** The listening socket, from the first request to the last answer. */
export class HttpServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(listener: Listener, upgrade: Upgrade = () => false) {
    this.#server = createServer(
      {
        maxHeaderSize: HEADERS_MAX_BYTES,
        headersTimeout: HEADERS_PATIENCE_MS,
        requestTimeout: REQUEST_PATIENCE_MS,
        // Left to itself node answers these two with a status and no body, which tells a wallet nothing.
        requireHostHeader: false,
      },
      listener,
    );
    this.#server.on('checkExpectation', listener);
    this.#server.on('upgrade', (req, socket, head) => {
      if (!upgrade(req, socket, head)) answerAsAsked(req, socket, listener);
    });
    this.#server.on('clientError', refuseSocket);
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Resolves with the port; rejects when the address cannot be had. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address();
    return isSocketAddress(address) ? address.port : port;
  }

  /** Takes no new request, lets those under way finish for a while, then cuts the rest. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const look = setInterval(() => this.#closeIdle(), LOOK_FOR_IDLE_MS);
    const patience = new AbortController();
    const cut = delay(DRAIN_MS, undefined, { signal: patience.signal }).then(
      () => this.#server.closeAllConnections(),
      () => undefined,
    );
    await closed;
    clearInterval(look);
    patience.abort();
    await cut;
  }

  /** Closes connections without a request; browsers and pools also open some in advance. */
  #closeIdle(): void {
    this.#server.closeIdleConnections();
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
  }
}

/**
 * Some libraries offer HTTP/2 in every request, and are happy with an answer in HTTP/1.1 (RFC 9110,
 * section 7.8: an offer may be ignored).
 */
function answerAsAsked(req: IncomingMessage, socket: Duplex, listener: Listener): void {
  if (!(socket instanceof Socket)) return void socket.destroy();
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(socket);
  res.once('finish', () => socket.end());
  socket.on('error', () => socket.destroy());
  listener(req, res);
}

function isSocketAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

/**
 * What could not be read as HTTP gets an answer all the same, in the form of the wallets, who are
 * the ones that send such things (promise P4). An operator's program is told by status.
 */
function refuseSocket(error: Error & { code?: string; rawPacket?: Buffer }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const reason = tooLong ? 'request too long' : 'request not understood';
  const body = JSON.stringify(lnurlError(new RequestError('invalid-request', reason)));
  const operator = error.rawPacket?.subarray(0, 256).toString('latin1').includes(' /api/');
  const status = operator
    ? tooLong
      ? '431 Request Header Fields Too Large'
      : '400 Bad Request'
    : '200 OK';
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `access-control-allow-origin: *\r\ncache-control: no-store\r\nconnection: close\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
