import type { Clock } from '../clock.ts';
import { type NewEvent, newEvent } from '../events/event.ts';
import { type PaymentHash, type Preimage, paymentHashOf } from '../hex.ts';
import type { InvoiceUpdate } from '../lightning/node.ts';
import type { Log } from '../log.ts';
import type { Msat } from '../msat.ts';
import type { Random } from '../random.ts';
import { type Invoice, invoiceEventData } from './invoice.ts';

/** What the node says of an invoice that was paid. */
export interface Settled {
  readonly received: Msat;
  readonly preimage: Preimage;
  readonly settledAt: number;
}

/** What came of a settlement in the store. */
export interface SettledInvoice {
  readonly invoice: Invoice;
  /** It was the payment that a one-time link had waited for. */
  readonly endedLink: boolean;
}

/** What settling needs of the store. Each method is one transaction, and a repeat changes nothing. */
export interface SettlementStore {
  /**
   * open → settled. Ends a one-time link, or marks the money as surplus when it had ended before,
   * and asks for the link's other invoices to be cancelled (FC-9). undefined: it was not open.
   */
  settle(
    hash: PaymentHash,
    settled: Settled,
    now: number,
    eventsOf: (done: SettledInvoice) => readonly NewEvent[],
  ): Promise<SettledInvoice | undefined>;
  /** open → cancelled when we had asked or its time had not come, else open → expired. */
  close(
    hash: PaymentHash,
    now: number,
    eventOf: (invoice: Invoice) => NewEvent,
  ): Promise<Invoice | undefined>;
}

interface Parts {
  readonly store: SettlementStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Told how long after the node had the money it was booked. */
  readonly onSettled?: ((delayMs: number) => void) | undefined;
}

/** Books what the node says of our invoices, each settlement exactly once. */
export class Settlement {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * A repeat, a stranger's invoice and an open one change nothing. Answers true when a one-time link
   * has ended, so that its other invoices wait to be cancelled.
   */
  async apply(update: InvoiceUpdate): Promise<boolean> {
    switch (update.state) {
      case 'open':
        return false;
      case 'settled':
        return await this.#settle(update);
      case 'cancelled':
        await this.#close(update.paymentHash);
        return false;
      default:
        return update satisfies never;
    }
  }

  async #settle(update: InvoiceUpdate & { state: 'settled' }): Promise<boolean> {
    const { store, clock, random, log, onSettled } = this.#parts;
    const { paymentHash } = update;
    if (paymentHashOf(update.preimage) !== paymentHash) {
      log.error('the node settled an invoice with a preimage that does not fit', { paymentHash });
      return false;
    }
    const now = clock.now();
    const done = await store.settle(paymentHash, update, now, ({ invoice, endedLink }) => [
      newEvent('invoice.settled', invoiceEventData(invoice, update.settledAt), now, random),
      ...(endedLink
        ? [newEvent('link.spent', { id: invoice.payLinkId, kind: 'pay' }, now, random)]
        : []),
    ]);
    if (!done) return false;
    onSettled?.(clock.now() - update.settledAt);
    const { id, surplus } = done.invoice;
    log.info('invoice settled', { invoice: id, surplus });
    return done.endedLink;
  }

  async #close(hash: PaymentHash): Promise<void> {
    const { store, clock, random, log } = this.#parts;
    const now = clock.now();
    const closed = await store.close(hash, now, (invoice) => {
      const type = invoice.state === 'cancelled' ? 'invoice.cancelled' : 'invoice.expired';
      return newEvent(type, invoiceEventData(invoice, now), now, random);
    });
    if (closed) log.debug('invoice closed', { invoice: closed.id, state: closed.state });
  }
}
