import type { Clock } from '../../clock.ts';
import { AppError } from '../../errors.ts';
import type { NodeKey, PaymentHash } from '../../hex.ts';
import { type Msat, msat } from '../../msat.ts';
import type { DecodedBolt11 } from '../bolt11/decode.ts';
import type { PayEnding, PaymentFailure, PaymentOutcome } from '../node.ts';
import type { DemoFaults } from './faults.ts';
import { type Identities, type NodeName, otherThan } from './identity.ts';
import type { DemoInvoices } from './invoices.ts';
import type { DemoInvoice, DemoPayment, Ledger } from './ledger.ts';

/** What the network asks for a payment, beside the amount. */
export interface FeePolicy {
  readonly base: Msat;
  /** Millionths of the amount. */
  readonly ppm: bigint;
}

interface Parts {
  readonly identities: Identities;
  readonly ledger: Ledger;
  readonly invoices: DemoInvoices;
  readonly faults: DemoFaults;
  readonly clock: Clock;
}

interface Payable {
  readonly payer: NodeName;
  readonly invoice: DemoInvoice;
  readonly fee: Msat;
}

const PPM = 1_000_000n;
const NOTHING = msat(0n);

/**
 * Payments between the two nodes.
 *
 * held ──► paid | failed      `failed` may be paid anew, `paid` is for ever
 */
export class DemoPayments {
  readonly #parts: Parts;
  fee: FeePolicy = { base: msat(1000n), ppm: 100n };

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Pays, or says why not. An invoice that was paid or is under way is not paid again. */
  pay(payer: NodeName, bolt11: string, maxFee: Msat): PayEnding {
    const read = this.#tryRead(bolt11);
    if (!read || read.amount === undefined) return told({ state: 'failed', reason: 'other' });
    const earlier = this.track(payer, read.paymentHash);
    if (earlier && earlier.state !== 'failed') {
      return { state: 'unknown', closed: true, existed: true };
    }
    return told(this.#start(payer, read, maxFee));
  }

  #start(
    payer: NodeName,
    read: DecodedBolt11 & { readonly payee: NodeKey },
    maxFee: Msat,
  ): PaymentOutcome {
    const { paymentHash, payee, expiresAt } = read;
    // These a node refuses before it makes a payment, so it has no record of them.
    const { clock, identities, ledger } = this.#parts;
    if (expiresAt <= clock.now()) return { state: 'failed', reason: 'expired' };
    if (payee === identities[payer].nodeKey) return { state: 'failed', reason: 'other' };

    if (payee !== identities[otherThan(payer)].nodeKey) {
      return this.#fail(payer, paymentHash, 'no-route');
    }
    const invoice = ledger.invoice(paymentHash);
    const state = this.#parts.invoices.lookup(otherThan(payer), paymentHash)?.state;
    if (!invoice || state !== 'open') {
      return this.#fail(payer, paymentHash, 'refused-by-payee');
    }
    const fee = feeOf(this.fee, invoice.amount);
    if (fee > maxFee) return this.#fail(payer, paymentHash, 'fee-too-high');
    return this.#send({ payer, invoice, fee });
  }

  /** What became of a payment; undefined when this node never made it. */
  track(payer: NodeName, paymentHash: PaymentHash): PaymentOutcome | undefined {
    const { ledger } = this.#parts;
    const payment = ledger.payment(payer, paymentHash);
    const preimage = ledger.invoice(paymentHash)?.preimage;
    if (!payment) return undefined;
    if (payment.state === 'failed') return { state: 'failed', reason: payment.reason ?? 'other' };
    if (payment.state === 'held' || preimage === undefined) return { state: 'unknown' };
    return { state: 'paid', preimage, fee: payment.fee };
  }

  /**
   * Lets a held payment go on; one whose invoice was cancelled in the meantime can only fail. Throws
   * RangeError when none of this hash is held.
   */
  release(paymentHash: PaymentHash, ending: 'settle' | 'fail'): void {
    const { ledger } = this.#parts;
    const invoice = ledger.invoice(paymentHash);
    const payer = invoice && otherThan(invoice.payee);
    const payment = payer && ledger.payment(payer, paymentHash);
    if (!invoice || payment?.state !== 'held') {
      throw new RangeError(`no payment of ${paymentHash} is held`);
    }
    const refused = ending === 'fail' || invoice.cancelledAt !== undefined;
    if (refused) this.#fail(payment.payer, paymentHash, 'refused-by-payee');
    else this.#settle(payment.payer, invoice, payment.amount, payment.fee);
  }

  #send({ payer, invoice, fee }: Payable): PaymentOutcome {
    const { paymentHash } = invoice;
    const behaviour = this.#parts.faults.take(paymentHash);
    const percent = behaviour.kind === 'overpay' ? 100n + behaviour.percent : 100n;
    const amount = msat((invoice.amount * percent) / 100n);
    if (amount + fee > this.#parts.ledger.balance(payer)) {
      return this.#fail(payer, paymentHash, 'no-balance');
    }
    switch (behaviour.kind) {
      case 'succeed':
      case 'overpay':
        return this.#settle(payer, invoice, amount, fee);
      case 'unknown':
        this.#settle(payer, invoice, amount, fee);
        return { state: 'unknown' };
      case 'hang':
        this.#record({ payer, paymentHash, state: 'held', reason: undefined, amount, fee });
        return { state: 'unknown' };
      case 'fail':
        return this.#fail(payer, paymentHash, behaviour.reason);
    }
  }

  #settle(payer: NodeName, invoice: DemoInvoice, amount: Msat, fee: Msat): PaymentOutcome {
    const { paymentHash, preimage } = invoice;
    this.#record({ payer, paymentHash, state: 'paid', reason: undefined, amount, fee });
    this.#parts.invoices.announce(invoice);
    return { state: 'paid', preimage, fee };
  }

  #fail(payer: NodeName, paymentHash: PaymentHash, reason: PaymentFailure): PaymentOutcome {
    const nothing = { amount: NOTHING, fee: NOTHING };
    this.#record({ payer, paymentHash, state: 'failed', reason, ...nothing });
    return { state: 'failed', reason };
  }

  #record({ amount, fee, ...payment }: Omit<DemoPayment, 'at'>): void {
    const at = this.#parts.clock.now();
    const amounts = { amount: amount.toString(), fee: fee.toString() };
    this.#parts.ledger.record({ type: 'payment', ...payment, ...amounts, at });
  }

  #tryRead(bolt11: string): (DecodedBolt11 & { readonly payee: NodeKey }) | undefined {
    try {
      return this.#parts.invoices.read(bolt11);
    } catch (error) {
      if (error instanceof AppError && error.code === 'invoice-unacceptable') return undefined;
      throw error;
    }
  }
}

/** A call whose end the payer hears; one that ends without a word leaves the payment open. */
function told(outcome: PaymentOutcome): PayEnding {
  return { ...outcome, closed: outcome.state !== 'unknown', existed: false };
}

/** Rounded down, as nodes round it. */
function feeOf({ base, ppm }: FeePolicy, amount: Msat): Msat {
  return msat(base + (amount * ppm) / PPM);
}
