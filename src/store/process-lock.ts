import { StoreError } from '../errors.ts';
import type { SqliteDriver } from './sqlite-driver.ts';
import { fromSqlite, isBusy } from './sqlite-error.ts';
import { prepareFile } from './sqlite-file.ts';

/** Keeps every other process, and a second store of this one, away from a database file. */
export interface ProcessLock {
  release(): void;
}

/**
 * Takes the lock at once or throws. It is an exclusive transaction on an empty database beside the
 * file, held for as long as we live: the kernel ends it with the process, however that dies, so no
 * stale lock can be left behind. The lock file itself stays; to remove it would open a race.
 */
export function lockProcess(Driver: SqliteDriver, file: string): ProcessLock {
  const lock = new Driver(prepareFile(`${file}.lock`), { timeout: 0 });
  try {
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if (!isBusy(error)) throw fromSqlite(error);
    throw new StoreError(
      'store-unavailable',
      `another Boltgate process is using ${file}; stop it first, or give this one its own BOLTGATE_DATA_DIR`,
      { cause: error },
    );
  }
  return { release: () => lock.close() };
}
