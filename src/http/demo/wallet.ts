import type { z } from 'zod';
import { RequestError } from '../../errors.ts';
import { descriptionHashOf, type PaymentHash } from '../../hex.ts';
import type { LightningNode, PaymentOutcome } from '../../lightning/node.ts';
import { type Msat, msat, msatToJson } from '../../msat.ts';
import type { connectOrder, invoiceOrder, paymentOrder } from './requests.ts';

const FEE_MIN = msat(10_000n);
const FEE_PARTS = 100n;
const PAY_TIMEOUT_MS = 30_000;
const INVOICE_EXPIRY_SECONDS = 3_600;

/** The customer's node of the demo network, which can also be told to connect to ours. */
export interface Customer extends LightningNode {
  /** Throws NodeError when no node has this address. */
  connect(uri: string): Promise<void>;
}

/** The wallet of the demo network's customer, as its routes show it. */
export class CustomerWallet {
  readonly #customer: Customer;

  constructor(customer: Customer) {
    this.#customer = customer;
  }

  async balance(): Promise<object> {
    const { outbound, inbound } = await this.#customer.balance();
    return { outboundMsat: msatToJson(outbound), inboundMsat: msatToJson(inbound) };
  }

  /** Pays an invoice. Throws `invoice-unacceptable` when it is none; any other ending is an answer. */
  async pay({ bolt11, maxFeeMsat }: z.infer<typeof paymentOrder>): Promise<object> {
    const { amount, paymentHash } = await this.#customer.decodeInvoice(bolt11);
    const maxFee = maxFeeMsat ?? usualFee(amount ?? msat(0n));
    const ending = await this.#customer.pay(bolt11, { maxFee, timeoutMs: PAY_TIMEOUT_MS });
    // Paid or under way since an earlier call: what became of that one is the answer.
    const earlier = ending.existed ? await this.#customer.trackPayment(paymentHash) : undefined;
    return outcomeToJson(earlier ?? ending);
  }

  /** LUD-02: connects to the node of an offer, and says who has to be named to it. */
  async connect({ uri }: z.infer<typeof connectOrder>): Promise<object> {
    await this.#customer.connect(uri);
    const { nodeKey } = await this.#customer.info();
    return { nodeKey };
  }

  async createInvoice(order: z.infer<typeof invoiceOrder>): Promise<object> {
    const { bolt11 } = await this.#customer.createInvoice({
      amount: order.amountMsat,
      descriptionHash: descriptionHashOf(order.description),
      expirySeconds: INVOICE_EXPIRY_SECONDS,
      memo: order.description,
    });
    return { bolt11 };
  }

  /** What came of an invoice of the wallet's own. Throws `not-found` when it has none of this hash. */
  async invoice(paymentHash: PaymentHash): Promise<object> {
    const invoice = await this.#customer.lookupInvoice(paymentHash);
    if (!invoice) {
      throw new RequestError('not-found', 'There is no invoice with this payment hash');
    }
    const { state } = invoice;
    return { state, ...(state === 'settled' && { receivedMsat: msatToJson(invoice.received) }) };
  }
}

/** One percent, rounded down, but never less than lets a small payment pass. */
function usualFee(amount: Msat): Msat {
  const share = msat(amount / FEE_PARTS);
  return share > FEE_MIN ? share : FEE_MIN;
}

function outcomeToJson(outcome: PaymentOutcome): object {
  switch (outcome.state) {
    case 'paid':
      return { state: 'paid', preimage: outcome.preimage, feeMsat: msatToJson(outcome.fee) };
    case 'failed':
      return { state: 'failed', reason: outcome.reason };
    case 'unknown':
      return { state: 'unknown' };
  }
}
