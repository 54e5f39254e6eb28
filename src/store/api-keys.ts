import { type ApiKey, SCOPES } from '../accounts/api-key.ts';
import type { ApiKeyStore } from '../accounts/api-keys.ts';
import type { AuditEntry } from '../accounts/audit.ts';
import type { Receipt } from '../accounts/receipt.ts';
import { appendAudit } from './audit.ts';
import { numberOrUndefined, orNull, orUndefined } from './columns.ts';
import { Conditions } from './conditions.ts';
import { addReceipt } from './receipts.ts';
import type { Sql } from './sql.ts';

interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: string;
  readonly account_id: string | null;
  readonly created_at: bigint;
  readonly last_used_at: bigint | null;
  readonly revoked_at: bigint | null;
}

const COLUMNS = 'id, name, scopes, account_id, created_at, last_used_at, revoked_at';

/** Keys of the admin API in SQL, by their digests. */
export class SqlApiKeys implements ApiKeyStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async add(key: ApiKey, keyHash: string, audit: AuditEntry, receipt?: Receipt): Promise<void> {
    const { id, name, scopes, accountId, createdAt } = key;
    await this.#sql.transaction(async (tx) => {
      if (receipt) await addReceipt(tx, receipt);
      await tx.query(
        `insert into api_keys (id, name, key_hash, scopes, account_id, created_at)
         values ($1, $2, $3, $4, $5, $6)`,
        [id, name, keyHash, scopes.join(), orNull(accountId), createdAt],
      );
      await appendAudit(tx, audit);
    });
  }

  async find(id: string): Promise<ApiKey | undefined> {
    return await this.#one(`select ${COLUMNS} from api_keys where id = $1`, [id]);
  }

  async findByHash(keyHash: string): Promise<ApiKey | undefined> {
    return await this.#one(`select ${COLUMNS} from api_keys where key_hash = $1`, [keyHash]);
  }

  async list(limit: number, after: string | undefined): Promise<ApiKey[]> {
    const wanted = new Conditions().and(
      '(created_at, id) < (select p.created_at, p.id from api_keys p where p.id = ?)',
      after,
    );
    const rows = await this.#sql.query<ApiKeyRow>(
      `select ${COLUMNS} from api_keys ${wanted.where}
        order by created_at desc, id desc limit ${wanted.place(limit)}`,
      wanted.values,
    );
    return rows.map(apiKeyFromRow);
  }

  async revoke(id: string, now: number, audit: AuditEntry): Promise<ApiKey | undefined> {
    return await this.#sql.transaction(async (tx) => {
      const [row] = await tx.query<ApiKeyRow>(
        `update api_keys set revoked_at = $2 where id = $1 and revoked_at is null
         returning ${COLUMNS}`,
        [id, now],
      );
      if (row) await appendAudit(tx, audit);
      return row && apiKeyFromRow(row);
    });
  }

  async used(id: string, now: number): Promise<void> {
    await this.#sql.query('update api_keys set last_used_at = $2 where id = $1', [id, now]);
  }

  async #one(text: string, values: readonly string[]): Promise<ApiKey | undefined> {
    const [row] = await this.#sql.query<ApiKeyRow>(text, values);
    return row && apiKeyFromRow(row);
  }
}

function apiKeyFromRow(row: ApiKeyRow): ApiKey {
  const scopes = new Set(row.scopes.split(','));
  return {
    ...{ id: row.id, name: row.name, accountId: orUndefined(row.account_id) },
    scopes: SCOPES.filter((scope) => scopes.has(scope)),
    createdAt: Number(row.created_at),
    lastUsedAt: numberOrUndefined(row.last_used_at),
    revokedAt: numberOrUndefined(row.revoked_at),
  };
}
