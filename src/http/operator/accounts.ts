import type { AccountChanges, LedgerAccounts } from '../../accounts/ledger-accounts.ts';
import type { Account, AccountEntry } from '../../payments/ledger.ts';
import { changedAccount, newAccount } from './account-fields.ts';
import {
  accountEntryJson,
  accountEntryToJson,
  accountJson,
  accountToJson,
} from './account-json.ts';
import { type Answer, created, found } from './answer.ts';
import type { Caller } from './keys.ts';
import { listed, listedByNumber, lists } from './list.ts';
import { type CallWith, json, type OperatorCall, type OperatorRoute, reads } from './route.ts';
import { assertOwn, RECORDS } from './scopes.ts';

/** `/accounts`: whose money it is, and every line of how it came to be. */
export function accountRoutes(accounts: LedgerAccounts): OperatorRoute[] {
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
      toJson: accountEntryToJson,
    });
  };
  return [
    {
      path: '/accounts',
      opening: RECORDS,
      methods: {
        GET: { summary: 'Lists accounts.', ...lists(accountJson), handle: list },
        POST: {
          summary: 'Opens an account.',
          ...reads(newAccount, createsAccount(accounts)),
          answers: { 201: json(accountJson) },
          refusals: ['balance-too-low'],
        },
      },
    },
    {
      path: '/accounts/:id',
      opening: RECORDS,
      methods: {
        GET: {
          summary: 'Shows an account.',
          answers: { 200: json(accountJson) },
          handle: async ({ caller, id }) => found(accountToJson(await get(caller, id))),
        },
        PATCH: {
          summary: 'Changes the name or the floor of an account.',
          ...reads(changedAccount, changesAccount(accounts)),
          answers: { 200: json(accountJson) },
          refusals: ['balance-too-low'],
        },
      },
    },
    {
      path: '/accounts/:id/entries',
      opening: RECORDS,
      methods: {
        GET: {
          summary: 'Lists the lines of an account, each with the balance behind it.',
          ...lists(accountEntryJson),
          handle: entries,
        },
      },
    },
  ];
}

function createsAccount(accounts: LedgerAccounts) {
  return async (call: CallWith<typeof newAccount>): Promise<Answer> => {
    const { caller, fields, receiptOf } = call;
    const { name, floorMsat } = fields();
    const answer = (account: Account): Answer => created(accountToJson(account));
    const account = await accounts.create(
      { name, floor: floorMsat === undefined ? 0n : floorOf(floorMsat) },
      caller.apiKeyId,
      receiptOf && ((made) => receiptOf(answer(made))),
    );
    return answer(account);
  };
}

function changesAccount(accounts: LedgerAccounts) {
  return async (call: CallWith<typeof changedAccount>): Promise<Answer> => {
    const { caller, id, fields } = call;
    const { name, floorMsat } = fields();
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
}

/** `null` is no floor: the balance may fall without end. */
function floorOf(floorMsat: number | null): bigint | undefined {
  return floorMsat === null ? undefined : BigInt(floorMsat);
}
