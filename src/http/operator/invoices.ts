import type { PayLinks } from '../../accounts/pay-links.ts';
import type { Invoice } from '../../payments/invoice.ts';
import type { Invoices } from '../../payments/invoices.ts';
import { found } from './answer.ts';
import { INVOICE_STATES, invoiceJson, invoiceToJson } from './invoice-json.ts';
import type { Caller } from './keys.ts';
import { listed, lists } from './list.ts';
import { choiceParameter, linkIdParameter, sinceParameter } from './parameters.ts';
import { json, type OperatorCall, type OperatorRoute } from './route.ts';
import { assertOwn, RECORDS } from './scopes.ts';

const state = choiceParameter('state', INVOICE_STATES, 'Only what is in this state.');

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
      state: state.read(query),
      payLinkId: linkIdParameter.read(query),
      accountId: caller.accountId,
      since: sinceParameter.read(query),
    };
    return await listed<Invoice>(query, {
      list: async (limit, after) => await invoices.list(filter, limit, after),
      get: async (id) => await get(caller, id),
      toJson: invoiceToJson,
    });
  };
  return [
    {
      path: '/invoices',
      opening: RECORDS,
      methods: {
        GET: {
          summary: 'Lists invoices, which wallets alone can make.',
          ...lists(invoiceJson, [state, linkIdParameter, sinceParameter]),
          handle: list,
        },
      },
    },
    {
      path: '/invoices/:id',
      opening: RECORDS,
      methods: {
        GET: {
          summary: 'Shows an invoice.',
          answers: { 200: json(invoiceJson) },
          handle: async ({ caller, id }) => found(invoiceToJson(await get(caller, id))),
        },
      },
    },
  ];
}
