/** What a macaroon is for: being paid, paying, opening channels. */
export type Flow = 'receive' | 'pay' | 'channel';

export const FLOWS: readonly Flow[] = ['receive', 'pay', 'channel'];

/** One call of LND that we make. */
export interface Rpc {
  readonly path: `/${string}/${string}`;
  /** The macaroons that may carry it, the best one first. */
  readonly flows: readonly Flow[];
  /** undefined for what goes on until it ends. */
  readonly deadlineMs: number | undefined;
  /** Whether it may be made again when nobody answered: reads, and what leaves only an orphan. */
  readonly again: 'never' | 'safe';
}

const READ = { deadlineMs: 5_000, again: 'safe' } as const;
const PAGE = { deadlineMs: 30_000, again: 'safe' } as const;
const ENDLESS = { deadlineMs: undefined, again: 'never' } as const;

const ANY: readonly Flow[] = ['receive', 'pay', 'channel'];
const RECEIVE: readonly Flow[] = ['receive'];
const PAY: readonly Flow[] = ['pay'];
const CHANNEL: readonly Flow[] = ['channel'];

/** Every call of LND that we make, and the macaroon with the least rights for it. */
export const RPCS = {
  getInfo: { path: '/lnrpc.Lightning/GetInfo', flows: ANY, ...READ },
  channelBalance: {
    path: '/lnrpc.Lightning/ChannelBalance',
    flows: ['pay', 'receive'],
    ...READ,
  },
  decodePayReq: { path: '/lnrpc.Lightning/DecodePayReq', flows: ['pay', 'receive'], ...READ },

  addInvoice: {
    path: '/lnrpc.Lightning/AddInvoice',
    flows: RECEIVE,
    deadlineMs: 10_000,
    again: 'safe',
  },
  lookupInvoice: { path: '/invoicesrpc.Invoices/LookupInvoiceV2', flows: RECEIVE, ...READ },
  cancelInvoice: { path: '/invoicesrpc.Invoices/CancelInvoice', flows: RECEIVE, ...READ },
  subscribeInvoices: { path: '/lnrpc.Lightning/SubscribeInvoices', flows: RECEIVE, ...ENDLESS },
  listInvoices: { path: '/lnrpc.Lightning/ListInvoices', flows: RECEIVE, ...PAGE },
  getChanInfo: { path: '/lnrpc.Lightning/GetChanInfo', flows: ['receive', 'channel'], ...READ },

  sendPayment: { path: '/routerrpc.Router/SendPaymentV2', flows: PAY, ...ENDLESS },
  trackPayment: {
    path: '/routerrpc.Router/TrackPaymentV2',
    flows: PAY,
    deadlineMs: 10_000,
    again: 'never',
  },
  listPayments: { path: '/lnrpc.Lightning/ListPayments', flows: PAY, ...PAGE },

  listPeers: { path: '/lnrpc.Lightning/ListPeers', flows: CHANNEL, ...READ },
  listChannels: {
    path: '/lnrpc.Lightning/ListChannels',
    flows: ['channel', 'receive', 'pay'],
    ...READ,
  },
  pendingChannels: { path: '/lnrpc.Lightning/PendingChannels', flows: ['channel', 'pay'], ...READ },
  openChannel: { path: '/lnrpc.Lightning/OpenChannel', flows: CHANNEL, ...ENDLESS },
} as const satisfies Record<string, Rpc>;

/** Answers without a macaroon, in every state of the node. */
export const SUBSCRIBE_STATE = '/lnrpc.State/SubscribeState';

/** The macaroons that may carry a call. */
export function flowsOf(path: string): readonly Flow[] {
  const rpcs: readonly Rpc[] = Object.values(RPCS);
  return rpcs.find((rpc) => rpc.path === path)?.flows ?? [];
}

/** The least rights of a macaroon: the paths of all calls that it may carry. */
export function rightsOf(flow: Flow): readonly string[] {
  const rpcs: readonly Rpc[] = Object.values(RPCS);
  return rpcs.filter(({ flows }) => flows.includes(flow)).map(({ path }) => path);
}
