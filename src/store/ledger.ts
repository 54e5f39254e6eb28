import { RequestError } from '../errors.ts';
import { assertBalanced, type Entry, type Transfer } from '../payments/ledger.ts';
import type { Queries, Sql } from './sql.ts';

/** Thrown inside the store when an account has not enough above its floor. */
export class FloorReached extends RequestError {
  constructor() {
    super('balance-too-low', 'The balance of the account is too low');
  }
}

/**
 * Books a transfer: every entry with the balance after it, every balance by compare-and-set against
 * its floor. Entries of an account are numbered without a gap.
 */
export async function book(tx: Queries, transfer: Transfer): Promise<void> {
  const { id, kind, reference, note, entries, createdAt } = transfer;
  assertBalanced(entries);
  if (entries.length === 0) return;
  await tx.query(
    'insert into transfers (id, kind, reference, note, created_at) values ($1, $2, $3, $4, $5)',
    [id, kind, reference, note ?? null, createdAt],
  );
  // Always in one order, so that two transfers between the same accounts never wait for each other.
  for (const { accountId, amount } of entries.toSorted(byAccount)) {
    const [account] = await tx.query<{ balance_msat: bigint; entry_count: bigint }>(
      `update accounts
          set balance_msat = balance_msat + $2, entry_count = entry_count + 1
        where id = $1 and (floor_msat is null or $2 > 0 or balance_msat + $2 >= floor_msat)
       returning balance_msat, entry_count`,
      [accountId, amount],
    );
    if (!account) throw new FloorReached();
    await tx.query(
      `insert into entries (account_id, seq, transfer_id, amount_msat, balance_msat, created_at)
       values ($1, $2, $3, $4, $5, $6)`,
      [accountId, account.entry_count, id, amount, account.balance_msat, createdAt],
    );
  }
}

function byAccount(one: Entry, other: Entry): number {
  return one.accountId < other.accountId ? -1 : 1;
}

/** Balances, for those who offer money. */
export class SqlLedger {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Balance above its floor; undefined without a floor. Throws `not-found` when there is no such account. */
  async spendable(accountId: string): Promise<bigint | undefined> {
    const [account] = await this.#sql.query<{ balance_msat: bigint; floor_msat: bigint | null }>(
      'select balance_msat, floor_msat from accounts where id = $1',
      [accountId],
    );
    if (!account) throw new RequestError('not-found', 'There is no account with this id');
    return account.floor_msat === null ? undefined : account.balance_msat - account.floor_msat;
  }
}
