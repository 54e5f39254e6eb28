import Database from 'better-sqlite3';
import { MIGRATIONS_FOLDER, migrate } from '../../src/store/migrate.ts';
import type { Sql } from '../../src/store/sql.ts';
import { Connection } from '../../src/store/sqlite-connection.ts';
import { SimulatedTime } from './simulated-time.ts';
import { SteppedSql } from './stepped-sql.ts';
import { Steps } from './steps.ts';

interface StandingAccount {
  readonly id: string;
  readonly name: string;
  readonly floor_msat: bigint | null;
}

/**
 * The database of all runs, one after the other: migrated once and emptied before each run, because a
 * new one would cost more than the run itself. It outlives the services of a run.
 */
export class BooksDatabase {
  readonly connection: Connection;
  readonly #tables: readonly string[];
  readonly #accounts: readonly StandingAccount[];

  private constructor(connection: Connection) {
    this.connection = connection;
    this.#tables = emptyable(connection);
    this.#accounts = connection.run('select id, name, floor_msat from accounts');
  }

  static async open(): Promise<BooksDatabase> {
    const database = new Database(':memory:');
    database.pragma('foreign_keys = on');
    database.pragma('temp_store = memory');
    const connection = new Connection(database);
    const steps = new Steps();
    const sql: Sql = new SteppedSql(connection, steps, connection);
    let migrated = false;
    const migrating = migrate(sql, MIGRATIONS_FOLDER, new SimulatedTime(0).clock()).then(() => {
      migrated = true;
    });
    while (!migrated) {
      const [next] = steps.waiting;
      if (next) await steps.take(next);
      else await new Promise(setImmediate);
    }
    await migrating;
    return new BooksDatabase(connection);
  }

  /** As it is after the migrations. */
  empty(): void {
    const { connection } = this;
    if (connection.inTransaction) connection.run('rollback');
    connection.run('begin');
    for (const table of this.#tables) {
      const used = connection.run(`select 1 as one from ${table} limit 1`);
      if (used.length > 0) connection.run(`delete from ${table}`);
    }
    connection.run('update event_head set seq = 0');
    for (const { id, name, floor_msat } of this.#accounts) {
      connection.run(
        `insert into accounts (id, name, floor_msat, balance_msat, created_at)
         values ($1, $2, $3, 0, 0)`,
        [id, name, floor_msat],
      );
    }
    connection.run('commit');
  }

  hashes(text: string): ReadonlySet<string> {
    return new Set(this.all<{ payment_hash: string }>(text).map((row) => row.payment_hash));
  }

  all<Row>(text: string): Row[] {
    return this.connection.run<Row>(text);
  }
}

/**
 * The tables, each before those that it refers to. To put off the check of the references instead
 * would make SQLite prepare every statement anew.
 */
function emptyable(connection: Connection): readonly string[] {
  const left = connection
    .run<{ name: string }>("select name from sqlite_master where type = 'table'")
    .map(({ name }) => name)
    .filter((name) => name !== 'migrations' && name !== 'event_head')
    .map((name) => ({ name, parents: parentsOf(connection, name) }));
  const ordered: string[] = [];
  while (left.length > 0) {
    const free = left.findIndex(({ name }) => !left.some((other) => other.parents.includes(name)));
    const [table] = left.splice(Math.max(free, 0), 1);
    if (table) ordered.push(table.name);
  }
  return ordered;
}

function parentsOf(connection: Connection, name: string): readonly string[] {
  const keys = connection.run<{ table: string }>(`pragma foreign_key_list(${name})`);
  return keys.map(({ table }) => table).filter((parent) => parent !== name);
}
