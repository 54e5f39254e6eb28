import { describe, expect, it } from '@jest/globals';
import { Tokens } from '../../src/accounts/tokens.ts';
import type { WithdrawLink, WithdrawTerms } from '../../src/accounts/withdraw-link.ts';
import { WithdrawLinks } from '../../src/accounts/withdraw-links.ts';
import { newEvent } from '../../src/events/event.ts';
import { hex32, type K1, type Preimage, paymentHashOf } from '../../src/hex.ts';
import { Challenges } from '../../src/lnurl/k1.ts';
import { type Msat, msat } from '../../src/msat.ts';
import {
  type HeldReason,
  type StuckEvidence,
  type Withdrawal,
  withdrawalEventData,
} from '../../src/payments/withdrawal.ts';
import { type WithdrawalEnd, withdrawalEndEvents } from '../../src/payments/withdrawal-end.ts';
import { SqlEventLog } from '../../src/store/event-log.ts';
import { SqlLedger } from '../../src/store/ledger.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../src/store/migrate.ts';
import { SqlWithdrawLinks } from '../../src/store/withdraw-links.ts';
import { SqlWithdrawals } from '../../src/store/withdrawals.ts';
import { ManualClock } from '../support/manual-clock.ts';
import {
  balanceOf,
  booksOf,
  FEE_RULE,
  factsOf,
  GIFT_TERMS,
  openAccount,
} from '../support/money.ts';
import { DATABASES, type OpenDatabase } from '../support/pay-databases.ts';
import { seededRandom } from '../support/seeded-random.ts';

const NOW = 1_700_000_000_000;
const HOUR_MS = 3_600_000;
const NO_LIMIT = { serverDay: undefined };

const preimageOf = (number: number) => hex32<Preimage>(Buffer.alloc(32, number));
const k1Of = (number: number) => hex32<K1>(Buffer.alloc(32, number));

function claimOf(
  link: WithdrawLink,
  number: number,
  changes: Partial<Withdrawal> = {},
): Withdrawal {
  return {
    id: `wd_${String(number).padStart(4, '0')}`,
    withdrawLinkId: link.id,
    k1: k1Of(number),
    paymentHash: paymentHashOf(preimageOf(number)),
    bolt11: `lnbcrt ${number}`,
    amount: msat(21_000n),
    feeCap: msat(10_000n),
    fee: undefined,
    invoiceExpiresAt: NOW + HOUR_MS,
    state: 'reserved',
    sendsStarted: 0,
    sendsClosed: 0,
    ambiguousAt: undefined,
    knownAt: undefined,
    reason: undefined,
    stuck: undefined,
    preimage: undefined,
    createdAt: NOW,
    closedAt: undefined,
    ...changes,
  };
}

const PAID: WithdrawalEnd = { state: 'paid', fee: msat(1_002n), preimage: preimageOf(1) };
const FAILED: WithdrawalEnd = { state: 'failed', reason: 'no-route' };

async function start(open: OpenDatabase) {
  const { sql, drop } = await open();
  const clock = new ManualClock(NOW);
  const random = seededRandom('withdrawals');
  await migrate(sql, MIGRATIONS_FOLDER, clock);
  const ledger = new SqlLedger(sql);
  const store = new SqlWithdrawals(sql, () => undefined);
  const links = new WithdrawLinks({
    store: new SqlWithdrawLinks(sql, () => undefined),
    tokens: new Tokens(new Uint8Array(32)),
    challenges: new Challenges(new Uint8Array(32), random),
    ...{ clock, random, feeRule: FEE_RULE },
    spendable: async (id) => await ledger.spendable(id),
  });
  const events = new SqlEventLog(sql);
  return {
    ...{ sql, clock, store, links, events },
    link: async (terms: Partial<WithdrawTerms> = {}, funded = false) =>
      (await links.create({ ...GIFT_TERMS, ...terms }, funded)).link,
    reserve: async (claim: Withdrawal, serverDay?: Msat) => {
      const data = withdrawalEventData(claim);
      const event = newEvent('withdrawal.reserved', data, NOW, random);
      await store.reserve(claim, { ...NO_LIMIT, serverDay }, event);
      return claim;
    },
    finish: async ({ id }: Withdrawal, end: WithdrawalEnd, now = NOW + 5) =>
      await store.finish(id, end, now, (ended, spent) =>
        withdrawalEndEvents(ended, spent, now, random),
      ),
    hold: async ({ id }: Withdrawal, reason: HeldReason = 'stuck', stuck?: StuckEvidence) =>
      await store.hold(id, reason, stuck, (row) =>
        newEvent('withdrawal.held', withdrawalEventData(row), NOW, random),
      ),
    /** What was told of claims. */
    told: async () =>
      (await factsOf({ events })).map(({ type }) => type).filter((type) => type !== 'link.created'),
    [Symbol.asyncDispose]: async () => {
      await sql.close();
      drop();
    },
  };
}

type World = Awaited<ReturnType<typeof start>>;

/** Double entry: nothing is made or lost, and every balance is the sum of its entries. */
async function assertLedger({ sql }: World): Promise<void> {
  const [total] = await sql.query<{ sum: unknown }>(
    'select sum(balance_msat) as sum from accounts',
  );
  expect(BigInt(String(total?.sum))).toBe(0n);
  const wrong = await sql.query(
    `select a.id from accounts a
      where a.balance_msat <> coalesce((select sum(amount_msat) from entries e where e.account_id = a.id), 0)
         or a.entry_count <> (select count(*) from entries e where e.account_id = a.id)`,
  );
  expect(wrong).toEqual([]);
  const odd = await sql.query(
    'select transfer_id from entries group by transfer_id having sum(amount_msat) <> 0',
  );
  expect(odd).toEqual([]);
}

describe.each(DATABASES)('reserving a claim on %s', (_name, open) => {
  it('keeps the claim, its money and its event together', async () => {
    await using world = await start(open);
    const accountId = await openAccount(world, 'ac_1', 100_000n);
    const link = await world.link({ accountId });

    const claim = await world.reserve(claimOf(link, 1));

    expect(await world.store.find(claim.id)).toEqual(claim);
    expect([await balanceOf(world, accountId), await balanceOf(world, 'in-flight')]).toEqual([
      69_000n,
      31_000n,
    ]);
    expect(await world.links.get(link.id)).toMatchObject({ usesTaken: 1, taken: 31_000n });
    expect(await world.told()).toEqual(['withdrawal.reserved']);
    await assertLedger(world);
  });

  it.each<[string, (link: WithdrawLink) => Withdrawal, string]>([
    ['a k1 that is claimed', (link) => claimOf(link, 2, { k1: k1Of(1) }), 'already been used'],
    [
      'a payment hash that was seen',
      (link) => claimOf(link, 2, { paymentHash: claimOf(link, 1).paymentHash }),
      'already been used',
    ],
    ['more than is left', (link) => claimOf(link, 2, { amount: msat(60_000n) }), 'is empty'],
  ])('refuses %s and takes nothing', async (_what, second, reason) => {
    await using world = await start(open);
    const link = await world.link({ uses: 5, total: msat(100_000n) });
    await world.reserve(claimOf(link, 1));
    const before = await booksOf(world);

    await expect(world.reserve(second(link))).rejects.toThrow(reason);

    expect(await booksOf(world)).toEqual(before);
    expect(await world.told()).toEqual(['withdrawal.reserved']);
    await assertLedger(world);
  });

  it.each<[string, Partial<WithdrawTerms>, string]>([
    ['that is not open yet', { validFrom: NOW + 1 }, 'is not open'],
    ['that is over', { expiresAt: NOW }, 'is not open'],
    ['whose day is used up', { day: msat(31_000n), uses: 2 }, 'over its limit for today'],
    ['whose time between two uses is not over', { waitSeconds: 9, uses: 2 }, 'again in 9 s'],
    ['of which every use is taken', {}, 'already being processed'],
  ])('refuses a link %s', async (_what, terms, reason) => {
    await using world = await start(open);
    const link = await world.link(terms);
    if (!reason.startsWith('is not')) await world.reserve(claimOf(link, 1));
    const before = await booksOf(world);

    await expect(world.reserve(claimOf(link, 2))).rejects.toThrow(reason);

    expect(await booksOf(world)).toEqual(before);
  });

  it('refuses what an account or the server’s day does not cover, to the millisatoshi', async () => {
    await using world = await start(open);
    const accountId = await openAccount(world, 'ac_1', 30_999n);
    const [poor, rich] = [await world.link({ accountId }), await world.link({ uses: 2 })];

    await expect(world.reserve(claimOf(poor, 1))).rejects.toThrow('withdraw link is empty');
    await expect(world.reserve(claimOf(rich, 1), msat(30_999n))).rejects.toThrow('limit for today');
    await world.reserve(claimOf(rich, 1), msat(31_000n));

    await expect(world.reserve(claimOf(rich, 2), msat(61_999n))).rejects.toThrow('limit for today');
    await assertLedger(world);
  });

  it('takes the last use once, however many come at once (hazard 3.3)', async () => {
    await using world = await start(open);
    const link = await world.link();

    const results = await Promise.allSettled(
      Array.from({ length: 20 }, async (_, index) => await world.reserve(claimOf(link, index + 1))),
    );

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await world.links.get(link.id)).toMatchObject({ usesTaken: 1, taken: 31_000n });
    await assertLedger(world);
  });

  it('frees the k1 of a claim that failed, and never its payment hash', async () => {
    await using world = await start(open);
    const link = await world.link();
    await world.finish(await world.reserve(claimOf(link, 1)), FAILED);

    const again = world.reserve(claimOf(link, 2, { paymentHash: claimOf(link, 1).paymentHash }));
    await expect(again).rejects.toThrow('already been used');
    const second = await world.reserve(claimOf(link, 2, { k1: k1Of(1) }));

    expect(await world.store.findByK1(k1Of(1))).toEqual(second);
  });
});

describe.each(DATABASES)('sending a claim on %s', (_name, open) => {
  it('is begun by one of many who saw the same', async () => {
    await using world = await start(open);
    const claim = await world.reserve(claimOf(await world.link(), 1));

    const begun = await Promise.all(
      Array.from({ length: 5 }, async () => await world.store.beginSend(claim, NOW + 1)),
    );

    const sending = { ...claim, state: 'sending', sendsStarted: 1, ambiguousAt: NOW + 1 };
    expect(begun.filter((row) => row !== undefined)).toEqual([sending]);
    expect(await world.store.beginSend(claim, NOW + 2)).toBeUndefined();
  });

  it('counts what the node itself ended, and remembers doubt', async () => {
    await using world = await start(open);
    const claim = await world.reserve(claimOf(await world.link(), 1));
    const first = await world.store.beginSend(claim, NOW + 1);
    const doubt = await world.store.endSend(claim.id, 'ambiguous', false, NOW + 2);
    const second = doubt && (await world.store.beginSend(doubt, NOW + 3));
    const closed = await world.store.endSend(claim.id, 'closed', true, NOW + 4);

    expect(first).toMatchObject({ sendsStarted: 1, sendsClosed: 0 });
    expect(doubt).toMatchObject({ sendsStarted: 1, sendsClosed: 0, ambiguousAt: NOW + 2 });
    expect(second).toMatchObject({ sendsStarted: 2, sendsClosed: 0 });
    expect(closed).toMatchObject({
      ...{ sendsStarted: 2, sendsClosed: 1, ambiguousAt: NOW + 3 },
      knownAt: NOW + 4,
    });
  });

  it('remembers when the node first knew of it', async () => {
    await using world = await start(open);
    const claim = await world.reserve(claimOf(await world.link(), 1));
    await world.store.known(claim.id, NOW + 1);
    await world.store.beginSend(claim, NOW + 2);
    await world.store.known(claim.id, NOW + 3);
    await world.store.known(claim.id, NOW + 4);

    expect(await world.store.find(claim.id)).toMatchObject({ knownAt: NOW + 3 });
  });

  it.each([PAID, FAILED])('is over with its end: %j', async (end) => {
    await using world = await start(open);
    const claim = await world.reserve(claimOf(await world.link(), 1));
    const begun = await world.store.beginSend(claim, NOW + 1);
    await world.finish(claim, end);
    const ended = await world.store.find(claim.id);

    expect(begun && (await world.store.beginSend(begun, NOW + 9))).toBeUndefined();
    expect(await world.store.endSend(claim.id, 'closed', true, NOW + 9)).toBeUndefined();
    expect(await world.hold(claim)).toBeUndefined();
    await world.store.known(claim.id, NOW + 9);
    expect(await world.store.find(claim.id)).toEqual(ended);
  });
});

describe.each(DATABASES)('the end of a claim on %s', (_name, open) => {
  /** A claim on an account of 100,000, sent. */
  async function sent(world: World, terms: Partial<WithdrawTerms> = {}, funded = false) {
    const accountId = await openAccount(world, 'ac_1', 100_000n);
    const link = await world.link({ accountId, ...terms }, funded);
    const start = await booksOf(world);
    const claim = await world.reserve(claimOf(link, 1));
    await world.store.beginSend(claim, NOW);
    return { link, claim, start };
  }

  it('paid books the amount and the fee, and the rest of the cap is back', async () => {
    await using world = await start(open);
    const { claim, link } = await sent(world);

    const done = await world.finish(claim, PAID);

    expect(done).toMatchObject({
      ...{ state: 'paid', fee: 1_002n, preimage: preimageOf(1), closedAt: NOW + 5 },
    });
    expect(await world.store.find(claim.id)).toEqual(done);
    expect(await balanceOf(world, 'ac_1')).toBe(100_000n - 22_002n);
    expect(await balanceOf(world, 'in-flight')).toBe(0n);
    expect([await balanceOf(world, 'node'), await balanceOf(world, 'fees')]).toEqual([
      21_000n,
      1_002n,
    ]);
    expect(await world.links.get(link.id)).toMatchObject({ usesPaid: 1, taken: 22_002n });
    expect(await world.told()).toEqual(['withdrawal.reserved', 'withdrawal.paid', 'link.spent']);
    await assertLedger(world);
  });

  it('failed gives everything back', async () => {
    await using world = await start(open);
    const { claim, start: before } = await sent(world, { day: msat(40_000n), uses: 2 });

    await world.finish(claim, FAILED);

    expect(await booksOf(world)).toEqual(before);
    expect(await world.told()).toEqual(['withdrawal.reserved', 'withdrawal.failed']);
    await assertLedger(world);
  });

  it('comes once, for one of many who saw it at the same time', async () => {
    await using world = await start(open);
    const { claim } = await sent(world);

    const done = await Promise.all([
      ...Array.from({ length: 5 }, async () => await world.finish(claim, PAID)),
      ...Array.from({ length: 5 }, async () => await world.finish(claim, FAILED)),
    ]);

    expect(done.filter((row) => row !== undefined)).toHaveLength(1);
    expect(await world.told()).toHaveLength(3);
    await assertLedger(world);
  });

  it('is all or nothing: without its events nothing has ended', async () => {
    await using world = await start(open);
    const { claim } = await sent(world);
    const before = await booksOf(world);

    const broken = world.store.finish(claim.id, PAID, NOW, () => {
      throw new Error('no event');
    });

    await expect(broken).rejects.toThrow('no event');
    expect(await booksOf(world)).toEqual(before);
    expect(await world.finish(claim, PAID)).toBeDefined();
  });

  it('is not reached from where nothing was sent, but by failing', async () => {
    await using world = await start(open);
    const claim = await world.reserve(claimOf(await world.link(), 1));

    expect(await world.finish(claim, PAID)).toBeUndefined();
    expect(await world.hold(claim)).toBeUndefined();
    expect(await world.finish(claim, FAILED)).toMatchObject({ state: 'failed' });
  });

  it('of a funded link returns to what is set aside, and with the last use to the account', async () => {
    await using world = await start(open);
    const { claim, link } = await sent(world, { uses: 2 }, true);
    const aside = [(await world.links.get(link.id)).setAside];

    await world.finish(claim, PAID);
    aside.push((await world.links.get(link.id)).setAside);
    const last = await world.reserve(claimOf(link, 2));
    await world.store.beginSend(last, NOW);
    await world.finish(last, { ...PAID, preimage: preimageOf(2) });

    expect(aside).toEqual([31_000n, 39_998n]);
    expect(await world.links.get(link.id)).toMatchObject({ setAside: 0n, endedAt: NOW + 5 });
    expect(await balanceOf(world, 'set-aside')).toBe(0n);
    expect(await balanceOf(world, 'ac_1')).toBe(100_000n - 2n * 22_002n);
    await assertLedger(world);
  });

  it('of a claim on a funded link that has ended goes to the account', async () => {
    await using world = await start(open);
    const { claim, link } = await sent(world, {}, true);
    await world.links.remove(link.id);

    await world.finish(claim, FAILED);

    expect(await balanceOf(world, 'ac_1')).toBe(100_000n);
    expect(await balanceOf(world, 'set-aside')).toBe(0n);
    await assertLedger(world);
  });

  it('is given back to the hour in which the claim came', async () => {
    await using world = await start(open);
    const { claim } = await sent(world, { day: msat(40_000n), uses: 2 });

    await world.finish(claim, PAID, NOW + 30 * HOUR_MS);

    const hours = await world.sql.query('select hour, msat from spend_hours order by scope');
    const hour = BigInt(Math.floor(NOW / HOUR_MS));
    expect(hours).toEqual([
      { hour, msat: 22_002n },
      { hour, msat: 22_002n },
    ]);
  });
});

describe.each(DATABASES)('reading claims on %s', (_name, open) => {
  it('lists what is not finished page by page, oldest first, and of what is held only the stuck', async () => {
    await using world = await start(open);
    const link = await world.link({ uses: 20 });
    for (const number of [5, 3, 1, 4, 2, 6, 7]) await world.reserve(claimOf(link, number));
    const of = (number: number) => claimOf(link, number);
    await world.finish(of(2), FAILED);
    await world.store.beginSend(of(4), NOW);
    await world.hold(of(4));
    await world.store.beginSend(of(5), NOW);
    await world.store.beginSend(of(3), NOW);
    await world.hold(of(3), 'history-lost');

    const pages = [await world.store.unfinished(2, undefined)];
    for (let last = pages[0]?.at(-1); last; ) {
      const page = await world.store.unfinished(2, last.id);
      if (page.length > 0) pages.push(page);
      last = page.at(-1);
    }

    expect(pages.map((page) => page.map(({ id }) => id))).toEqual([
      ['wd_0001', 'wd_0004'],
      ['wd_0005', 'wd_0006'],
      ['wd_0007'],
    ]);
  });

  it('answers for a k1 with the claim that lives', async () => {
    await using world = await start(open);
    const link = await world.link();
    await world.finish(await world.reserve(claimOf(link, 1)), FAILED);
    const failed = await world.store.findByK1(k1Of(1));
    await world.reserve(claimOf(link, 2, { k1: k1Of(1) }));

    expect(failed).toMatchObject({ id: 'wd_0001', state: 'failed' });
    expect(await world.store.findByK1(k1Of(1))).toMatchObject({ id: 'wd_0002' });
    expect(await world.store.findByK1(k1Of(3))).toBeUndefined();
  });

  it('answers of two claims that failed with the newer, also in one millisecond', async () => {
    await using world = await start(open);
    const link = await world.link();
    for (const number of [2, 1, 3]) {
      const claim = claimOf(link, number, { k1: k1Of(9) });
      await world.finish(await world.reserve(claim), FAILED, NOW + number);
    }

    expect(await world.store.findByK1(k1Of(9))).toMatchObject({ id: 'wd_0003' });
  });

  it('filters by state, link and time', async () => {
    await using world = await start(open);
    const [link, other] = [await world.link({ uses: 9 }), await world.link({ uses: 9 })];
    await world.finish(await world.reserve(claimOf(link, 1)), FAILED);
    await world.reserve(claimOf(link, 2, { createdAt: NOW + 10 }));
    await world.reserve(claimOf(other, 3, { createdAt: NOW + 20 }));
    const ids = async (filter: Parameters<typeof world.store.list>[0]) =>
      (await world.store.list(filter, 10, undefined)).map(({ id }) => id);

    expect(await ids({})).toEqual(['wd_0003', 'wd_0002', 'wd_0001']);
    expect(await ids({ state: 'failed' })).toEqual(['wd_0001']);
    expect(await ids({ withdrawLinkId: link.id })).toEqual(['wd_0002', 'wd_0001']);
    expect(await ids({ since: NOW + 10 })).toEqual(['wd_0003', 'wd_0002']);
    expect(await ids({ state: 'reserved', withdrawLinkId: other.id })).toEqual(['wd_0003']);
  });

  it('keeps the first node key for ever', async () => {
    await using world = await start(open);

    expect(await world.store.keepNodeKey('first')).toBe('first');
    expect(await world.store.keepNodeKey('second')).toBe('first');
  });

  it.each([
    ['all that was seen', { nodeRestartedAt: NOW + 7, noHtlcAt: NOW + 8 }],
    ['nothing', { nodeRestartedAt: undefined, noHtlcAt: undefined }],
  ])('keeps what was seen of a stuck payment: %s', async (_, seen) => {
    await using world = await start(open);
    const claim = await world.reserve(claimOf(await world.link(), 1));
    await world.store.beginSend(claim, NOW);

    await world.hold(claim, 'stuck', seen);

    expect((await world.store.find(claim.id))?.stuck).toEqual(seen);
  });

  it('knows the newest payment that the node itself has proved', async () => {
    await using world = await start(open);
    const link = await world.link({ uses: 9 });
    const none = await world.store.newestPaid();
    for (const number of [1, 2, 3]) {
      const claim = await world.reserve(claimOf(link, number));
      await world.store.beginSend(claim, NOW);
      if (number === 3) await decide(world, claim);
      else await world.finish(claim, { ...PAID, preimage: preimageOf(number) }, NOW + number);
    }

    expect(none).toBeUndefined();
    // A person said of the third that it is paid; a node that never made it is no other node for that.
    expect(await world.store.newestPaid()).toBe(claimOf(link, 2).paymentHash);
  });

  async function decide(world: World, claim: Withdrawal): Promise<void> {
    await world.hold(claim);
    const done = await world.store.resolve({
      id: claim.id,
      end: { state: 'paid', fee: msat(0n), preimage: undefined },
      now: NOW + 100,
      audit: {
        ...{ actor: 'key_1', action: 'withdrawal.resolved', subject: claim.id, createdAt: NOW },
        detail: {},
      },
      eventsOf: () => [],
      receiptOf: undefined,
    });
    expect(done?.state).toBe('paid');
  }
});
