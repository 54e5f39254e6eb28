import type { Receipt } from '../accounts/receipt.ts';
import type { KeptTicket, TicketStore } from '../accounts/tickets.ts';
import { addReceipt } from './receipts.ts';
import type { Sql } from './sql.ts';

interface TicketRow {
  readonly ticket_hash: string;
  readonly api_key_id: string;
  readonly expires_at: bigint;
}

/** Tickets for the event stream in SQL. */
export class SqlTickets implements TicketStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async add(
    { hash, apiKeyId, expiresAt }: KeptTicket,
    now: number,
    receipt?: Receipt,
  ): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      if (receipt) await addReceipt(tx, receipt);
      await tx.query('delete from event_tickets where expires_at <= $1', [now]);
      await tx.query(
        'insert into event_tickets (ticket_hash, api_key_id, expires_at) values ($1, $2, $3)',
        [hash, apiKeyId, expiresAt],
      );
    });
  }

  /** One statement, so that of two who come with the same ticket only one gets in. */
  async take(hash: string): Promise<KeptTicket | undefined> {
    const [row] = await this.#sql.query<TicketRow>(
      `delete from event_tickets
        where ticket_hash = $1
       returning ticket_hash, api_key_id, expires_at`,
      [hash],
    );
    return (
      row && { hash: row.ticket_hash, apiKeyId: row.api_key_id, expiresAt: Number(row.expires_at) }
    );
  }
}
