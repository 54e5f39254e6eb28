import { NodeError } from '../../errors.ts';
import { type NodeKey, type PaymentHash, parseKey33 } from '../../hex.ts';
import type {
  ChannelEnding,
  DecodedInvoice,
  FundingOutpoint,
  InvoiceRequest,
  InvoiceUpdate,
  LightningNode,
  NodeBalance,
  NodeBooking,
  NodeContact,
  NodeHealth,
  NodeInfo,
  NodeInvoice,
  OpenChannelRequest,
  PayEnding,
  PaymentOutcome,
  PayOptions,
} from '../node.ts';
import type { DemoChannels } from './channels.ts';
import type { DemoFaults } from './faults.ts';
import { type NodeName, otherThan } from './identity.ts';
import { DEMO_NETWORK, type DemoInvoices } from './invoices.ts';
import type { Ledger } from './ledger.ts';
import type { DemoPayments } from './payments.ts';

interface Parts {
  readonly name: NodeName;
  readonly nodeKey: NodeKey;
  /** Of the other node of the network. */
  readonly otherKey: NodeKey;
  readonly alias: string;
  readonly ledger: Ledger;
  readonly invoices: DemoInvoices;
  readonly payments: DemoPayments;
  readonly channels: DemoChannels;
  /** What goes wrong with calls to this node. */
  readonly faults: DemoFaults;
}

/** One node of the simulated network, seen as any Lightning node is seen. */
export class DemoNode implements LightningNode {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get contact(): NodeContact {
    return this.#parts.faults.contact;
  }

  /** Nothing in it can go wrong but what a test asks for, and that shows in its answers. */
  get health(): NodeHealth {
    return { kind: 'ok' };
  }

  async info(signal?: AbortSignal): Promise<NodeInfo> {
    await this.#enter(signal);
    const { nodeKey, alias, faults } = this.#parts;
    const uris = faults.uris ?? [`${nodeKey}@localhost:9735`];
    return { nodeKey, alias, network: DEMO_NETWORK, version: 'demo', synced: true, uris };
  }

  async createInvoice(request: InvoiceRequest, signal?: AbortSignal): Promise<NodeInvoice> {
    await this.#enter(signal);
    return this.#parts.invoices.create(this.#parts.name, request);
  }

  async lookupInvoice(
    paymentHash: PaymentHash,
    signal?: AbortSignal,
  ): Promise<InvoiceUpdate | undefined> {
    await this.#enter(signal);
    return this.#parts.invoices.lookup(this.#parts.name, paymentHash);
  }

  watchInvoices(signal: AbortSignal): AsyncIterable<InvoiceUpdate> {
    return this.#parts.invoices.watch(this.#parts.name, signal, this.#parts.faults.up);
  }

  async cancelInvoice(paymentHash: PaymentHash, signal?: AbortSignal): Promise<void> {
    await this.#enter(signal);
    this.#parts.invoices.cancel(this.#parts.name, paymentHash);
  }

  async decodeInvoice(bolt11: string, signal?: AbortSignal): Promise<DecodedInvoice> {
    await this.#enter(signal);
    const { paymentHash, amount, descriptionHash, createdAt, expiresAt, payee } =
      this.#parts.invoices.read(bolt11);
    return { paymentHash, amount, descriptionHash, createdAt, expiresAt, payee };
  }

  /** Takes no time of its own, so the timeout never matters: what hangs is answered as unknown. */
  async pay(bolt11: string, options: PayOptions): Promise<PayEnding> {
    try {
      await this.#enter(undefined);
    } catch {
      // Who cannot reach a node cannot tell whether it heard.
      return { state: 'unknown', closed: false, existed: false };
    }
    return this.#parts.payments.pay(this.#parts.name, bolt11, options.maxFee);
  }

  async trackPayment(
    paymentHash: PaymentHash,
    signal?: AbortSignal,
  ): Promise<PaymentOutcome | undefined> {
    await this.#enter(signal);
    return this.#parts.payments.track(this.#parts.name, paymentHash);
  }

  /** In this network nothing is under way that no channel holds. */
  async mayBeInFlight(paymentHash: PaymentHash, signal?: AbortSignal): Promise<boolean> {
    return (await this.trackPayment(paymentHash, signal))?.state === 'unknown';
  }

  async *books(since: number | undefined, signal?: AbortSignal): AsyncGenerator<NodeBooking> {
    const { ledger, name } = this.#parts;
    await this.#enter(signal);
    for (const booking of ledger.books(name)) {
      if (since === undefined || booking.at >= since) yield booking;
    }
  }

  async isPeerConnected(nodeKey: NodeKey, signal?: AbortSignal): Promise<boolean> {
    await this.#enter(signal);
    return this.#parts.channels.isConnected(this.#parts.name, nodeKey);
  }

  async openChannel(request: OpenChannelRequest, signal?: AbortSignal): Promise<ChannelEnding> {
    try {
      await this.#enter(signal);
    } catch {
      return { state: 'unknown' };
    }
    return await this.#parts.channels.open(this.#parts.name, request, signal);
  }

  async findChannel(memo: string, signal?: AbortSignal): Promise<FundingOutpoint | undefined> {
    await this.#enter(signal);
    return this.#parts.channels.find(this.#parts.name, memo);
  }

  /** Connects to `pubkey@host:port`. In this network there is one other node, wherever it says it is. */
  async connect(uri: string): Promise<void> {
    await this.#enter(undefined);
    const { name, channels, otherKey } = this.#parts;
    const key = parseKey33<NodeKey>(uri.slice(0, uri.indexOf('@')));
    if (key !== otherKey) {
      throw new NodeError('node-rejected', 'No node of the demo network has this address');
    }
    channels.connect(name, key);
  }

  async balance(signal?: AbortSignal): Promise<NodeBalance> {
    await this.#enter(signal);
    const { ledger, name } = this.#parts;
    return { outbound: ledger.balance(name), inbound: ledger.balance(otherThan(name)) };
  }

  #enter(signal: AbortSignal | undefined): Promise<void> | undefined {
    return this.#parts.faults.enter(signal);
  }
}
