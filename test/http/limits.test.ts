import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { WithdrawLink, WithdrawTerms } from '../../src/accounts/withdraw-link.ts';
import { descriptionHashOf } from '../../src/hex.ts';
import type { NodeInvoice } from '../../src/lightning/node.ts';
import { type Msat, msat } from '../../src/msat.ts';
import { feeCapFor } from '../../src/payments/fee.ts';
import { TREASURY } from '../../src/payments/ledger.ts';
import type { Withdrawal } from '../../src/payments/withdrawal.ts';
import {
  balanceOf,
  booksOf,
  FEE_RULE,
  factsOf,
  GIFT_TERMS,
  type Money,
  makeGift,
  openAccount,
  pass,
  startMoney,
  urlOf,
} from '../support/money.ts';
import { start } from '../support/start.ts';
import { until } from '../support/wallet.ts';
import {
  ask,
  claim,
  claimOn,
  claimsOf,
  held,
  moved,
  OK,
  readOffer,
  refusal,
  walletInvoice,
  withdraw,
} from '../support/withdraw-wallet.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

jest.setTimeout(120_000);

describe('FC-14: what is offered can be claimed', () => {
  it('offers 990,000 msat of an account of 1,000,000, and pays exactly that', async () => {
    await using money = await startMoney();
    const accountId = await openAccount(money, 'ac_1', 1_000_000n);
    const link = await makeGift(money, { min: msat(1_000n), max: msat(5_000_000n), accountId });

    const { minWithdrawable, maxWithdrawable } = await readOffer(money, link.url);
    const claimed = await withdraw(money, link.url, maxWithdrawable);

    expect([minWithdrawable, maxWithdrawable]).toEqual([1_000, 990_000]);
    expect(claimed.answer).toEqual(OK);
    expect(await moved(money, claimed, 'paid')).toMatchObject({ feeCap: 10_000n, fee: 1_099n });
    expect(await balanceOf(money, accountId)).toBe(1_000_000n - 990_000n - 1_099n);
  });

  it.each<[string, Partial<WithdrawTerms>, { serverDay?: Msat }]>([
    ['the total of the link', { total: msat(60_000n) }, {}],
    ['the day of the link', { day: msat(60_000n) }, {}],
    ['the day of the server', {}, { serverDay: msat(60_000n) }],
  ])('offers what is left of %s, less the fee, in whole satoshi', async (_name, terms, options) => {
    await using money = await startMoney(options);
    const link = await makeGift(money, {
      uses: 9,
      min: msat(1_000n),
      max: msat(50_000n),
      ...terms,
    });
    await moved(money, await withdraw(money, link.url, 21_500n), 'paid');

    const offer = await readOffer(money, link.url);
    const over = await walletInvoice(money, offer.maxWithdrawable + 1_000);
    const before = await booksOf(money);
    const tooMuch = await claim(money, offer, over.bolt11);
    const after = await booksOf(money);
    const exact = await withdraw(money, link.url, offer.maxWithdrawable);

    // 60,000 less 21,500 and its fee of 1,002, less 10,000 for the next fee: 27,498.
    expect(offer.maxWithdrawable).toBe(27_000);
    expect(tooMuch.status).toBe('ERROR');
    expect(after).toEqual(before);
    expect(exact.answer).toEqual(OK);
    await moved(money, exact, 'paid');
  });

  it('offers no more than the node can send', async () => {
    await using money = await startMoney();
    const { outbound } = await money.network.ours.balance();
    const link = await makeGift(money, { min: msat(1_000n), max: msat(outbound * 2n) });

    const { maxWithdrawable } = await readOffer(money, link.url);

    const amount = BigInt(maxWithdrawable);
    expect(amount + feeCapFor(msat(amount), FEE_RULE, undefined)).toBeLessThanOrEqual(outbound);
    const next = amount + 1_000n;
    expect(next + feeCapFor(msat(next), FEE_RULE, undefined)).toBeGreaterThan(outbound);
  });
});

describe('FC-15: the fee of a small payout', () => {
  const ONE_SAT = { ...GIFT_TERMS, min: msat(1_000n), max: msat(1_000n) };

  async function firstVoucher(money: Money, terms: WithdrawTerms) {
    const batch = await money.withdrawLinks.createBatch(terms, 100, false);
    const [voucher] = await money.withdrawLinks.vouchers(batch.id, 1, undefined);
    if (!voucher) throw new Error('the batch is empty');
    return { batch, voucher, url: urlOf(money, voucher) };
  }

  it('is shown when a batch is made: 1,100,000 msat at worst, and all of it counted', async () => {
    await using money = await startMoney();
    money.network.fee = { base: msat(9_000n), ppm: 0n };

    const { batch, voucher, url } = await firstVoucher(money, ONE_SAT);
    const claimed = await withdraw(money, url);

    expect(batch).toMatchObject({ count: 100, worstCase: 1_100_000n });
    expect(await moved(money, claimed, 'paid')).toMatchObject({ fee: 9_000n });
    expect(await money.withdrawLinks.get(voucher.id)).toMatchObject({ taken: 10_000n });
  });

  it('is capped by feeMax: 200,000 msat at worst, and a dear route fails and gives all back', async () => {
    await using money = await startMoney();
    money.network.fee = { base: msat(9_000n), ppm: 0n };
    const { batch, url } = await firstVoucher(money, { ...ONE_SAT, feeMax: msat(1_000n) });
    const offer = await readOffer(money, url);
    const before = await booksOf(money);
    const invoice = await walletInvoice(money, 1_000);

    await claim(money, offer, invoice.bolt11);

    expect(batch.worstCase).toBe(200_000n);
    expect(await moved(money, invoice, 'failed')).toMatchObject({ reason: 'fee-too-high' });
    expect(await booksOf(money)).toEqual(before);
    expect(await claim(money, offer, invoice.bolt11)).toEqual(
      refusal('route fee too high, try another wallet'),
    );
    money.network.fee = { base: msat(1_000n), ppm: 0n };
    expect((await withdraw(money, url)).answer).toEqual(OK);
  });

  it('may be nothing at all', async () => {
    await using money = await startMoney();
    money.network.fee = { base: msat(0n), ppm: 0n };
    const accountId = await openAccount(money, 'ac_1', 1_000n);
    const link = await makeGift(money, { ...ONE_SAT, accountId, feeMax: msat(0n) });

    await moved(money, await withdraw(money, link.url), 'paid');

    expect(await balanceOf(money, accountId)).toBe(0n);
  });

  it('is booked as it was when a node spends more than it may, and the operator bears it', async () => {
    await using money = await startMoney();
    const accountId = await openAccount(money, 'ac_1', 31_000n);
    const link = await makeGift(money, { accountId });
    const invoice = await walletInvoice(money);
    const { ours } = money.network;
    const pay = ours.pay.bind(ours);
    jest.spyOn(ours, 'pay').mockImplementationOnce(async (bolt11, options) => {
      const ending = await pay(bolt11, options);
      return ending.state === 'paid' ? { ...ending, fee: msat(12_345n) } : ending;
    });

    await claim(money, await readOffer(money, link.url), invoice.bolt11);

    expect(await moved(money, invoice, 'paid')).toMatchObject({ fee: 12_345n });
    expect([await balanceOf(money, accountId), await balanceOf(money, TREASURY)]).toEqual([
      0n,
      -31_000n - 2_345n,
    ]);
  });
});

describe('FC-17: vouchers with money behind them', () => {
  const TEN_SAT = { ...GIFT_TERMS, min: msat(10_000n), max: msat(10_000n) };

  it('are refused when the account does not cover them, amounts and fees', async () => {
    await using money = await startMoney();
    const accountId = await openAccount(money, 'ac_1', 50_000n);
    const before = await booksOf(money);

    const make = money.withdrawLinks.createBatch({ ...TEN_SAT, accountId }, 10, true);

    await expect(make).rejects.toMatchObject({
      code: 'balance-too-low',
      fields: [{ pointer: '/funded', detail: 'the account lacks 150000 msat' }],
    });
    expect(await booksOf(money)).toEqual(before);
  });

  it('say how much is not covered when they need not be', async () => {
    await using money = await startMoney();
    const accountId = await openAccount(money, 'ac_1', 50_000n);

    const batch = await money.withdrawLinks.createBatch({ ...TEN_SAT, accountId }, 10, false);

    expect(batch).toMatchObject({ worstCase: 200_000n, uncovered: 150_000n });
  });

  it('take their money at once, and the rest comes back when their time is over, with one event each', async () => {
    await using money = await startMoney();
    const accountId = await openAccount(money, 'ac_1', 250_000n);
    const expiresAt = money.clock.now() + HOUR_MS;
    const batch = await money.withdrawLinks.createBatch(
      { ...TEN_SAT, accountId, expiresAt },
      10,
      true,
    );
    const set = [await balanceOf(money, accountId), await balanceOf(money, 'set-aside')];
    const vouchers = await money.withdrawLinks.vouchers(batch.id, 10, undefined);
    for (const voucher of vouchers.slice(0, 6)) {
      await moved(money, await withdraw(money, urlOf(money, voucher)), 'paid');
    }
    const unused = await balanceOf(money, 'set-aside');

    await pass(money, HOUR_MS);
    await until(
      async () => await balanceOf(money, 'set-aside'),
      (left) => left === 0n,
    );

    // 10,000 and a fee of 1,001 each.
    expect(set).toEqual([50_000n, 200_000n]);
    expect(unused).toBe(80_000n);
    expect(await balanceOf(money, accountId)).toBe(250_000n - 6n * 11_001n);
    const told = (await factsOf(money)).filter(({ type }) => type === 'link.expired');
    expect(told).toEqual(
      expect.arrayContaining(
        vouchers.slice(6).map(({ id }) => ({
          type: 'link.expired',
          data: { id, kind: 'withdraw', batchId: batch.id },
        })),
      ),
    );
    expect(told).toHaveLength(4);
  });

  it('give back the rest of the fees with the last use, also without an end date', async () => {
    await using money = await startMoney();
    const accountId = await openAccount(money, 'ac_1', 40_000n);
    const link = await makeGift(money, { ...TEN_SAT, uses: 2, accountId }, true);

    await moved(money, await withdraw(money, link.url), 'paid');
    const half = [await balanceOf(money, accountId), await balanceOf(money, 'set-aside')];
    await moved(money, await withdraw(money, link.url), 'paid');

    expect(half).toEqual([0n, 40_000n - 11_001n]);
    expect(await balanceOf(money, 'set-aside')).toBe(0n);
    expect(await balanceOf(money, accountId)).toBe(40_000n - 2n * 11_001n);
    expect(await money.withdrawLinks.get(link.id)).toMatchObject({ setAside: 0n });
  });

  it.each(['settle', 'fail'] as const)(
    'leave an open claim its money when their time is over: then %s',
    async (ending) => {
      await using money = await startMoney();
      const accountId = await openAccount(money, 'ac_1', 20_000n);
      const expiresAt = money.clock.now() + HOUR_MS;
      const link = await makeGift(money, { ...TEN_SAT, accountId, expiresAt }, true);
      const invoice = await walletInvoice(money, 10_000);
      money.network.faults.payment(invoice.paymentHash, { kind: 'hang' });
      await claim(money, await readOffer(money, link.url), invoice.bolt11);
      const { id } = await held(money, invoice);

      await pass(money, HOUR_MS + 90 * SECOND_MS);
      await until(
        async () => (await money.withdrawLinks.get(link.id)).endedAt,
        (endedAt) => endedAt !== undefined,
      );
      const open = [await balanceOf(money, 'in-flight'), await balanceOf(money, accountId)];
      money.network.release(invoice.paymentHash, ending);
      await money.payer.advance(id);

      expect(open).toEqual([20_000n, 0n]);
      await moved(money, invoice, ending === 'settle' ? 'paid' : 'failed');
      expect(await balanceOf(money, 'in-flight')).toBe(0n);
      expect(await balanceOf(money, 'set-aside')).toBe(0n);
      expect(await balanceOf(money, accountId)).toBe(ending === 'settle' ? 8_999n : 20_000n);
    },
  );

  it('return what is set aside when they are taken away, and an open claim keeps its own', async () => {
    await using money = await startMoney();
    const accountId = await openAccount(money, 'ac_1', 60_000n);
    const link = await makeGift(money, { ...TEN_SAT, uses: 3, accountId }, true);
    const invoice = await walletInvoice(money, 10_000);
    money.network.faults.payment(invoice.paymentHash, { kind: 'hang' });
    await claim(money, await readOffer(money, link.url), invoice.bolt11);
    const { id } = await held(money, invoice);

    await money.withdrawLinks.remove(link.id);
    const open = [await balanceOf(money, 'in-flight'), await balanceOf(money, accountId)];
    money.network.release(invoice.paymentHash, 'settle');
    await money.payer.advance(id);

    expect(open).toEqual([20_000n, 40_000n]);
    expect(await balanceOf(money, accountId)).toBe(60_000n - 11_001n);
    expect(await balanceOf(money, 'set-aside')).toBe(0n);
  });

  it('tell nobody of an end that a spent one has', async () => {
    await using money = await startMoney();
    const expiresAt = money.clock.now() + HOUR_MS;
    const [spent, open] = [
      await makeGift(money, { ...TEN_SAT, expiresAt }),
      await makeGift(money, { ...TEN_SAT, expiresAt }),
    ];
    await moved(money, await withdraw(money, spent.url), 'paid');

    await pass(money, HOUR_MS);
    await until(
      async () => (await money.withdrawLinks.get(open.id)).endedAt,
      (endedAt) => endedAt !== undefined,
    );

    const told = (await factsOf(money)).filter(({ type }) => type === 'link.expired');
    expect(told.map(({ data }) => data.id)).toEqual([open.id]);
  });
});

describe('the time between two uses', () => {
  it('is counted from the newest claim that was not given back', async () => {
    await using money = await startMoney();
    const link = await makeGift(money, { uses: 9, waitSeconds: 60 });
    const first = await readOffer(money, link.url);
    const second = await readOffer(money, link.url);
    await moved(money, await withdraw(money, link.url), 'paid');
    const before = await booksOf(money);

    const early = await claim(money, first, (await walletInvoice(money)).bolt11);
    money.clock.advance(59_001);
    const last = await claim(money, second, (await walletInvoice(money)).bolt11);
    const offer = await readOffer(money, link.url);
    money.clock.advance(999);
    const again = await withdraw(money, link.url);

    expect(early).toEqual(refusal('Too soon: this link can be used again in 60 s'));
    expect(last).toEqual(refusal('Too soon: this link can be used again in 1 s'));
    expect([offer.minWithdrawable, offer.maxWithdrawable]).toEqual([0, 0]);
    expect(again.answer).toEqual(OK);
    expect(before.claims).toHaveLength(1);
  });

  it('lets one of ten claims through that come at once', async () => {
    await using money = await startMoney();
    const link = await makeGift(money, { uses: 20, waitSeconds: 1 });
    const offers = await Promise.all(Array.from({ length: 10 }, () => readOffer(money, link.url)));

    const answers = await Promise.all(
      offers.map(async (offer) => await claim(money, offer, (await walletInvoice(money)).bolt11)),
    );

    expect(answers.filter(({ status }) => status === 'OK')).toHaveLength(1);
  });
});

describe('budgets of a day', () => {
  it('count at least 24 hours and at most one more', async () => {
    await using money = await startMoney();
    const link = await makeGift(money, { uses: 9, day: msat(31_000n) });
    await moved(money, await withdraw(money, link.url), 'paid');
    const most = async () => (await readOffer(money, link.url)).maxWithdrawable;

    const offers = [await most()];
    money.clock.advance(DAY_MS - 1);
    offers.push(await most());
    money.clock.advance(HOUR_MS + 1);
    offers.push(await most());

    expect(offers).toEqual([0, 0, 21_000]);
  });

  it('say which of them is used up', async () => {
    await using money = await startMoney({ serverDay: msat(62_000n) });
    const [link, other] = [
      await makeGift(money, { uses: 9, day: msat(31_000n) }),
      await makeGift(money, { uses: 9 }),
    ];
    const challenge = async ({ url }: { url: string }) => await readOffer(money, url);
    const [mine, spare] = [await challenge(link), await challenge(other)];
    await moved(money, await withdraw(money, link.url), 'paid');

    const own = await claim(money, mine, (await walletInvoice(money)).bolt11);
    await moved(money, await withdraw(money, other.url), 'paid');
    const all = await claim(money, spare, (await walletInvoice(money)).bolt11);

    expect(own).toEqual(refusal('This withdraw link is over its limit for today'));
    expect(all).toEqual(refusal('Withdraws are over their limit for today, try again tomorrow'));
  });

  it('are never passed by claims that come at once', async () => {
    await using money = await startMoney({ serverDay: msat(100_000n) });
    const links = await Promise.all(Array.from({ length: 30 }, () => makeGift(money)));

    const answers = await Promise.all(
      links.map(async ({ url }) => (await withdraw(money, url)).answer),
    );

    // Three times 31,000; what the fees leave of it makes room for no fourth claim.
    expect(answers.filter(({ status }) => status === 'OK').length).toBeLessThanOrEqual(4);
    const left = (await claimsOf(money)).reduce(
      (sum, row) => sum + row.amount + (row.fee ?? row.feeCap),
      0n,
    );
    expect(left).toBeLessThanOrEqual(100_000n);
  });
});

describe('the settings of the server', () => {
  const GIFT = { description: 'A gift', minMsat: 1_000, maxMsat: 5_000_000, uses: 9 };

  /** A server as it is started, with its settings alone; the link is made by its API. */
  async function offered(env: Readonly<Record<string, string>>) {
    const server = await start({ env });
    const { body } = await server.operator.post('/api/v1/withdraw-links').send(GIFT);
    return { ...server, url: String(body.url), worstCaseMsat: Number(body.worstCaseMsat) };
  }

  it('bound what leaves in a day (BOLTGATE_SPEND_DAY_MSAT)', async () => {
    await using server = await offered({ BOLTGATE_SPEND_DAY_MSAT: '60000' });
    const spare = await readOffer(server, server.url);

    const first = await readOffer(server, server.url);
    const claimed = await withdraw(server, server.url, first.maxWithdrawable);
    const over = await claim(server, spare, (await walletInvoice(server, 60_000)).bolt11);

    expect(first.maxWithdrawable).toBe(50_000);
    expect(claimed.answer).toEqual(OK);
    expect(over).toEqual(refusal('Withdraws are over their limit for today, try again tomorrow'));
  });

  it('bound the routing fee (BOLTGATE_FEE_PPM, BOLTGATE_FEE_MIN_MSAT)', async () => {
    await using server = await offered({
      ...{ BOLTGATE_FEE_PPM: '20000', BOLTGATE_FEE_MIN_MSAT: '5000' },
      BOLTGATE_SPEND_DAY_MSAT: '1020000',
    });

    expect(server.worstCaseMsat).toBe(9 * 5_100_000);
    expect((await readOffer(server, server.url)).maxWithdrawable).toBe(1_000_000);
  });

  it.each([
    ['0', refusal('this wallet is on the paying node, which cannot pay itself')],
    ['1', OK],
  ])(
    'let wallets of our own node claim, or not (BOLTGATE_PAY_SELF=%s, FC-16)',
    async (value, answer) => {
      await using server = await offered({ BOLTGATE_PAY_SELF: value });
      const { bolt11 } = await server.network.ours.createInvoice({
        amount: msat(21_000n),
        descriptionHash: descriptionHashOf('a guest of the café'),
        expirySeconds: 3_600,
        memo: '',
      });

      expect(await claim(server, await readOffer(server, server.url), bolt11)).toEqual(answer);
    },
  );
});

// Any mix of limits and of what happens to a link.
describe('limits in any mix', () => {
  const sat = (least: number, most: number) =>
    fc.integer({ min: least, max: most }).map((n) => msat(BigInt(n) * 1_000n));
  /** One in `of` has it. */
  const oneIn = <T>(of: number, arbitrary: fc.Arbitrary<T>) =>
    fc.oneof({ weight: of - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

  const mixes = fc.record({
    uses: fc.integer({ min: 1, max: 5 }),
    min: sat(1, 30),
    more: fc.integer({ min: 0, max: 60 }),
    waitSeconds: oneIn(3, fc.constantFrom(1, 60, 7_200)),
    day: oneIn(2, sat(40, 200)),
    total: oneIn(2, sat(40, 300)),
    feeMax: oneIn(3, fc.constantFrom(0n, 1_001n, 1_500n, 20_000n).map(msat)),
    opensInMs: oneIn(8, fc.constantFrom(1, HOUR_MS)),
    livesMs: oneIn(3, fc.constantFrom(2 * HOUR_MS, 2 * DAY_MS)),
    balance: oneIn(2, fc.integer({ min: 30_000, max: 400_000 }).map(BigInt)),
    funded: oneIn(4, fc.constant(true)),
  });

  const steps = fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('claim' as const),
          amount: fc.constantFrom('most', 'least', 'between'),
          end: fc.constantFrom('succeed', 'fail', 'hang'),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('wait' as const),
          ms: fc.constantFrom(1, 999, 60_000, HOUR_MS, 2 * HOUR_MS, DAY_MS),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('switch' as const) }) },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('release' as const),
          ending: fc.constantFrom('settle', 'fail'),
        }),
      },
    ),
    { minLength: 5, maxLength: 10 },
  );

  type Mix = typeof mixes extends fc.Arbitrary<infer T> ? T : never;
  type Step = typeof steps extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

  it.each<[string, Msat | undefined]>([
    ['none', undefined],
    ['a small one', msat(90_000n)],
    ['a larger one', msat(180_000n)],
  ])('hold to the millisatoshi, with a limit of the server: %s', async (_name, serverDay) => {
    await using money = await startMoney(serverDay === undefined ? {} : { serverDay });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(mixes, steps, async (mix, happens) => {
        count += 1;
        await pass(money, 4 * DAY_MS); // What ran before is out of every day.
        const run = await Run.begin(money, mix, serverDay, `ac_${count}`);
        if (!run) return;
        for (const step of happens) await run.step(step);
        await run.end();
      }),
      { numRuns: 15, seed: 20_261_125 },
    );
    // The mixes are not so strange that nobody could claim.
    expect((await claimsOf(money)).length).toBeGreaterThan(3);
  });

  type RunParts = 'money' | 'link' | 'serverDay' | 'balance';

  /** One link with its account, and what is known of it without asking it. */
  class Run {
    readonly #hanging: Withdrawal[] = [];
    readonly money: Money;
    readonly link: WithdrawLink & { readonly url: string };
    readonly serverDay: Msat | undefined;
    readonly balance: bigint | undefined;

    constructor({ money, link, serverDay, balance }: Pick<Run, RunParts>) {
      this.money = money;
      this.link = link;
      this.serverDay = serverDay;
      this.balance = balance;
    }

    static async begin(money: Money, mix: Mix, serverDay: Msat | undefined, account: string) {
      const { opensInMs, livesMs, more, balance, funded, ...terms } = mix;
      const now = money.clock.now();
      const accountId =
        balance === undefined ? TREASURY : await openAccount(money, account, balance);
      try {
        const link = await makeGift(
          money,
          {
            ...terms,
            accountId,
            max: msat(terms.min + BigInt(more) * 1_000n),
            validFrom: opensInMs && now + opensInMs,
            expiresAt: livesMs && now + livesMs,
          },
          funded ?? false,
        );
        return new Run({ money, link, serverDay, balance });
      } catch (error) {
        // Terms that nobody could claim on, or that are not covered, make no link.
        expect(error).toMatchObject({ name: 'RequestError' });
        return undefined;
      }
    }

    async step(step: Step): Promise<void> {
      const { money, link } = this;
      if (step.kind === 'wait') await pass(money, step.ms);
      if (step.kind === 'switch') await this.#switch();
      if (step.kind === 'release') await this.#release(step.ending);
      if (step.kind === 'claim') await this.#claim(step.amount, step.end);
      await this.#holds();
      expect((await money.withdrawLinks.get(link.id)).id).toBe(link.id);
    }

    /** Everything that hangs ends, and nothing is left in flight. */
    async end(): Promise<void> {
      while (this.#hanging.length > 0) await this.#release('settle');
      await this.#holds();
      const open = (await claimsOf(this.money)).filter(
        (row) => row.withdrawLinkId === this.link.id && row.closedAt === undefined,
      );
      expect(open).toEqual([]);
    }

    async #switch(): Promise<void> {
      const { withdrawLinks } = this.money;
      const { disabledAt } = await withdrawLinks.get(this.link.id);
      const change = withdrawLinks.change(this.link.id, { disabled: disabledAt === undefined });
      // The link may have ended a moment ago.
      await change.catch((error) => expect(error).toMatchObject({ code: 'link-spent' }));
    }

    async #release(ending: 'settle' | 'fail'): Promise<void> {
      const { money } = this;
      const row = this.#hanging.shift();
      if (!row) return;
      money.network.release(row.paymentHash, ending);
      // A failure is believed when no call of ours can still be on its way.
      if (ending === 'fail') await pass(money, HOUR_MS + 61 * SECOND_MS);
      await until(
        async () => {
          await money.payer.advance(row.id);
          return (await money.withdrawals.get(row.id)).state;
        },
        (state) => state === (ending === 'settle' ? 'paid' : 'failed'),
      );
    }

    async #claim(which: 'most' | 'least' | 'between', end: 'succeed' | 'fail' | 'hang') {
      const { money, link } = this;
      const info = await ask(money, link.url);
      const most = Number(info.maxWithdrawable ?? 0);
      const k1 = String(info.k1 ?? money.withdrawLinks.challenge(link));
      const offer = { k1, callback: `${link.url}/callback` };
      const tooMuch = most === 0 ? Number(link.min) : most + 1_000;
      await this.#refused(offer, tooMuch);
      if (most === 0) return;
      await this.#refused(offer, Number(link.min) - 1);

      const amounts = {
        most,
        least: Number(link.min),
        between: Math.floor((most + Number(link.min)) / 2),
      };
      const invoice = await walletInvoice(money, amounts[which]);
      const behaviour = end === 'fail' ? { kind: end, reason: 'no-route' as const } : { kind: end };
      money.network.faults.payment(invoice.paymentHash, behaviour);
      const before = await booksOf(money);
      const answer = await claim(money, offer, invoice.bolt11);
      expect(answer).toEqual(OK);
      const row = await this.#settledDown(invoice);
      if (row.state === 'failed') expect(await booksOf(money)).toEqual(before);
      if (row.state === 'sending') this.#hanging.push(row);
    }

    /** Paid, failed, or held by the node. */
    async #settledDown({ paymentHash }: NodeInvoice): Promise<Withdrawal> {
      const { money } = this;
      const track = async () => await money.network.ours.trackPayment(paymentHash);
      await until(
        async () => [(await claimOn(money, { paymentHash }))?.state, (await track())?.state],
        ([state, node]) => state === 'paid' || state === 'failed' || node === 'unknown',
      );
      const row = await claimOn(money, { paymentHash });
      if (!row) throw new Error('a claim is gone');
      return row;
    }

    async #refused(offer: { k1: string; callback: string }, amount: number): Promise<void> {
      if (amount < 1) return;
      const { money } = this;
      const { bolt11 } = await walletInvoice(money, amount);
      const before = await booksOf(money);
      const answer = await claim(money, offer, bolt11);
      expect(answer.status).toBe('ERROR');
      expect(await booksOf(money)).toEqual(before);
    }

    /** What is counted is what the claims say, and no limit is passed. */
    async #holds(): Promise<void> {
      const { money, balance, serverDay } = this;
      const link = await money.withdrawLinks.get(this.link.id);
      const all = (await claimsOf(money)).filter(({ state }) => state !== 'failed');
      const mine = all.filter((row) => row.withdrawLinkId === link.id);
      const taken = costOf(mine);
      expect(link).toMatchObject({
        ...{ usesTaken: mine.length, taken },
        usesPaid: mine.filter(({ state }) => state === 'paid').length,
      });
      expect(mine.length).toBeLessThanOrEqual(link.uses);
      expect(taken).toBeLessThanOrEqual(link.total ?? taken);
      assertDay(mine, link.day);
      assertDay(all, serverDay);
      assertWaits(mine, link.waitSeconds);
      if (balance !== undefined) {
        const left = (await balanceOf(money, link.accountId)) ?? 0n;
        expect(left + (link.setAside ?? 0n)).toBe(balance - taken);
        expect(left).toBeGreaterThanOrEqual(0n);
      }
    }
  }

  function costOf(rows: readonly Withdrawal[]): bigint {
    return rows.reduce((sum, row) => sum + row.amount + (row.fee ?? row.feeCap), 0n);
  }

  /** In the 24 hours that end with any claim no more left, or may leave, than is allowed. */
  function assertDay(rows: readonly Withdrawal[], limit: Msat | undefined): void {
    if (limit === undefined) return;
    for (const { createdAt: last } of rows) {
      const day = rows.filter(({ createdAt }) => createdAt <= last && createdAt > last - DAY_MS);
      expect(costOf(day)).toBeLessThanOrEqual(limit);
    }
  }

  function assertWaits(rows: readonly Withdrawal[], waitSeconds: number | undefined): void {
    const times = rows.map(({ createdAt }) => createdAt).toSorted((a, b) => a - b);
    for (const [index, time] of times.entries()) {
      const before = times[index - 1];
      if (before === undefined || waitSeconds === undefined) continue;
      expect(time - before).toBeGreaterThanOrEqual(waitSeconds * SECOND_MS);
    }
  }
});
