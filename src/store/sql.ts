/** What a parameter may be. A number is a safe integer and is stored as one; fractions are refused. */
export type SqlValue = string | bigint | number | null;

/**
 * One SQL dialect is spoken: what SQLite and PostgreSQL both understand, with `$1` parameters.
 * Integers come back as bigint. Failures are StoreError; a broken unique rule is UniqueViolation.
 */
export interface Sql extends Queries, AsyncDisposable {
  /**
   * How often something was committed. While it stands still, what was read is what a read would
   * give. undefined when other processes write to the database too.
   */
  readonly commits: number | undefined;

  /**
   * Runs `work` so that all of it is durable when the promise resolves, or none of it.
   *
   * - `work` waits for nothing but its own `tx`: other transactions wait for it, and one that takes
   *   too long is undone and rejected. Using the outer `Sql` inside is an error, not a nested
   *   transaction.
   * - A statement that failed has failed its transaction, as in PostgreSQL: whoever catches its
   *   error may throw a better one, but cannot go on. Use `on conflict` where a conflict is no
   *   failure.
   */
  transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T>;
  /** Finishes what was begun, refuses what comes later, and lets go of the database. */
  close(): Promise<void>;
}

/** Statements: outside a transaction each is one of its own, and a read sees all that was committed. */
export interface Queries {
  query<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** Several statements without parameters, as in a migration file. */
  script(text: string): Promise<void>;
}

/** A row with this key exists already. Thrown by `query`, to be caught inside the store. */
export class UniqueViolation extends Error {
  override readonly name = 'UniqueViolation';
}
