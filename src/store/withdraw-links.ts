import type { Receipt } from '../accounts/receipt.ts';
import type { Budgets, WithdrawLink } from '../accounts/withdraw-link.ts';
import type {
  NewWithdrawLink,
  WithdrawBatch,
  WithdrawLinkStore,
} from '../accounts/withdraw-links.ts';
import type { NewEvent } from '../events/event.ts';
import { msat } from '../msat.ts';
import { move, SET_ASIDE } from '../payments/ledger.ts';
import { lastClaimAt, spentInDay } from './budgets.ts';
import { numberOrUndefined, orNull, orUndefined, places } from './columns.ts';
import { Conditions } from './conditions.ts';
import { appendEvents } from './event-log.ts';
import { book } from './ledger.ts';
import { addReceipt } from './receipts.ts';
import type { Queries, Sql, SqlValue } from './sql.ts';

interface WithdrawLinkRow {
  readonly id: string;
  readonly batch_id: string | null;
  readonly account_id: string;
  readonly description: string;
  readonly min_msat: bigint;
  readonly max_msat: bigint;
  readonly uses: bigint;
  readonly wait_seconds: bigint | null;
  readonly day_msat: bigint | null;
  readonly total_msat: bigint | null;
  readonly fee_max_msat: bigint | null;
  readonly pay_link_id: string | null;
  readonly label: string | null;
  readonly valid_from: bigint | null;
  readonly expires_at: bigint | null;
  readonly created_at: bigint;
  readonly disabled_at: bigint | null;
  readonly uses_taken: bigint;
  readonly uses_paid: bigint;
  readonly taken_msat: bigint;
  readonly set_aside_msat: bigint | null;
  readonly ended_at: bigint | null;
}

const COLUMNS = `id, batch_id, account_id, description, min_msat, max_msat, uses, wait_seconds,
  day_msat, total_msat, fee_max_msat, pay_link_id, label, valid_from, expires_at, created_at,
  disabled_at, uses_taken, uses_paid, taken_msat, set_aside_msat, ended_at`;

interface BatchRow {
  readonly id: string;
  readonly description: string;
  readonly count: bigint;
  readonly worst_case_msat: bigint;
  readonly uncovered_msat: bigint;
  readonly created_at: bigint;
}

const BATCH_COLUMNS = 'id, description, count, worst_case_msat, uncovered_msat, created_at';

/** Withdraw links and batches in SQL. What was taken is counted in `budgets.ts`. */
export class SqlWithdrawLinks implements WithdrawLinkStore {
  readonly #sql: Sql;
  readonly #changed: () => void;

  constructor(sql: Sql, changed: () => void) {
    this.#sql = sql;
    this.#changed = changed;
  }

  async add(
    links: readonly NewWithdrawLink[],
    batch: WithdrawBatch | undefined,
    events: readonly NewEvent[],
    receipt?: Receipt,
  ): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      if (receipt) await addReceipt(tx, receipt);
      if (batch) await insertBatch(tx, batch);
      for (const link of links) await insertLink(tx, link);
      await setAside(tx, links, batch);
      await appendEvents(tx, events);
    });
    this.#changed();
  }

  async change(link: WithdrawLink, event: NewEvent): Promise<boolean> {
    const done = await this.#sql.transaction(async (tx) => {
      const rows = await tx.query(
        `update withdraw_links
            set description = $2, min_msat = $3, max_msat = $4, uses = $5, wait_seconds = $6,
                day_msat = $7, total_msat = $8, fee_max_msat = $9, pay_link_id = $10, label = $11,
                valid_from = $12, expires_at = $13, disabled_at = $14
          where id = $1 and deleted_at is null and ended_at is null and uses_taken <= $5
            and ($8 >= taken_msat or total_msat is null or $8 is null)
         returning id`,
        [link.id, ...termsToRow(link), orNull(link.disabledAt)],
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

  async endExpired(
    now: number,
    limit: number,
    eventOf: (link: WithdrawLink) => NewEvent,
  ): Promise<number> {
    const ended = await this.#sql.transaction(async (tx) => {
      const rows = await tx.query<WithdrawLinkRow>(
        `select ${COLUMNS} from withdraw_links
          where ended_at is null and expires_at is not null and expires_at <= $1
            and deleted_at is null
          limit $2`,
        [now, limit],
      );
      for (const row of rows) {
        await setBack(tx, row.id, now);
        await appendEvents(tx, [eventOf(withdrawLinkFromRow(row))]);
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
    return await this.#one('token_hash = $1', tokenHash);
  }

  async list(limit: number, after: string | undefined): Promise<WithdrawLink[]> {
    const wanted = new Conditions()
      .all('deleted_at is null')
      .all('batch_id is null')
      .and(
        '(created_at, id) < (select p.created_at, p.id from withdraw_links p where p.id = ?)',
        after,
      );
    const rows = await this.#sql.query<WithdrawLinkRow>(
      `select ${COLUMNS} from withdraw_links ${wanted.where}
        order by created_at desc, id desc limit ${wanted.place(limit)}`,
      wanted.values,
    );
    return rows.map(withdrawLinkFromRow);
  }

  async vouchers(
    batchId: string,
    limit: number,
    after: string | undefined,
  ): Promise<WithdrawLink[]> {
    const rows = await this.#sql.query<WithdrawLinkRow>(
      `select ${COLUMNS} from withdraw_links
        where batch_id = $1 and id > $2 and deleted_at is null
        order by id limit $3`,
      [batchId, after ?? '', limit],
    );
    return rows.map(withdrawLinkFromRow);
  }

  async findBatch(id: string): Promise<WithdrawBatch | undefined> {
    const [row] = await this.#sql.query<BatchRow>(
      `select ${BATCH_COLUMNS} from withdraw_batches where id = $1`,
      [id],
    );
    return row && batchFromRow(row);
  }

  async listBatches(limit: number, after: string | undefined): Promise<WithdrawBatch[]> {
    const wanted = new Conditions().and(
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

  async budgets(
    link: WithdrawLink,
    now: number,
  ): Promise<Omit<Budgets, 'serverDayLimit' | 'outbound'>> {
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
      `select ${COLUMNS} from withdraw_links where ${condition} and deleted_at is null`,
      [value],
    );
    return row && withdrawLinkFromRow(row);
  }
}

async function insertBatch(tx: Queries, batch: WithdrawBatch): Promise<void> {
  await tx.query(`insert into withdraw_batches (${BATCH_COLUMNS}) values (${places(1, 6)})`, [
    batch.id,
    batch.description,
    batch.count,
    batch.worstCase,
    batch.uncovered,
    batch.createdAt,
  ]);
}

async function insertLink(tx: Queries, { link, tokenHash }: NewWithdrawLink): Promise<void> {
  await tx.query(
    `insert into withdraw_links
            (id, description, min_msat, max_msat, uses, wait_seconds, day_msat, total_msat,
             fee_max_msat, pay_link_id, label, valid_from, expires_at, batch_id, account_id,
             created_at, set_aside_msat, token_hash)
     values (${places(1, 18)})`,
    [
      link.id,
      ...termsToRow(link),
      orNull(link.batchId),
      link.accountId,
      link.createdAt,
      orNull(link.setAside),
      tokenHash,
    ],
  );
}

/** FC-17: the money of funded links leaves their account before anybody hears of them. */
async function setAside(
  tx: Queries,
  links: readonly NewWithdrawLink[],
  batch: WithdrawBatch | undefined,
): Promise<void> {
  const [first] = links;
  const sum = links.reduce((total, { link }) => total + (link.setAside ?? 0n), 0n);
  if (!first || sum === 0n) return;
  const { id, accountId, createdAt } = first.link;
  const reference = batch?.id ?? id;
  await book(tx, {
    id: `tr_set-aside_${bare(reference)}`,
    kind: 'set-aside',
    reference,
    note: undefined,
    entries: move(accountId, SET_ASIDE, msat(sum)),
    createdAt,
  });
}

/** Ends a link: what is still set aside for it goes back to its account. Open claims keep theirs. */
async function setBack(tx: Queries, id: string, now: number): Promise<void> {
  const [link] = await tx.query<{ account_id: string; set_aside_msat: bigint | null }>(
    'select account_id, set_aside_msat from withdraw_links where id = $1 and ended_at is null',
    [id],
  );
  if (!link) return;
  await tx.query(
    `update withdraw_links
        set ended_at = $2, set_aside_msat = case when set_aside_msat is null then null else 0 end
      where id = $1`,
    [id, now],
  );
  await book(tx, {
    id: `tr_set-back_${bare(id)}`,
    kind: 'set-back',
    reference: id,
    note: undefined,
    entries: move(SET_ASIDE, link.account_id, msat(link.set_aside_msat ?? 0n)),
    createdAt: now,
  });
}

function bare(id: string): string {
  return id.slice(id.indexOf('_') + 1);
}

function termsToRow(link: WithdrawLink): SqlValue[] {
  return [
    link.description,
    link.min,
    link.max,
    link.uses,
    orNull(link.waitSeconds),
    orNull(link.day),
    orNull(link.total),
    orNull(link.feeMax),
    orNull(link.payLinkId),
    orNull(link.label),
    orNull(link.validFrom),
    orNull(link.expiresAt),
  ];
}

function withdrawLinkFromRow(row: WithdrawLinkRow): WithdrawLink {
  return {
    id: row.id,
    batchId: orUndefined(row.batch_id),
    accountId: row.account_id,
    description: row.description,
    min: msat(row.min_msat),
    max: msat(row.max_msat),
    uses: Number(row.uses),
    waitSeconds: numberOrUndefined(row.wait_seconds),
    day: row.day_msat === null ? undefined : msat(row.day_msat),
    total: row.total_msat === null ? undefined : msat(row.total_msat),
    feeMax: row.fee_max_msat === null ? undefined : msat(row.fee_max_msat),
    payLinkId: orUndefined(row.pay_link_id),
    label: orUndefined(row.label),
    validFrom: numberOrUndefined(row.valid_from),
    expiresAt: numberOrUndefined(row.expires_at),
    createdAt: Number(row.created_at),
    disabledAt: numberOrUndefined(row.disabled_at),
    usesTaken: Number(row.uses_taken),
    usesPaid: Number(row.uses_paid),
    taken: msat(row.taken_msat),
    setAside: row.set_aside_msat === null ? undefined : msat(row.set_aside_msat),
    endedAt: numberOrUndefined(row.ended_at),
  };
}

function batchFromRow(row: BatchRow): WithdrawBatch {
  return {
    id: row.id,
    description: row.description,
    count: Number(row.count),
    worstCase: msat(row.worst_case_msat),
    uncovered: msat(row.uncovered_msat),
    createdAt: Number(row.created_at),
  };
}
