import type { NodeInvoice, NodePayment } from '../network/calls.ts';
import type { LndNode } from '../network/lnd.ts';

const PAGE = '2000';

/** All payments that a node was ever asked for, by hash. */
export async function paymentsOf(node: LndNode): Promise<ReadonlyMap<string, NodePayment>> {
  const found = new Map<string, NodePayment>();
  for (let offset = '0'; ; ) {
    const request = { include_incomplete: true, index_offset: offset, max_payments: PAGE };
    const page = await node.client.call('lnrpc.Lightning/ListPayments', request);
    for (const payment of page.payments) found.set(payment.payment_hash, payment);
    if (page.payments.length < Number(PAGE)) return found;
    offset = page.last_index_offset;
  }
}

/** All invoices that a node ever made, by hash. */
export async function invoicesOf(node: LndNode): Promise<ReadonlyMap<string, NodeInvoice>> {
  const found = new Map<string, NodeInvoice>();
  for (let offset = '0'; ; ) {
    const request = { index_offset: offset, num_max_invoices: PAGE };
    const page = await node.client.call('lnrpc.Lightning/ListInvoices', request);
    for (const invoice of page.invoices) found.set(hexOf(invoice.r_hash), invoice);
    if (page.invoices.length < Number(PAGE)) return found;
    offset = page.last_index_offset;
  }
}

/** Hashes of which a channel of the node holds an HTLC. */
export async function hashesOnChannels(node: LndNode): Promise<ReadonlySet<string>> {
  const { channels } = await node.client.call('lnrpc.Lightning/ListChannels', {});
  return new Set(
    channels.flatMap(({ pending_htlcs }) => pending_htlcs.map((htlc) => hexOf(htlc.hash_lock))),
  );
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
