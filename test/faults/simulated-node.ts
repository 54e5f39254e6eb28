import { NodeError } from '../../src/errors.ts';
import type { NodeKey, PaymentHash } from '../../src/hex.ts';
import type {
  DecodedInvoice,
  InvoiceRequest,
  InvoiceUpdate,
  NodeBooking,
  NodeInfo,
  NodeInvoice,
  PayEnding,
  PaymentFailure,
  PaymentOutcome,
} from '../../src/lightning/node.ts';
import { type Msat, msat } from '../../src/msat.ts';
import type { SimulatedTime } from './simulated-time.ts';
import type { Step, Steps } from './steps.ts';
import { type InvoiceMint, OUR_KEY, type SimulatedInvoice } from './wallet-invoices.ts';

/** A payment as the node keeps it, under its hash. */
export interface NodePayment {
  readonly invoice: SimulatedInvoice;
  readonly maxFee: Msat;
  /** Who asked for it: the server, or somebody else who uses the node. */
  readonly by: 'server' | 'stranger';
  readonly startedAt: number;
  readonly state: 'in-flight' | 'paid' | 'failed';
  /** Whether an HTLC is on a channel; `stuck` says that none is, and that the node will never notice. */
  readonly htlc: 'none' | 'out' | 'stuck';
  readonly fee: Msat;
  readonly reason: PaymentFailure | undefined;
}

/** An invoice of ours as the node keeps it. */
export interface NodeReceipt {
  readonly invoice: SimulatedInvoice;
  readonly state: 'open' | 'settled' | 'cancelled';
  readonly received: Msat;
  readonly settledAt: number;
}

export interface PayRequest {
  readonly bolt11: string;
  readonly maxFee: Msat;
  readonly by: NodePayment['by'];
  /** Tells the caller how the call ended, if he is still there. */
  readonly answer: (ending: PayEnding) => void;
}

/** `fine`: every stage of a payment is a step. `coarse`: it is on its way, and then it ends. */
export type Grain = 'fine' | 'coarse';

interface Parts {
  readonly steps: Steps;
  readonly time: SimulatedTime;
  readonly mint: InvoiceMint;
  readonly grain: Grain;
  /** What a payment may cost, of what is allowed. */
  readonly feeOf: (maxFee: Msat) => Msat;
}

/** What stands between the check of the expiry and the record of the payment (lnd.md 2.5 a). */
const HANDLER_MAX_MS = 25_000;
const NOTHING = msat(0n);
const PLENTY = msat(1_000_000_000_000n);

/**
 * The Lightning node with its database, as LND behaves: one record a hash, of which a failed one may
 * be begun again; what was asked goes on when the asker is gone; a restart fails what no HTLC
 * carries; once in a while a payment is in flight for ever, though nothing carries it.
 */
export class SimulatedNode {
  readonly #parts: Parts;
  readonly #payments = new Map<PaymentHash, NodePayment>();
  readonly #receipts = new Map<PaymentHash, NodeReceipt>();
  readonly #forgotten: NodePayment[] = [];
  readonly #forgottenReceipts: NodeReceipt[] = [];
  /** Streams that wait for the end of a payment. */
  readonly #followers = new Map<PaymentHash, PayRequest['answer'][]>();
  readonly #stages = new Map<PaymentHash, readonly Step[]>();
  readonly #listeners = new Set<(update: InvoiceUpdate) => void>();
  readonly #onCrash = new Set<() => void>();
  #nodeKey: NodeKey = OUR_KEY;
  #made = 0;
  #process: object | undefined = {};
  /** How far its clock is from ours. */
  clockSkewMs = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The running process; undefined while it is down. Every start is another one. */
  get process(): object | undefined {
    return this.#process;
  }

  /** Every payment that was ever begun, also those that the node has forgotten. */
  get payments(): readonly NodePayment[] {
    return [...this.#forgotten, ...this.#payments.values()];
  }

  get receipts(): readonly NodeReceipt[] {
    return [...this.#forgottenReceipts, ...this.#receipts.values()];
  }

  payment(hash: PaymentHash): NodePayment | undefined {
    return this.#payments.get(hash);
  }

  get info(): NodeInfo {
    return {
      ...{ nodeKey: this.#nodeKey, alias: 'simulated', network: 'bcrt', version: '0' },
      ...{ synced: true, uris: [] },
    };
  }

  get balance(): { outbound: Msat; inbound: Msat } {
    return { outbound: PLENTY, inbound: PLENTY };
  }

  /** Its own books, without what it has forgotten. */
  get books(): readonly NodeBooking[] {
    const payments = [...this.#payments].flatMap(([paymentHash, payment]): NodeBooking[] => {
      const { state, invoice, fee, startedAt } = payment;
      if (state === 'failed') return [];
      const said = state === 'paid' ? state : 'unknown';
      const { amount } = invoice;
      return [{ kind: 'payment', paymentHash, state: said, amount, fee, at: startedAt }];
    });
    const invoices = [...this.#receipts].flatMap(([paymentHash, receipt]): NodeBooking[] => {
      const { state, received, settledAt } = receipt;
      return state === 'settled' ? [{ kind: 'invoice', paymentHash, received, at: settledAt }] : [];
    });
    return [...payments, ...invoices];
  }

  decode(bolt11: string): DecodedInvoice {
    return this.#read(bolt11);
  }

  track(hash: PaymentHash): PaymentOutcome | undefined {
    const payment = this.#payments.get(hash);
    return payment && outcomeOf(payment);
  }

  /** Whether a channel holds it, or a first attempt is still to come. */
  mayBeInFlight(hash: PaymentHash): boolean {
    const payment = this.#payments.get(hash);
    return payment?.state === 'in-flight' && payment.htlc !== 'stuck';
  }

  /** SendPaymentV2: what has expired is refused at once, and the record is made a moment later. */
  pay(request: PayRequest): void {
    const invoice = this.#read(request.bolt11);
    if (invoice.expiresAt <= this.#now) {
      request.answer({ state: 'unknown', closed: true, existed: false });
      return;
    }
    const begin = (): void => this.#begin(invoice, request);
    if (this.#parts.grain === 'coarse') begin();
    else this.#handlerStep(invoice, begin);
  }

  create(request: InvoiceRequest): NodeInvoice {
    this.#made += 1;
    const invoice = this.#parts.mint.forUs(this.#made, this.#now, request);
    const receipt = { invoice, state: 'open', received: NOTHING, settledAt: 0 } as const;
    this.#receipts.set(invoice.paymentHash, receipt);
    this.#tell({ paymentHash: invoice.paymentHash, state: 'open' });
    return { bolt11: invoice.bolt11, paymentHash: invoice.paymentHash };
  }

  lookup(paymentHash: PaymentHash): InvoiceUpdate | undefined {
    const receipt = this.#receipts.get(paymentHash);
    if (!receipt) return undefined;
    const { invoice, state, received, settledAt } = receipt;
    const { preimage } = invoice;
    if (state === 'settled') return { paymentHash, state, received, preimage, settledAt };
    const over = state === 'cancelled' || invoice.expiresAt <= this.#now;
    return { paymentHash, state: over ? 'cancelled' : 'open' };
  }

  cancel(paymentHash: PaymentHash): void {
    const receipt = this.#receipts.get(paymentHash);
    const isOpen = receipt?.state === 'open';
    if (isOpen) this.#receipts.set(paymentHash, { ...receipt, state: 'cancelled' });
    if (!receipt || receipt.state === 'settled') {
      throw new NodeError('node-rejected', 'The node does not cancel this invoice');
    }
  }

  /** Money comes in; false when the invoice cannot be paid any more. */
  receive(paymentHash: PaymentHash, amount: Msat): boolean {
    const receipt = this.#receipts.get(paymentHash);
    if (!this.#process || !receipt) return false;
    if (this.lookup(paymentHash)?.state !== 'open') return false;
    const settledAt = this.#now;
    this.#receipts.set(paymentHash, { ...receipt, state: 'settled', received: amount, settledAt });
    const update = this.lookup(paymentHash);
    if (update) this.#tell(update);
    return true;
  }

  /** Tells of invoices that are made or paid, as long as the process lives. */
  listen(listener: (update: InvoiceUpdate) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls once, when the process ends. */
  whenItCrashes(call: () => void): () => void {
    this.#onCrash.add(call);
    return () => this.#onCrash.delete(call);
  }

  /** The process ends: no handler and no stream of it goes on. */
  crash(attempts: 'lost' | 'out' | 'stuck'): void {
    if (!this.#process) return;
    this.#parts.steps.dropOf(this.#process);
    this.#process = undefined;
    this.#followers.clear();
    this.#listeners.clear();
    for (const [hash, payment] of this.#payments) {
      this.#dropStages(hash);
      const htlc = attempts === 'lost' ? 'none' : attempts;
      if (isInFlight(payment) && payment.htlc === 'none') {
        this.#payments.set(hash, { ...payment, htlc });
      }
    }
    const calls = [...this.#onCrash];
    this.#onCrash.clear();
    for (const call of calls) call();
  }

  /** Collects what is on the channels; what is on none has failed (lnd.md 2.4). */
  start(): void {
    if (this.#process) return;
    this.#process = {};
    for (const [hash, payment] of this.#payments) {
      if (!isInFlight(payment)) continue;
      if (payment.htlc === 'none') this.#end(hash, { state: 'failed', reason: 'no-route' });
      else this.#stage(hash);
    }
  }

  /** Another database is put in place while it is down; what was on its way ends unseen. */
  loseHistory(identity: 'same key' | 'other key', underWay: 'paid' | 'failed'): void {
    for (const payment of this.#payments.values()) {
      const open = isInFlight(payment) && payment.htlc === 'out';
      const state = open ? underWay : isInFlight(payment) ? 'failed' : payment.state;
      this.#forgotten.push({ ...payment, state });
    }
    this.#payments.clear();
    this.#forgottenReceipts.push(...this.#receipts.values());
    this.#receipts.clear();
    if (identity === 'other key') this.#nodeKey = `02${'55'.repeat(32)}` as NodeKey;
  }

  get #now(): number {
    return this.#parts.time.now + this.clockSkewMs;
  }

  #read(bolt11: string): SimulatedInvoice {
    const invoice = this.#parts.mint.read(bolt11);
    if (!invoice) throw new NodeError('node-rejected', 'The node cannot read this invoice');
    return invoice;
  }

  #tell(update: InvoiceUpdate): void {
    for (const listener of [...this.#listeners]) listener(update);
  }

  #handlerStep({ paymentHash }: SimulatedInvoice, begin: () => void): void {
    const owner = this.#process;
    if (!owner) return;
    this.#parts.steps.add({
      ...{ label: `record ${short(paymentHash)}`, owner, weight: 8, lazy: true },
      ...{ dueAt: this.#parts.time.now + HANDLER_MAX_MS, take: begin },
    });
  }

  /** InitPayment: the record is the only guard that LND has against a second payment. */
  #begin(invoice: SimulatedInvoice, { maxFee, by, answer }: PayRequest): void {
    const { paymentHash } = invoice;
    const before = this.#payments.get(paymentHash);
    if (before && before.state !== 'failed') {
      answer({ state: 'unknown', closed: true, existed: true });
      return;
    }
    this.#payments.set(paymentHash, {
      ...{ invoice, maxFee, by, startedAt: this.#now, state: 'in-flight', htlc: 'none' },
      ...{ fee: NOTHING, reason: undefined },
    });
    this.#followers.set(paymentHash, [answer]);
    this.#stage(paymentHash);
  }

  /** What may become of a payment now. Each way is a step; the one that is taken ends the others. */
  #stage(hash: PaymentHash): void {
    const payment = this.#payments.get(hash);
    if (!payment || payment.htlc === 'stuck') return;
    const routing = this.#parts.grain === 'fine' && payment.htlc === 'none';
    const ways = routing
      ? [
          this.#way(hash, 'is on a channel', 6, () => this.#carry(hash)),
          this.#way(hash, 'has no route', 3, () =>
            this.#end(hash, { state: 'failed', reason: 'no-route' }),
          ),
        ]
      : [
          this.#way(hash, 'arrives', 6, () => this.#end(hash, { state: 'paid' })),
          this.#way(hash, 'is refused', 3, () =>
            this.#end(hash, { state: 'failed', reason: 'refused-by-payee' }),
          ),
        ];
    this.#stages.set(hash, ways);
  }

  #way(hash: PaymentHash, label: string, weight: number, take: () => void): Step {
    return this.#parts.steps.add({
      ...{ label: `payment ${short(hash)} ${label}`, owner: this.#process ?? this, weight },
      ...{ lazy: this.#parts.grain === 'fine' },
      take: () => {
        this.#dropStages(hash);
        take();
      },
    });
  }

  #dropStages(hash: PaymentHash): void {
    this.#parts.steps.drop(...(this.#stages.get(hash) ?? []));
    this.#stages.delete(hash);
  }

  #carry(hash: PaymentHash): void {
    const payment = this.#payments.get(hash);
    if (payment) this.#payments.set(hash, { ...payment, htlc: 'out' });
    this.#stage(hash);
  }

  #end(
    hash: PaymentHash,
    end: { state: 'paid' } | { state: 'failed'; reason: PaymentFailure },
  ): void {
    const payment = this.#payments.get(hash);
    if (!payment) return;
    const fee = end.state === 'paid' ? this.#parts.feeOf(payment.maxFee) : NOTHING;
    const ended = { ...payment, reason: undefined, ...end, fee };
    this.#payments.set(hash, ended);
    const followers = this.#followers.get(hash) ?? [];
    this.#followers.delete(hash);
    for (const answer of followers) {
      answer({ ...outcomeOf(ended), closed: true, existed: false });
    }
  }
}

function isInFlight({ state }: NodePayment): boolean {
  return state === 'in-flight';
}

function outcomeOf({ state, invoice, fee, reason }: NodePayment): PaymentOutcome {
  switch (state) {
    case 'in-flight':
      return { state: 'unknown' };
    case 'paid':
      return { state: 'paid', preimage: invoice.preimage, fee };
    case 'failed':
      return { state: 'failed', reason: reason ?? 'other' };
    default:
      return state satisfies never;
  }
}

/** Enough of a hash to tell it from the others of a run. */
export function short(hash: string): string {
  return hash.slice(0, 6);
}
