import type { PaymentHash } from '../hex.ts';
import { msat } from '../msat.ts';
import type {
  AccountState,
  BookedClaim,
  BookedInvoice,
  Booking,
  NodeLine,
  OwnBooks,
} from '../payments/books.ts';
import type { InvoiceState } from '../payments/invoice.ts';
import type { WithdrawalState } from '../payments/withdrawal.ts';
import { orUndefined, places } from './columns.ts';
import type { Sql } from './sql.ts';

interface BookingRow {
  readonly seq: bigint | null;
  readonly node_msat: bigint | null;
  readonly fees_msat: bigint | null;
}

interface ClaimRow extends BookingRow {
  readonly id: string;
  readonly payment_hash: PaymentHash;
  readonly state: WithdrawalState;
  readonly reason: string | null;
  readonly sends_started: bigint;
  readonly amount_msat: bigint;
  readonly fee_msat: bigint | null;
}

interface InvoiceRow extends BookingRow {
  readonly id: string;
  readonly payment_hash: PaymentHash;
  readonly state: InvoiceState;
  readonly received_msat: bigint | null;
}

interface LineRow {
  readonly seq: bigint;
  readonly kind: string;
  readonly reference: string;
  readonly payment_hash: PaymentHash | null;
}

/** The ledger as it is held against the node: entries, and the rows that they are for. */
export class SqlBooks implements OwnBooks {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async accounts(): Promise<AccountState[]> {
    const rows = await this.#sql.query<{ id: string; balance_msat: bigint; entry_count: bigint }>(
      'select id, balance_msat, entry_count from accounts',
    );
    return rows.map((row) => ({
      id: row.id,
      balance: row.balance_msat,
      entryCount: Number(row.entry_count),
    }));
  }

  async sumEntries(
    accountId: string,
    after: number,
    upTo: number,
  ): Promise<{ count: number; sum: bigint }> {
    const [row] = await this.#sql.query<{ count: bigint; sum: bigint }>(
      `select count(*) as count, cast(coalesce(sum(amount_msat), 0) as bigint) as sum
         from entries where account_id = $1 and seq > $2 and seq <= $3`,
      [accountId, after, upTo],
    );
    return { count: Number(row?.count ?? 0n), sum: row?.sum ?? 0n };
  }

  async claims(hashes: readonly PaymentHash[]): Promise<BookedClaim[]> {
    if (hashes.length === 0) return [];
    const rows = await this.#sql.query<ClaimRow>(
      `select w.id, w.payment_hash, w.state, w.reason, w.sends_started, w.amount_msat, w.fee_msat,
              e.seq, e.amount_msat as node_msat, f.amount_msat as fees_msat
         from withdrawals w
         left join transfers t on t.kind = 'paid' and t.reference = w.id
         left join entries e on e.transfer_id = t.id and e.account_id = 'node'
         left join entries f on f.transfer_id = t.id and f.account_id = 'fees'
        where w.payment_hash in (${placesFor(hashes)})`,
      filled(hashes),
    );
    return rows.map(claimFromRow);
  }

  async invoices(hashes: readonly PaymentHash[]): Promise<BookedInvoice[]> {
    if (hashes.length === 0) return [];
    const rows = await this.#sql.query<InvoiceRow>(
      `select i.id, i.payment_hash, i.state, i.received_msat,
              e.seq, e.amount_msat as node_msat, null as fees_msat
         from invoices i
         left join transfers t on t.kind = 'invoice' and t.reference = i.id
         left join entries e on e.transfer_id = t.id and e.account_id = 'node'
        where i.payment_hash in (${placesFor(hashes)})`,
      filled(hashes),
    );
    return rows.map(invoiceFromRow);
  }

  async nodeLines(after: number, upTo: number, limit: number): Promise<NodeLine[]> {
    const rows = await this.#sql.query<LineRow>(
      `select e.seq, t.kind, t.reference, coalesce(w.payment_hash, i.payment_hash) as payment_hash
         from entries e
         join transfers t on t.id = e.transfer_id
         left join withdrawals w on t.kind = 'paid' and w.id = t.reference
         left join invoices i on t.kind = 'invoice' and i.id = t.reference
        where e.account_id = 'node' and e.seq > $1 and e.seq <= $2
        order by e.seq limit $3`,
      [after, upTo, limit],
    );
    return rows.map((row) => ({
      seq: Number(row.seq),
      kind: row.kind === 'invoice' ? 'invoice' : 'claim',
      reference: row.reference,
      paymentHash: orUndefined(row.payment_hash),
    }));
  }
}

/** A list as long as the next power of two, so that few texts of a statement are ever prepared. */
function filled(hashes: readonly PaymentHash[]): PaymentHash[] {
  const [first] = hashes;
  if (first === undefined) return [];
  const length = 2 ** Math.ceil(Math.log2(hashes.length));
  return Array.from({ length }, (_, index) => hashes[index] ?? first);
}

function placesFor(hashes: readonly PaymentHash[]): string {
  return places(1, filled(hashes).length);
}

function claimFromRow(row: ClaimRow): BookedClaim {
  return {
    id: row.id,
    paymentHash: row.payment_hash,
    state: row.state,
    reason: orUndefined(row.reason),
    sendsStarted: Number(row.sends_started),
    amount: msat(row.amount_msat),
    fee: row.fee_msat === null ? undefined : msat(row.fee_msat),
    booking: bookingFromRow(row),
  };
}

function invoiceFromRow(row: InvoiceRow): BookedInvoice {
  return {
    id: row.id,
    paymentHash: row.payment_hash,
    state: row.state,
    received: row.received_msat === null ? undefined : msat(row.received_msat),
    booking: bookingFromRow(row),
  };
}

function bookingFromRow(row: BookingRow): Booking | undefined {
  if (row.seq === null || row.node_msat === null) return undefined;
  return { seq: Number(row.seq), node: row.node_msat, fees: row.fees_msat ?? 0n };
}
