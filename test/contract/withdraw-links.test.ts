import { describe, expect, it } from '@jest/globals';
import { AlreadyAnswered, type Receipt } from '../../src/accounts/receipt.ts';
import { Tokens, tokenHash } from '../../src/accounts/tokens.ts';
import type { BatchSwitch, WithdrawBatch } from '../../src/accounts/withdraw-batch.ts';
import type { WithdrawLink, WithdrawTerms } from '../../src/accounts/withdraw-link.ts';
import type { NewWithdrawLinks } from '../../src/accounts/withdraw-link-store.ts';
import { type NewEvent, newEvent } from '../../src/events/event.ts';
import { msat } from '../../src/msat.ts';
import { SqlEventLog } from '../../src/store/event-log.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../src/store/migrate.ts';
import { SqlWithdrawLinks } from '../../src/store/withdraw-links.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { balanceOf, booksOf, factsOf, GIFT_TERMS, openAccount } from '../support/money.ts';
import { DATABASES, type OpenDatabase } from '../support/pay-databases.ts';
import { seededRandom } from '../support/seeded-random.ts';

const NOW = 1_700_000_000_000;
const TOKENS = new Tokens(new Uint8Array(32));

const idOf = (number: number) => `wl_${String(number).padStart(4, '0')}`;

function linkOf(number: number, changes: Partial<WithdrawLink> = {}): WithdrawLink {
  return {
    ...GIFT_TERMS,
    id: idOf(number),
    batchId: undefined,
    createdAt: NOW + number,
    disabledAt: undefined,
    usesTaken: 0,
    usesPaid: 0,
    taken: msat(0n),
    setAside: undefined,
    endedAt: undefined,
    ...changes,
  };
}

function newLinks(links: readonly WithdrawLink[]): NewWithdrawLinks {
  const [first] = links;
  if (!first) throw new Error('no links');
  const { id: _, ...alike } = first;
  return {
    alike,
    names: links.map(({ id }) => ({ id, tokenHash: tokenHash(TOKENS.ofLink(id)) })),
  };
}

function batchOf(count: number, changes: Partial<WithdrawBatch> = {}): WithdrawBatch {
  const { uses: _, ...terms } = GIFT_TERMS;
  return {
    ...terms,
    id: 'wb_1',
    count,
    funded: false,
    worstCase: msat(31_000n * BigInt(count)),
    uncovered: msat(0n),
    createdAt: NOW,
    ...changes,
  };
}

async function start(open: OpenDatabase) {
  const { sql, drop } = await open();
  const clock = new ManualClock(NOW);
  const random = seededRandom('withdraw links');
  await migrate(sql, MIGRATIONS_FOLDER, clock);
  const wakes = { count: 0 };
  const store = new SqlWithdrawLinks(sql, () => {
    wakes.count += 1;
  });
  const eventOf =
    (type: 'link.created' | 'link.changed' | 'link.expired') =>
    ({ id }: { readonly id: string }): NewEvent =>
      newEvent(type, { id, kind: 'withdraw' }, NOW, random);
  const switched = (to: BatchSwitch) =>
    newEvent(
      'link.changed',
      { id: 'wb_1', kind: 'withdraw-batch', count: 9, disabled: to === 'off' },
      NOW,
      random,
    );
  const events = new SqlEventLog(sql);
  return {
    ...{ sql, clock, store, wakes, eventOf, events },
    add: async (link: WithdrawLink) => {
      await store.add(newLinks([link]), undefined, [eventOf('link.created')(link)]);
      return link;
    },
    change: async (link: WithdrawLink, before: WithdrawLink) =>
      await store.change(link, before, eventOf('link.changed')(link)),
    switchBatch: async (to: BatchSwitch, now = NOW) =>
      await store.switchBatch('wb_1', to, now, switched(to)),
    told: async () => (await factsOf({ events })).map(({ type, data }) => `${type} ${data.id}`),
    [Symbol.asyncDispose]: async () => {
      await sql.close();
      drop();
    },
  };
}

const FULL: Partial<WithdrawTerms> = {
  description: `"☕" ' -- \n`,
  min: msat(1n),
  max: msat(2n ** 53n - 1n),
  uses: 1_000_000,
  waitSeconds: 1,
  day: msat(2n ** 53n - 1n),
  total: msat(2n ** 53n - 2n),
  feeMax: msat(0n),
  validFrom: NOW,
  expiresAt: NOW + 1,
  label: 'a name',
};

describe.each(DATABASES)('withdraw links on %s', (_name, open) => {
  it('come back as they were added, by id and by token, to the millisatoshi', async () => {
    await using world = await start(open);
    const full = await world.add(linkOf(1, FULL));
    const plain = await world.add(linkOf(2));

    expect(await world.store.find(full.id)).toEqual(full);
    expect(await world.store.findByToken(tokenHash(TOKENS.ofLink(plain.id)))).toEqual(plain);
    expect(await world.store.find('wl_none')).toBeUndefined();
    expect(await world.store.findByToken('none')).toBeUndefined();
    expect([await world.told(), world.wakes.count]).toEqual([
      [`link.created ${full.id}`, `link.created ${plain.id}`],
      2,
    ]);
  });

  it('are added with the answer of an Idempotency-Key, once (FC-31)', async () => {
    await using world = await start(open);
    const receipt: Receipt = {
      ...{ apiKeyId: 'key_1', key: 'once', requestHash: 'hash', status: 201, body: '{}' },
      createdAt: NOW,
    };
    await world.store.add(newLinks([linkOf(1)]), undefined, [], receipt);

    const again = world.store.add(newLinks([linkOf(2)]), undefined, [], receipt);

    await expect(again).rejects.toThrow(AlreadyAnswered);
    expect(await world.store.find(idOf(2))).toBeUndefined();
  });

  it('set their money aside when they are funded, or are not there (FC-17)', async () => {
    await using world = await start(open);
    const accountId = await openAccount(world, 'ac_1', 40_000n);
    const funded = { accountId, setAside: msat(31_000n) };

    await world.add(linkOf(1, funded));
    const before = await booksOf(world);
    const second = world.add(linkOf(2, funded));

    await expect(second).rejects.toMatchObject({ code: 'balance-too-low' });
    expect(await booksOf(world)).toEqual(before);
    expect(await world.store.find(idOf(2))).toBeUndefined();
    expect([await balanceOf(world, accountId), await balanceOf(world, 'set-aside')]).toEqual([
      9_000n,
      31_000n,
    ]);
    expect(await world.store.find(idOf(1))).toMatchObject({ setAside: 31_000n });
  });

  it('are changed if they still are what they were', async () => {
    await using world = await start(open);
    const before = await world.add(linkOf(1));
    const after = { ...before, ...FULL, disabledAt: NOW };

    const done = await world.change(after, before);
    const stale = await world.change({ ...before, label: 'late' }, before);

    expect([done, stale]).toEqual([true, false]);
    expect(await world.store.find(before.id)).toEqual(after);
    expect(await world.told()).toEqual([`link.created ${before.id}`, `link.changed ${before.id}`]);
  });

  it('are changed by one of many at once', async () => {
    await using world = await start(open);
    const before = await world.add(linkOf(1));

    const done = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (label) => await world.change({ ...before, label }, before)),
    );

    expect(done.filter((changed) => changed)).toHaveLength(1);
  });

  it('are taken away once, and what is set aside returns', async () => {
    await using world = await start(open);
    const accountId = await openAccount(world, 'ac_1', 31_000n);
    const link = await world.add(linkOf(1, { accountId, setAside: msat(31_000n) }));
    const remove = async () =>
      await world.store.remove(link.id, NOW, world.eventOf('link.changed')(link));

    const done = [await remove(), await remove()];

    expect(done).toEqual([true, false]);
    expect(await world.store.find(link.id)).toBeUndefined();
    expect(await world.store.findByToken(tokenHash(TOKENS.ofLink(link.id)))).toBeUndefined();
    expect(await world.change(link, link)).toBe(false);
    expect(await balanceOf(world, accountId)).toBe(31_000n);
    expect(await world.told()).toEqual([`link.created ${link.id}`, `link.changed ${link.id}`]);
  });

  it('end when their time is over, some at a time, each once (FC-17)', async () => {
    await using world = await start(open);
    const accountId = await openAccount(world, 'ac_1', 93_000n);
    const funded = { accountId, setAside: msat(31_000n) };
    for (const number of [1, 2, 3]) await world.add(linkOf(number, { ...funded, expiresAt: NOW }));
    await world.add(linkOf(4, { expiresAt: NOW + 1 }));
    await world.add(linkOf(5));
    const end = async (now: number) =>
      await world.store.endExpired(now, 2, world.eventOf('link.expired'));

    const counts = [await end(NOW - 1), await end(NOW), await end(NOW), await end(NOW)];

    expect(counts).toEqual([0, 2, 1, 0]);
    expect(await balanceOf(world, accountId)).toBe(93_000n);
    expect(await world.store.find(idOf(1))).toMatchObject({ endedAt: NOW, setAside: 0n });
    expect(await world.store.find(idOf(4))).toMatchObject({ endedAt: undefined });
    expect((await world.told()).filter((told) => told.startsWith('link.expired'))).toHaveLength(3);
    expect(await world.change(linkOf(1, { label: 'x' }), linkOf(1))).toBe(false);
  });

  it('are listed newest first, page by page, without vouchers of a batch', async () => {
    await using world = await start(open);
    for (const number of [3, 1, 2]) await world.add(linkOf(number));
    await world.add(linkOf(4, { createdAt: NOW + 3 }));
    await world.store.add(newLinks([linkOf(9, { batchId: 'wb_1' })]), batchOf(1), []);

    const first = await world.store.list({}, 3, undefined);
    const second = await world.store.list({}, 3, first.at(-1)?.id);

    expect([first, second].map((page) => page.map(({ id }) => id))).toEqual([
      [idOf(4), idOf(3), idOf(2)],
      [idOf(1)],
    ]);
  });

  it('have no budgets used before anybody claimed', async () => {
    await using world = await start(open);
    const accountId = await openAccount(world, 'ac_1', 5_000n);

    const [poor, rich] = [linkOf(1, { accountId, day: msat(9n), waitSeconds: 1 }), linkOf(2)];

    const none = { linkDay: 0n, serverDay: 0n, lastClaimAt: undefined };
    expect(await world.store.budgets(poor, NOW)).toEqual({ ...none, account: 5_000n });
    expect(await world.store.budgets(rich, NOW)).toEqual({ ...none, account: undefined });
  });
});

describe.each(DATABASES)('batches of vouchers on %s', (_name, open) => {
  it('come back as they were made, with their vouchers page by page', async () => {
    await using world = await start(open);
    const batch = batchOf(5, { label: 'fair' });
    const vouchers = [1, 2, 3, 4, 5].map((n) => linkOf(n, { batchId: batch.id, createdAt: NOW }));
    await world.store.add(newLinks(vouchers), batch, []);

    const first = await world.store.vouchers(batch.id, 3, undefined);
    const second = await world.store.vouchers(batch.id, 3, first.at(-1)?.id);

    expect(await world.store.findBatch(batch.id)).toEqual(batch);
    expect(await world.store.findBatch('wb_none')).toBeUndefined();
    expect([...first, ...second]).toEqual(vouchers);
    expect(first).toHaveLength(3);
    expect(await world.store.listBatches({}, 9, undefined)).toEqual([batch]);
  });

  it('are there as a whole or not at all', async () => {
    await using world = await start(open);
    const accountId = await openAccount(world, 'ac_1', 61_999n);
    const funded = { accountId, setAside: msat(31_000n), batchId: 'wb_1' };
    const vouchers = [linkOf(1, funded), linkOf(2, funded)];

    const made = world.store.add(newLinks(vouchers), batchOf(2, { accountId, funded: true }), []);

    await expect(made).rejects.toMatchObject({ code: 'balance-too-low' });
    expect(await world.store.findBatch('wb_1')).toBeUndefined();
    expect(await world.store.find(idOf(1))).toBeUndefined();
    expect(await balanceOf(world, accountId)).toBe(61_999n);
  });

  it('count their vouchers by state', async () => {
    await using world = await start(open);
    const voucher = { batchId: 'wb_1', expiresAt: NOW + 10 };
    await world.store.add(newLinks([1, 2, 3].map((n) => linkOf(n, voucher))), batchOf(3), []);
    const [, second] = await world.store.vouchers('wb_1', 3, undefined);
    if (second) await world.change({ ...second, disabledAt: NOW }, second);

    const nobody = { notYet: 0, claimed: 0, spent: 0 };
    expect(await world.store.countVouchers('wb_1', NOW)).toEqual({
      ...{ ...nobody, open: 2, disabled: 1, expired: 0 },
    });
    expect(await world.store.countVouchers('wb_1', NOW + 10)).toEqual({
      ...{ ...nobody, open: 0, disabled: 1, expired: 2 },
    });
  });

  it('are switched as a whole, each voucher that is not over, once', async () => {
    await using world = await start(open);
    const vouchers = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => linkOf(n, { batchId: 'wb_1' }));
    await world.store.add(newLinks(vouchers), batchOf(8), []);
    const lone = await world.add(linkOf(9));
    await world.sql.query(`update withdraw_links set valid_from = ${NOW + 5} where id = $1`, [
      idOf(2),
    ]);
    await world.sql.query(`update withdraw_links set expires_at = ${NOW} where id = $1`, [idOf(3)]);
    await world.sql.query(`update withdraw_links set ended_at = ${NOW} where id = $1`, [idOf(4)]);
    await world.sql.query(`update withdraw_links set deleted_at = ${NOW} where id = $1`, [idOf(5)]);
    await world.sql.query(`update withdraw_links set uses_taken = 1 where id = $1`, [idOf(6)]);
    await world.sql.query('update withdraw_links set uses_taken = 1, uses_paid = 1 where id = $1', [
      idOf(7),
    ]);
    await world.sql.query(`update withdraw_links set disabled_at = ${NOW - 5} where id = $1`, [
      idOf(8),
    ]);
    const marks = async () =>
      (
        await world.sql.query<{ disabled_at: bigint | null }>(
          'select disabled_at from withdraw_links order by id',
        )
      ).map(({ disabled_at }) => disabled_at && Number(disabled_at) - NOW);
    const wakes = world.wakes.count;

    const off = await world.switchBatch('off');
    const marksWhenOff = await marks();
    const offAgain = await world.switchBatch('off', NOW + 1);
    const marksWhenOffAgain = await marks();
    const on = await world.switchBatch('on');
    const onAgain = await world.switchBatch('on');

    expect([off, offAgain, on, onAgain]).toEqual([true, false, true, false]);
    expect(marksWhenOff).toEqual([0, 0, null, null, null, 0, null, -5, null]);
    expect(marksWhenOffAgain).toEqual(marksWhenOff);
    expect(await marks()).toEqual(Array.from({ length: 9 }, () => null));
    expect(await world.told()).toEqual([
      `link.created ${lone.id}`,
      'link.changed wb_1',
      'link.changed wb_1',
    ]);
    expect(world.wakes.count - wakes).toBe(2);
  });

  it('stay switched off where they are over (FC-17)', async () => {
    await using world = await start(open);
    const vouchers = [1, 2].map((n) => linkOf(n, { batchId: 'wb_1' }));
    await world.store.add(newLinks(vouchers), batchOf(2), []);
    await world.switchBatch('off');
    await world.sql.query('update withdraw_links set ended_at = 1 where id = $1', [idOf(1)]);

    await world.switchBatch('on');

    expect(await world.store.find(idOf(1))).toMatchObject({ disabledAt: NOW });
    expect(await world.store.find(idOf(2))).toMatchObject({ disabledAt: undefined });
  });

  it('are found changed by who read them before', async () => {
    await using world = await start(open);
    await world.store.add(newLinks([linkOf(1, { batchId: 'wb_1' })]), batchOf(1), []);
    const read = async () =>
      (await world.store.findByToken(tokenHash(TOKENS.ofLink(idOf(1)))))?.disabledAt;

    const before = await read();
    await world.switchBatch('off');

    expect([before, await read()]).toEqual([undefined, NOW]);
  });

  it('are switched as a whole or not at all', async () => {
    await using world = await start(open);
    await world.store.add(newLinks([linkOf(1, { batchId: 'wb_1' })]), batchOf(1), []);
    await world.sql.query('delete from event_head');

    await expect(world.switchBatch('off')).rejects.toThrow();

    expect(await world.store.find(idOf(1))).toMatchObject({ disabledAt: undefined });
  });
});
