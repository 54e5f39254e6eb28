import type { Clock } from '../../clock.ts';
import { NodeError } from '../../errors.ts';
import { hex32, type NodeKey, type PaymentHash, type Preimage, paymentHashOf } from '../../hex.ts';
import type { Random } from '../../random.ts';
import { type DecodedBolt11, decodeBolt11 } from '../bolt11/decode.ts';
import { encodeBolt11 } from '../bolt11/encode.ts';
import { BASIC_MPP, PAYMENT_SECRET, VAR_ONION } from '../bolt11/features.ts';
import { unacceptable } from '../bolt11/unacceptable.ts';
import type { InvoiceRequest, InvoiceUpdate, Network, NodeInvoice } from '../node.ts';
import { type Identities, type NodeName, otherThan } from './identity.ts';
import type { DemoInvoice, Ledger } from './ledger.ts';
import { Updates } from './updates.ts';

/** The demo network speaks as a regression-test network: no wallet takes it for real money. */
export const DEMO_NETWORK: Network = 'bcrt';

const MAX_MEMO_BYTES = 1024;
const MAX_EXPIRY_SECONDS = 31_536_000;
const MIN_FINAL_CLTV_DELTA = 80;
const FEATURES = [VAR_ONION, PAYMENT_SECRET, BASIC_MPP + 1];

interface Parts {
  readonly identities: Identities;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * The invoices of the demo nodes.
 *
 * open ──► settled      a payment arrives
 *   └────► cancelled    somebody cancels it, or the clock passes its expiry while nothing is held
 */
export class DemoInvoices {
  readonly #parts: Parts;
  readonly #updates: Readonly<Record<NodeName, Updates>> = {
    ours: new Updates(),
    customer: new Updates(),
  };

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Makes a signed invoice (BOLT-11) over exactly the amount, with the hash of its description. */
  create(payee: NodeName, request: InvoiceRequest): NodeInvoice {
    checkRequest(request);
    const { ledger, clock, random, identities } = this.#parts;
    const now = clock.now();
    const preimage = hex32<Preimage>(random(32));
    const paymentHash = paymentHashOf(preimage);
    const createdAt = Math.floor(now / 1000) * 1000;
    const draft = {
      network: DEMO_NETWORK,
      amount: request.amount,
      paymentHash,
      paymentSecret: Buffer.from(random(32)).toString('hex'),
      purpose: { descriptionHash: request.descriptionHash },
      createdAt,
      expirySeconds: request.expirySeconds,
      minFinalCltvDelta: MIN_FINAL_CLTV_DELTA,
      features: FEATURES,
    };
    const bolt11 = encodeBolt11(draft, identities[payee].sign);
    ledger.tidy(now);
    ledger.record({
      type: 'invoice',
      payee,
      paymentHash,
      preimage,
      amount: request.amount.toString(),
      expiresAt: createdAt + request.expirySeconds * 1000,
      bolt11,
    });
    this.#updates[payee].publish({ paymentHash, state: 'open' });
    return { bolt11, paymentHash };
  }

  lookup(payee: NodeName, paymentHash: PaymentHash): InvoiceUpdate | undefined {
    const invoice = this.#parts.ledger.invoice(paymentHash);
    return invoice?.payee === payee ? this.state(invoice) : undefined;
  }

  /** How the invoice stands by the clock. */
  state(invoice: DemoInvoice): InvoiceUpdate {
    const { paymentHash, preimage, payee } = invoice;
    const { ledger, clock } = this.#parts;
    const payment = ledger.payment(otherThan(payee), paymentHash);
    if (payment?.state === 'paid') {
      const { amount: received, at: settledAt } = payment;
      return { paymentHash, state: 'settled', received, preimage, settledAt };
    }
    if (invoice.cancelledAt !== undefined) return { paymentHash, state: 'cancelled' };
    const expired = clock.now() >= invoice.expiresAt && !ledger.isHeld(invoice);
    return { paymentHash, state: expired ? 'cancelled' : 'open' };
  }

  cancel(payee: NodeName, paymentHash: PaymentHash): void {
    const { ledger, clock } = this.#parts;
    const state = this.lookup(payee, paymentHash)?.state;
    if (state === undefined) {
      throw new NodeError('node-rejected', 'The Lightning node does not know this invoice');
    }
    if (state === 'settled') {
      throw new NodeError('node-rejected', 'The invoice is already settled');
    }
    if (state === 'open') ledger.record({ type: 'cancelled', paymentHash, at: clock.now() });
  }

  /** New and settled invoices; cancelled and expired ones are not told, as LND does not tell them. */
  watch(payee: NodeName, signal: AbortSignal, up: AbortSignal): AsyncIterable<InvoiceUpdate> {
    return this.#updates[payee].watch(signal, up);
  }

  /** Tells the payee's readers that a payment has arrived. */
  announce(invoice: DemoInvoice): void {
    this.#updates[invoice.payee].publish(this.state(invoice));
  }

  /** A node's reading of an invoice of its own network; throws `invoice-unacceptable`. */
  read(bolt11: string): DecodedBolt11 & { readonly payee: NodeKey } {
    const text = bolt11.trim();
    const invoice = decodeBolt11(text, { verifySignature: false });
    if (invoice.network !== DEMO_NETWORK) throw unacceptable('The invoice is for another network');
    // The network remembers what it signed, which saves the dear look at the signature.
    const known = this.#parts.ledger.invoice(invoice.paymentHash);
    const payee =
      known?.bolt11 === text.toLowerCase()
        ? this.#parts.identities[known.payee].nodeKey
        : decodeBolt11(text).payee;
    if (payee === undefined) throw unacceptable('The signature of the invoice is not valid');
    return { ...invoice, payee };
  }
}

function checkRequest({ amount, expirySeconds, memo }: InvoiceRequest): void {
  if (amount <= 0n) throw new NodeError('node-rejected', 'An invoice needs an amount');
  if (Buffer.byteLength(memo) > MAX_MEMO_BYTES) {
    throw new NodeError('node-rejected', `A memo has at most ${MAX_MEMO_BYTES} bytes`);
  }
  if (
    !(Number.isInteger(expirySeconds) && expirySeconds > 0 && expirySeconds <= MAX_EXPIRY_SECONDS)
  ) {
    throw new NodeError('node-rejected', `An invoice lives 1 to ${MAX_EXPIRY_SECONDS} seconds`);
  }
}
