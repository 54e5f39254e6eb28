import { describe, expect, it } from '@jest/globals';
import { satRange, satText } from '../../../../src/http/pages/sat-text.ts';
import { MAX_MSAT, msat, satoshi } from '../../../../src/msat.ts';

describe('an amount on a page', () => {
  it.each([
    [0n, '0'],
    [1n, '0.001'],
    [1_500n, '1.5'],
    [1_000n, '1'],
    [999_000n, '999'],
    [1_000_000n, '1,000'],
    [1_234_567_890n, '1,234,567.89'],
    [MAX_MSAT, '2,100,000,000,000,000'],
  ])('is written in satoshi: %d msat is %s', (amount, text) => {
    expect(satText(msat(amount))).toBe(text);
  });

  it('is one number when there is no choice', () => {
    expect(satRange(satoshi(21n), satoshi(21n))).toBe('21 sat');
    expect(satRange(satoshi(1n), satoshi(2_000n))).toBe('1 – 2,000 sat');
  });
});
