import type { PayLinks } from '../../accounts/pay-links.ts';
import { msatToJson } from '../../msat.ts';
import type { Invoice, InvoiceState } from '../../payments/invoice.ts';
import type { Invoices } from '../../payments/invoices.ts';
import { found } from './answer.ts';
import type { Caller } from './keys.ts';
import { listed } from './list.ts';
import type { OperatorCall, OperatorRoute } from './route.ts';
import { assertOwn, RECORDS } from './scopes.ts';
import { timeToJson } from './time.ts';

const STATES = [
  'open',
  'settled',
  'expired',
  'cancelled',
] as const satisfies readonly InvoiceState[];

/** `/invoices`: what was asked for and what came. Made by wallets alone. */
export function invoiceRoutes(
  invoices: Invoices,
  payLinks: Pick<PayLinks, 'accountOf'>,
): OperatorRoute[] {
  const get = async (caller: Caller, id: string): Promise<Invoice> => {
    const invoice = await invoices.get(id);
    if (caller.accountId !== undefined) {
      assertOwn(caller, await payLinks.accountOf(invoice.payLinkId));
    }
    return invoice;
  };
  const list = async ({ caller, query }: OperatorCall) => {
    const filter = {
      state: query.choice('state', STATES),
      payLinkId: query.get('linkId'),
      accountId: caller.accountId,
      since: query.time('since'),
    };
    return await listed<Invoice>(query, {
      list: async (limit, after) => await invoices.list(filter, limit, after),
      get: async (id) => await get(caller, id),
      toJson: invoiceToJson,
    });
  };
  return [
    { path: '/invoices', opening: RECORDS, methods: { GET: list } },
    {
      path: '/invoices/:id',
      opening: RECORDS,
      methods: { GET: async ({ caller, id }) => found(invoiceToJson(await get(caller, id))) },
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
