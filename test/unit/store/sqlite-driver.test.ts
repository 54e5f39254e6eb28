import { describe, expect, it } from '@jest/globals';
import { loadSqlite } from '../../../src/store/sqlite-driver.ts';

describe('the native module of SQLite (FC-25)', () => {
  it('is loaded with its compiled half', async () => {
    const Driver = await loadSqlite();

    const database = new Driver(':memory:');
    expect(database.prepare('select 1').pluck().get()).toBe(1);
    database.close();
  });

  it('says platform, Node version and what to do when it does not load', async () => {
    const cause = Object.assign(new Error('was compiled against a different Node.js version'), {
      code: 'ERR_DLOPEN_FAILED',
    });

    const loading = loadSqlite(() => Promise.reject(cause));

    await expect(loading).rejects.toMatchObject({
      name: 'StoreError',
      code: 'store-unavailable',
      message: `The SQLite module does not load on ${process.platform}-${process.arch} with Node.js ${process.version}: run "npm rebuild better-sqlite3"`,
      cause,
    });
  });
});
