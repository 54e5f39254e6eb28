// What an lnd is asked and what it answers, as lightning.proto, router.proto and invoices.proto have
// it: 64-bit numbers are decimal strings, enumerations their names, bytes are bytes.

type Nothing = Readonly<Record<string, never>>;

export type WalletState =
  | 'NON_EXISTING'
  | 'LOCKED'
  | 'UNLOCKED'
  | 'RPC_ACTIVE'
  | 'SERVER_ACTIVE'
  | 'WAITING_TO_START';

export interface NodeInfo {
  readonly identity_pubkey: string;
  readonly alias: string;
  readonly num_active_channels: number;
  readonly block_height: number;
  readonly synced_to_chain: boolean;
  readonly synced_to_graph: boolean;
  readonly uris: readonly string[];
  readonly version: string;
}

export interface OpenChannelRequest {
  readonly node_pubkey: Uint8Array;
  readonly local_funding_amount: string;
  readonly push_sat?: string;
  readonly private?: boolean;
  readonly memo?: string;
  readonly sat_per_vbyte?: string;
  readonly base_fee?: string;
  readonly use_base_fee?: boolean;
  readonly fee_rate?: string;
  readonly use_fee_rate?: boolean;
}

export interface ChannelPoint {
  readonly funding_txid_bytes: Uint8Array;
  readonly output_index: number;
}

export interface PendingChannel {
  readonly remote_node_pub: string;
  readonly channel_point: string;
  readonly capacity: string;
  readonly private: boolean;
  readonly memo: string;
}

export interface Channel {
  readonly active: boolean;
  readonly remote_pubkey: string;
  readonly channel_point: string;
  readonly chan_id: string;
  readonly capacity: string;
  readonly local_balance: string;
  readonly remote_balance: string;
  readonly pending_htlcs: readonly Htlc[];
  readonly private: boolean;
  readonly initiator: boolean;
  readonly memo: string;
}

export interface Htlc {
  readonly incoming: boolean;
  readonly amount: string;
  readonly hash_lock: Uint8Array;
  readonly expiration_height: number;
  readonly locked_in: boolean;
}

interface Amount {
  readonly sat: string;
  readonly msat: string;
}

export interface ChannelEdge {
  readonly channel_id: string;
  readonly node1_pub: string;
  readonly node2_pub: string;
  readonly node1_policy: RoutingPolicy | null;
  readonly node2_policy: RoutingPolicy | null;
}

interface RoutingPolicy {
  readonly fee_base_msat: string;
  readonly fee_rate_milli_msat: string;
  readonly disabled: boolean;
}

export interface NodeInvoice {
  readonly memo: string;
  readonly r_preimage: Uint8Array;
  readonly r_hash: Uint8Array;
  readonly creation_date: string;
  readonly payment_request: string;
  readonly description_hash: Uint8Array;
  readonly expiry: string;
  readonly private: boolean;
  readonly add_index: string;
  readonly settle_index: string;
  readonly amt_paid_msat: string;
  readonly state: 'OPEN' | 'SETTLED' | 'CANCELED' | 'ACCEPTED';
  readonly value_msat: string;
}

export interface NewInvoice {
  readonly memo?: string;
  readonly value_msat?: string;
  readonly description_hash?: Uint8Array;
  readonly expiry?: string;
  readonly private?: boolean;
  /** The payee hides behind a path that only the first node of it can read (bLIP-39). */
  readonly is_blinded?: boolean;
}

export interface NewHoldInvoice {
  readonly hash: Uint8Array;
  readonly memo?: string;
  readonly value_msat?: string;
  readonly expiry?: string;
  readonly private?: boolean;
}

export interface DecodedInvoice {
  readonly destination: string;
  readonly payment_hash: string;
  readonly timestamp: string;
  readonly expiry: string;
  readonly description: string;
  readonly description_hash: string;
  readonly route_hints: readonly {
    readonly hop_hints: readonly { readonly node_id: string; readonly chan_id: string }[];
  }[];
  readonly payment_addr: Uint8Array;
  readonly num_msat: string;
}

export interface NodePayment {
  readonly payment_hash: string;
  readonly payment_preimage: string;
  readonly value_msat: string;
  readonly payment_request: string;
  readonly status: 'UNKNOWN' | 'IN_FLIGHT' | 'SUCCEEDED' | 'FAILED' | 'INITIATED';
  readonly fee_msat: string;
  readonly htlcs: readonly {
    readonly status: 'IN_FLIGHT' | 'SUCCEEDED' | 'FAILED';
    readonly route: Route | null;
  }[];
  readonly payment_index: string;
  readonly failure_reason: string;
}

export interface Route {
  readonly total_time_lock: number;
  readonly total_fees_msat: string;
  readonly total_amt_msat: string;
  readonly hops: readonly Hop[];
}

interface Hop {
  readonly chan_id: string;
  readonly pub_key: string;
  readonly expiry: number;
  readonly amt_to_forward_msat: string;
  readonly fee_msat: string;
  readonly mpp_record: {
    readonly total_amt_msat: string;
    readonly payment_addr: Uint8Array;
  } | null;
}

export interface PaymentRequest {
  readonly payment_request: string;
  readonly fee_limit_msat: string;
  readonly timeout_seconds: number;
  readonly amt_msat?: string;
  readonly max_parts?: number;
}

interface Call<Request, Answer> {
  readonly request: Request;
  readonly answer: Answer;
}

/** Calls with one answer. */
export interface Calls {
  'lnrpc.State/GetState': Call<Nothing, { readonly state: WalletState }>;
  'lnrpc.WalletUnlocker/InitWallet': Call<
    {
      readonly wallet_password: Uint8Array;
      readonly recovery_window: number;
      readonly extended_master_key: string;
      readonly extended_master_key_birthday_timestamp: string;
    },
    Nothing
  >;
  'lnrpc.WalletUnlocker/UnlockWallet': Call<{ readonly wallet_password: Uint8Array }, Nothing>;
  'lnrpc.Lightning/GetInfo': Call<Nothing, NodeInfo>;
  'lnrpc.Lightning/StopDaemon': Call<Nothing, Nothing>;
  'lnrpc.Lightning/BakeMacaroon': Call<
    {
      readonly permissions: readonly { readonly entity: string; readonly action: string }[];
      readonly root_key_id?: string;
    },
    { readonly macaroon: string }
  >;
  'lnrpc.Lightning/DeleteMacaroonID': Call<{ readonly root_key_id: string }, Nothing>;
  'lnrpc.Lightning/NewAddress': Call<
    { readonly type: 'WITNESS_PUBKEY_HASH' },
    { readonly address: string }
  >;
  'lnrpc.Lightning/WalletBalance': Call<Nothing, { readonly confirmed_balance: string }>;
  'lnrpc.Lightning/SendMany': Call<
    { readonly AddrToAmount: Readonly<Record<string, string>>; readonly sat_per_vbyte: string },
    { readonly txid: string }
  >;
  'lnrpc.Lightning/ConnectPeer': Call<
    { readonly addr: { readonly pubkey: string; readonly host: string }; readonly perm?: boolean },
    Nothing
  >;
  'lnrpc.Lightning/DisconnectPeer': Call<{ readonly pub_key: string }, Nothing>;
  'lnrpc.Lightning/ListPeers': Call<
    Nothing,
    { readonly peers: readonly { readonly pub_key: string; readonly address: string }[] }
  >;
  'lnrpc.Lightning/OpenChannelSync': Call<OpenChannelRequest, ChannelPoint>;
  'lnrpc.Lightning/PendingChannels': Call<
    Nothing,
    { readonly pending_open_channels: readonly { readonly channel: PendingChannel | null }[] }
  >;
  'lnrpc.Lightning/ListChannels': Call<Nothing, { readonly channels: readonly Channel[] }>;
  'lnrpc.Lightning/ChannelBalance': Call<
    Nothing,
    {
      readonly local_balance: Amount | null;
      readonly remote_balance: Amount | null;
      readonly unsettled_local_balance: Amount | null;
      readonly unsettled_remote_balance: Amount | null;
    }
  >;
  'lnrpc.Lightning/UpdateChannelPolicy': Call<
    {
      readonly global: true;
      readonly base_fee_msat: string;
      readonly fee_rate_ppm: number;
      readonly time_lock_delta: number;
    },
    Nothing
  >;
  'lnrpc.Lightning/DescribeGraph': Call<
    { readonly include_unannounced?: boolean },
    { readonly edges: readonly ChannelEdge[] }
  >;
  'lnrpc.Lightning/AddInvoice': Call<
    NewInvoice,
    {
      readonly r_hash: Uint8Array;
      readonly payment_request: string;
      readonly add_index: string;
    }
  >;
  'lnrpc.Lightning/LookupInvoice': Call<{ readonly r_hash: Uint8Array }, NodeInvoice>;
  'lnrpc.Lightning/ListInvoices': Call<
    {
      readonly index_offset?: string;
      readonly num_max_invoices?: string;
      readonly pending_only?: boolean;
    },
    { readonly invoices: readonly NodeInvoice[]; readonly last_index_offset: string }
  >;
  'lnrpc.Lightning/DecodePayReq': Call<{ readonly pay_req: string }, DecodedInvoice>;
  'lnrpc.Lightning/QueryRoutes': Call<
    { readonly pub_key: string; readonly amt_msat: string; readonly final_cltv_delta: number },
    { readonly routes: readonly Route[] }
  >;
  'lnrpc.Lightning/ListPayments': Call<
    {
      readonly include_incomplete?: boolean;
      readonly index_offset?: string;
      readonly max_payments?: string;
    },
    { readonly payments: readonly NodePayment[]; readonly last_index_offset: string }
  >;
  'routerrpc.Router/SendToRouteV2': Call<
    { readonly payment_hash: Uint8Array; readonly route: Route },
    NodePayment['htlcs'][number]
  >;
  'invoicesrpc.Invoices/AddHoldInvoice': Call<NewHoldInvoice, { readonly payment_request: string }>;
  'invoicesrpc.Invoices/SettleInvoice': Call<{ readonly preimage: Uint8Array }, Nothing>;
  'invoicesrpc.Invoices/CancelInvoice': Call<{ readonly payment_hash: Uint8Array }, Nothing>;
}

/** Calls with a stream of answers. */
export interface StreamCalls {
  'lnrpc.Lightning/CloseChannel': Call<
    {
      readonly channel_point: {
        readonly funding_txid_str: string;
        readonly output_index: number;
      };
      readonly sat_per_vbyte: string;
    },
    { readonly update: 'close_pending' | 'chan_close' }
  >;
  'routerrpc.Router/SendPaymentV2': Call<PaymentRequest, NodePayment>;
  'routerrpc.Router/TrackPaymentV2': Call<{ readonly payment_hash: Uint8Array }, NodePayment>;
}
