import type { Clock } from '../../clock.ts';
import type { NodeKey, PaymentHash } from '../../hex.ts';
import type { Log } from '../../log.ts';
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
  NodeInfo,
  NodeInvoice,
  OpenChannelRequest,
  PayEnding,
  PaymentOutcome,
  PayOptions,
} from '../node.ts';
import { readBooks } from './books.ts';
import { LndCalls } from './calls.ts';
import { LndChannels } from './channels.ts';
import { connectPeer } from './connect-peer.ts';
import { LndContact } from './contact.ts';
import { decodeInvoice, type OwnNode } from './decode.ts';
import type { OnCall } from './ended-call.ts';
import { type LndHealth, LndHealthWatch } from './health.ts';
import { type HintRule, RouteHints } from './hints.ts';
import { mayBeInFlight } from './in-flight.ts';
import { readBalance, readInfo } from './info.ts';
import { LndInvoices } from './invoices.ts';
import { LndMacaroons, type MacaroonSources } from './macaroons.ts';
import { LndPayments } from './payments.ts';
import { loadCodecs } from './proto.ts';
import { type Flow, SUBSCRIBE_STATE } from './rpcs.ts';
import { LndFailure, nodeErrorOf } from './status.ts';
import { endpointOf, type LndPlace } from './visit.ts';

/** How to reach LND and what we may do with it. */
export interface LndSettings extends LndPlace {
  readonly macaroons: MacaroonSources;
}

interface Parts {
  readonly settings: LndSettings;
  readonly hints: HintRule;
  /** FC-16: whether a payment may go to our own node. */
  readonly paySelf: boolean;
  /** The system's: deadlines are measured by it. */
  readonly clock: Clock;
  readonly log: Log;
  readonly onCall?: OnCall | undefined;
}

/** An LND over gRPC. Connects by itself and again after every loss, until it is disposed of. */
export class LndNode implements LightningNode, AsyncDisposable {
  readonly #contact: LndContact;
  readonly #macaroons: LndMacaroons;
  readonly #calls: LndCalls;
  readonly #watch: LndHealthWatch;
  readonly #invoices: LndInvoices;
  readonly #payments: LndPayments;
  readonly #channels: LndChannels;
  readonly #own: OwnNode;
  #nodeKey: NodeKey | undefined;

  constructor({ settings, hints, paySelf, clock, log, onCall }: Parts) {
    const codecs = loadCodecs();
    const subscribeState = codecs.get(SUBSCRIBE_STATE);
    if (!subscribeState) throw new Error(`config/lnd has no ${SUBSCRIBE_STATE}`);
    const endpoint = endpointOf(settings);
    const certificate = settings.cert;
    this.#contact = new LndContact({
      ...{ endpoint, certificate, subscribeState, clock, log },
      onActive: () => this.#watch.wake(),
    });
    this.#macaroons = new LndMacaroons(settings.macaroons, clock, log);
    const reach = { contact: this.#contact, macaroons: this.#macaroons, clock, log };
    const calls = new LndCalls({ ...reach, codecs, onCall });
    this.#calls = calls;
    this.#watch = new LndHealthWatch({ ...reach, calls });
    this.#invoices = new LndInvoices(calls, new RouteHints({ rule: hints, calls, clock }));
    this.#payments = new LndPayments({ calls, paySelf, clock });
    this.#channels = new LndChannels(calls);
    this.#own = {
      nodeKey: async (signal) => this.#nodeKey ?? (await this.info(signal)).nodeKey,
      issued: async (hash, signal) => await this.#issued(hash, signal),
    };
    this.#contact.start();
    this.#watch.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#contact[Symbol.asyncDispose]();
    await this.#watch[Symbol.asyncDispose]();
  }

  get contact(): NodeContact {
    return this.#contact.contact;
  }

  get health(): LndHealth {
    return this.#watch.health;
  }

  /** Whether there is a macaroon for a flow: without one it is off. */
  has(flow: Flow): boolean {
    return this.#macaroons.has(flow);
  }

  async info(signal?: AbortSignal): Promise<NodeInfo> {
    const info = await told(readInfo(this.#calls, signal));
    this.#nodeKey = info.nodeKey;
    return info;
  }

  async createInvoice(request: InvoiceRequest, signal?: AbortSignal): Promise<NodeInvoice> {
    return await told(this.#invoices.create(request, signal));
  }

  async lookupInvoice(
    paymentHash: PaymentHash,
    signal?: AbortSignal,
  ): Promise<InvoiceUpdate | undefined> {
    return await told(this.#invoices.lookup(paymentHash, signal));
  }

  watchInvoices(signal: AbortSignal): AsyncIterable<InvoiceUpdate> {
    return toldEach(this.#invoices.watch(signal));
  }

  async cancelInvoice(paymentHash: PaymentHash, signal?: AbortSignal): Promise<void> {
    await told(this.#invoices.cancel(paymentHash, signal));
  }

  async decodeInvoice(bolt11: string, signal?: AbortSignal): Promise<DecodedInvoice> {
    return await told(decodeInvoice(this.#calls, this.#own, bolt11, signal));
  }

  async pay(bolt11: string, options: PayOptions): Promise<PayEnding> {
    return await this.#payments.pay(bolt11, options);
  }

  async trackPayment(
    paymentHash: PaymentHash,
    signal?: AbortSignal,
  ): Promise<PaymentOutcome | undefined> {
    return await told(this.#payments.track(paymentHash, signal));
  }

  /** Whether a channel may hold money for this payment, whatever the record of it says. */
  async mayBeInFlight(paymentHash: PaymentHash, signal?: AbortSignal): Promise<boolean> {
    return await told(mayBeInFlight(this.#calls, paymentHash, signal));
  }

  books(since: number | undefined, signal?: AbortSignal): AsyncIterable<NodeBooking> {
    return toldEach(readBooks(this.#calls, since, signal));
  }

  async isPeerConnected(nodeKey: NodeKey, signal?: AbortSignal): Promise<boolean> {
    return await told(this.#channels.isConnected(nodeKey, signal));
  }

  /** Connects to `pubkey@host:port`, as a customer's wallet does before it asks for a channel. */
  async connect(uri: string, signal?: AbortSignal): Promise<void> {
    await told(connectPeer(this.#calls, uri, signal));
  }

  async openChannel(request: OpenChannelRequest, signal?: AbortSignal): Promise<ChannelEnding> {
    return await this.#channels.open(request, signal);
  }

  async findChannel(memo: string, signal?: AbortSignal): Promise<FundingOutpoint | undefined> {
    return await told(this.#channels.find(memo, signal));
  }

  async balance(signal?: AbortSignal): Promise<NodeBalance> {
    return await told(readBalance(this.#calls, signal));
  }

  /** Who may not look at invoices cannot have made any. */
  async #issued(paymentHash: PaymentHash, signal: AbortSignal | undefined): Promise<boolean> {
    if (!this.has('receive')) return false;
    return (await this.#invoices.lookup(paymentHash, signal)) !== undefined;
  }
}

/** Inside, failures keep LND's words; outside they are what a wallet may hear. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof LndFailure ? nodeErrorOf(error) : error;
  }
}

async function* toldEach<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw error instanceof LndFailure ? nodeErrorOf(error) : error;
  }
}
