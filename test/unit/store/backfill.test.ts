import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { SqlAccounts } from '../../../src/store/accounts.ts';
import { SqlBooks } from '../../../src/store/books.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../../src/store/migrate.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { tempFolder } from '../../support/temp-folder.ts';

it('what was settled before there was a ledger is booked to the operator', async () => {
  using folder = tempFolder();
  await using sql = await openSqlite(':memory:');
  const clock = new ManualClock();
  const [first = '', ...later] = readdirSync(MIGRATIONS_FOLDER).sort();
  copyFileSync(join(MIGRATIONS_FOLDER, first), join(folder.path, first));
  await migrate(sql, folder.path, clock);
  await sql.script(BEFORE);

  for (const file of later) copyFileSync(join(MIGRATIONS_FOLDER, file), join(folder.path, file));
  await migrate(sql, folder.path, clock);

  const books = new SqlBooks(sql);
  const lines = await new SqlAccounts(sql).entries('treasury', 10, undefined);
  expect((await books.accounts()).filter(({ entryCount }) => entryCount > 0)).toEqual([
    { id: 'node', balance: -2500n, entryCount: 2 },
    { id: 'treasury', balance: 2500n, entryCount: 2 },
  ]);
  expect(
    lines.map(({ seq, reference, amount, balance }) => [seq, reference, amount, balance]),
  ).toEqual([
    [2, 'inv_a', 1000n, 2500n],
    [1, 'inv_b', 1500n, 1500n],
  ]);
  expect(await books.nodeLines(0, 2, 10)).toEqual([
    { seq: 1, kind: 'invoice', reference: 'inv_b', paymentHash: 'hash b' },
    { seq: 2, kind: 'invoice', reference: 'inv_a', paymentHash: 'hash a' },
  ]);
});

/** Two invoices that were settled, the second one first, and one that is open. */
const BEFORE = `
  insert into pay_links (id, token_hash, revision, version, min_msat, max_msat, comment_allowed,
                         one_time, invoice_expiry_seconds, created_at)
  values ('pl_1', 'x', 1, 1, 1000, 2000, 0, 0, 3600, 1);
  insert into invoices (id, payment_hash, pay_link_id, version, bolt11, amount_msat, received_msat,
                        caller, state, surplus, created_at, expires_at, closed_at, preimage)
  values ('inv_a', 'hash a', 'pl_1', 1, 'x', 1000, 1000, 'x', 'settled', 0, 1, 9, 8, 'y'),
         ('inv_b', 'hash b', 'pl_1', 1, 'x', 1000, 1500, 'x', 'settled', 0, 2, 9, 7, 'y'),
         ('inv_c', 'hash c', 'pl_1', 1, 'x', 1000, null, 'x', 'open', 0, 3, 9, null, null);`;
