import type { LedgerAccounts } from '../../accounts/ledger-accounts.ts';
import { msat, signedMsatToJson } from '../../msat.ts';
import type { Transfer } from '../../payments/ledger.ts';
import { newTransfer } from './account-fields.ts';
import { type Answer, created, found } from './answer.ts';
import { readFields } from './fields.ts';
import type { OperatorCall, OperatorRoute } from './route.ts';
import { SERVER_RECORDS } from './scopes.ts';
import { timeToJson } from './time.ts';

/** `/transfers`: money moved between accounts by hand, and any transfer with all its entries. */
export function transferRoutes(accounts: LedgerAccounts): OperatorRoute[] {
  const make = async ({ caller, body, receiptOf }: OperatorCall): Promise<Answer> => {
    const { from, to, amountMsat, note } = readFields(newTransfer, body());
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
    { path: '/transfers', opening: SERVER_RECORDS, methods: { POST: make } },
    {
      path: '/transfers/:id',
      opening: SERVER_RECORDS,
      methods: { GET: async ({ id }) => found(transferToJson(await accounts.findTransfer(id))) },
    },
  ];
}

function transferToJson({ id, kind, reference, note, entries, createdAt }: Transfer): object {
  return {
    id,
    kind,
    reference,
    ...(note !== undefined && { note }),
    entries: entries.map(({ accountId, amount }) => ({
      accountId,
      amountMsat: signedMsatToJson(amount),
    })),
    createdAt: timeToJson(createdAt),
  };
}
