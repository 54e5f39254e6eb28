import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatAmount, parseAmount } from '../../../src/cli/amount.ts';

describe('an amount on the command line', () => {
  it.each([
    ['1000sat', 1_000_000n],
    ['21000msat', 21_000n],
    ['21', 21_000n],
    ['0', 0n],
    ['1msat', 1n],
    ['9007199254740991msat', 9_007_199_254_740_991n],
    ['9007199254740sat', 9_007_199_254_740_000n],
  ])('%s is %s msat', (text, amount) => {
    expect(parseAmount(text)).toBe(amount);
  });

  it.each([
    [''],
    ['1.5'],
    ['1,000'],
    ['1e3'],
    ['0x10'],
    ['-1'],
    ['+1'],
    ['01'],
    [' 1'],
    ['1 sat'],
    ['1sats'],
    ['1SAT'],
    ['1btc'],
    ['1usd'],
    ['sat'],
    ['½sat'],
    ['١sat'],
    ['9007199254740992msat'],
    ['9007199254741sat'],
    ['99999999999999999999'],
  ])('%j is none', (text) => {
    expect(parseAmount(text)).toBeUndefined();
  });

  it('is written in satoshi only when it is whole ones', () => {
    expect([0n, 1000n, 1500n, 21_000_000n].map(formatAmount)).toEqual([
      '0 sat',
      '1 sat',
      '1500 msat',
      '21000 sat',
    ]);
  });

  it('reads back as it is written, but for the blank', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) }), (amount) => {
        expect(parseAmount(formatAmount(amount).replace(' ', ''))).toBe(amount);
      }),
    );
  });
});
