import { z } from 'zod';
import { hexToBytes, type PaymentHash, paymentHashOf } from '../../hex.ts';
import type { InvoiceRequest, InvoiceUpdate, NodeInvoice } from '../node.ts';
import { type LndCalls, nonsense } from './calls.ts';
import { hashBytesField, msatField, preimageBytesField, secondsField } from './fields.ts';
import type { RouteHints } from './hints.ts';
import { RPCS } from './rpcs.ts';
import { ENDED, isUnknownInvoice, LndFailure } from './status.ts';

const ADDED = z.object({ r_hash: hashBytesField, payment_request: z.string().min(1) });

/** The preimage is in every answer, also of an open invoice: it is read only where it is settled. */
const STANDING = z.discriminatedUnion('state', [
  z.object({ r_hash: hashBytesField, state: z.enum(['OPEN', 'ACCEPTED', 'CANCELED']) }),
  z.object({
    r_hash: hashBytesField,
    state: z.literal('SETTLED'),
    r_preimage: preimageBytesField,
    amt_paid_msat: msatField,
    settle_date: secondsField,
  }),
]);

/** An invoice as LND shows it. */
export const INVOICE: z.ZodType<InvoiceUpdate> = STANDING.transform((invoice, context) => {
  const paymentHash = invoice.r_hash;
  switch (invoice.state) {
    case 'OPEN':
    case 'ACCEPTED':
      return { paymentHash, state: 'open' };
    case 'CANCELED':
      return { paymentHash, state: 'cancelled' };
    case 'SETTLED': {
      const { r_preimage: preimage, amt_paid_msat: received, settle_date: settledAt } = invoice;
      if (paymentHashOf(preimage) !== paymentHash) {
        context.addIssue({ code: 'custom', path: ['r_preimage'], message: 'of another invoice' });
        return z.NEVER;
      }
      return { paymentHash, state: 'settled', received, preimage, settledAt };
    }
    default:
      return invoice satisfies never;
  }
});

/** One of all invoices of LND; undefined for a reusable one (AMP), which is never ours. */
export const ANY_INVOICE: z.ZodType<InvoiceUpdate | undefined> = z.union([
  z.object({ is_amp: z.literal(true) }).transform(() => undefined),
  INVOICE,
]);

const NOTHING = z.object({});

/** Money coming in over LND. */
export class LndInvoices {
  readonly #calls: LndCalls;
  readonly #hints: Pick<RouteHints, 'for'>;

  constructor(calls: LndCalls, hints: Pick<RouteHints, 'for'>) {
    this.#calls = calls;
    this.#hints = hints;
  }

  /** May be repeated: an invoice that nobody saw expires by itself. */
  async create(request: InvoiceRequest, signal?: AbortSignal): Promise<NodeInvoice> {
    const { amount, descriptionHash, expirySeconds, memo } = request;
    const asked = {
      memo,
      value_msat: amount.toString(),
      description_hash: hexToBytes(descriptionHash),
      expiry: expirySeconds,
      ...(await this.#hints.for(amount)),
    };
    const added = await this.#calls.unary(RPCS.addInvoice, asked, ADDED, signal);
    return { bolt11: added.payment_request, paymentHash: added.r_hash };
  }

  async lookup(paymentHash: PaymentHash, signal?: AbortSignal): Promise<InvoiceUpdate | undefined> {
    const asked = { payment_hash: hexToBytes(paymentHash) };
    try {
      const update = await this.#calls.unary(RPCS.lookupInvoice, asked, INVOICE, signal);
      if (update.paymentHash !== paymentHash) throw nonsense('an invoice of another hash');
      return update;
    } catch (error) {
      if (error instanceof LndFailure && isUnknownInvoice(error)) return undefined;
      throw error;
    }
  }

  /** LND says yes again for what is cancelled, and no for what is settled. */
  async cancel(paymentHash: PaymentHash, signal?: AbortSignal): Promise<void> {
    const asked = { payment_hash: hexToBytes(paymentHash) };
    await this.#calls.unary(RPCS.cancelInvoice, asked, NOTHING, signal);
  }

  /**
   * New and settled invoices from now on, without backlog: with an index LND suppresses what it
   * believes we had (lnd.md 1.5). Ends when the signal aborts; every other end is a break.
   */
  async *watch(signal: AbortSignal): AsyncGenerator<InvoiceUpdate> {
    const asked = { add_index: 0, settle_index: 0 };
    try {
      const updates = this.#calls.stream(RPCS.subscribeInvoices, asked, ANY_INVOICE, signal);
      for await (const update of updates) if (update) yield update;
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    // LND ends its streams well when it goes down.
    if (!signal.aborted) throw new LndFailure(...ENDED);
  }
}
