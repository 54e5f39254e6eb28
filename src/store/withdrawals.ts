import type { HeldWithdrawalStore, Resolution } from '../accounts/held-withdrawals.ts';
import { RequestError } from '../errors.ts';
import type { NewEvent } from '../events/event.ts';
import type { K1, PaymentHash } from '../hex.ts';
import type { ContinuityStore } from '../payments/continuity.ts';
import type { PayerStore } from '../payments/payer.ts';
import {
  type HeldReason,
  type StuckEvidence,
  type Withdrawal,
  withdrawalSourcesOf,
} from '../payments/withdrawal.ts';
import type { WithdrawalEnd } from '../payments/withdrawal-end.ts';
import type { ClaimLimits, ClaimStore, WithdrawalFilter } from '../payments/withdrawals.ts';
import { appendAudit } from './audit.ts';
import { bookReservation, giveBack, type Taken, takeFromLink } from './budgets.ts';
import { places } from './columns.ts';
import { Conditions } from './conditions.ts';
import { appendEvents } from './event-log.ts';
import { addReceipt } from './receipts.ts';
import { type Queries, type Sql, UniqueViolation } from './sql.ts';
import {
  endToRow,
  WITHDRAWAL_COLUMNS,
  type WithdrawalRow,
  withdrawalFromRow,
} from './withdrawal-rows.ts';

/** Claims in SQL. Every move is a compare-and-set: no row back means that somebody was first. */
export class SqlWithdrawals
  implements ClaimStore, PayerStore, ContinuityStore, HeldWithdrawalStore
{
  readonly #sql: Sql;
  readonly #changed: () => void;
  readonly #moved: Moved;

  /** `moved` is told of each claim that has come to a state in which somebody sees it. */
  constructor(sql: Sql, changed: () => void, moved: Moved = () => {}) {
    this.#sql = sql;
    this.#changed = changed;
    this.#moved = moved;
  }

  async reserve(withdrawal: Withdrawal, limits: ClaimLimits, event: NewEvent): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      const taken = await takeFromLink(tx, withdrawal, limits);
      await insertWithdrawal(tx, withdrawal, taken);
      await bookReservation(tx, withdrawal, taken);
      await appendEvents(tx, [event]);
    });
    this.#tell(withdrawal);
  }

  async beginSend(seen: Withdrawal, now: number): Promise<Withdrawal | undefined> {
    return await this.#one(
      `update withdrawals
          set state = 'sending', sends_started = sends_started + 1, ambiguous_at = $3
        where id = $1 and sends_started = $2 and state in ('reserved', 'sending')
       returning ${WITHDRAWAL_COLUMNS}`,
      [seen.id, seen.sendsStarted, now],
    );
  }

  async endSend(
    id: string,
    how: 'closed' | 'ambiguous',
    known: boolean,
    now: number,
  ): Promise<Withdrawal | undefined> {
    return await this.#one(
      `update withdrawals
          set sends_closed = sends_closed + $2,
              ambiguous_at = case when $2 = 1 then ambiguous_at else $4 end,
              known_at = case when $3 = 1 then coalesce(known_at, $4) else known_at end
        where id = $1 and state = 'sending'
       returning ${WITHDRAWAL_COLUMNS}`,
      [id, how === 'closed' ? 1 : 0, known ? 1 : 0, now],
    );
  }

  async known(id: string, now: number): Promise<void> {
    await this.#sql.query(
      `update withdrawals set known_at = $2
        where id = $1 and state = 'sending' and known_at is null`,
      [id, now],
    );
  }

  async finish(
    id: string,
    end: WithdrawalEnd,
    now: number,
    eventsOf: (withdrawal: Withdrawal, spent: boolean) => readonly NewEvent[],
  ): Promise<Withdrawal | undefined> {
    const done = await this.#sql.transaction(async (tx) => {
      const from = withdrawalSourcesOf(end.state);
      const [row] = await tx.query<WithdrawalRow>(
        `update withdrawals
            set state = $2, closed_at = $3, fee_msat = $4, preimage = $5,
                reason = $6
          where id = $1 and state in (${places(7, from.length)})
         returning ${WITHDRAWAL_COLUMNS}`,
        [id, end.state, now, ...endToRow(end), ...from],
      );
      if (!row) return undefined;
      const withdrawal = withdrawalFromRow(row);
      const spent = await giveBack(tx, withdrawal, row.from_set_aside === 1n, now);
      await appendEvents(tx, eventsOf(withdrawal, spent));
      return withdrawal;
    });
    if (done) this.#tell(done);
    return done;
  }

  async resolve({
    id,
    end,
    now,
    audit,
    eventsOf,
    receiptOf,
  }: Resolution): Promise<Withdrawal | undefined> {
    const done = await this.#sql.transaction(async (tx) => {
      const [fee, preimage] = endToRow(end);
      const [row] = await tx.query<WithdrawalRow>(
        `update withdrawals
            set state = $2, closed_at = $3, fee_msat = $4, preimage = $5, reason = 'operator'
          where id = $1 and state = 'held'
         returning ${WITHDRAWAL_COLUMNS}`,
        [id, end.state, now, fee, preimage],
      );
      if (!row) return undefined;
      const withdrawal = withdrawalFromRow(row);
      if (receiptOf) await addReceipt(tx, receiptOf(withdrawal));
      const spent = await giveBack(tx, withdrawal, row.from_set_aside === 1n, now);
      await appendAudit(tx, audit);
      await appendEvents(tx, eventsOf(withdrawal, spent));
      return withdrawal;
    });
    if (done) this.#tell(done);
    return done;
  }

  async hold(
    id: string,
    reason: HeldReason,
    stuck: StuckEvidence | undefined,
    eventOf: (withdrawal: Withdrawal) => NewEvent,
  ): Promise<Withdrawal | undefined> {
    const held = await this.#sql.transaction(async (tx) => {
      const [row] = await tx.query<WithdrawalRow>(
        `update withdrawals
            set state = 'held', reason = $2, node_restarted_at = $3, no_htlc_at = $4
          where id = $1 and state = 'sending'
         returning ${WITHDRAWAL_COLUMNS}`,
        [id, reason, stuck?.nodeRestartedAt ?? null, stuck?.noHtlcAt ?? null],
      );
      if (!row) return undefined;
      const withdrawal = withdrawalFromRow(row);
      await appendEvents(tx, [eventOf(withdrawal)]);
      return withdrawal;
    });
    if (held) this.#tell(held);
    return held;
  }

  async unfinished(limit: number, after: string | undefined): Promise<Withdrawal[]> {
    const wanted = new Conditions()
      .all("state in ('reserved', 'sending', 'held')")
      .all("(state <> 'held' or reason = 'stuck')")
      .and(
        '(created_at, id) > (select p.created_at, p.id from withdrawals p where p.id = ?)',
        after,
      );
    return await this.#many(
      `select ${WITHDRAWAL_COLUMNS} from withdrawals ${wanted.where}
        order by created_at, id limit ${wanted.place(limit)}`,
      wanted.values,
    );
  }

  async find(id: string): Promise<Withdrawal | undefined> {
    return await this.#one(`select ${WITHDRAWAL_COLUMNS} from withdrawals where id = $1`, [id]);
  }

  async findByK1(k1: K1): Promise<Withdrawal | undefined> {
    // A failed one may stand beside a newer one; the one that lives comes first.
    return await this.#one(
      `select ${WITHDRAWAL_COLUMNS} from withdrawals where k1 = $1
        order by case when state = 'failed' then 1 else 0 end, created_at desc, closed_at desc
        limit 1`,
      [k1],
    );
  }

  async isOurInvoice(paymentHash: PaymentHash): Promise<boolean> {
    const rows = await this.#sql.query('select 1 as one from invoices where payment_hash = $1', [
      paymentHash,
    ]);
    return rows.length > 0;
  }

  async list(
    filter: WithdrawalFilter,
    limit: number,
    after: string | undefined,
  ): Promise<Withdrawal[]> {
    const wanted = new Conditions()
      .and('state = ?', filter.state)
      .and('withdraw_link_id = ?', filter.withdrawLinkId)
      .and(
        'withdraw_link_id in (select id from withdraw_links where account_id = ?)',
        filter.accountId,
      )
      .and('created_at >= ?', filter.since)
      .and(
        '(created_at, id) < (select p.created_at, p.id from withdrawals p where p.id = ?)',
        after,
      );
    return await this.#many(
      `select ${WITHDRAWAL_COLUMNS} from withdrawals ${wanted.where}
        order by created_at desc, id desc limit ${wanted.place(limit)}`,
      wanted.values,
    );
  }

  async keepNodeKey(key: string): Promise<string> {
    await this.#sql.query(
      "insert into settings (name, value) values ('node_key', $1) on conflict (name) do nothing",
      [key],
    );
    const [row] = await this.#sql.query<{ value: string }>(
      "select value from settings where name = 'node_key'",
    );
    if (!row) throw new Error('the node key was not kept');
    return row.value;
  }

  async newestPaid(): Promise<PaymentHash | undefined> {
    // What a person decided, the node may never have heard of: that makes it no other node.
    const [row] = await this.#sql.query<{ payment_hash: PaymentHash }>(
      `select payment_hash from withdrawals
        where state = 'paid' and (reason is null or reason <> 'operator')
        order by closed_at desc limit 1`,
    );
    return row?.payment_hash;
  }

  #tell(withdrawal: Withdrawal): void {
    this.#changed();
    this.#moved(withdrawal);
  }

  async #one(text: string, values: readonly (string | number)[]): Promise<Withdrawal | undefined> {
    const [row] = await this.#sql.query<WithdrawalRow>(text, values);
    return row && withdrawalFromRow(row);
  }

  async #many(text: string, values: Conditions['values']): Promise<Withdrawal[]> {
    const rows = await this.#sql.query<WithdrawalRow>(text, values);
    return rows.map(withdrawalFromRow);
  }
}

type Moved = (withdrawal: Withdrawal) => void;

async function insertWithdrawal(tx: Queries, withdrawal: Withdrawal, taken: Taken): Promise<void> {
  try {
    await tx.query(
      `insert into withdrawals
              (id, withdraw_link_id, k1, payment_hash, bolt11, amount_msat, fee_cap_msat,
               invoice_expires_at, created_at, from_set_aside, state)
       values (${places(1, 10)}, 'reserved')`,
      [
        withdrawal.id,
        withdrawal.withdrawLinkId,
        withdrawal.k1,
        withdrawal.paymentHash,
        withdrawal.bolt11,
        withdrawal.amount,
        withdrawal.feeCap,
        withdrawal.invoiceExpiresAt,
        withdrawal.createdAt,
        taken.from === 'set-aside' ? 1 : 0,
      ],
    );
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error;
    throw new RequestError('k1-used', 'This withdraw or this invoice has already been used.');
  }
}
