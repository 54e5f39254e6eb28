import type { MacaroonFacts, Right } from './macaroon-facts.ts';
import { type Flow, type RPCS, rightsOf } from './rpcs.ts';

type Path = (typeof RPCS)[keyof typeof RPCS]['path'];

/** The ordinary rights with which LND allows a call that is not allowed by its name (LND 0.21). */
const ORDINARY: Readonly<Record<Path, readonly string[]>> = {
  '/lnrpc.Lightning/GetInfo': ['info:read'],
  '/lnrpc.Lightning/ChannelBalance': ['offchain:read'],
  '/lnrpc.Lightning/DecodePayReq': ['offchain:read'],
  '/lnrpc.Lightning/AddInvoice': ['invoices:write'],
  '/invoicesrpc.Invoices/LookupInvoiceV2': ['invoices:write'],
  '/invoicesrpc.Invoices/CancelInvoice': ['invoices:write'],
  '/lnrpc.Lightning/SubscribeInvoices': ['invoices:read'],
  '/lnrpc.Lightning/ListInvoices': ['invoices:read'],
  '/lnrpc.Lightning/GetChanInfo': ['info:read'],
  '/routerrpc.Router/SendPaymentV2': ['offchain:write'],
  '/routerrpc.Router/TrackPaymentV2': ['offchain:read'],
  '/lnrpc.Lightning/ListPayments': ['offchain:read'],
  '/lnrpc.Lightning/ListPeers': ['peers:read'],
  '/lnrpc.Lightning/ListChannels': ['offchain:read'],
  '/lnrpc.Lightning/PendingChannels': ['offchain:read'],
  '/lnrpc.Lightning/OpenChannel': ['onchain:write', 'offchain:write'],
};

/** What a macaroon lacks for its flows, and what it may do beside them. */
export interface Judgement {
  /** Paths of calls. */
  readonly missing: readonly string[];
  /** As `entity:action`. A right to read what a flow reads anyway is not too much. */
  readonly tooMuch: readonly string[];
}

/** Holds what a macaroon says of itself against what the flows need that it is for. */
export function judgeRights({ rights }: MacaroonFacts, flows: readonly Flow[]): Judgement {
  const needed = new Set(flows.flatMap(rightsOf));
  const held = new Set(rights.map(nameOf));
  const ordinary = new Map<string, readonly string[]>(Object.entries(ORDINARY));
  const isAllowed = (path: string): boolean => {
    const names = ordinary.get(path);
    return held.has(`uri:${path}`) || (names?.every((name) => held.has(name)) ?? false);
  };
  const reads = new Set(
    [...needed].flatMap((path) => ordinary.get(path) ?? []).filter((name) => /:read$/.test(name)),
  );
  const fits = ({ entity, action }: Right): boolean =>
    entity === 'uri' ? needed.has(action) : reads.has(`${entity}:${action}`);
  return {
    missing: [...needed].filter((path) => !isAllowed(path)),
    tooMuch: rights.filter((right) => !fits(right)).map(nameOf),
  };
}

function nameOf({ entity, action }: Right): string {
  return `${entity}:${action}`;
}
