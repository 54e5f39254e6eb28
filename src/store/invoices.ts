import type { NewEvent } from '../events/event.ts';
import type { PaymentHash, Preimage } from '../hex.ts';
import { type Msat, msat } from '../msat.ts';
import type { Invoice, InvoiceState } from '../payments/invoice.ts';
import type { OpenInvoiceCaps, OpenInvoiceStore } from '../payments/invoice-watch.ts';
import type { InvoiceFilter, InvoiceStore } from '../payments/invoices.ts';
import { received, TREASURY } from '../payments/ledger.ts';
import type { Settled, SettledInvoice, SettlementStore } from '../payments/settlement.ts';
import { numberOrUndefined, orNull, orUndefined, places } from './columns.ts';
import { Conditions } from './conditions.ts';
import { appendEvents } from './event-log.ts';
import { book } from './ledger.ts';
import type { Queries, Sql } from './sql.ts';

interface InvoiceRow {
  readonly id: string;
  readonly payment_hash: PaymentHash;
  readonly pay_link_id: string;
  readonly version: bigint;
  readonly bolt11: string;
  readonly amount_msat: bigint;
  readonly received_msat: bigint | null;
  readonly comment: string | null;
  readonly tag: string | null;
  readonly caller: string;
  readonly state: InvoiceState;
  readonly surplus: bigint;
  readonly created_at: bigint;
  readonly expires_at: bigint;
  readonly cancel_asked_at: bigint | null;
  readonly closed_at: bigint | null;
  readonly preimage: Preimage | null;
}

const COLUMNS = `id, payment_hash, pay_link_id, version, bolt11, amount_msat, received_msat, comment,
  tag, caller, state, surplus, created_at, expires_at, cancel_asked_at, closed_at, preimage`;

/** Invoices in SQL. The update is the lock: no row back means that somebody was first. */
export class SqlInvoices implements InvoiceStore, SettlementStore, OpenInvoiceStore {
  readonly #sql: Sql;
  readonly #changed: () => void;
  readonly #linkEnded: () => void;

  constructor(sql: Sql, changed: () => void, linkEnded: () => void = () => {}) {
    this.#sql = sql;
    this.#changed = changed;
    this.#linkEnded = linkEnded;
  }

  async add(invoice: Invoice, event: NewEvent): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      await tx.query(
        `insert into invoices
                (id, payment_hash, pay_link_id, version, bolt11, amount_msat, comment, tag, caller,
                 state, surplus, created_at, expires_at)
         values (${places(1, 9)}, 'open', 0, $10, $11)`,
        [
          invoice.id,
          invoice.paymentHash,
          invoice.payLinkId,
          invoice.version,
          invoice.bolt11,
          invoice.amount,
          orNull(invoice.comment),
          orNull(invoice.tag),
          invoice.caller,
          invoice.createdAt,
          invoice.expiresAt,
        ],
      );
      await appendEvents(tx, [event]);
    });
    this.#changed();
  }

  async settle(
    hash: PaymentHash,
    settled: Settled,
    now: number,
    eventsOf: (done: SettledInvoice) => readonly NewEvent[],
  ): Promise<SettledInvoice | undefined> {
    const done = await this.#sql.transaction(async (tx) => {
      const [row] = await tx.query<InvoiceRow>(
        `update invoices
            set state = 'settled', received_msat = $2, preimage = $3, closed_at = $4,
                surplus = coalesce((select one_time from pay_links
                                     where pay_links.id = invoices.pay_link_id
                                       and paid_at is not null), 0)
          where payment_hash = $1 and state = 'open'
         returning ${COLUMNS}`,
        [hash, settled.received, settled.preimage, settled.settledAt],
      );
      if (!row) return undefined;
      const invoice = invoiceFromRow(row);
      await bookReceived(tx, invoice, settled.received, now);
      const result = { invoice, endedLink: await endOneTimeLink(tx, invoice.payLinkId, now) };
      await appendEvents(tx, eventsOf(result));
      return result;
    });
    if (done?.endedLink) this.#linkEnded();
    if (done) this.#changed();
    return done;
  }

  async close(
    hash: PaymentHash,
    now: number,
    eventOf: (invoice: Invoice) => NewEvent,
  ): Promise<Invoice | undefined> {
    const closed = await this.#sql.transaction(async (tx) => {
      const [row] = await tx.query<InvoiceRow>(
        `update invoices
            set closed_at = $2,
                state = case when cancel_asked_at is not null or expires_at > $2
                             then 'cancelled' else 'expired' end
          where payment_hash = $1 and state = 'open'
         returning ${COLUMNS}`,
        [hash, now],
      );
      if (!row) return undefined;
      const invoice = invoiceFromRow(row);
      await appendEvents(tx, [eventOf(invoice)]);
      return invoice;
    });
    if (closed) this.#changed();
    return closed;
  }

  async find(id: string): Promise<Invoice | undefined> {
    const [row] = await this.#sql.query<InvoiceRow>(
      `select ${COLUMNS} from invoices where id = $1`,
      [id],
    );
    return row && invoiceFromRow(row);
  }

  async list(filter: InvoiceFilter, limit: number, after: string | undefined): Promise<Invoice[]> {
    const wanted = new Conditions()
      .and('state = ?', filter.state)
      .and('pay_link_id = ?', filter.payLinkId)
      .and('pay_link_id in (select id from pay_links where account_id = ?)', filter.accountId)
      .and('created_at >= ?', filter.since)
      .and('(created_at, id) < (select p.created_at, p.id from invoices p where p.id = ?)', after);
    const text = `select ${COLUMNS} from invoices ${wanted.where}
                   order by created_at desc, id desc limit ${wanted.place(limit)}`;
    const rows = await this.#sql.query<InvoiceRow>(text, wanted.values);
    return rows.map(invoiceFromRow);
  }

  async open(limit: number, after: string | undefined): Promise<Invoice[]> {
    const wanted = new Conditions()
      .all("state = 'open'")
      .and('(created_at, id) > (select p.created_at, p.id from invoices p where p.id = ?)', after);
    const text = `select ${COLUMNS} from invoices ${wanted.where}
                   order by created_at, id limit ${wanted.place(limit)}`;
    const rows = await this.#sql.query<InvoiceRow>(text, wanted.values);
    return rows.map(invoiceFromRow);
  }

  async toCancel(limit: number, after: string | undefined): Promise<Invoice[]> {
    const rows = await this.#sql.query<InvoiceRow>(
      `select ${COLUMNS}
         from invoices
        where state = 'open' and cancel_asked_at is not null and id > $2
        order by id
        limit $1`,
      [limit, after ?? ''],
    );
    return rows.map(invoiceFromRow);
  }

  async askToCancelBeyond(caps: OpenInvoiceCaps, now: number): Promise<number> {
    const byCaller = await this.#askOldest('pay_link_id, caller', caps.perCaller, now);
    return byCaller + (await this.#askOldest('pay_link_id', caps.perLink, now));
  }

  async #askOldest(group: string, cap: number, now: number): Promise<number> {
    const rows = await this.#sql.query(
      `update invoices
          set cancel_asked_at = $2
        where id in (select id
                       from (select id, row_number() over (partition by ${group}
                                                           order by created_at desc, id) as age
                               from invoices
                              where state = 'open' and cancel_asked_at is null) as ranked
                      where age > $1)
          and state = 'open'
       returning id`,
      [cap, now],
    );
    return rows.length;
  }
}

/** The account of the link is credited with what really came (FC-8), once an invoice. */
async function bookReceived(
  tx: Queries,
  invoice: Invoice,
  amount: Msat,
  createdAt: number,
): Promise<void> {
  const [link] = await tx.query<{ account_id: string | null }>(
    'select account_id from pay_links where id = $1',
    [invoice.payLinkId],
  );
  await book(tx, {
    id: `tr_invoice_${invoice.id.slice(invoice.id.indexOf('_') + 1)}`,
    kind: 'invoice',
    reference: invoice.id,
    note: undefined,
    entries: received(link?.account_id ?? TREASURY, amount),
    createdAt,
  });
}

/** LUD-11: the first payment ends a one-time link, and what else is open on it must go (FC-9). */
async function endOneTimeLink(tx: Queries, linkId: string, now: number): Promise<boolean> {
  const ended = await tx.query(
    `update pay_links set paid_at = $2
      where id = $1 and one_time = 1 and paid_at is null
     returning id`,
    [linkId, now],
  );
  if (ended.length === 0) return false;
  await tx.query(
    `update invoices set cancel_asked_at = $2
      where pay_link_id = $1 and state = 'open' and cancel_asked_at is null`,
    [linkId, now],
  );
  return true;
}

function invoiceFromRow(row: InvoiceRow): Invoice {
  return {
    id: row.id,
    paymentHash: row.payment_hash,
    payLinkId: row.pay_link_id,
    version: Number(row.version),
    bolt11: row.bolt11,
    amount: msat(row.amount_msat),
    received: row.received_msat === null ? undefined : msat(row.received_msat),
    comment: orUndefined(row.comment),
    tag: orUndefined(row.tag),
    caller: row.caller,
    state: row.state,
    surplus: row.surplus === 1n,
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    cancelAskedAt: numberOrUndefined(row.cancel_asked_at),
    closedAt: numberOrUndefined(row.closed_at),
    preimage: orUndefined(row.preimage),
  };
}
