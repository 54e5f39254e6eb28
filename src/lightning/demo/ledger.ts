import type { PaymentHash, Preimage } from '../../hex.ts';
import { type Msat, msat } from '../../msat.ts';
import type { NodeBooking } from '../node.ts';
import { type NodeName, otherThan } from './identity.ts';
import type { ChannelEntry, InvoiceEntry, Journal, JournalEntry, PaymentEntry } from './journal.ts';

/** An invoice as its node knows it. Who asks for its state must say when: it expires by the clock. */
export interface DemoInvoice {
  readonly payee: NodeName;
  readonly paymentHash: PaymentHash;
  readonly preimage: Preimage;
  readonly amount: Msat;
  readonly expiresAt: number;
  /** Empty once it is settled: nobody needs it any more. */
  readonly bolt11: string;
  readonly cancelledAt: number | undefined;
}

export interface DemoPayment extends Omit<PaymentEntry, 'type' | 'amount' | 'fee'> {
  readonly amount: Msat;
  readonly fee: Msat;
}

/** A channel as the node that opened it knows it. */
export type DemoChannel = Omit<ChannelEntry, 'type'>;

/** How long an invoice that was never paid is remembered after it was cancelled or expired. */
const KEEP_UNPAID_MS = 86_400_000;
/** How many such invoices are remembered at most. */
const MAX_CLOSED_UNPAID = 100_000;
const MIN_UNPAID_TO_TIDY = 1_000;

/**
 * Everything that the nodes of the network remember: invoices, payments, balances and channels. It
 * changes by journal entries alone, so that reading the journal again gives the same memory.
 */
export class Ledger {
  readonly #unpaid = new Map<PaymentHash, DemoInvoice>();
  readonly #settled = new Map<PaymentHash, DemoInvoice>();
  readonly #payments: Readonly<Record<NodeName, Map<PaymentHash, DemoPayment>>> = {
    ours: new Map(),
    customer: new Map(),
  };
  readonly #channels: DemoChannel[] = [];
  /** Below zero in passing while a journal is read, because it does not keep the order of payments. */
  readonly #balances: Record<NodeName, bigint>;
  #journal: Journal | undefined;
  #tidyAtSize = MIN_UNPAID_TO_TIDY;

  constructor(startBalance: Msat) {
    this.#balances = { ours: startBalance, customer: startBalance };
  }

  /** From now on every change is written before it is made. */
  writeTo(journal: Journal): void {
    this.#journal = journal;
  }

  invoice(paymentHash: PaymentHash): DemoInvoice | undefined {
    return this.#unpaid.get(paymentHash) ?? this.#settled.get(paymentHash);
  }

  payment(payer: NodeName, paymentHash: PaymentHash): DemoPayment | undefined {
    return this.#payments[payer].get(paymentHash);
  }

  /** Every channel that was ever opened, oldest first. */
  get channels(): readonly DemoChannel[] {
    return this.#channels;
  }

  /** What the node can spend: held payments are already gone from it. */
  balance(name: NodeName): Msat {
    return msat(this.#balances[name]);
  }

  /** Every payment of the node that was not in vain, and every invoice of it that was paid. */
  *books(name: NodeName): Generator<NodeBooking> {
    for (const { paymentHash, state, amount, fee, at } of this.#payments[name].values()) {
      if (state === 'failed') continue;
      const told = state === 'paid' ? 'paid' : 'unknown';
      yield { kind: 'payment', paymentHash, state: told, amount, fee, at };
    }
    for (const { paymentHash, state, amount, at } of this.#payments[otherThan(name)].values()) {
      if (state === 'paid') yield { kind: 'invoice', paymentHash, received: amount, at };
    }
  }

  record(entry: JournalEntry): void {
    this.#journal?.append(entry);
    this.apply(entry);
  }

  apply(entry: JournalEntry): void {
    switch (entry.type) {
      case 'invoice':
        this.#unpaid.set(entry.paymentHash, invoiceFrom(entry));
        return;
      case 'cancelled':
        this.#change(entry.paymentHash, { cancelledAt: entry.at });
        return;
      case 'payment':
        this.#applyPayment(entry);
        return;
      case 'channel': {
        const { type: _, ...channel } = entry;
        this.#channels.push(channel);
        return;
      }
    }
  }

  /** Forgets unpaid invoices that ended long ago, once there are enough of them to be worth it. */
  tidy(now: number): void {
    if (this.#unpaid.size < this.#tidyAtSize) return;
    this.forgetEnded(now);
    this.#tidyAtSize = Math.max(MIN_UNPAID_TO_TIDY, 2 * this.#unpaid.size);
  }

  forgetEnded(now: number): void {
    const ended: PaymentHash[] = [];
    for (const invoice of this.#unpaid.values()) {
      const endedAt = invoice.cancelledAt ?? invoice.expiresAt;
      if (endedAt > now || this.isHeld(invoice)) continue;
      if (endedAt + KEEP_UNPAID_MS <= now) this.#unpaid.delete(invoice.paymentHash);
      else ended.push(invoice.paymentHash);
    }
    const surplus = Math.max(0, ended.length - MAX_CLOSED_UNPAID);
    for (const paymentHash of ended.slice(0, surplus)) this.#unpaid.delete(paymentHash);
  }

  /** Whether a payment of it is under way. */
  isHeld({ payee, paymentHash }: DemoInvoice): boolean {
    return this.payment(otherThan(payee), paymentHash)?.state === 'held';
  }

  /** The shortest journal that gives this memory. */
  *entries(): Generator<JournalEntry> {
    for (const invoices of [this.#settled, this.#unpaid]) {
      for (const { cancelledAt, amount, ...invoice } of invoices.values()) {
        yield { type: 'invoice', ...invoice, amount: amount.toString() };
        if (cancelledAt !== undefined) {
          yield { type: 'cancelled', paymentHash: invoice.paymentHash, at: cancelledAt };
        }
      }
    }
    for (const payments of Object.values(this.#payments)) {
      for (const { amount, fee, ...payment } of payments.values()) {
        yield { type: 'payment', ...payment, amount: amount.toString(), fee: fee.toString() };
      }
    }
    for (const channel of this.#channels) yield { type: 'channel', ...channel };
  }

  #applyPayment({ type: _, ...entry }: PaymentEntry): void {
    const { payer, paymentHash } = entry;
    const payment = { ...entry, amount: msat(BigInt(entry.amount)), fee: msat(BigInt(entry.fee)) };
    const before = this.payment(payer, paymentHash);
    if (before?.state === 'held') this.#move(payer, before.amount + before.fee);
    if (payment.state !== 'failed') this.#move(payer, -(payment.amount + payment.fee));
    if (payment.state === 'paid') {
      this.#move(otherThan(payer), payment.amount);
      this.#settle(paymentHash);
    }
    this.#payments[payer].set(paymentHash, payment);
  }

  #move(name: NodeName, difference: bigint): void {
    this.#balances[name] += difference;
  }

  #settle(paymentHash: PaymentHash): void {
    const invoice = this.#unpaid.get(paymentHash);
    if (!invoice) return;
    this.#unpaid.delete(paymentHash);
    this.#settled.set(paymentHash, { ...invoice, bolt11: '' });
  }

  #change(paymentHash: PaymentHash, changes: Partial<DemoInvoice>): void {
    const invoice = this.#unpaid.get(paymentHash);
    if (invoice) this.#unpaid.set(paymentHash, { ...invoice, ...changes });
  }
}

function invoiceFrom(entry: InvoiceEntry): DemoInvoice {
  const { payee, paymentHash, preimage, expiresAt, bolt11 } = entry;
  const amount = msat(BigInt(entry.amount));
  return { payee, paymentHash, preimage, amount, expiresAt, bolt11, cancelledAt: undefined };
}
