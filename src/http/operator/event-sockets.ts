import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { RequestError } from '../../errors.ts';
import { eventToJson, tail, wanted } from '../../events/tail.ts';
import type { EventStreamParts, Wish } from './event-streams.ts';

/** FC-27: proxies cut what is silent, and 15 s is all that some of them grant. */
const PING_MS = 10_000;
/** What may wait for a reader that is slow; more is held back until he has taken it. */
const WAITING_MAX_BYTES = 256 * 1024;
/** A reader that takes nothing for so long is told so, and may come back with his last number. */
const STALL_MS = 30_000;
const SOCKETS_MAX = 1_000;
/** Readers have nothing to say. */
const HEARD_MAX_BYTES = 1_024;

/** Codes of RFC 6455, section 7.4.1, and one of ours. */
const GOING_AWAY = 1001;
const TOO_SLOW = 4008;

/** The readers of the event log that are connected by WebSocket (RFC 6455) now. */
export class EventSockets {
  readonly #parts: EventStreamParts;
  readonly #server = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false },
    maxPayload: HEARD_MAX_BYTES,
  });
  readonly #ends = new Set<() => void>();

  constructor(parts: EventStreamParts) {
    this.#parts = parts;
    parts.closing.addEventListener('abort', () => {
      for (const end of this.#ends) end();
    });
  }

  /** Throws `too-many-requests` when there is no room. */
  assertRoom(): void {
    if (this.#ends.size < SOCKETS_MAX) return;
    throw new RequestError('too-many-requests', 'Too many event streams are open');
  }

  /** Answers the handshake and writes events until the reader leaves or the service stops. */
  async serve(req: IncomingMessage, socket: Duplex, head: Buffer, wish: Wish): Promise<void> {
    const reader = await new Promise<WebSocket>((resolve) => {
      this.#server.handleUpgrade(req, socket, head, resolve);
    });
    const ending = new AbortController();
    const end = (): void => ending.abort();
    this.#ends.add(end);
    reader.once('close', end);
    reader.once('error', end);
    if (this.#parts.closing.aborted) end();
    const pings = this.#ping(reader, ending.signal);
    try {
      // The first message says where it begins, so that who is cut off before the next misses nothing.
      reader.send(JSON.stringify({ type: 'stream.begun', seq: Number(wish.after) }));
      await this.#write(reader, wish, ending.signal);
    } finally {
      end();
      await pings;
      this.#ends.delete(end);
      if (reader.readyState === WebSocket.OPEN) reader.close(GOING_AWAY, 'the server goes down');
    }
  }

  async #write(reader: WebSocket, wish: Wish, signal: AbortSignal): Promise<void> {
    const { eventLog, changed } = this.#parts;
    for await (const event of tail(eventLog, changed, wish.after, signal)) {
      if (!wanted(wish.types, event)) continue;
      const sent = send(reader, eventToJson(event));
      if (reader.bufferedAmount < WAITING_MAX_BYTES) continue;
      if (await this.#inTime(sent, signal)) continue;
      reader.close(TOO_SLOW, 'too slow: come back with the number of your last event');
      return;
    }
  }

  /** Whether a message left before the patience with its reader was over. */
  async #inTime(sent: Promise<void>, signal: AbortSignal): Promise<boolean> {
    const left = new AbortController();
    const patience = this.#parts.clock.sleep(STALL_MS, AbortSignal.any([left.signal, signal]));
    await Promise.race([sent.then(() => left.abort()), patience]);
    return left.signal.aborted || signal.aborted;
  }

  /** A reader that answers no ping is gone, though nobody said so. */
  async #ping(reader: WebSocket, signal: AbortSignal): Promise<void> {
    let isAlive = true;
    reader.on('pong', () => {
      isAlive = true;
    });
    for (;;) {
      await this.#parts.clock.sleep(PING_MS, signal);
      if (signal.aborted) return;
      // One that has not taken what it was sent before is slow, not gone, and is told so.
      if (!isAlive && reader.bufferedAmount === 0) return void reader.terminate();
      isAlive = false;
      reader.ping();
    }
  }
}

/** Resolves when the message was handed to the system, or the reader is gone. */
async function send(reader: WebSocket, text: string): Promise<void> {
  await new Promise<void>((resolve) => reader.send(text, () => resolve()));
}
