import type Database from 'better-sqlite3';
import { StoreError } from '../errors.ts';

/** The class of the native module; only its type is imported ahead of time. */
export type SqliteDriver = typeof Database;

/** Loads the native module when a store is opened: a command that opens none never needs it (FC-25). */
export async function loadSqlite(load = importDriver): Promise<SqliteDriver> {
  try {
    const Driver = await load();
    // The module loads its compiled half with its first database, so that is part of the test.
    new Driver(':memory:').close();
    return Driver;
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    throw new StoreError(
      'store-unavailable',
      `The SQLite module does not load on ${platform} with Node.js ${process.version}: run "npm rebuild better-sqlite3"`,
      { cause },
    );
  }
}

async function importDriver(): Promise<SqliteDriver> {
  const { default: Driver } = await import('better-sqlite3');
  return Driver;
}
