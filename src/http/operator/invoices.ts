import { msatToJson } from '../../msat.ts';
import type { Invoice, InvoiceState } from '../../payments/invoice.ts';
import type { Invoices } from '../../payments/invoices.ts';
import { found } from './answer.ts';
import { listed } from './list.ts';
import type { OperatorCall, OperatorRoute } from './route.ts';
import { timeToJson } from './time.ts';

const STATES = [
  'open',
  'settled',
  'expired',
  'cancelled',
] as const satisfies readonly InvoiceState[];

/** `/invoices`: what was asked for and what came. Made by wallets alone. */
export function invoiceRoutes(invoices: Invoices): OperatorRoute[] {
  const list = async ({ query }: OperatorCall) => {
    const filter = {
      state: query.choice('state', STATES),
      payLinkId: query.get('linkId'),
      since: query.time('since'),
    };
    return await listed<Invoice>(query, {
      list: async (limit, after) => await invoices.list(filter, limit, after),
      get: async (id) => await invoices.get(id),
      toJson: invoiceToJson,
    });
  };
  return [
    { path: '/invoices', methods: { GET: list } },
    {
      path: '/invoices/:id',
      methods: { GET: async ({ id }) => found(invoiceToJson(await invoices.get(id))) },
    },
  ];
}

/** An invoice as operators read it: never its preimage, which is the payer's proof. */
function invoiceToJson(invoice: Invoice): object {
  const { received, comment, tag, state, closedAt } = invoice;
  return {
    id: invoice.id,
    linkId: invoice.payLinkId,
    state,
    amountMsat: msatToJson(invoice.amount),
    ...(received !== undefined && { receivedMsat: msatToJson(received) }),
    paymentHash: invoice.paymentHash,
    bolt11: invoice.bolt11,
    ...(comment !== undefined && { comment }),
    ...(tag !== undefined && { tag }),
    surplus: invoice.surplus,
    createdAt: timeToJson(invoice.createdAt),
    expiresAt: timeToJson(invoice.expiresAt),
    ...(state === 'settled' && closedAt !== undefined && { settledAt: timeToJson(closedAt) }),
  };
}
