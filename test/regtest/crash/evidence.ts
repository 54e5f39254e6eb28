import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeBooks } from '../../faults/books.ts';
import type { NodeInvoice, NodePayment } from '../network/calls.ts';
import { channelsOf } from '../network/channels.ts';
import type { LndNode } from '../network/lnd.ts';
import { hashesOnChannels, invoicesOf, paymentsOf } from './node-lists.ts';

/** The nodes of the network, in a row: ours, the one between, and the far one. */
export interface Nodes {
  readonly alice: LndNode;
  readonly bob: LndNode;
  readonly carol: LndNode;
}

/** What the nodes say of themselves at one moment in which nothing moves. */
export interface Evidence {
  readonly payments: ReadonlyMap<string, NodePayment>;
  readonly invoices: ReadonlyMap<string, NodeInvoice>;
  /** Of the others, together. */
  readonly theirPayments: ReadonlyMap<string, NodePayment>;
  readonly theirInvoices: ReadonlyMap<string, NodeInvoice>;
  readonly carolsPayments: ReadonlyMap<string, NodePayment>;
  readonly carolsInvoices: ReadonlyMap<string, NodeInvoice>;
  readonly onChannels: ReadonlySet<string>;
  /** What alice took for a replay after she was killed: she may have settled it, and then gave it back. */
  readonly replayed: ReadonlySet<string>;
  readonly balances: Balances;
}

/** In satoshi, on the side that pays no fees to the chain. */
export interface Balances {
  /** Bob's of the channel with alice. */
  readonly bobWithAlice: number;
  /** Carol's of the channel with bob. */
  readonly carol: number;
}

/** Asks all three nodes for all they have. */
export async function gather({ alice, bob, carol }: Nodes): Promise<Evidence> {
  const [payments, invoices, onChannels] = [
    await paymentsOf(alice),
    await invoicesOf(alice),
    await hashesOnChannels(alice),
  ];
  const [carolsPayments, carolsInvoices] = [await paymentsOf(carol), await invoicesOf(carol)];
  return {
    ...{ payments, invoices, onChannels, carolsPayments, carolsInvoices },
    replayed: replaysOf(alice),
    theirPayments: new Map([...(await paymentsOf(bob)), ...carolsPayments]),
    theirInvoices: new Map([...(await invoicesOf(bob)), ...carolsInvoices]),
    balances: await balancesOf({ alice, bob, carol }),
  };
}

export async function balancesOf({ alice, bob, carol }: Nodes): Promise<Balances> {
  const withAlice = (await channelsOf(bob)).filter(
    ({ remote_pubkey }) => remote_pubkey === alice.publicKey,
  );
  return { bobWithAlice: sumOf(withAlice), carol: sumOf(await channelsOf(carol)) };
}

function sumOf(channels: readonly { readonly local_balance: string }[]): number {
  return channels.reduce((sum, { local_balance }) => sum + Number(local_balance), 0);
}

/**
 * LND 0.21 that is killed after it has shown a preimage to its peer, and before both have committed to
 * that, refuses the same HTLC after the start: the invoice stays settled, and the money is not there.
 */
function replaysOf({ home }: LndNode): ReadonlySet<string> {
  const log = readFileSync(join(home, 'output.log'), 'utf8');
  const refused = log.matchAll(/unable to decode onion hop iterator for htlc\(.*?hash=(\w{64})\)/g);
  return new Set([...refused].map(([, hash = '']) => hash));
}

/** LND's lists in the words of the books of the fault harness. */
export function booksOfNode({ payments, invoices }: Evidence): NodeBooks {
  return {
    payments: [...payments.values()].map((payment) => ({
      invoice: {
        paymentHash: payment.payment_hash,
        amount: BigInt(payment.value_msat),
        preimage: payment.payment_preimage,
      },
      // Nobody else uses the node.
      by: 'server',
      state: PAYMENT_STATES[payment.status],
      // LND does not say what it was allowed to cost; what it did cost is held against the cap.
      ...{ maxFee: BigInt(payment.fee_msat), fee: BigInt(payment.fee_msat) },
    })),
    receipts: [...invoices].map(([paymentHash, { state, amt_paid_msat }]) => ({
      invoice: { paymentHash },
      state: state === 'SETTLED' ? 'settled' : state === 'CANCELED' ? 'cancelled' : 'open',
      received: BigInt(amt_paid_msat),
    })),
  };
}

const PAYMENT_STATES = {
  SUCCEEDED: 'paid',
  FAILED: 'failed',
  IN_FLIGHT: 'in-flight',
  INITIATED: 'in-flight',
  UNKNOWN: 'in-flight',
} as const;
