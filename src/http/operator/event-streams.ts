import type { ServerResponse } from 'node:http';
import type { Clock } from '../../clock.ts';
import { RequestError } from '../../errors.ts';
import type { Changed } from '../../events/changed.ts';
import type { EventType } from '../../events/event.ts';
import { SSE_COMMENT, sseEvent, sseOpening } from '../../events/sse.ts';
import { type EventLog, tail, wanted } from '../../events/tail.ts';

/** FC-27: proxies cut what is silent, and 15 s is all that some of them grant. */
const HEARTBEAT_MS = 10_000;
/** A reader that takes nothing for so long is gone or broken; it may come back with its last number. */
const STALL_MS = 60_000;
/** Streams at once. Each costs a connection; the log is read once for all of them. */
const STREAMS_MAX = 2_000;

/** FC-27: nothing in between may keep, pack or hold back what passes. */
const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
} as const;

export interface EventStreamParts {
  readonly eventLog: EventLog;
  readonly changed: Changed;
  readonly clock: Clock;
  /** Aborts when the service goes down, which must not wait for readers. */
  readonly closing: AbortSignal;
  /** Streams at once, when not as many as usual. */
  readonly streamsMax?: number;
}

/** What a reader wants: everything after a number, or only some kinds of it. */
export interface Wish {
  readonly after: bigint;
  readonly types: ReadonlySet<EventType> | undefined;
}

/** The readers of the event log that are connected now. */
export class EventStreams {
  readonly #parts: EventStreamParts;

  /** Ends each stream that is open. */
  readonly #ends = new Set<() => void>();

  constructor(parts: EventStreamParts) {
    this.#parts = parts;
    parts.closing.addEventListener('abort', () => {
      for (const end of this.#ends) end();
    });
  }

  /** Writes events until the reader leaves or the service stops. */
  async serve(res: ServerResponse, wish: Wish): Promise<void> {
    if (this.#ends.size >= (this.#parts.streamsMax ?? STREAMS_MAX)) {
      throw new RequestError('too-many-requests', 'Too many event streams are open');
    }
    const ending = new AbortController();
    const end = (): void => ending.abort();
    this.#ends.add(end);
    res.once('close', end);
    if (this.#parts.closing.aborted || res.closed) end();
    res.writeHead(200, HEADERS);
    res.write(sseOpening(wish.after));
    const heartbeats = this.#beat(res, ending.signal);
    try {
      await this.#write(res, wish, ending.signal);
    } finally {
      end();
      await heartbeats;
      this.#ends.delete(end);
    }
    res.end();
  }

  async #write(res: ServerResponse, wish: Wish, signal: AbortSignal): Promise<void> {
    const { eventLog, changed } = this.#parts;
    for await (const event of tail(eventLog, changed, wish.after, signal)) {
      if (!wanted(wish.types, event)) continue;
      if (res.write(sseEvent(event))) continue;
      await this.#drained(res, signal);
      // A reader that still has not taken it is cut off: nothing is piled up for it.
      if (res.writableNeedDrain) return void res.destroy();
    }
  }

  async #beat(res: ServerResponse, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#parts.clock.sleep(HEARTBEAT_MS, signal);
      if (!signal.aborted && !res.writableNeedDrain) res.write(SSE_COMMENT);
    }
  }

  /** Resolves when the reader took what was written, when it left, or when it took too long. */
  async #drained(res: ServerResponse, signal: AbortSignal): Promise<void> {
    const patience = new AbortController();
    const over = (): void => patience.abort();
    res.once('drain', over);
    signal.addEventListener('abort', over);
    if (signal.aborted) over();
    await this.#parts.clock.sleep(STALL_MS, patience.signal);
    res.off('drain', over);
    signal.removeEventListener('abort', over);
  }
}
