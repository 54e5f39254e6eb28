import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  payAnswer,
  payRequest,
  readPayChoice,
  verifyAnswer,
} from '../../../../src/lnurl/pay/pay.ts';
import { WalletQuery } from '../../../../src/lnurl/query.ts';
import { msat } from '../../../../src/msat.ts';
import { anyText } from '../../../support/any-text.ts';

const BOUNDS = { min: msat(1000n), max: msat(5000n), commentAllowed: 3 };

function choose(query: Readonly<Record<string, string>>, bounds = BOUNDS) {
  return readPayChoice(new WalletQuery(new URLSearchParams(query).toString()), bounds);
}

describe('LUD-06: the first answer', () => {
  it('has these members in this order, commentAllowed also when it is 0 (FC-4, GEN-21)', () => {
    const offer = {
      callback: 'https://pay.example.org/cb',
      min: msat(1000n),
      max: msat(2000n),
      metadata: '[["text/plain","x"]]',
      commentAllowed: 0,
    };

    expect(JSON.stringify(payRequest(offer))).toBe(
      '{"tag":"payRequest","callback":"https://pay.example.org/cb","minSendable":1000,"maxSendable":2000,"metadata":"[[\\"text/plain\\",\\"x\\"]]","commentAllowed":0}',
    );
  });
});

describe('LUD-06: what a wallet chose', () => {
  it.each(['1000', '1001', '4999', '5000'])('is the amount %s within bounds', (amount) => {
    expect(choose({ amount })).toEqual({ amount: BigInt(amount), comment: undefined });
  });

  it.each([
    ['', 'missing amount', 'invalid-request'],
    ['0', 'invalid amount', 'invalid-request'],
    ['-1', 'invalid amount', 'invalid-request'],
    ['1e3', 'invalid amount', 'invalid-request'],
    ['0x3e8', 'invalid amount', 'invalid-request'],
    ['1000.0', 'invalid amount', 'invalid-request'],
    ['999', 'amount too low, minimum 1000 msat', 'amount-out-of-range'],
    ['5001', 'amount too high, maximum 5000 msat', 'amount-out-of-range'],
  ])('is refused as amount %j: %s (LUD06-8)', (amount, message, code) => {
    expect(() => choose({ amount })).toThrow(expect.objectContaining({ message, code }));
  });

  it('is a whole number of decimal digits or nothing (LUD06-8)', () => {
    const bounds = { ...BOUNDS, min: msat(1n), max: msat(2_100_000_000_000_000_000n) };
    fc.assert(
      fc.property(anyText({ maxLength: 25 }), (amount) => {
        const isRight = /^[1-9][0-9]{0,18}$/.test(amount) && BigInt(amount) <= bounds.max;
        const read = () => choose({ amount }, bounds).amount;

        if (isRight) expect(read()).toBe(BigInt(amount));
        else expect(read).toThrow();
      }),
    );
  });

  it('keeps the comment, or says how long it may be (LUD-12)', () => {
    expect(choose({ amount: '1000', comment: 'abc' }).comment).toBe('abc');
    expect(() => choose({ amount: '1000', comment: 'abcd' })).toThrow(
      'comment too long, maximum 3 characters',
    );
  });
});

describe('LUD-06: the second answer', () => {
  const made = { bolt11: 'lnbc1', verifyUrl: 'https://x.test/v', oneTime: false };

  it('has no success action where there is none, and says disposable outright (LUD-09, LUD-11)', () => {
    expect(JSON.stringify(payAnswer({ ...made, successAction: undefined }))).toBe(
      '{"pr":"lnbc1","routes":[],"disposable":false,"verify":"https://x.test/v"}',
    );
  });

  it('has what there is', () => {
    const successAction = { tag: 'message', message: 'Hi' } as const;

    expect(payAnswer({ ...made, oneTime: true, successAction })).toEqual({
      pr: 'lnbc1',
      routes: [],
      successAction,
      disposable: true,
      verify: 'https://x.test/v',
    });
  });
});

describe('LUD-21: the answer of verify', () => {
  it.each([
    [undefined, '{"status":"OK","settled":false,"preimage":null,"pr":"lnbc1"}'],
    ['abcd', '{"status":"OK","settled":true,"preimage":"abcd","pr":"lnbc1"}'],
  ])('has four members with preimage %s', (preimage, text) => {
    expect(JSON.stringify(verifyAnswer({ bolt11: 'lnbc1', preimage }))).toBe(text);
  });
});
