import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Tickets } from '../../accounts/tickets.ts';
import { RequestError } from '../../errors.ts';
import { EVENT_TYPES } from '../../events/event.ts';
import type { EventLog } from '../../events/tail.ts';
import type { PublicUrls } from '../public-urls.ts';
import { admit } from './admission.ts';
import { EventSockets } from './event-sockets.ts';
import { type EventStreamParts, EventStreams, type Wish } from './event-streams.ts';
import type { OperatorKeys } from './keys.ts';
import { OperatorQuery, parameterError } from './query.ts';
import { EVENTS } from './scopes.ts';

/** The log as a stream begins on it. */
export interface EventLogWithHead extends EventLog {
  /** Number of the newest event; 0 when there is none. */
  head(): Promise<bigint>;
}

export interface EventRequestParts extends EventStreamParts {
  readonly eventLog: EventLogWithHead;
  readonly tickets: Tickets;
  readonly urls: Pick<PublicUrls, 'origin'>;
}

/** What a handshake stands on besides. */
export interface Handshake {
  readonly req: IncomingMessage;
  readonly socket: Duplex;
  /** The first bytes behind the request. */
  readonly head: Buffer;
}

/** `GET /events`, as a stream or a WebSocket: who may read them, and from where on. */
export class EventRequests {
  readonly #parts: EventRequestParts;
  readonly #keys: OperatorKeys;
  readonly #streams: EventStreams;
  readonly #sockets: EventSockets;

  constructor(parts: EventRequestParts, keys: OperatorKeys) {
    this.#parts = parts;
    this.#keys = keys;
    this.#streams = new EventStreams(parts);
    this.#sockets = new EventSockets(parts);
  }

  /** Returns when the stream is over. */
  async serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    await this.#streams.serve(res, await this.#admitted(req));
  }

  /** Like `serve`, for a reader that asked for a WebSocket. Throws before the handshake is answered. */
  async serveSocket({ req, socket, head }: Handshake): Promise<void> {
    this.#assertOwnPage(req);
    this.#sockets.assertRoom();
    await this.#sockets.serve(req, socket, head, await this.#admitted(req));
  }

  async #admitted(req: IncomingMessage): Promise<Wish> {
    const query = new OperatorQuery(req.url ?? '/');
    const { tickets } = this.#parts;
    const wanted = { purpose: 'events', opening: EVENTS } as const;
    this.#keys.assertNoneIn(query);
    await admit(req, query, wanted, { keys: this.#keys, tickets });
    return await this.#wish(req, query);
  }

  /** A page of another origin has no business here, whatever ticket it got hold of. */
  #assertOwnPage({ headers: { origin } }: IncomingMessage): void {
    if (origin === undefined || origin === this.#parts.urls.origin) return;
    throw new RequestError('forbidden', 'Only pages of this server may read its events');
  }

  /** Without a number to go on from, a stream brings what happens from now on. */
  async #wish({ headers }: IncomingMessage, query: OperatorQuery): Promise<Wish> {
    const types = query.choices('types', EVENT_TYPES);
    const head = await this.#parts.eventLog.head();
    const lastEventId = headers['last-event-id'];
    const after =
      typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : query.get('after');
    if (after === undefined) return { after: head, types };
    const seq = /^\d{1,18}$/.test(after) ? BigInt(after) : undefined;
    // Whoever has seen more than there is has seen another log, and would wait for ever here.
    if (seq === undefined || seq > head) {
      throw parameterError('after', 'must be the number of an event that there was');
    }
    return { after: seq, types };
  }
}
