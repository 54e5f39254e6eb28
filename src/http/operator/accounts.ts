import type { AccountChanges, LedgerAccounts } from '../../accounts/ledger-accounts.ts';
import { signedMsatToJson } from '../../msat.ts';
import type { Account, AccountEntry } from '../../payments/ledger.ts';
import { changedAccount, newAccount } from './account-fields.ts';
import { type Answer, created, found } from './answer.ts';
import { readFields } from './fields.ts';
import type { Caller } from './keys.ts';
import { listed, listedByNumber } from './list.ts';
import type { OperatorCall, OperatorRoute } from './route.ts';
import { assertOwn, RECORDS } from './scopes.ts';
import { timeToJson } from './time.ts';

/** `/accounts`: whose money it is, and every line of how it came to be. */
export function accountRoutes(accounts: LedgerAccounts): OperatorRoute[] {
  const create = async ({ caller, body, receiptOf }: OperatorCall): Promise<Answer> => {
    const { name, floorMsat } = readFields(newAccount, body());
    const answer = (account: Account): Answer => created(accountToJson(account));
    const account = await accounts.create(
      { name, floor: floorMsat === undefined ? 0n : floorOf(floorMsat) },
      caller.apiKeyId,
      receiptOf && ((made) => receiptOf(answer(made))),
    );
    return answer(account);
  };
  const change = async ({ caller, id, body }: OperatorCall): Promise<Answer> => {
    const { name, floorMsat } = readFields(changedAccount, body());
    const changes: AccountChanges = {
      ...(name !== undefined && { name }),
      ...(floorMsat !== undefined && { floor: floorOf(floorMsat) }),
    };
    const asked = Object.keys(changes).length > 0;
    const account = asked
      ? await accounts.change(id, changes, caller.apiKeyId)
      : await accounts.get(id);
    return found(accountToJson(account));
  };
  const get = async (caller: Caller, id: string): Promise<Account> => {
    assertOwn(caller, id);
    return await accounts.get(id);
  };
  const list = async ({ caller, query }: OperatorCall): Promise<Answer> =>
    await listed<Account>(query, {
      list: async (limit, after) => {
        if (caller.accountId === undefined) return await accounts.list(limit, after);
        return after === undefined ? [await accounts.get(caller.accountId)] : [];
      },
      get: async (id) => await get(caller, id),
      toJson: accountToJson,
    });
  const entries = async ({ caller, id, query }: OperatorCall): Promise<Answer> => {
    assertOwn(caller, id);
    return await listedByNumber<AccountEntry>(query, {
      list: async (limit, after) => await accounts.entries(id, limit, after),
      toJson: entryToJson,
    });
  };
  return [
    { path: '/accounts', opening: RECORDS, methods: { GET: list, POST: create } },
    {
      path: '/accounts/:id',
      opening: RECORDS,
      methods: {
        GET: async ({ caller, id }) => found(accountToJson(await get(caller, id))),
        PATCH: change,
      },
    },
    { path: '/accounts/:id/entries', opening: RECORDS, methods: { GET: entries } },
  ];
}

/** `null` is no floor: the balance may fall without end. */
function floorOf(floorMsat: number | null): bigint | undefined {
  return floorMsat === null ? undefined : BigInt(floorMsat);
}

function accountToJson({ id, name, balance, floor, createdAt }: Account): object {
  return {
    id,
    name,
    balanceMsat: signedMsatToJson(balance),
    ...(floor !== undefined && { floorMsat: signedMsatToJson(floor) }),
    createdAt: timeToJson(createdAt),
  };
}

function entryToJson({ note, amount, balance, createdAt, ...entry }: AccountEntry): object {
  return {
    ...entry,
    ...(note !== undefined && { note }),
    amountMsat: signedMsatToJson(amount),
    balanceMsat: signedMsatToJson(balance),
    createdAt: timeToJson(createdAt),
  };
}
