import type { WithdrawBatch } from '../accounts/withdraw-batch.ts';
import type { NewWithdrawLinks } from '../accounts/withdraw-link-store.ts';
import { orNull, places } from './columns.ts';
import type { Queries } from './sql.ts';
import { BATCH_COLUMNS, batchToRow, TERM_COLUMNS, termsToRow } from './withdraw-link-rows.ts';

/** Keeps what a batch was made with. */
export async function insertBatch(tx: Queries, batch: WithdrawBatch): Promise<void> {
  const values = batchToRow(batch);
  await tx.query(
    `insert into withdraw_batches (${BATCH_COLUMNS}) values (${places(1, values.length)})`,
    values,
  );
}

/** Long statements are cheaper by far than many, up to here. */
const ROWS_AT_ONCE = 200;

/**
 * Links of one batch differ in two columns, so the others travel once a statement. The order of their
 * ids spares the indexes a walk.
 */
export async function insertLinks(tx: Queries, { alike, names }: NewWithdrawLinks): Promise<void> {
  const { batchId, accountId, createdAt, setAside } = alike;
  const shared = [...termsToRow(alike), orNull(batchId), accountId, createdAt, orNull(setAside)];
  const sorted = names.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  for (let from = 0; from < sorted.length; from += ROWS_AT_ONCE) {
    const rows = sorted.slice(from, from + ROWS_AT_ONCE);
    const pairs = rows.map((_, index) => `(${places(shared.length + 1 + 2 * index, 2)})`);
    await tx.query(
      `insert into withdraw_links
              (id, token_hash, ${TERM_COLUMNS.join(', ')}, batch_id, account_id, created_at,
               set_aside_msat)
       select column1, column2, ${places(1, shared.length)} from (values ${pairs.join(', ')}) as named`,
      [...shared, ...rows.flatMap(({ id, tokenHash }) => [id, tokenHash])],
    );
  }
}
