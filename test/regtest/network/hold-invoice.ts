import { createHash, randomBytes } from 'node:crypto';
import type { NewHoldInvoice, NodeInvoice } from './calls.ts';
import type { LndNode } from './lnd.ts';
import { untilTrue } from './until.ts';

/** An invoice whose payment stays in flight until it is settled or cancelled by hand. */
export class HoldInvoice {
  readonly bolt11: string;
  readonly paymentHash: string;
  readonly #payee: LndNode;
  readonly #preimage: Uint8Array;

  static async create(payee: LndNode, options: Omit<NewHoldInvoice, 'hash'>): Promise<HoldInvoice> {
    const preimage = randomBytes(32);
    const hash = createHash('sha256').update(preimage).digest();
    const request = { ...options, hash };
    const answer = await payee.client.call('invoicesrpc.Invoices/AddHoldInvoice', request);
    return new HoldInvoice(payee, answer.payment_request, hash.toString('hex'), preimage);
  }

  private constructor(payee: LndNode, bolt11: string, paymentHash: string, preimage: Uint8Array) {
    this.#payee = payee;
    this.bolt11 = bolt11;
    this.paymentHash = paymentHash;
    this.#preimage = preimage;
  }

  async state(): Promise<NodeInvoice['state']> {
    const request = { r_hash: Buffer.from(this.paymentHash, 'hex') };
    return (await this.#payee.client.call('lnrpc.Lightning/LookupInvoice', request)).state;
  }

  /** Waits until the money has come so far that only this side decides. */
  async accepted(): Promise<void> {
    await untilTrue(
      'a hold invoice to be accepted',
      async () => (await this.state()) === 'ACCEPTED',
    );
  }

  async settle(): Promise<void> {
    const request = { preimage: this.#preimage };
    await this.#payee.client.call('invoicesrpc.Invoices/SettleInvoice', request);
  }

  async cancel(): Promise<void> {
    const request = { payment_hash: Buffer.from(this.paymentHash, 'hex') };
    await this.#payee.client.call('invoicesrpc.Invoices/CancelInvoice', request);
  }
}
