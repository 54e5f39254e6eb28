import { join } from 'node:path';
import type { Sql } from '../../src/store/sql.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { startPayments } from './pay-store.ts';
import { tempFolder } from './temp-folder.ts';

/** An empty database for one test; `drop` takes away what closing leaves. */
export type OpenDatabase = () => Promise<{ readonly sql: Sql; drop(): void }>;

/** The databases that every family of tables must behave alike on. */
export const DATABASES: readonly (readonly [name: string, open: OpenDatabase])[] = [
  ['sqlite in memory', async () => ({ sql: await openSqlite(':memory:'), drop: () => undefined })],
  [
    'sqlite in a file',
    async () => {
      const folder = tempFolder();
      const sql = await openSqlite(join(folder.path, 'pay.db'));
      return { sql, drop: () => folder[Symbol.dispose]() };
    },
  ],
];

/** The rooms of being paid on such a database. */
export async function startPaymentsOn(open: OpenDatabase) {
  const { sql, drop } = await open();
  const world = await startPayments(async () => sql);
  return {
    ...world,
    [Symbol.asyncDispose]: async () => {
      await world[Symbol.asyncDispose]();
      drop();
    },
  };
}
