import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  MAX_MSAT,
  msat,
  msatToJson,
  parseMsat,
  satoshi,
  signedMsatToJson,
} from '../../src/msat.ts';

const amounts = fc.bigInt({ min: 0n, max: MAX_MSAT });

describe('an amount', () => {
  it.each([0n, 1n, 999n, MAX_MSAT])('may be %i', (value) => {
    expect(msat(value)).toBe(value);
  });

  it.each([-1n, MAX_MSAT + 1n, 2n ** 64n])('may not be %i', (value) => {
    expect(() => msat(value)).toThrow(RangeError);
  });

  it('is a thousand times its satoshi', () => {
    expect([satoshi(0n), satoshi(21n)]).toEqual([0n, 21_000n]);
    expect(() => satoshi(-1n)).toThrow(RangeError);
  });
});

describe('an amount in a text', () => {
  it.each(['0', '1', '1000', '9007199254740993', '2100000000000000000'])('is %j', (text) => {
    expect(parseMsat(text)).toBe(BigInt(text));
  });

  it.each([
    '',
    ' 1',
    '1 ',
    '1\n',
    '+1',
    '-0',
    '-1',
    '00',
    '01',
    '1.0',
    '1e3',
    '0x10',
    '1_000',
    '1,000',
    '1n',
    '١',
    'NaN',
    '2100000000000000001',
    '9999999999999999999',
    '18446744073709551616',
    '1'.repeat(100),
  ])('is not %j', (text) => {
    expect(parseMsat(text)).toBeUndefined();
  });

  it('is read as it was written', () => {
    fc.assert(fc.property(amounts, (value) => expect(parseMsat(String(value))).toBe(value)));
  });
});

describe('an amount in JSON', () => {
  it('is the same number, or refused where digits would be lost', () => {
    fc.assert(
      fc.property(amounts, (value) => {
        if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
          expect(() => msatToJson(msat(value))).toThrow(RangeError);
        } else {
          expect(BigInt(JSON.stringify(msatToJson(msat(value))))).toBe(value);
        }
      }),
    );
  });

  it.each([
    [-(2n ** 53n) + 1n, -(2 ** 53) + 1],
    [-1n, -1],
    [0n, 0],
    [2n ** 53n - 1n, 2 ** 53 - 1],
  ])('may be below zero where it is a balance: %i', (value, number) => {
    expect(signedMsatToJson(value)).toBe(number);
  });

  it.each([2n ** 53n, -(2n ** 53n)])('is refused as a balance of %i', (value) => {
    expect(() => signedMsatToJson(value)).toThrow(RangeError);
  });
});
