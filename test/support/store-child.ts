// A process that uses a store until it is killed. `hold` only opens it; `commit` writes numbers in
// eight parallel rows and tells each one only after the store said that it is durable.
import type { Sql } from '../../src/store/sql.ts';
import { openSqlite } from '../../src/store/sqlite.ts';

const [task, file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: store-child.ts hold|commit <file>');

try {
  const sql = await openSqlite(file);
  tell('open');
  // A timer keeps the process alive.
  setInterval(() => undefined, 1_000);
  if (task === 'commit') await commitForEver(sql);
} catch (error) {
  tell(error instanceof Error ? error.message : 'failed');
}

async function commitForEver(sql: Sql): Promise<void> {
  await sql.script('create table numbers (n bigint primary key)');
  await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(async (first) => await countFrom(sql, first)));
}

async function countFrom(sql: Sql, first: number): Promise<never> {
  for (let n = first; ; n += 8) {
    await sql.transaction(async (tx) => await tx.query('insert into numbers values ($1)', [n]));
    tell(`committed ${n}`);
  }
}

/** Writes to a pipe are synchronous here, so a line that was told survives the kill. */
function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
