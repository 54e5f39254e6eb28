import type { Receipt } from '../accounts/receipt.ts';
import type { BatchSwitch, VoucherCounts, WithdrawBatch } from '../accounts/withdraw-batch.ts';
import {
  type Budgets,
  WITHDRAW_LINK_STATES,
  type WithdrawLink,
  type WithdrawLinkState,
} from '../accounts/withdraw-link.ts';
import type {
  AccountFilter,
  NewWithdrawLinks,
  WithdrawLinkStore,
} from '../accounts/withdraw-link-store.ts';
import type { NewEvent } from '../events/event.ts';
import { msat } from '../msat.ts';
import { spendHour } from '../payments/spend-hour.ts';
import { lastClaimAt, spentInDay } from './budgets.ts';
import { orNull } from './columns.ts';
import { Conditions } from './conditions.ts';
import { appendEvents } from './event-log.ts';
import { insertBatch, insertLinks } from './new-withdraw-links.ts';
import { addReceipt } from './receipts.ts';
import { RememberedReads } from './remembered-reads.ts';
import { setAside, setBack } from './set-aside.ts';
import type { Queries, Sql } from './sql.ts';
import {
  BATCH_COLUMNS,
  type BatchRow,
  batchFromRow,
  LINK_COLUMNS,
  TERM_COLUMNS,
  termsToRow,
  type WithdrawLinkRow,
  withdrawLinkFromRow,
} from './withdraw-link-rows.ts';

/** `withdrawLinkState` in SQL; `$2` is now. */
const STATE = `
  case when uses_paid >= uses then 'spent'
       when uses_taken >= uses then 'claimed'
       when disabled_at is not null then 'disabled'
       when ended_at is not null or expires_at <= $2 then 'expired'
       when valid_from > $2 then 'notYet'
       else 'open' end`;

type StoredBudgets = Omit<Budgets, 'serverDayLimit' | 'outbound'>;

/** Withdraw links and batches in SQL. What was taken is counted in `budgets.ts`. */
export class SqlWithdrawLinks implements WithdrawLinkStore {
  readonly #sql: Sql;
  readonly #changed: () => void;
  readonly #byToken: RememberedReads<WithdrawLink>;
  readonly #budgets: RememberedReads<StoredBudgets>;

  constructor(sql: Sql, changed: () => void) {
    this.#sql = sql;
    this.#changed = changed;
    this.#byToken = new RememberedReads(() => sql.commits);
    this.#budgets = new RememberedReads(() => sql.commits);
  }

  get generation(): number | undefined {
    return this.#sql.commits;
  }

  async add(
    links: NewWithdrawLinks,
    batch: WithdrawBatch | undefined,
    events: readonly NewEvent[],
    receipt?: Receipt,
  ): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      if (receipt) await addReceipt(tx, receipt);
      if (batch) await insertBatch(tx, batch);
      await insertLinks(tx, links);
      await setAside(tx, links, batch);
      await appendEvents(tx, events);
    });
    this.#changed();
  }

  async change(link: WithdrawLink, before: WithdrawLink, event: NewEvent): Promise<boolean> {
    const done = await this.#sql.transaction(async (tx) => {
      const rows = await tx.query(
        `update withdraw_links
            set disabled_at = $2, ${assigned(TERM_COLUMNS, ' = ', ', ', 4)}
          where id = $1 and deleted_at is null and ended_at is null
            and disabled_at is not distinct from $3
            and ${assigned(TERM_COLUMNS, ' is not distinct from ', ' and ', 4 + TERM_COLUMNS.length)}
            and uses_taken = $${4 + 2 * TERM_COLUMNS.length}
         returning id`,
        [
          link.id,
          orNull(link.disabledAt),
          orNull(before.disabledAt),
          ...termsToRow(link),
          ...termsToRow(before),
          before.usesTaken,
        ],
      );
      if (rows.length > 0) await appendEvents(tx, [event]);
      return rows.length > 0;
    });
    if (done) this.#changed();
    return done;
  }

  async remove(id: string, now: number, event: NewEvent): Promise<boolean> {
    const done = await this.#sql.transaction(async (tx) => {
      const rows = await tx.query(
        'update withdraw_links set deleted_at = $2 where id = $1 and deleted_at is null returning id',
        [id, now],
      );
      if (rows.length === 0) return false;
      await setBack(tx, id, now);
      await appendEvents(tx, [event]);
      return true;
    });
    if (done) this.#changed();
    return done;
  }

  async switchBatch(id: string, to: BatchSwitch, now: number, event: NewEvent): Promise<boolean> {
    const done = await this.#sql.transaction(async (tx) => {
      const rows = to === 'off' ? await switchOff(tx, id, now) : await switchOn(tx, id);
      if (rows.length > 0) await appendEvents(tx, [event]);
      return rows.length > 0;
    });
    if (done) this.#changed();
    return done;
  }

  async endExpired(
    now: number,
    limit: number,
    eventOf: (link: WithdrawLink) => NewEvent,
  ): Promise<number> {
    const ended = await this.#sql.transaction(async (tx) => {
      const rows = await tx.query<WithdrawLinkRow>(
        `select ${LINK_COLUMNS} from withdraw_links
          where ended_at is null and expires_at is not null and expires_at <= $1
            and deleted_at is null
          limit $2`,
        [now, limit],
      );
      for (const row of rows) {
        await setBack(tx, row.id, now);
        // Of a spent link everybody has heard already.
        if (row.uses_paid < row.uses) await appendEvents(tx, [eventOf(withdrawLinkFromRow(row))]);
      }
      return rows.length;
    });
    if (ended > 0) this.#changed();
    return ended;
  }

  async find(id: string): Promise<WithdrawLink | undefined> {
    return await this.#one('id = $1', id);
  }

  async findByToken(tokenHash: string): Promise<WithdrawLink | undefined> {
    return await this.#byToken.get(
      tokenHash,
      async () => await this.#one('token_hash = $1', tokenHash),
    );
  }

  async list(
    { accountId }: AccountFilter,
    limit: number,
    after: string | undefined,
  ): Promise<WithdrawLink[]> {
    const wanted = new Conditions()
      .all('deleted_at is null')
      .all('batch_id is null')
      .and('account_id = ?', accountId)
      .and(
        '(created_at, id) < (select p.created_at, p.id from withdraw_links p where p.id = ?)',
        after,
      );
    const rows = await this.#sql.query<WithdrawLinkRow>(
      `select ${LINK_COLUMNS} from withdraw_links ${wanted.where}
        order by created_at desc, id desc limit ${wanted.place(limit)}`,
      wanted.values,
    );
    return rows.map(withdrawLinkFromRow);
  }

  async accountOf(id: string): Promise<string | undefined> {
    const [row] = await this.#sql.query<{ account_id: string }>(
      'select account_id from withdraw_links where id = $1',
      [id],
    );
    return row?.account_id;
  }

  async vouchers(
    batchId: string,
    limit: number,
    after: string | undefined,
  ): Promise<WithdrawLink[]> {
    const rows = await this.#sql.query<WithdrawLinkRow>(
      `select ${LINK_COLUMNS} from withdraw_links
        where batch_id = $1 and id > $2 and deleted_at is null
        order by id limit $3`,
      [batchId, after ?? '', limit],
    );
    return rows.map(withdrawLinkFromRow);
  }

  async countVouchers(batchId: string, now: number): Promise<VoucherCounts> {
    const rows = await this.#sql.query<{ state: WithdrawLinkState; count: bigint }>(
      `select ${STATE} as state, count(*) as count from withdraw_links
        where batch_id = $1 and deleted_at is null
        group by 1`,
      [batchId, now],
    );
    const counted = new Map(rows.map(({ state, count }) => [state, Number(count)]));
    return countsOf((state) => counted.get(state) ?? 0);
  }

  async findBatch(id: string): Promise<WithdrawBatch | undefined> {
    const [row] = await this.#sql.query<BatchRow>(
      `select ${BATCH_COLUMNS} from withdraw_batches where id = $1`,
      [id],
    );
    return row && batchFromRow(row);
  }

  async listBatches(
    { accountId }: AccountFilter,
    limit: number,
    after: string | undefined,
  ): Promise<WithdrawBatch[]> {
    const wanted = new Conditions()
      .and('account_id = ?', accountId)
      .and(
        '(created_at, id) < (select p.created_at, p.id from withdraw_batches p where p.id = ?)',
        after,
      );
    const rows = await this.#sql.query<BatchRow>(
      `select ${BATCH_COLUMNS} from withdraw_batches ${wanted.where}
        order by created_at desc, id desc limit ${wanted.place(limit)}`,
      wanted.values,
    );
    return rows.map(batchFromRow);
  }

  async budgets(link: WithdrawLink, now: number): Promise<StoredBudgets> {
    const read = async () => await this.#readBudgets(link, now);
    return await this.#budgets.get(`${link.id} ${spendHour(now)}`, read);
  }

  async #readBudgets(link: WithdrawLink, now: number): Promise<StoredBudgets> {
    const [account] = await this.#sql.query<{ spendable: bigint | null }>(
      'select balance_msat - floor_msat as spendable from accounts where id = $1',
      [link.accountId],
    );
    return {
      account: account?.spendable ?? undefined,
      linkDay: link.day === undefined ? msat(0n) : await spentInDay(this.#sql, link.id, now),
      serverDay: await spentInDay(this.#sql, 'server', now),
      lastClaimAt:
        link.waitSeconds === undefined ? undefined : await lastClaimAt(this.#sql, link.id),
    };
  }

  async #one(condition: string, value: string): Promise<WithdrawLink | undefined> {
    const [row] = await this.#sql.query<WithdrawLinkRow>(
      `select ${LINK_COLUMNS} from withdraw_links where ${condition} and deleted_at is null`,
      [value],
    );
    return row && withdrawLinkFromRow(row);
  }
}

/**
 * A voucher that is being claimed is switched off as well, which leaves its claim alone: when that
 * fails, the use comes back to a voucher that nobody can claim again.
 */
async function switchOff(tx: Queries, batchId: string, now: number): Promise<unknown[]> {
  return await tx.query(
    `update withdraw_links set disabled_at = $2
      where batch_id = $1 and disabled_at is null and deleted_at is null and ended_at is null
        and uses_paid < uses and (expires_at is null or expires_at > $2)
     returning id`,
    [batchId, now],
  );
}

/** Also those that were switched off one by one: what a batch is told holds for all of it. */
async function switchOn(tx: Queries, batchId: string): Promise<unknown[]> {
  return await tx.query(
    `update withdraw_links set disabled_at = null
      where batch_id = $1 and disabled_at is not null and deleted_at is null and ended_at is null
        and uses_paid < uses
     returning id`,
    [batchId],
  );
}

/** `min_msat = $4, max_msat = $5, …`: one column a place. */
function assigned(columns: readonly string[], sign: string, between: string, from: number): string {
  return columns.map((column, index) => `${column}${sign}$${from + index}`).join(between);
}

function countsOf(count: (state: WithdrawLinkState) => number): VoucherCounts {
  const entries = WITHDRAW_LINK_STATES.map((state) => [state, count(state)] as const);
  return Object.fromEntries(entries) as VoucherCounts;
}
