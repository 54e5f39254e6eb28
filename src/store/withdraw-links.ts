import type { Receipt } from '../accounts/receipt.ts';
import {
  type Budgets,
  WITHDRAW_LINK_STATES,
  type WithdrawLink,
  type WithdrawLinkState,
  type WithdrawTerms,
} from '../accounts/withdraw-link.ts';
import type {
  NewWithdrawLinks,
  VoucherCounts,
  VoucherTerms,
  WithdrawBatch,
  WithdrawLinkStore,
} from '../accounts/withdraw-links.ts';
import type { NewEvent } from '../events/event.ts';
import { type Msat, msat } from '../msat.ts';
import { lastClaimAt, spentInDay } from './budgets.ts';
import { numberOrUndefined, orNull, orUndefined, places } from './columns.ts';
import { Conditions } from './conditions.ts';
import { appendEvents } from './event-log.ts';
import { addReceipt } from './receipts.ts';
import { setAside, setBack } from './set-aside.ts';
import type { Queries, Sql, SqlValue } from './sql.ts';

interface VoucherTermsRow {
  readonly account_id: string;
  readonly description: string;
  readonly min_msat: bigint;
  readonly max_msat: bigint;
  readonly wait_seconds: bigint | null;
  readonly day_msat: bigint | null;
  readonly total_msat: bigint | null;
  readonly fee_max_msat: bigint | null;
  readonly pay_link_id: string | null;
  readonly label: string | null;
  readonly valid_from: bigint | null;
  readonly expires_at: bigint | null;
}

interface WithdrawLinkRow extends VoucherTermsRow {
  readonly id: string;
  readonly batch_id: string | null;
  readonly uses: bigint;
  readonly created_at: bigint;
  readonly disabled_at: bigint | null;
  readonly uses_taken: bigint;
  readonly uses_paid: bigint;
  readonly taken_msat: bigint;
  readonly set_aside_msat: bigint | null;
  readonly ended_at: bigint | null;
}

interface BatchRow extends VoucherTermsRow {
  readonly id: string;
  readonly funded: bigint;
  readonly count: bigint;
  readonly worst_case_msat: bigint;
  readonly uncovered_msat: bigint;
  readonly created_at: bigint;
}

/** What an operator chose of a voucher, in the order of `voucherTermsToRow`. */
const VOUCHER_COLUMNS = [
  'description',
  'min_msat',
  'max_msat',
  'wait_seconds',
  'day_msat',
  'total_msat',
  'fee_max_msat',
  'pay_link_id',
  'label',
  'valid_from',
  'expires_at',
] as const;

/** What may be changed of a link, in the order of `termsToRow`. */
const TERM_COLUMNS = [...VOUCHER_COLUMNS, 'uses'] as const;

const COLUMNS = `id, batch_id, account_id, ${TERM_COLUMNS.join(', ')}, created_at, disabled_at,
  uses_taken, uses_paid, taken_msat, set_aside_msat, ended_at`;

const BATCH_COLUMNS = `id, account_id, ${VOUCHER_COLUMNS.join(', ')}, funded, count, worst_case_msat,
  uncovered_msat, created_at`;

/** `withdrawLinkState` in SQL; `$2` is now. */
const STATE = `
  case when uses_paid >= uses then 'spent'
       when uses_taken >= uses then 'claimed'
       when disabled_at is not null then 'disabled'
       when ended_at is not null or expires_at <= $2 then 'expired'
       when valid_from > $2 then 'notYet'
       else 'open' end`;

/** Withdraw links and batches in SQL. What was taken is counted in `budgets.ts`. */
export class SqlWithdrawLinks implements WithdrawLinkStore {
  readonly #sql: Sql;
  readonly #changed: () => void;

  constructor(sql: Sql, changed: () => void) {
    this.#sql = sql;
    this.#changed = changed;
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
  const values = [
    batch.id,
    batch.accountId,
    ...voucherTermsToRow(batch),
    batch.funded ? 1 : 0,
    batch.count,
    batch.worstCase,
    batch.uncovered,
    batch.createdAt,
  ];
  await tx.query(
    `insert into withdraw_batches (${BATCH_COLUMNS}) values (${places(1, values.length)})`,
    values,
  );
}

/** Long statements are cheaper by far than many, up to here. */
const ROWS_AT_ONCE = 200;

/**
 * Links of one batch differ in two columns, so the others travel once a statement. The order of their
 * ids spares the indexes a walk.
 */
async function insertLinks(tx: Queries, { alike, names }: NewWithdrawLinks): Promise<void> {
  const { batchId, accountId, createdAt, setAside } = alike;
  const shared = [...termsToRow(alike), orNull(batchId), accountId, createdAt, orNull(setAside)];
  const sorted = names.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  for (let from = 0; from < sorted.length; from += ROWS_AT_ONCE) {
    const rows = sorted.slice(from, from + ROWS_AT_ONCE);
    const pairs = rows.map((_, index) => `(${places(shared.length + 1 + 2 * index, 2)})`);
    await tx.query(
      `insert into withdraw_links
              (id, token_hash, ${TERM_COLUMNS.join(', ')}, batch_id, account_id, created_at,
               set_aside_msat)
       select column1, column2, ${places(1, shared.length)} from (values ${pairs.join(', ')}) as named`,
      [...shared, ...rows.flatMap(({ id, tokenHash }) => [id, tokenHash])],
    );
  }
}

/** `min_msat = $4, max_msat = $5, …`: one column a place. */
function assigned(columns: readonly string[], sign: string, between: string, from: number): string {
  return columns.map((column, index) => `${column}${sign}$${from + index}`).join(between);
}

function countsOf(count: (state: WithdrawLinkState) => number): VoucherCounts {
  const entries = WITHDRAW_LINK_STATES.map((state) => [state, count(state)] as const);
  return Object.fromEntries(entries) as VoucherCounts;
}

function termsToRow(link: WithdrawTerms): SqlValue[] {
  return [...voucherTermsToRow(link), link.uses];
}

function voucherTermsToRow(terms: VoucherTerms): SqlValue[] {
  return [
    terms.description,
    terms.min,
    terms.max,
    orNull(terms.waitSeconds),
    orNull(terms.day),
    orNull(terms.total),
    orNull(terms.feeMax),
    orNull(terms.payLinkId),
    orNull(terms.label),
    orNull(terms.validFrom),
    orNull(terms.expiresAt),
  ];
}

function withdrawLinkFromRow(row: WithdrawLinkRow): WithdrawLink {
  return {
    ...voucherTermsFromRow(row),
    id: row.id,
    batchId: orUndefined(row.batch_id),
    uses: Number(row.uses),
    createdAt: Number(row.created_at),
    disabledAt: numberOrUndefined(row.disabled_at),
    usesTaken: Number(row.uses_taken),
    usesPaid: Number(row.uses_paid),
    taken: msat(row.taken_msat),
    setAside: msatOrUndefined(row.set_aside_msat),
    endedAt: numberOrUndefined(row.ended_at),
  };
}

function batchFromRow(row: BatchRow): WithdrawBatch {
  return {
    ...voucherTermsFromRow(row),
    id: row.id,
    funded: row.funded === 1n,
    count: Number(row.count),
    worstCase: msat(row.worst_case_msat),
    uncovered: msat(row.uncovered_msat),
    createdAt: Number(row.created_at),
  };
}

function voucherTermsFromRow(row: VoucherTermsRow): VoucherTerms {
  return {
    accountId: row.account_id,
    description: row.description,
    min: msat(row.min_msat),
    max: msat(row.max_msat),
    waitSeconds: numberOrUndefined(row.wait_seconds),
    day: msatOrUndefined(row.day_msat),
    total: msatOrUndefined(row.total_msat),
    feeMax: msatOrUndefined(row.fee_max_msat),
    payLinkId: orUndefined(row.pay_link_id),
    label: orUndefined(row.label),
    validFrom: numberOrUndefined(row.valid_from),
    expiresAt: numberOrUndefined(row.expires_at),
  };
}

function msatOrUndefined(value: bigint | null): Msat | undefined {
  return value === null ? undefined : msat(value);
}
