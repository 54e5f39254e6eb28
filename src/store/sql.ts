export type SqlValue = string | bigint | number | null;

/**
 * One SQL dialect is spoken: what SQLite and PostgreSQL both understand, with `$1` parameters.
 * Integers come back as bigint. Failures are StoreError; a broken unique rule is UniqueViolation.
 */
export interface Sql extends Queries {
  /**
   * Runs `work` so that all of it is durable when the promise resolves, or none of it.
   * `work` calls nothing outside the store: other transactions wait for it.
   */
  transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface Queries {
  query<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** Several statements without parameters, as in a migration file. */
  script(text: string): Promise<void>;
}

/** A row with this key exists already. Thrown by `query`, to be caught inside the store. */
export class UniqueViolation extends Error {
  override readonly name = 'UniqueViolation';
}
