import type { DescriptionHash, NodeKey, PaymentHash, Preimage } from '../hex.ts';
import type { Msat } from '../msat.ts';

/** What LNURL needs of a Lightning node, and no more. Adapters: demo (embedded), LND. */
export interface LightningNode {
  /** How firm the contact has been; read without asking the node. */
  readonly contact: NodeContact;

  /** How the node does, as far as is known; read without asking it. */
  readonly health: NodeHealth;

  /** Who the node is and how it does. Throws NodeError when it cannot be asked. */
  info(signal?: AbortSignal): Promise<NodeInfo>;

  /** Makes an invoice over exactly `amount`. May be repeated: an orphan expires by itself. */
  createInvoice(request: InvoiceRequest, signal?: AbortSignal): Promise<NodeInvoice>;

  /** What the node knows of an invoice now; undefined when it never had it. */
  lookupInvoice(paymentHash: PaymentHash, signal?: AbortSignal): Promise<InvoiceUpdate | undefined>;

  /**
   * Changes of our invoices as they happen, until the signal aborts. Only for latency: it may skip,
   * repeat or end at any time (lookups are the truth). Throws NodeError when the stream breaks.
   */
  watchInvoices(signal: AbortSignal): AsyncIterable<InvoiceUpdate>;

  /** Makes an open invoice unpayable. Cancelling twice is no error; a settled one stays settled. */
  cancelInvoice(paymentHash: PaymentHash, signal?: AbortSignal): Promise<void>;

  /** The node's own reading of an invoice, which is what the money part believes. */
  decodeInvoice(bolt11: string, signal?: AbortSignal): Promise<DecodedInvoice>;

  /** Pays an invoice. Every ending is in the type: what is not known is a state, no exception. */
  pay(bolt11: string, options: PayOptions): Promise<PayEnding>;

  /** What became of a payment of ours; undefined when the node has no record of it now. */
  trackPayment(paymentHash: PaymentHash, signal?: AbortSignal): Promise<PaymentOutcome | undefined>;

  /**
   * Whether a channel may hold money for this payment now, whatever the record of it says. true also
   * when the node cannot tell. Throws NodeError.
   */
  mayBeInFlight(paymentHash: PaymentHash, signal?: AbortSignal): Promise<boolean>;

  /**
   * The node's own books: payments that moved money or may still move it, and invoices that were
   * settled. With `since`, at least those that began at that moment of the node's clock or later.
   * Throws NodeError, also in the middle.
   */
  books(since: number | undefined, signal?: AbortSignal): AsyncIterable<NodeBooking>;

  /** Whether this node is connected to ours now; who wants a channel has to be (LUD-02). */
  isPeerConnected(nodeKey: NodeKey, signal?: AbortSignal): Promise<boolean>;

  /**
   * Opens a channel to a connected node, and answers as soon as it is pending. Every ending is in the
   * type: aborting the call stops nothing, so what is not known is a state, no exception.
   */
  openChannel(request: OpenChannelRequest, signal?: AbortSignal): Promise<ChannelEnding>;

  /**
   * Where the channel that was opened with this memo stands in the chain, be it pending, open or
   * closed. undefined when there is none now, which alone is no proof that none will come.
   */
  findChannel(memo: string, signal?: AbortSignal): Promise<FundingOutpoint | undefined>;

  /** What the node can send and receive over its channels. */
  balance(signal?: AbortSignal): Promise<NodeBalance>;
}

export interface NodeContact {
  /** Grows whenever contact was lost or made anew: the node behind may be another one since. */
  readonly epoch: number;
  /** When the node was last seen to be surely not running, in milliseconds since 1970. */
  readonly downAt: number | undefined;
}

export interface NodeHealth {
  readonly kind: NodeHealthKind;
}

/**
 * What a node is good for, in one word:
 * - `ok`: it answers, and knows its chain.
 * - `syncing`: it answers, and does not know the newest blocks yet.
 * - `locked`: its wallet is locked, or there is none yet.
 * - `starting`: it does not answer requests yet, or we are about to ask.
 * - `unreachable`: nobody answers.
 * - `certificate`: who answers cannot be trusted: another authority, another name, or out of date.
 * - `macaroon`: what we show it is refused or cannot be read, and something we do needs it.
 */
export const NODE_HEALTH_KINDS = [
  'ok',
  'syncing',
  'locked',
  'starting',
  'unreachable',
  'certificate',
  'macaroon',
] as const;
export type NodeHealthKind = (typeof NODE_HEALTH_KINDS)[number];

/** The Bitcoin network that a node lives on, by its BOLT-11 prefix. */
export type Network = 'bc' | 'tb' | 'tbs' | 'bcrt';

export interface NodeInfo {
  readonly nodeKey: NodeKey;
  readonly alias: string;
  readonly network: Network;
  readonly version: string;
  readonly synced: boolean;
  /** Addresses as `pubkey@host:port`, as the node announces them. */
  readonly uris: readonly string[];
}

export interface InvoiceRequest {
  readonly amount: Msat;
  readonly descriptionHash: DescriptionHash;
  readonly expirySeconds: number;
  /** A note that stays in the node's own books, at most 1,024 bytes. */
  readonly memo: string;
}

export interface NodeInvoice {
  readonly bolt11: string;
  readonly paymentHash: PaymentHash;
}

/** `open` covers a payment that is held but not yet settled. */
export type InvoiceUpdate =
  | { readonly paymentHash: PaymentHash; readonly state: 'open' }
  | { readonly paymentHash: PaymentHash; readonly state: 'cancelled' }
  | {
      readonly paymentHash: PaymentHash;
      readonly state: 'settled';
      /** What really arrived: a payer may send more than was asked. */
      readonly received: Msat;
      readonly preimage: Preimage;
      /** Milliseconds since 1970, by the node's clock. */
      readonly settledAt: number;
    };

export interface DecodedInvoice {
  readonly paymentHash: PaymentHash;
  /** undefined for an invoice that leaves the amount to the payer. */
  readonly amount: Msat | undefined;
  readonly descriptionHash: DescriptionHash | undefined;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly payee: NodeKey;
}

export interface PayOptions {
  readonly maxFee: Msat;
  /** After this no new attempt is made; what is in flight stays in flight. */
  readonly timeoutMs: number;
}

/** How a call of `pay` ended, and what that says of the payment. */
export type PayEnding = PaymentOutcome & CallEnding;

export interface CallEnding {
  /** The node itself ended the call: nothing of it is under way any more (lnd.md 2.5, F1). */
  readonly closed: boolean;
  /** The node refused the call because it has a record of this payment hash already. */
  readonly existed: boolean;
}

export type PaymentOutcome =
  | { readonly state: 'paid'; readonly preimage: Preimage; readonly fee: Msat }
  | { readonly state: 'failed'; readonly reason: PaymentFailure }
  /** In flight, or not known: the money may still move. */
  | { readonly state: 'unknown' };

export type PaymentFailure =
  | 'no-route'
  | 'fee-too-high'
  | 'timeout'
  | 'refused-by-payee'
  | 'no-balance'
  | 'expired'
  | 'other';

/** One line of the node's books. `at`: when it began or later, by the node's clock, milliseconds since 1970. */
export type NodeBooking =
  | {
      readonly kind: 'payment';
      readonly paymentHash: PaymentHash;
      /** `unknown`: it is under way. */
      readonly state: 'paid' | 'unknown';
      /** What the payee gets, without the fee. */
      readonly amount: Msat;
      readonly fee: Msat;
      readonly at: number;
    }
  | {
      readonly kind: 'invoice';
      readonly paymentHash: PaymentHash;
      readonly received: Msat;
      readonly at: number;
    };

export interface OpenChannelRequest {
  readonly peer: NodeKey;
  readonly capacitySat: number;
  /** Given to the peer: it is theirs from the start. */
  readonly pushSat: number;
  /** Not told to the network. */
  readonly private: boolean;
  /** undefined leaves the fee of the transaction to the node. */
  readonly satPerVbyte: number | undefined;
  /** A note in the node's own books, by which the channel is found again; at most 500 bytes. */
  readonly memo: string;
}

/** `txid:index`, the id as explorers write it. */
export type FundingOutpoint = string;

/** How opening a channel ended. */
export type ChannelEnding =
  /** At least pending: the transaction is made and signed by both. */
  | { readonly state: 'opened'; readonly fundingOutpoint: FundingOutpoint }
  /** The node itself said no, so there is no channel and none will come. */
  | { readonly state: 'failed'; readonly reason: ChannelRefusal }
  /** There may be one, now or later. */
  | { readonly state: 'unknown' };

export type ChannelRefusal =
  | 'peer-offline'
  | 'peer-refused'
  | 'no-funds'
  | 'reserve'
  | 'not-synced'
  | 'too-small'
  | 'too-large'
  | 'to-self'
  | 'other';

export interface NodeBalance {
  readonly outbound: Msat;
  readonly inbound: Msat;
}
