import type { Clock } from '../clock.ts';
import { NodeError, RequestError } from '../errors.ts';
import { type NewEvent, newEvent } from '../events/event.ts';
import { decodeBolt11 } from '../lightning/bolt11/decode.ts';
import type { LightningNode, Network, NodeInvoice } from '../lightning/node.ts';
import { newId, type Random } from '../random.ts';
import { Gate } from './gate.ts';
import { type Invoice, type InvoiceOrder, type InvoiceState, invoiceEventData } from './invoice.ts';

/** What making and reading invoices needs of the store. */
export interface InvoiceStore {
  add(invoice: Invoice, event: NewEvent): Promise<void>;
  find(id: string): Promise<Invoice | undefined>;
  list(filter: InvoiceFilter, limit: number, after: string | undefined): Promise<Invoice[]>;
}

export interface InvoiceFilter {
  readonly state?: InvoiceState | undefined;
  readonly payLinkId?: string | undefined;
  /** Only those of links of this account, which is not the treasury. */
  readonly accountId?: string | undefined;
  /** Milliseconds since 1970. */
  readonly since?: number | undefined;
}

interface Parts {
  readonly store: InvoiceStore;
  readonly node: LightningNode;
  readonly network: () => Network | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/** Calls to AddInvoice that run at once: more only makes each of them slower (lnd.md 1.2). */
const NODE_CALLS_AT_ONCE = 16;

/** Money coming in: asks the node for invoices and remembers each before a wallet hears of it. */
export class Invoices {
  readonly #parts: Parts;
  readonly #gate = new Gate(NODE_CALLS_AT_ONCE);

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Makes an invoice over exactly the ordered amount. When the signal aborts first, nothing is kept:
   * the node's orphan was never seen by anybody and expires.
   */
  async create(order: InvoiceOrder, signal: AbortSignal): Promise<Invoice> {
    const { store, node, clock, random } = this.#parts;
    const id = newId('inv', random);
    const made = await this.#gate.run(
      async () => await node.createInvoice({ ...order, memo: `boltgate ${id}` }, signal),
      signal,
    );
    const invoice = this.#checked(id, order, made);
    if (signal.aborted)
      throw new NodeError('node-timeout', 'The Lightning node is too slow, try again');
    const now = clock.now();
    await store.add(
      invoice,
      newEvent('invoice.created', invoiceEventData(invoice, now), now, random),
    );
    return invoice;
  }

  async find(id: string): Promise<Invoice | undefined> {
    return await this.#parts.store.find(id);
  }

  async get(id: string): Promise<Invoice> {
    const invoice = await this.find(id);
    if (!invoice) throw new RequestError('not-found', 'There is no invoice with this id');
    return invoice;
  }

  async list(filter: InvoiceFilter, limit: number, after: string | undefined): Promise<Invoice[]> {
    return await this.#parts.store.list(filter, limit, after);
  }

  /** LUD06-13: what the node made is read again before a wallet sees it. */
  #checked(id: string, order: InvoiceOrder, made: NodeInvoice): Invoice {
    const decoded = decodeBolt11(made.bolt11, { verifySignature: false });
    const network = this.#parts.network();
    const asOrdered =
      decoded.amount === order.amount &&
      decoded.descriptionHash === order.descriptionHash &&
      decoded.paymentHash === made.paymentHash &&
      (network === undefined || decoded.network === network);
    if (!asOrdered) {
      throw new NodeError(
        'node-rejected',
        'The Lightning node made another invoice than was asked',
      );
    }
    return {
      id,
      paymentHash: made.paymentHash,
      payLinkId: order.payLinkId,
      version: order.version,
      bolt11: made.bolt11,
      amount: order.amount,
      received: undefined,
      comment: order.comment,
      tag: order.tag,
      caller: order.caller,
      state: 'open',
      surplus: false,
      createdAt: this.#parts.clock.now(),
      expiresAt: decoded.expiresAt,
      cancelAskedAt: undefined,
      closedAt: undefined,
      preimage: undefined,
    };
  }
}
