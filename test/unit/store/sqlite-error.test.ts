import { describe, expect, it } from '@jest/globals';
import { StoreError } from '../../../src/errors.ts';
import { UniqueViolation } from '../../../src/store/sql.ts';
import { fromSqlite, isBusy } from '../../../src/store/sqlite-error.ts';

/** As the driver throws it: not an Error of this realm, and with a text that must not be shown. */
const thrown = (code: string) => ({ code, message: 'insert into secrets at /data/boltgate.db' });

describe('an error of SQLite', () => {
  it.each([
    ['SQLITE_CONSTRAINT_PRIMARYKEY'],
    ['SQLITE_CONSTRAINT_UNIQUE'],
    ['SQLITE_CONSTRAINT_ROWID'],
  ])('%s is a broken unique rule', (code) => {
    expect(fromSqlite(thrown(code))).toBeInstanceOf(UniqueViolation);
  });

  it.each([
    ['SQLITE_BUSY', 'The store is busy, try again'],
    ['SQLITE_BUSY_SNAPSHOT', 'The store is busy, try again'],
    ['SQLITE_LOCKED_SHAREDCACHE', 'The store is busy, try again'],
    ['SQLITE_PROTOCOL', 'The store is busy, try again'],
    ['SQLITE_FULL', 'The store has no space left'],
    ['SQLITE_READONLY_DBMOVED', 'The store cannot be written'],
    ['SQLITE_PERM', 'The store may not be used by this process'],
    ['SQLITE_CANTOPEN_ISDIR', 'The store cannot be opened'],
    ['SQLITE_IOERR', 'The store cannot be read or written'],
    ['SQLITE_IOERR_FSYNC', 'The store cannot be read or written'],
    ['SQLITE_NOMEM', 'The store has no memory left'],
    ['SQLITE_CORRUPT_VTAB', 'The store is damaged'],
    ['SQLITE_NOTADB', 'The store is not a database'],
  ])('%s means that the store is unavailable', (code, message) => {
    const cause = thrown(code);

    const translated = fromSqlite(cause);

    expect(translated).toBeInstanceOf(StoreError);
    expect(translated).toMatchObject({ code: 'store-unavailable', message, cause });
  });

  it.each([['SQLITE_ERROR'], ['SQLITE_CONSTRAINT_CHECK'], ['SQLITE_CONSTRAINT_FOREIGNKEY']])(
    '%s is a mistake of ours and stays as it is',
    (code) => {
      const mistake = thrown(code);

      expect(fromSqlite(mistake)).toBe(mistake);
    },
  );

  it.each([[undefined], [null], ['text'], [new RangeError('missing parameter')], [{ code: 5 }]])(
    'leaves %p alone, which is none',
    (other) => {
      expect(fromSqlite(other)).toBe(other);
    },
  );

  it('is busy before and after translation, and only then', () => {
    const answers = [
      thrown('SQLITE_BUSY'),
      fromSqlite(thrown('SQLITE_BUSY_RECOVERY')),
      fromSqlite(thrown('SQLITE_FULL')),
      new StoreError('store-unavailable', 'The store is closed'),
    ].map(isBusy);

    expect(answers).toEqual([true, true, false, false]);
  });
});
