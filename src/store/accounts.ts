import type { AuditEntry } from '../accounts/audit.ts';
import {
  type AccountChanges,
  floorAboveBalance,
  type LedgerAccountStore,
} from '../accounts/ledger-accounts.ts';
import type { Receipt } from '../accounts/receipt.ts';
import type { Account, AccountEntry, Transfer, TransferKind } from '../payments/ledger.ts';
import { appendAudit } from './audit.ts';
import { orNull, orUndefined } from './columns.ts';
import { Conditions } from './conditions.ts';
import { book } from './ledger.ts';
import { addReceipt } from './receipts.ts';
import type { Queries, Sql } from './sql.ts';

interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly floor_msat: bigint | null;
  readonly balance_msat: bigint;
  readonly created_at: bigint;
}

const COLUMNS = 'id, name, floor_msat, balance_msat, created_at';

interface EntryRow {
  readonly seq: bigint;
  readonly transfer_id: string;
  readonly kind: TransferKind;
  readonly reference: string;
  readonly note: string | null;
  readonly amount_msat: bigint;
  readonly balance_msat: bigint;
  readonly created_at: bigint;
}

interface TransferRow {
  readonly id: string;
  readonly kind: TransferKind;
  readonly reference: string;
  readonly note: string | null;
  readonly created_at: bigint;
}

/** Accounts, their entries and transfers by hand, in SQL. What is booked is booked by `book`. */
export class SqlAccounts implements LedgerAccountStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async add(account: Account, audit: AuditEntry, receipt?: Receipt): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      if (receipt) await addReceipt(tx, receipt);
      await tx.query(
        `insert into accounts (id, name, floor_msat, balance_msat, created_at)
         values ($1, $2, $3, 0, $4)`,
        [account.id, account.name, orNull(account.floor), account.createdAt],
      );
      await appendAudit(tx, audit);
    });
  }

  async change(
    id: string,
    changes: AccountChanges,
    audit: AuditEntry,
  ): Promise<Account | undefined> {
    const { name, floor } = changes;
    return await this.#sql.transaction(async (tx) => {
      const [row] = await tx.query<AccountRow>(
        `update accounts
            set name = coalesce($2, name),
                floor_msat = case when $3 = 1 then $4 else floor_msat end
          where id = $1 and ($3 = 0 or $4 is null or balance_msat >= $4)
         returning ${COLUMNS}`,
        [id, orNull(name), 'floor' in changes ? 1 : 0, orNull(floor)],
      );
      if (row) {
        await appendAudit(tx, audit);
        return accountFromRow(row);
      }
      if (await findAccount(tx, id)) throw floorAboveBalance();
      return undefined;
    });
  }

  async find(id: string): Promise<Account | undefined> {
    return await findAccount(this.#sql, id);
  }

  async list(limit: number, after: string | undefined): Promise<Account[]> {
    const wanted = new Conditions().and(
      '(created_at, id) < (select p.created_at, p.id from accounts p where p.id = ?)',
      after,
    );
    const rows = await this.#sql.query<AccountRow>(
      `select ${COLUMNS} from accounts ${wanted.where}
        order by created_at desc, id desc limit ${wanted.place(limit)}`,
      wanted.values,
    );
    return rows.map(accountFromRow);
  }

  async entries(
    accountId: string,
    limit: number,
    after: number | undefined,
  ): Promise<AccountEntry[]> {
    const wanted = new Conditions().and('e.account_id = ?', accountId).and('e.seq < ?', after);
    const rows = await this.#sql.query<EntryRow>(
      `select e.seq, e.transfer_id, t.kind, t.reference, t.note, e.amount_msat, e.balance_msat,
              e.created_at
         from entries e
         join transfers t on t.id = e.transfer_id
         ${wanted.where}
        order by e.seq desc limit ${wanted.place(limit)}`,
      wanted.values,
    );
    return rows.map(entryFromRow);
  }

  async transfer(transfer: Transfer, audit: AuditEntry, receipt?: Receipt): Promise<void> {
    await this.#sql.transaction(async (tx) => {
      if (receipt) await addReceipt(tx, receipt);
      await book(tx, transfer);
      await appendAudit(tx, audit);
    });
  }

  async findTransfer(id: string): Promise<Transfer | undefined> {
    const [row] = await this.#sql.query<TransferRow>(
      'select id, kind, reference, note, created_at from transfers where id = $1',
      [id],
    );
    if (!row) return undefined;
    const entries = await this.#sql.query<{ account_id: string; amount_msat: bigint }>(
      'select account_id, amount_msat from entries where transfer_id = $1 order by amount_msat',
      [id],
    );
    const { kind, reference } = row;
    return {
      ...{ id, kind, reference },
      note: orUndefined(row.note),
      entries: entries.map((entry) => ({ accountId: entry.account_id, amount: entry.amount_msat })),
      createdAt: Number(row.created_at),
    };
  }
}

async function findAccount(queries: Queries, id: string): Promise<Account | undefined> {
  const [row] = await queries.query<AccountRow>(`select ${COLUMNS} from accounts where id = $1`, [
    id,
  ]);
  return row && accountFromRow(row);
}

function accountFromRow(row: AccountRow): Account {
  return {
    id: row.id,
    name: row.name,
    balance: row.balance_msat,
    floor: orUndefined(row.floor_msat),
    createdAt: Number(row.created_at),
  };
}

function entryFromRow(row: EntryRow): AccountEntry {
  return {
    seq: Number(row.seq),
    transferId: row.transfer_id,
    kind: row.kind,
    reference: row.reference,
    note: orUndefined(row.note),
    amount: row.amount_msat,
    balance: row.balance_msat,
    createdAt: Number(row.created_at),
  };
}
