import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WalletQuery } from '../../../src/lnurl/query.ts';
import { anyText } from '../../support/any-text.ts';

describe("the query of a wallet's call (GEN-15, GEN-16)", () => {
  it.each([
    ['amount=1000', '1000'],
    ['x=1&amount=1000&y=2', '1000'],
    ['amount=1000&amount=1000', '1000'],
    ['amount=a+b%20c%2Bd', 'a b c+d'],
    ['amount=%E2%98%95', '☕'],
    ['%61mount=1', '1'],
    ['amount', ''],
    ['amount=', ''],
    ['amount=a=b', 'a=b'],
    ['', undefined],
    ['amount[]=1', undefined],
    ['amount[x]=1', undefined],
    ['Amount=1', undefined],
    ['a.amount=1', undefined],
  ])('%j reads as %j', (raw, value) => {
    expect(new WalletQuery(raw).get('amount')).toBe(value);
  });

  it.each(['amount=1&amount=2', 'amount=1&amount=', 'amount=1&x=y&amount=01'])(
    'refuses %j, for nobody knows which was meant',
    (raw) => {
      const query = new WalletQuery(raw);

      expect(() => query.get('amount')).toThrow('duplicate parameter amount');
      expect(query.get('other')).toBeUndefined();
    },
  );

  it.each(['', 'x=1', 'amount=', 'amount'])('needs what is missing in %j', (raw) => {
    expect(() => new WalletQuery(raw).need('amount')).toThrow('missing amount');
  });

  it.each([
    ['a=b?amount=1000', 'amount', '1000'],
    ['?amount=1000', 'amount', '1000'],
    ['x=1?k1=ab?sig=cd?key=ef', 'sig', 'cd'],
    ['x=1?nonce=5&amount=2', 'amount', '2'],
    ['amount=1?amount=2', 'amount', '1?amount=2'],
    ['x=1?other=2', 'other', undefined],
    ['nostr={"a":"b?amount=5"}', 'amount', '5"}'],
  ])('mends %j where a wallet glued on a second query (GEN-18, Q-3)', (raw, name, value) => {
    expect(new WalletQuery(raw).get(name)).toBe(value);
  });

  it('leaves a question mark in a value alone as long as nothing is missing', () => {
    const query = new WalletQuery('amount=1000&nostr=%7B%22c%22%3A%22a?amount=5%22%7D');

    expect([query.get('amount'), query.get('nostr')]).toEqual(['1000', '{"c":"a?amount=5"}']);
  });

  it('gives a text or nothing, and throws no other error, whatever is sent', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 200 }), (raw) => {
        try {
          const value = new WalletQuery(raw).get('amount');
          expect(['string', 'undefined']).toContain(typeof value);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid-request' });
        }
      }),
    );
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'knows %s only when it was sent (hazard 3.23)',
    (name) => {
      expect(new WalletQuery('a=1').get(name)).toBeUndefined();
      expect(new WalletQuery(`${name}=x`).get(name)).toBe('x');
    },
  );
});
