import { StoreError } from '../errors.ts';
import { UniqueViolation } from './sql.ts';

const UNIQUE = new Set([
  'SQLITE_CONSTRAINT_PRIMARYKEY',
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_ROWID',
]);

/** What it means when the database cannot work, by primary result code. No path and no SQL in it. */
const UNAVAILABLE: Readonly<Record<string, string>> = {
  SQLITE_BUSY: 'The store is busy, try again',
  SQLITE_LOCKED: 'The store is busy, try again',
  SQLITE_PROTOCOL: 'The store is busy, try again',
  SQLITE_FULL: 'The store has no space left',
  SQLITE_READONLY: 'The store cannot be written',
  SQLITE_PERM: 'The store may not be used by this process',
  SQLITE_CANTOPEN: 'The store cannot be opened',
  SQLITE_IOERR: 'The store cannot be read or written',
  SQLITE_NOMEM: 'The store has no memory left',
  SQLITE_CORRUPT: 'The store is damaged',
  SQLITE_NOTADB: 'The store is not a database',
};

/**
 * Translates what the driver threw. Goes by code, because its class is not the same in every realm.
 * A mistake in a statement is returned as it is.
 */
export function fromSqlite(error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  if (UNIQUE.has(code)) {
    return new UniqueViolation('a row with this key exists already', { cause: error });
  }
  const message = UNAVAILABLE[primary(code)];
  if (message === undefined) return error;
  return new StoreError('store-unavailable', message, { cause: error });
}

/** Whether another connection held the lock; looks through the translation. */
export function isBusy(error: unknown): boolean {
  const code = codeOf(error instanceof StoreError ? error.cause : error);
  return code !== undefined && primary(code) === 'SQLITE_BUSY';
}

/** The code of an error of SQLite or of the system, whatever its class. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** `SQLITE_IOERR_FSYNC` says more than we need: its first two words are the kind. */
function primary(code: string): string {
  return code.split('_', 2).join('_');
}
