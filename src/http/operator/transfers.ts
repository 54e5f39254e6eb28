import type { LedgerAccounts } from '../../accounts/ledger-accounts.ts';
import { msat } from '../../msat.ts';
import type { Transfer } from '../../payments/ledger.ts';
import { newTransfer } from './account-fields.ts';
import { type Answer, created, found } from './answer.ts';
import { type CallWith, json, type OperatorRoute, reads } from './route.ts';
import { SERVER_RECORDS } from './scopes.ts';
import { madeTransferJson, transferJson, transferToJson } from './transfer-json.ts';

/** `/transfers`: money moved between accounts by hand, and any transfer with all its entries. */
export function transferRoutes(accounts: LedgerAccounts): OperatorRoute[] {
  const make = async (call: CallWith<typeof newTransfer>): Promise<Answer> => {
    const { caller, fields, receiptOf } = call;
    const { from, to, amountMsat, note } = fields();
    const answer = (transfer: Transfer): Answer =>
      created({ from, to, amountMsat, ...transferToJson(transfer) });
    const transfer = await accounts.transfer(
      { from, to, amount: msat(BigInt(amountMsat)), note },
      caller.apiKeyId,
      receiptOf && ((made) => receiptOf(answer(made))),
    );
    return answer(transfer);
  };
  return [
    {
      path: '/transfers',
      opening: SERVER_RECORDS,
      methods: {
        POST: {
          summary: 'Moves money from one account to another.',
          ...reads(newTransfer, make),
          answers: { 201: json(madeTransferJson) },
          refusals: ['balance-too-low'],
        },
      },
    },
    {
      path: '/transfers/:id',
      opening: SERVER_RECORDS,
      methods: {
        GET: {
          summary: 'Shows a transfer with all its entries.',
          answers: { 200: json(transferJson) },
          handle: async ({ id }) => found(transferToJson(await accounts.findTransfer(id))),
        },
      },
    },
  ];
}
