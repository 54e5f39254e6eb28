import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { msat } from '../../../src/msat.ts';
import { affordable, type FeeRule, feeCapFor } from '../../../src/payments/fee.ts';

const RULE: FeeRule = { ppm: 10_000, min: msat(10_000n) };

const amounts = fc.bigInt({ min: 0n, max: 10n ** 13n });
const rules = fc.record({
  ppm: fc.oneof(fc.nat(1_000_000), fc.constantFrom(0, 1, 9_999, 10_000, 333_333)),
  min: fc.bigInt({ min: 0n, max: 10n ** 8n }).map(msat),
});
const caps = fc.option(fc.bigInt({ min: 0n, max: 10n ** 8n }).map(msat), { nil: undefined });

describe('the cap of the routing fee', () => {
  it.each([
    [1n, 10_000n],
    [1_000n, 10_000n],
    [1_000_000n, 10_000n],
    [1_000_001n, 10_001n],
    [1_000_100n, 10_001n],
    [1_000_101n, 10_002n],
    [100_000_000n, 1_000_000n],
  ])('of %i msat is %i msat: the larger of both, rounded up (LUD03-13)', (amount, cap) => {
    expect(feeCapFor(msat(amount), RULE, undefined)).toBe(cap);
  });

  it('is that of the link when it has one (FC-15)', () => {
    expect(feeCapFor(msat(100_000_000n), RULE, msat(1_000n))).toBe(1_000n);
    expect(feeCapFor(msat(100_000_000n), RULE, msat(0n))).toBe(0n);
  });

  it('never falls when the amount grows', () => {
    fc.assert(
      fc.property(amounts, amounts, rules, caps, (one, more, rule, cap) => {
        const [less, larger] = one < more ? [one, more] : [more, one];
        expect(feeCapFor(msat(less), rule, cap)).toBeLessThanOrEqual(
          feeCapFor(msat(larger), rule, cap),
        );
      }),
    );
  });
});

describe('what a budget can afford', () => {
  it.each([
    [1_000_000n, 990_000n],
    [1_010_000n, 1_000_000n],
    [1_010_001n, 1_000_000n],
    [1_010_002n, 1_000_001n],
    [10_001n, 1n],
    [10_000n, 0n],
    [0n, 0n],
    [-5n, 0n],
  ])('of %i msat is %i msat (FC-14)', (budget, amount) => {
    expect(affordable(budget, RULE, undefined)).toBe(amount);
  });

  it('is the budget less the cap of the link', () => {
    expect(affordable(5_000n, RULE, msat(1_000n))).toBe(4_000n);
    expect(affordable(1_000n, RULE, msat(1_000n))).toBe(0n);
    expect(affordable(-1n, RULE, msat(0n))).toBe(0n);
  });

  it('is covered with its fee, and one millisatoshi more is not', () => {
    fc.assert(
      fc.property(amounts, rules, caps, (budget, rule, cap) => {
        const most = affordable(budget, rule, cap);
        const costOf = (amount: bigint) => amount + feeCapFor(msat(amount), rule, cap);
        if (most > 0n) expect(costOf(most)).toBeLessThanOrEqual(budget);
        expect(costOf(most + 1n)).toBeGreaterThan(budget);
      }),
      { numRuns: 2_000 },
    );
  });
});
