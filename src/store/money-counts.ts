import { SqlEventLog } from './event-log.ts';
import type { Sql } from './sql.ts';

/** What waits in the store. */
interface Counts {
  /** At most OPEN_INVOICES_MAX. */
  readonly openInvoices: number;
  readonly reserved: number;
  readonly sending: number;
  readonly oldestSendingAt: number | undefined;
  readonly heldWithdrawals: number;
  readonly heldChannels: number;
  readonly eventHead: bigint;
}

interface WaitingRow {
  readonly reserved: bigint;
  readonly sending: bigint;
  readonly held: bigint;
  readonly oldest: bigint | null;
}

/** Whoever has more of them wants no exact number, and counting them all would hold up wallets. */
const OPEN_INVOICES_MAX = 100_000;

/** Counts what is unfinished, over the indexes of unfinished things alone. */
export class SqlMoneyCounts {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async read(): Promise<Counts> {
    const waiting = await this.#withdrawals();
    return {
      openInvoices: await this.#openInvoices(),
      reserved: Number(waiting?.reserved ?? 0n),
      sending: Number(waiting?.sending ?? 0n),
      heldWithdrawals: Number(waiting?.held ?? 0n),
      oldestSendingAt: waiting?.oldest == null ? undefined : Number(waiting.oldest),
      heldChannels: await this.#heldChannels(),
      eventHead: await new SqlEventLog(this.#sql).head(),
    };
  }

  async #withdrawals(): Promise<WaitingRow | undefined> {
    const [row] = await this.#sql.query<WaitingRow>(
      `select count(case when state = 'reserved' then 1 end) as reserved,
              count(case when state = 'sending' then 1 end) as sending,
              count(case when state = 'held' then 1 end) as held,
              min(case when state = 'sending' then created_at end) as oldest
         from withdrawals
        where state in ('reserved', 'sending', 'held')`,
    );
    return row;
  }

  async #openInvoices(): Promise<number> {
    const [row] = await this.#sql.query<{ count: bigint }>(
      `select count(*) as count
         from (select 1 as one from invoices where state = 'open' limit $1) as open`,
      [OPEN_INVOICES_MAX],
    );
    return Number(row?.count ?? 0n);
  }

  /** Every row has cost its owner a transaction in the chain, so there are few. */
  async #heldChannels(): Promise<number> {
    const [row] = await this.#sql.query<{ count: bigint }>(
      "select count(*) as count from channels where state = 'held'",
    );
    return Number(row?.count ?? 0n);
  }
}
