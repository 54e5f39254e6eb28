import { describe, expect, it } from '@jest/globals';
import { Tokens } from '../../../src/accounts/tokens.ts';
import { type WithdrawTerms, withdrawLinkState } from '../../../src/accounts/withdraw-link.ts';
import { WithdrawLinks } from '../../../src/accounts/withdraw-links.ts';
import { Challenges } from '../../../src/lnurl/k1.ts';
import { msat } from '../../../src/msat.ts';
import { SqlLedger } from '../../../src/store/ledger.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../../src/store/migrate.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { SqlWithdrawLinks } from '../../../src/store/withdraw-links.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const HOUR_MS = 3_600_000;

describe('changes of a withdraw link', () => {
  it('that come at once do not undo each other', async () => {
    await using world = await start();
    const { link } = await world.links.create(TERMS, false);

    await Promise.all([
      world.links.change(link.id, { disabled: true }),
      world.links.change(link.id, { label: 'a name' }),
      world.links.change(link.id, { max: msat(9_000_000n) }),
      world.links.change(link.id, { uses: 7 }),
    ]);

    expect(await world.links.get(link.id)).toEqual({
      ...link,
      disabledAt: world.clock.now(),
      label: 'a name',
      max: 9_000_000n,
      uses: 7,
    });
  });

  it('are not made after it has ended, or on what is not there', async () => {
    await using world = await start();
    const expiresAt = world.clock.now() + HOUR_MS;
    const { link } = await world.links.create({ ...TERMS, expiresAt }, false);
    world.clock.advance(HOUR_MS);
    await world.links.endExpired(world.clock.now());

    await expect(world.links.change(link.id, { label: 'x' })).rejects.toMatchObject({
      code: 'link-spent',
    });
    await expect(world.links.change('wl_none', { label: 'x' })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('leave a way to switch it off when fees have become dearer', async () => {
    await using world = await start();
    const { link } = await world.links.create({ ...TERMS, total: msat(1_010_000n) }, false);
    const dearer = world.with({ ppm: 500_000, min: msat(0n) });

    const off = await dearer.change(link.id, { disabled: true });

    expect(off.disabledAt).toBe(world.clock.now());
    await expect(dearer.change(link.id, { max: msat(2_000_000n) })).rejects.toMatchObject({
      fields: [{ pointer: '/totalMsat' }],
    });
  });
});

describe('the state of a voucher', () => {
  it('is the same for the one who asks for it and for the one who counts', async () => {
    await using world = await start();
    const { links, sql, clock } = world;
    const batch = await links.createBatch(TERMS, 144, false);
    const vouchers = await links.vouchers(batch.id, 144, undefined);
    const now = clock.now();
    const times = [null, now - 1, now, now + 1];
    for (const [index, { id }] of vouchers.entries()) {
      await sql.query(
        `update withdraw_links
            set uses_taken = $2, uses_paid = $3, valid_from = $4, expires_at = $5,
                disabled_at = $6, ended_at = $7
          where id = $1`,
        [
          id,
          index % 3 > 0 ? 1 : 0,
          index % 3 > 1 ? 1 : 0,
          times[Math.floor(index / 3) % 4] ?? null,
          times[Math.floor(index / 12) % 4] ?? null,
          Math.floor(index / 48) === 1 ? now : null,
          Math.floor(index / 48) === 2 ? now : null,
        ],
      );
    }

    const counts = await links.voucherCounts(batch.id);

    const told = (await links.vouchers(batch.id, 144, undefined)).map((link) =>
      withdrawLinkState(link, now),
    );
    const countOf = (state: string) => told.filter((one) => one === state).length;
    expect(counts).toEqual({
      open: countOf('open'),
      notYet: countOf('notYet'),
      claimed: countOf('claimed'),
      spent: countOf('spent'),
      expired: countOf('expired'),
      disabled: countOf('disabled'),
    });
    expect(Object.values(counts).every((count) => count > 0)).toBe(true);
  });
});

describe('a batch', () => {
  it('of ten thousand is there as a whole, each voucher by itself', async () => {
    await using world = await start();

    const batch = await world.links.createBatch(TERMS, 10_000, false);

    const rows = await world.sql.query<{ tokens: bigint; ids: bigint; total: bigint }>(
      `select count(distinct token_hash) as tokens, count(distinct id) as ids, sum(max_msat) as total
         from withdraw_links where batch_id = $1 and uses = 1`,
      [batch.id],
    );
    expect(rows).toEqual([{ tokens: 10_000n, ids: 10_000n, total: 10_000n * TERMS.max }]);
    expect([batch.worstCase, batch.uncovered]).toEqual([10_100_000_000n, 0n]);
  });

  it('is there as nothing when its account does not cover it (FC-17)', async () => {
    await using world = await start();
    await world.sql.query(
      `insert into accounts (id, name, floor_msat, balance_msat, created_at)
       values ('ac_a', 'a', 0, 100000, 0)`,
    );
    const terms = { ...TERMS, accountId: 'ac_a' };

    await expect(world.links.createBatch(terms, 10, true)).rejects.toMatchObject({
      code: 'balance-too-low',
      fields: [{ pointer: '/funded', detail: 'the account lacks 10000000 msat' }],
    });

    expect(await world.sql.query('select id from withdraw_links')).toEqual([]);
    expect(await world.sql.query('select id from withdraw_batches')).toEqual([]);
  });
});

const TERMS: WithdrawTerms = {
  description: 'Gift',
  min: msat(1_000_000n),
  max: msat(1_000_000n),
  uses: 3,
  waitSeconds: undefined,
  day: undefined,
  total: undefined,
  feeMax: undefined,
  payLinkId: undefined,
  validFrom: undefined,
  expiresAt: undefined,
  label: undefined,
  accountId: 'treasury',
};

async function start() {
  const clock = new ManualClock();
  const random = seededRandom('withdraw links');
  const sql = await openSqlite(':memory:');
  await migrate(sql, MIGRATIONS_FOLDER, clock);
  const ledger = new SqlLedger(sql);
  const withRule = (feeRule: { ppm: number; min: ReturnType<typeof msat> }) =>
    new WithdrawLinks({
      store: new SqlWithdrawLinks(sql, () => {}),
      tokens: new Tokens(new Uint8Array(32)),
      challenges: new Challenges(new Uint8Array(32), random),
      clock,
      random,
      feeRule,
      spendable: async (accountId) => await ledger.spendable(accountId),
    });
  return {
    ...{ clock, sql, with: withRule },
    links: withRule({ ppm: 10_000, min: msat(10_000n) }),
    [Symbol.asyncDispose]: async () => await sql.close(),
  };
}
