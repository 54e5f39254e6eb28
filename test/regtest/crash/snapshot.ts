import Database from 'better-sqlite3';

/** A claim as our server keeps it, as far as it matters here. */
export interface ClaimRow {
  readonly id: string;
  readonly withdraw_link_id: string;
  readonly payment_hash: string;
  readonly state: 'reserved' | 'sending' | 'held' | 'paid' | 'failed';
  readonly reason: string | null;
  readonly sends_started: bigint;
  readonly sends_closed: bigint;
  readonly invoice_expires_at: bigint;
  readonly created_at: bigint;
  readonly amount_msat: bigint;
  readonly fee_msat: bigint | null;
}

/** The server's database at one moment, while the server goes on. */
export class Snapshot implements Disposable {
  readonly #database: Database.Database;

  constructor(path: string) {
    this.#database = new Database(path, { readonly: true });
    this.#database.defaultSafeIntegers(true);
    // What is read in one transaction is of one moment.
    this.#database.exec('begin');
  }

  all<Row>(text: string): Row[] {
    return this.#database.prepare<[], Row>(text).all();
  }

  claims(): readonly ClaimRow[] {
    return this.all<ClaimRow>('select * from withdrawals order by created_at, id');
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
