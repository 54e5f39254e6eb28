import type { Database } from 'better-sqlite3';
import { StoreError } from '../errors.ts';
import { type CommitLimits, GroupCommit } from './group-commit.ts';
import { lockProcess, type ProcessLock } from './process-lock.ts';
import type { Queries, Sql, SqlValue } from './sql.ts';
import { Connection } from './sqlite-connection.ts';
import { loadSqlite, type SqliteDriver } from './sqlite-driver.ts';
import { fromSqlite } from './sqlite-error.ts';
import { prepareFile } from './sqlite-file.ts';

/** SQLite waits by blocking the whole process, so it waits briefly; GroupCommit asks again. */
const BUSY_TIMEOUT_MS = 50;
/** 40 MiB of log with pages of 4 KiB. */
const CHECKPOINT_PAGES = 10_000;
const CACHE_KIB = 65_536;

export interface SqliteOptions {
  readonly limits?: Partial<CommitLimits>;
}

/**
 * Opens a database file for this process alone, and makes it (mode 0600) and its directory (0700)
 * when missing. `:memory:` gives an empty one that ends with the process and is not locked.
 */
export async function openSqlite(path: string, options: SqliteOptions = {}): Promise<Sql> {
  const Driver = await loadSqlite();
  if (path === ':memory:') {
    const only = new Connection(openWriter(Driver, path));
    return new Sqlite({ writer: only, reader: only }, options);
  }

  const file = prepareFile(path);
  const lock = lockProcess(Driver, file);
  try {
    const writer = new Connection(openWriter(Driver, file));
    const reader = new Connection(openReader(Driver, file));
    return new Sqlite({ writer, reader, lock }, options);
  } catch (error) {
    lock.release();
    throw fromSqlite(error);
  }
}

function openWriter(Driver: SqliteDriver, file: string): Database {
  const database = new Driver(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.pragma('journal_mode = wal');
    // With WAL, anything less than full may lose the last commits when the machine goes down.
    database.pragma('synchronous = full');
    database.pragma('foreign_keys = on');
    // Rarer and larger: a checkpoint holds up the process for as long as it takes.
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    database.pragma(`cache_size = -${CACHE_KIB}`);
    // Savepoints write to a scratch file otherwise.
    database.pragma('temp_store = memory');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function openReader(Driver: SqliteDriver, file: string): Database {
  return new Driver(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
}

interface Handles {
  readonly writer: Connection;
  readonly reader: Connection;
  readonly lock?: ProcessLock;
}

/** Reads go at once to a connection of their own; all else waits its turn in the group commit. */
class Sqlite implements Sql {
  readonly #handles: Handles;
  readonly #commits: GroupCommit;
  #closing: Promise<void> | undefined;

  constructor(handles: Handles, options: SqliteOptions) {
    this.#handles = handles;
    this.#commits = new GroupCommit(handles.writer, options.limits);
  }

  /** The file is locked for this process. */
  get commits(): number {
    return this.#commits.commits;
  }

  async query<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]> {
    this.#assertUsable();
    if (this.#isReadNow(text)) return this.#handles.reader.run<Row>(text, values);
    return await this.#commits.add(async (tx) => await tx.query<Row>(text, values));
  }

  async script(text: string): Promise<void> {
    await this.transaction(async (tx) => {
      await tx.script(text);
    });
  }

  async transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T> {
    this.#assertUsable();
    return await this.#commits.add(work);
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #assertUsable(): void {
    if (this.#closing) throw new StoreError('store-unavailable', 'The store is closed');
    if (this.#commits.inside) throw new Error('inside a transaction use its tx, not the store');
  }

  /** With one connection for both, a read would see what an open transaction has not committed. */
  #isReadNow(text: string): boolean {
    const { reader, writer } = this.#handles;
    return reader.reads(text) && (reader !== writer || !this.#commits.open);
  }

  async #close(): Promise<void> {
    const { reader, writer, lock } = this.#handles;
    await this.#commits.close();
    reader.close();
    // The last connection to close brings the write-ahead log home.
    writer.close();
    lock?.release();
  }
}
