import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  assertClaimable,
  type Budgets,
  isVoucher,
  type WithdrawLink,
  withdrawable,
} from '../../../src/accounts/withdraw-link.ts';
import { msat } from '../../../src/msat.ts';
import { feeCapFor } from '../../../src/payments/fee.ts';
import { FEE_RULE, GIFT_TERMS } from '../../support/money.ts';

const NOW = 1_700_000_000_000;

const LINK: WithdrawLink = {
  ...GIFT_TERMS,
  id: 'wl_1',
  batchId: undefined,
  min: msat(1_000n),
  max: msat(5_000_000n),
  uses: 3,
  createdAt: NOW,
  disabledAt: undefined,
  usesTaken: 0,
  usesPaid: 0,
  taken: msat(0n),
  setAside: undefined,
  endedAt: undefined,
};

const FREE: Budgets = {
  account: undefined,
  linkDay: msat(0n),
  serverDay: msat(0n),
  serverDayLimit: undefined,
  lastClaimAt: undefined,
  outbound: undefined,
};

const most = (link: Partial<WithdrawLink>, budgets: Partial<Budgets> = {}, now = NOW) =>
  withdrawable({ ...LINK, ...link }, { ...FREE, ...budgets }, FEE_RULE, now);

describe('whether a link can be claimed on (LUD03-15)', () => {
  it.each<[string, Partial<WithdrawLink>, string | undefined]>([
    ['as it was made', {}, undefined],
    ['switched off', { disabledAt: NOW }, 'This withdraw link is switched off.'],
    ['at its last moment', { expiresAt: NOW + 1 }, undefined],
    ['at its end', { expiresAt: NOW }, 'This withdraw link has expired.'],
    ['at its first moment', { validFrom: NOW }, undefined],
    ['before it', { validFrom: NOW + 1 }, 'This withdraw link is not open yet.'],
    ['with a use left', { usesTaken: 3, usesPaid: 2 }, undefined],
    ['used up', { usesTaken: 3, usesPaid: 3 }, 'Withdraw is spent.'],
    [
      'switched off and used up',
      { disabledAt: NOW, usesPaid: 3 },
      'This withdraw link is switched off.',
    ],
  ])('%s', (_name, changes, reason) => {
    const look = () => assertClaimable({ ...LINK, ...changes }, NOW);

    if (reason === undefined) expect(look).not.toThrow();
    else expect(look).toThrow(reason);
  });

  it('is a voucher when it has one use', () => {
    expect([1, 2, 1_000].map((uses) => isVoucher({ uses }))).toEqual([true, false, false]);
  });
});

describe('what a link can give now (FC-14)', () => {
  it.each<[string, Partial<WithdrawLink>, Partial<Budgets>, bigint]>([
    ['its own most without any budget', {}, {}, 5_000_000n],
    ['what the account has', {}, { account: 1_000_000n }, 990_000n],
    ['what is left of its total', { total: msat(1_000_000n), taken: msat(500_000n) }, {}, 490_000n],
    ['what is left of its day', { day: msat(60_000n) }, { linkDay: msat(22_502n) }, 27_000n],
    [
      'what is left of the server’s day',
      {},
      { serverDayLimit: msat(60_000n), serverDay: msat(22_502n) },
      27_000n,
    ],
    ['what the node can send', {}, { outbound: msat(2_020_000n) }, 2_000_000n],
    [
      'what is set aside, whatever the account has',
      { setAside: msat(31_000n) },
      { account: 0n },
      21_000n,
    ],
    [
      'its own cap of the fee in place of the rule',
      { feeMax: msat(0n) },
      { account: 9_999n },
      9_000n,
    ],
    ['its most in whole satoshi', { max: msat(5_999n) }, {}, 5_000n],
    ['nothing below its least', { min: msat(20_000n) }, { account: 29_999n }, 0n],
    ['its least when that just fits', { min: msat(20_000n) }, { account: 30_000n }, 20_000n],
    [
      'nothing when the whole satoshi are below its least',
      { min: msat(5_500n), max: msat(5_999n) },
      {},
      0n,
    ],
    ['nothing with every use taken', { usesTaken: 3 }, {}, 0n],
    ['nothing of a day that allows nothing', {}, { serverDayLimit: msat(0n) }, 0n],
    ['nothing of a budget that is overdrawn', { day: msat(1n) }, { linkDay: msat(99_000n) }, 0n],
    ['nothing of an account below its floor', {}, { account: -5n }, 0n],
    [
      'the smallest of all budgets',
      { total: msat(90_000n), day: msat(80_000n) },
      { account: 70_000n, serverDayLimit: msat(60_000n), outbound: msat(50_000n) },
      40_000n,
    ],
  ])('is %s', (_name, link, budgets, amount) => {
    expect(most(link, budgets)).toBe(amount);
  });

  it('is nothing until the time between two uses is over', () => {
    const link = { waitSeconds: 60 };
    const budgets = { lastClaimAt: NOW };

    expect(most(link, budgets, NOW + 59_999)).toBe(0n);
    expect(most(link, budgets, NOW + 60_000)).toBe(5_000_000n);
    expect(most(link, {}, NOW)).toBe(5_000_000n);
    expect(most({}, budgets, NOW)).toBe(5_000_000n);
  });

  it('fits into every budget with its fee, and one satoshi more does not', () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 7n }).map(msat);
    const maybe = fc.option(amount, { nil: undefined });
    fc.assert(
      fc.property(maybe, maybe, maybe, maybe, maybe, (total, day, account, limit, feeMax) => {
        const link = { total, day, feeMax };
        const got = most(link, { account, serverDayLimit: limit });
        const costOf = (sum: bigint) => sum + feeCapFor(msat(sum), FEE_RULE, feeMax);
        const rooms = [total, day, account, limit].filter((room) => room !== undefined);
        const fits = (sum: bigint) => sum <= LINK.max && rooms.every((room) => costOf(sum) <= room);

        expect(got % 1_000n).toBe(0n);
        if (got > 0n) expect(fits(got)).toBe(true);
        expect(fits(got + 1_000n)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });
});
