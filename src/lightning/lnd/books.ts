import { z } from 'zod';
import type { NodeBooking } from '../node.ts';
import type { LndCalls } from './calls.ts';
import { nonsense } from './calls.ts';
import { hashHexField, msatField } from './fields.ts';
import { ANY_INVOICE } from './invoices.ts';
import { RPCS } from './rpcs.ts';

const INVOICE_PAGE = 200;
/** Fewer, because each comes with all its routes. */
const PAYMENT_PAGE = 100;
/**
 * LND lists invoices by when they were made, and one may be paid as long as it lives: ours live a day
 * at most, and a payment that was held a little longer.
 */
const INVOICE_LIFE_MS = 26 * 3_600_000;
const NS_PER_MS = 1_000_000n;

const OFFSET = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform((text) => BigInt(text));

const PAYMENTS = z.object({
  payments: z.array(
    z.object({
      payment_hash: hashHexField,
      status: z.enum(['IN_FLIGHT', 'INITIATED', 'SUCCEEDED', 'FAILED']),
      value_msat: msatField,
      fee_msat: msatField,
      creation_time_ns: z.string().regex(/^\d{1,19}$/),
    }),
  ),
  last_index_offset: OFFSET,
});

const INVOICES = z.object({ invoices: z.array(ANY_INVOICE), last_index_offset: OFFSET });

/**
 * LND's own books: what left or may still leave, then what came in, in pages. With `since`, payments
 * that began then or later and invoices that were settled then or later.
 */
export async function* readBooks(
  calls: LndCalls,
  since: number | undefined,
  signal?: AbortSignal,
): AsyncGenerator<NodeBooking> {
  yield* readPayments(calls, since, signal);
  yield* readInvoices(calls, since, signal);
}

async function* readPayments(
  calls: LndCalls,
  since = 0,
  signal: AbortSignal | undefined,
): AsyncGenerator<NodeBooking> {
  const asked = {
    include_incomplete: true,
    max_payments: PAYMENT_PAGE,
    // LND adds the fee up from the hops: where payments are in tables of SQL, it is 0 without them.
    omit_hops: false,
    creation_date_start: secondsOf(since),
  };
  for await (const { payments } of pages(async (index_offset) => {
    const page = { ...asked, index_offset };
    const answer = await calls.unary(RPCS.listPayments, page, PAYMENTS, signal);
    return { ...answer, isFull: answer.payments.length === PAYMENT_PAGE };
  })) {
    for (const payment of payments) {
      const at = Number(BigInt(payment.creation_time_ns) / NS_PER_MS);
      if (payment.status === 'FAILED' || at < since) continue;
      yield {
        kind: 'payment',
        paymentHash: payment.payment_hash,
        state: payment.status === 'SUCCEEDED' ? 'paid' : 'unknown',
        amount: payment.value_msat,
        fee: payment.fee_msat,
        at,
      };
    }
  }
}

async function* readInvoices(
  calls: LndCalls,
  since = 0,
  signal: AbortSignal | undefined,
): AsyncGenerator<NodeBooking> {
  const asked = {
    num_max_invoices: INVOICE_PAGE,
    creation_date_start: secondsOf(Math.max(0, since - INVOICE_LIFE_MS)),
  };
  for await (const { invoices } of pages(async (index_offset) => {
    const page = { ...asked, index_offset };
    const answer = await calls.unary(RPCS.listInvoices, page, INVOICES, signal);
    return { ...answer, isFull: answer.invoices.length === INVOICE_PAGE };
  })) {
    for (const invoice of invoices) {
      if (invoice?.state !== 'settled') continue;
      const { paymentHash, received, settledAt: at } = invoice;
      // LND counts whole seconds, so this one may have been settled up to a second later.
      if (at + 999 >= since) yield { kind: 'invoice', paymentHash, received, at };
    }
  }
}

interface Page {
  readonly last_index_offset: bigint;
  readonly isFull: boolean;
}

async function* pages<T extends Page>(read: (offset: string) => Promise<T>): AsyncGenerator<T> {
  let offset = 0n;
  for (;;) {
    const page = await read(offset.toString());
    yield page;
    if (!page.isFull) return;
    // Anything else would read the same page for ever.
    if (page.last_index_offset <= offset) throw nonsense('a page that leads nowhere');
    offset = page.last_index_offset;
  }
}

/** Whole seconds, early rather than late. */
function secondsOf(moment: number): number {
  return Math.floor(moment / 1000);
}
