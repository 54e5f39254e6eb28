import type { Clock } from '../clock.ts';
import { base32, type Random } from '../random.ts';
import type { Receipt } from './receipt.ts';
import { tokenHash } from './tokens.ts';

/** What tickets need of the store, which knows their SHA-256 only. */
export interface TicketStore {
  /** Keeps a ticket, and lets go of those that are over at `now`. Throws AlreadyAnswered for the receipt. */
  add(ticket: KeptTicket, now: number, receipt?: Receipt): Promise<void>;
  /** Takes the ticket out; undefined when it is not there (any more). */
  take(hash: string): Promise<KeptTicket | undefined>;
}

/** A ticket as it is kept. Times are milliseconds since 1970. */
export interface KeptTicket {
  readonly hash: string;
  readonly apiKeyId: string;
  readonly expiresAt: number;
}

/** What a ticket opens: that one thing and no other (FC-28). */
export type TicketPurpose = 'events' | `print/${string}`;

/** A ticket as its holder sees it. */
export interface Ticket {
  readonly ticket: string;
  readonly expiresAt: number;
}

interface Parts {
  readonly store: TicketStore;
  readonly clock: Clock;
  readonly random: Random;
}

const TICKET_BYTES = 32;

/** Just long enough for a page to be opened (FC-28). */
export const TICKET_LIFE_MS = 60_000;

/**
 * Admission to one thing, once and soon, for a browser: it cannot send a header there, and a key in a
 * URL would end up in logs (FC-28).
 */
export class Tickets {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Makes a ticket for the holder of a key. `receiptOf` writes the answer into the same transaction. */
  async issue(
    apiKeyId: string,
    purpose: TicketPurpose,
    receiptOf?: (ticket: Ticket) => Receipt,
  ): Promise<Ticket> {
    const { store, clock, random } = this.#parts;
    const now = clock.now();
    const ticket = { ticket: base32(random(TICKET_BYTES)), expiresAt: now + TICKET_LIFE_MS };
    const hash = hashOf(ticket.ticket, purpose);
    const kept = { hash, apiKeyId, expiresAt: ticket.expiresAt };
    await store.add(kept, now, receiptOf?.(ticket));
    return ticket;
  }

  /** Uses a ticket up, and says whose it was; undefined when it is unknown, used, over or for else. */
  async use(ticket: string, purpose: TicketPurpose): Promise<string | undefined> {
    const { store, clock } = this.#parts;
    const kept = await store.take(hashOf(ticket, purpose));
    return kept && clock.now() < kept.expiresAt ? kept.apiKeyId : undefined;
  }
}

/** The purpose is part of what is kept, so that a ticket is unknown everywhere else. */
function hashOf(ticket: string, purpose: TicketPurpose): string {
  return tokenHash(`${purpose}/${ticket}`);
}
