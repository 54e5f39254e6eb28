import type { EventType, NewEvent, StoredEvent } from '../events/event.ts';
import type { EventLog } from '../events/tail.ts';
import type { Queries, Sql } from './sql.ts';

interface EventRow {
  readonly seq: bigint;
  readonly id: string;
  readonly type: EventType;
  readonly created_at: bigint;
  readonly data: string;
}

/**
 * Writes facts in the transaction of the change they tell of. The head row stays locked until the
 * commit, so that number order is commit order on every database (design.md 5).
 */
export async function appendEvents(tx: Queries, events: readonly NewEvent[]): Promise<void> {
  for (const event of events) {
    const [head] = await tx.query<{ seq: bigint }>(
      'update event_head set seq = seq + 1 where id = 1 returning seq',
    );
    if (!head) throw new Error('event_head has no row');
    await tx.query(
      'insert into events (seq, id, type, created_at, data) values ($1, $2, $3, $4, $5)',
      [head.seq, event.id, event.type, event.createdAt, JSON.stringify(event.data)],
    );
  }
}

/** The log as its readers see it. */
export class SqlEventLog implements EventLog {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async after(seq: bigint, limit: number): Promise<StoredEvent[]> {
    const rows = await this.#sql.query<EventRow>(
      `select seq, id, type, created_at, data
         from events
        where seq > $1
        order by seq
        limit $2`,
      [seq, limit],
    );
    return rows.map(({ created_at, ...row }) => ({ ...row, createdAt: Number(created_at) }));
  }

  /** Number of the newest event; 0 when there is none. */
  async head(): Promise<bigint> {
    const [head] = await this.#sql.query<{ seq: bigint }>(
      'select seq from event_head where id = 1',
    );
    return head?.seq ?? 0n;
  }
}
