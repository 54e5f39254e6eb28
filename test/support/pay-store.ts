import type { PayLink, PayTerms } from '../../src/accounts/pay-link.ts';
import { PayLinks } from '../../src/accounts/pay-links.ts';
import { Tokens } from '../../src/accounts/tokens.ts';
import { Changed } from '../../src/events/changed.ts';
import type { EventType } from '../../src/events/event.ts';
import { descriptionHashOf } from '../../src/hex.ts';
import { DemoNetwork } from '../../src/lightning/demo/network.ts';
import type { PaymentOutcome } from '../../src/lightning/node.ts';
import type { Log, LogFields } from '../../src/log.ts';
import { msat } from '../../src/msat.ts';
import type { Invoice, InvoiceOrder } from '../../src/payments/invoice.ts';
import { InvoiceWatch } from '../../src/payments/invoice-watch.ts';
import { Invoices } from '../../src/payments/invoices.ts';
import { TREASURY } from '../../src/payments/ledger.ts';
import { Settlement } from '../../src/payments/settlement.ts';
import { SqlEventLog } from '../../src/store/event-log.ts';
import { SqlInvoices } from '../../src/store/invoices.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../src/store/migrate.ts';
import { SqlPayLinks } from '../../src/store/pay-links.ts';
import type { Sql } from '../../src/store/sql.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { ManualClock } from './manual-clock.ts';
import { seededRandom } from './seeded-random.ts';

/** Terms of a coffee. */
export const COFFEE_TERMS: PayTerms = {
  min: msat(1000n),
  max: msat(100_000_000n),
  description: 'Coffee',
  longDescription: undefined,
  image: undefined,
  commentAllowed: 0,
  successAction: undefined,
  oneTime: false,
  invoiceExpirySeconds: 3_600,
  validFrom: undefined,
  expiresAt: undefined,
  accountId: TREASURY,
  label: undefined,
};

/** A line of the log, as it was told. */
export interface LogLine {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields: LogFields;
}

/** A log that remembers every line. */
export function recordedLog(): Log & { readonly lines: readonly LogLine[]; clear(): void } {
  const lines: LogLine[] = [];
  const keep =
    (level: keyof Log) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields });
    };
  return {
    lines,
    clear: () => void lines.splice(0),
    ...{ debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') },
  };
}

/** An event as a program reads it, without what chance and the clock give it. */
export interface ToldFact {
  readonly type: EventType;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Everything about being paid below HTTP, on an empty database and a simulated network. */
export async function startPayments(
  open: () => Promise<Sql> = async () => await openSqlite(':memory:'),
) {
  const clock = new ManualClock();
  const random = seededRandom('payments');
  const log = recordedLog();
  const sql = await open();
  await migrate(sql, MIGRATIONS_FOLDER, clock);
  const changed = new Changed();
  const wake = () => changed.notify();
  const network = new DemoNetwork({ seed: new Uint8Array(32).fill(9), clock, random });
  const node = network.ours;
  const linkStore = new SqlPayLinks(sql, wake);
  const store = new SqlInvoices(sql, wake);
  const payLinks = new PayLinks({
    store: linkStore,
    tokens: new Tokens(new Uint8Array(32)),
    clock,
    random,
  });
  const invoices = new Invoices({ store, node, network: () => 'bcrt', clock, random });
  const settlement = new Settlement({ store, clock, random, log });
  const watch = new InvoiceWatch({ store, settlement, node, clock, log });
  const events = new SqlEventLog(sql);
  return {
    ...{ clock, random, log, sql, changed, network, node, linkStore, store, payLinks, invoices },
    ...{ settlement, watch, events },
    link: async (terms: Partial<PayTerms> = {}): Promise<PayLink> =>
      await payLinks.create({ ...COFFEE_TERMS, ...terms }, undefined),
    order: async (link: PayLink, changes: Partial<InvoiceOrder> = {}): Promise<Invoice> =>
      await invoices.create(orderFor(link, changes), new AbortController().signal),
    pay: async ({ bolt11 }: Invoice): Promise<PaymentOutcome> =>
      await network.customer.pay(bolt11, { maxFee: msat(10_000_000n), timeoutMs: 1_000 }),
    facts: async (): Promise<ToldFact[]> =>
      (await events.after(0n, 10_000)).map(({ type, data }) => ({ type, data: JSON.parse(data) })),
    [Symbol.asyncDispose]: async () => {
      await watch[Symbol.asyncDispose]();
      network[Symbol.dispose]();
      await sql.close();
    },
  };
}

export type PaymentsWorld = Awaited<ReturnType<typeof startPayments>>;

/** An order of 1 sat on a link. */
export function orderFor(link: PayLink, changes: Partial<InvoiceOrder> = {}): InvoiceOrder {
  return {
    payLinkId: link.id,
    version: link.version,
    amount: msat(1000n),
    descriptionHash: descriptionHashOf(link.metadata),
    expirySeconds: 3_600,
    comment: undefined,
    tag: undefined,
    caller: 'a caller',
    ...changes,
  };
}
