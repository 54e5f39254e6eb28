import { AlreadyAnswered, type Receipt } from '../accounts/receipt.ts';
import { type Queries, type Sql, UniqueViolation } from './sql.ts';

interface ReceiptRow {
  readonly api_key_id: string;
  readonly key: string;
  readonly request_hash: string;
  readonly status: bigint;
  readonly body: string;
  readonly created_at: bigint;
}

/** Writes the answer beside the work. Throws AlreadyAnswered when another call was first (FC-31). */
export async function addReceipt(tx: Queries, receipt: Receipt): Promise<void> {
  const { apiKeyId, key, requestHash, status, body, createdAt } = receipt;
  try {
    await tx.query(
      `insert into receipts (api_key_id, key, request_hash, status, body, created_at)
       values ($1, $2, $3, $4, $5, $6)`,
      [apiKeyId, key, requestHash, status, body, createdAt],
    );
  } catch (error) {
    if (error instanceof UniqueViolation)
      throw new AlreadyAnswered('the key has its answer already');
    throw error;
  }
}

/** Answers that were given to `Idempotency-Key`s. */
export class SqlReceipts {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async find(apiKeyId: string, key: string): Promise<Receipt | undefined> {
    const [row] = await this.#sql.query<ReceiptRow>(
      `select api_key_id, key, request_hash, status, body, created_at
         from receipts
        where api_key_id = $1 and key = $2`,
      [apiKeyId, key],
    );
    return row && receiptFromRow(row);
  }

  /** Keeps an answer that stands alone: a refusal, which changed nothing. */
  async add(receipt: Receipt): Promise<void> {
    await this.#sql.transaction(async (tx) => await addReceipt(tx, receipt));
  }

  async removeBefore(moment: number): Promise<void> {
    await this.#sql.query('delete from receipts where created_at < $1', [moment]);
  }
}

function receiptFromRow(row: ReceiptRow): Receipt {
  return {
    apiKeyId: row.api_key_id,
    key: row.key,
    requestHash: row.request_hash,
    status: Number(row.status),
    body: row.body,
    createdAt: Number(row.created_at),
  };
}
