import type { Database, Statement } from 'better-sqlite3';
import type { SqlValue } from './sql.ts';
import { fromSqlite } from './sqlite-error.ts';

/** Statements kept prepared on one connection. The texts of this program are fewer. */
const MAX_STATEMENTS = 500;

type Bound = Record<number, string | bigint | null>;

/** One handle on the database: it keeps its statements prepared, and translates what goes wrong. */
export class Connection {
  readonly #database: Database;
  readonly #statements = new Map<string, Statement<[Bound]>>();

  constructor(database: Database) {
    this.#database = database;
    database.defaultSafeIntegers(true);
  }

  get inTransaction(): boolean {
    return this.#database.inTransaction;
  }

  /** Whether a statement gives rows and changes nothing. */
  reads(text: string): boolean {
    const statement = this.#prepare(text);
    return statement.readonly && statement.reader;
  }

  run<Row>(text: string, values: readonly SqlValue[] = []): Row[] {
    const statement = this.#prepare(text);
    const bound = bind(values);
    try {
      // The caller names the shape of its rows, for it wrote the statement.
      if (statement.reader) return statement.all(bound) as Row[];
      statement.run(bound);
      return [];
    } catch (error) {
      throw fromSqlite(error);
    }
  }

  script(text: string): void {
    try {
      this.#database.exec(text);
    } catch (error) {
      throw fromSqlite(error);
    }
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #prepare(text: string): Statement<[Bound]> {
    const kept = this.#statements.get(text);
    if (kept !== undefined) return kept;
    try {
      const statement = this.#database.prepare<[Bound]>(text);
      this.#makeRoom();
      this.#statements.set(text, statement);
      return statement;
    } catch (error) {
      throw fromSqlite(error);
    }
  }

  #makeRoom(): void {
    if (this.#statements.size < MAX_STATEMENTS) return;
    const [oldest] = this.#statements.keys();
    if (oldest !== undefined) this.#statements.delete(oldest);
  }
}

/** `$1` is a name to SQLite. The driver would store a number as a float, so it goes as a bigint. */
function bind(values: readonly SqlValue[]): Bound {
  const bound: Bound = {};
  let place = 0;
  for (const value of values) {
    place += 1;
    bound[place] = typeof value === 'number' ? integer(value) : value;
  }
  return bound;
}

function integer(value: number): bigint {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a whole number for SQL: ${value}`);
  return BigInt(value);
}
