import Database from 'better-sqlite3';

const WITHDRAWALS_A_LINK = 10;
const AMOUNT_MSAT = 21_000;
const FEE_MSAT = 1_000;

/** Between two filler rows; the last one is older than anything real. */
const STEP_MS = 10;

/**
 * Puts `links` used-up withdraw links and ten times as many paid withdrawals into a database of ours,
 * all older than `before`. Rows come in the order of their keys and the other indexes are built
 * afterwards: else ten million rows would take an hour.
 */
export function fill(path: string, links: number, before: number): void {
  const database = new Database(path);
  try {
    database.pragma('synchronous = off');
    database.pragma('foreign_keys = off');
    database.pragma('cache_size = -1000000');
    const indexes = secondaryIndexes(database);
    for (const { name } of indexes) database.exec(`drop index ${name}`);
    database.exec(linkRows(links, before));
    database.exec(withdrawalRows(links, before));
    for (const { sql } of indexes) database.exec(sql);
    database.pragma('wal_checkpoint(truncate)');
  } finally {
    database.close();
  }
}

function secondaryIndexes(database: Database.Database) {
  return database
    .prepare<[], { readonly name: string; readonly sql: string }>(
      `select name, sql from sqlite_master
        where type = 'index' and sql is not null and tbl_name in ('withdraw_links', 'withdrawals')`,
    )
    .all();
}

const linkRows = (links: number, before: number): string => `
  with recursive numbers (n) as (select 0 union all select n + 1 from numbers where n + 1 < ${links})
  insert into withdraw_links
    (id, token_hash, account_id, description, min_msat, max_msat, uses, created_at,
     uses_taken, uses_paid, taken_msat)
  select printf('wl_%026d', n), ${keyOf(links)}, 'treasury', 'A gift', ${AMOUNT_MSAT}, ${AMOUNT_MSAT},
         ${WITHDRAWALS_A_LINK}, ${before} - (${links} - n) * ${STEP_MS * WITHDRAWALS_A_LINK},
         ${WITHDRAWALS_A_LINK}, ${WITHDRAWALS_A_LINK}, ${WITHDRAWALS_A_LINK * (AMOUNT_MSAT + FEE_MSAT)}
    from numbers`;

const withdrawalRows = (links: number, before: number): string => {
  const rows = links * WITHDRAWALS_A_LINK;
  return `
  with recursive numbers (n) as (select 0 union all select n + 1 from numbers where n + 1 < ${rows})
  insert into withdrawals
    (id, withdraw_link_id, k1, payment_hash, bolt11, amount_msat, fee_cap_msat, fee_msat,
     invoice_expires_at, state, sends_started, sends_closed, from_set_aside, preimage, created_at,
     closed_at)
  select printf('wd_%026d', n), printf('wl_%026d', n / ${WITHDRAWALS_A_LINK}),
         lower(hex(randomblob(32))), ${keyOf(rows)}, 'lnbcrt210n1' || hex(zeroblob(150)),
         ${AMOUNT_MSAT}, 10000, ${FEE_MSAT}, ${before}, 'paid', 1, 1, 0, lower(hex(randomblob(32))),
         ${before} - (${rows} - n) * ${STEP_MS}, ${before} - (${rows} - n) * ${STEP_MS}
    from numbers`;
};

/** 32 bytes in hex, in the order of n and spread over all there are, so that a new one falls between. */
function keyOf(rows: number): string {
  const step = 2n ** 63n / BigInt(rows);
  return `printf('%016x', n * ${step}) || lower(hex(randomblob(24)))`;
}
