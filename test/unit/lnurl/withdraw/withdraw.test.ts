import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { K1 } from '../../../../src/hex.ts';
import { WalletQuery } from '../../../../src/lnurl/query.ts';
import {
  fastWithdrawUrl,
  readWithdrawClaim,
  type WithdrawOffer,
  withdrawRequest,
} from '../../../../src/lnurl/withdraw/withdraw.ts';
import { msat } from '../../../../src/msat.ts';
import { anyText } from '../../../support/any-text.ts';

const K1_TEXT = 'ab'.repeat(32);
const OFFER: WithdrawOffer = {
  callback: 'https://pay.example.org/lnurlw/abc/callback',
  k1: K1_TEXT as K1,
  description: 'A gift',
  min: msat(1_000n),
  max: msat(2_000n),
  payLink: undefined,
};

const read = (query: Readonly<Record<string, string>>) =>
  readWithdrawClaim(new WalletQuery(new URLSearchParams(query).toString()));

describe('the first answer (LUD-03)', () => {
  it('has exactly the members of the document (LUD03-1, GEN-21)', () => {
    expect(JSON.stringify(withdrawRequest(OFFER))).toBe(
      `{"tag":"withdrawRequest","callback":"${OFFER.callback}","k1":"${K1_TEXT}",` +
        '"defaultDescription":"A gift","minWithdrawable":1000,"maxWithdrawable":2000}',
    );
  });

  it('has a pay link when there is one (LUD19-1)', () => {
    const payLink = 'lnurlp://pay.example.org/lnurlp/abc';

    expect(withdrawRequest({ ...OFFER, payLink })).toEqual({
      ...withdrawRequest(OFFER),
      payLink,
    });
  });

  it('refuses an amount that a JSON number cannot carry (GEN-20)', () => {
    expect(() => withdrawRequest({ ...OFFER, max: msat(2n ** 53n) })).toThrow(RangeError);
    expect(withdrawRequest({ ...OFFER, max: msat(2n ** 53n - 1n) }).maxWithdrawable).toBe(
      Number.MAX_SAFE_INTEGER,
    );
  });
});

describe('a fast link (LUD-08)', () => {
  it('carries the first answer, each value percent-encoded (LUD08-1)', () => {
    const url = fastWithdrawUrl('https://pay.example.org/lnurlw/abc', {
      ...OFFER,
      description: 'Tea & cake + 1 €',
    });

    expect(url).toBe(
      'https://pay.example.org/lnurlw/abc?tag=withdrawRequest' +
        `&k1=${K1_TEXT}&minWithdrawable=1000&maxWithdrawable=2000` +
        '&defaultDescription=Tea%20%26%20cake%20%2B%201%20%E2%82%AC' +
        '&callback=https%3A%2F%2Fpay.example.org%2Flnurlw%2Fabc%2Fcallback',
    );
  });

  it('is read back as it was written, whatever the description', () => {
    fc.assert(
      fc.property(anyText(), (description) => {
        const url = new URL(
          fastWithdrawUrl('https://pay.example.org/x', { ...OFFER, description }),
        );
        expect(decodeURIComponent(/defaultDescription=([^&]*)/.exec(url.search)?.[1] ?? '')).toBe(
          description,
        );
        expect(url.searchParams.get('defaultDescription')).toBe(description);
      }),
    );
  });
});

describe('a claim (LUD-03)', () => {
  it.each([
    'lnbcrt1abc',
    'LNBCRT1ABC',
    'lightning:lnbcrt1abc',
    'LIGHTNING:LNBCRT1ABC',
    'Lightning:LNBCRT1ABC',
    'lightning://lnbcrt1abc',
    ' lnbcrt1abc\r\n',
    '\tlightning:lnbcrt1abc ',
    'lightning: lnbcrt1abc',
  ])('is the same claim with the invoice as %j (LUD03-6)', (pr) => {
    expect(read({ k1: K1_TEXT, pr })).toEqual({ k1: K1_TEXT, bolt11: 'lnbcrt1abc' });
  });

  it('has a k1 in lower case', () => {
    expect(read({ k1: K1_TEXT.toUpperCase(), pr: 'lnbcrt1abc' }).k1).toBe(K1_TEXT);
  });

  it.each<[Readonly<Record<string, string>>, string]>([
    [{ pr: 'lnbcrt1abc' }, 'missing k1'],
    [{ k1: '', pr: 'lnbcrt1abc' }, 'missing k1'],
    [{ k1: K1_TEXT }, 'missing pr'],
    [{ k1: K1_TEXT, pr: '' }, 'missing pr'],
    [{ k1: `${K1_TEXT}0`, pr: 'lnbcrt1abc' }, 'invalid k1'],
    [{ k1: `0x${K1_TEXT}`, pr: 'lnbcrt1abc' }, 'invalid k1'],
    [{ k1: ` ${K1_TEXT}`, pr: 'lnbcrt1abc' }, 'invalid k1'],
    [{ k1: 'q', pr: 'lnbcrt1aBc' }, 'invalid k1'],
    [{ k1: K1_TEXT, pr: 'lnbcrt1aBc' }, 'invalid invoice'],
    [{ k1: K1_TEXT, pr: 'LNBCRT1abc' }, 'invalid invoice'],
    [{ k1: K1_TEXT, pr: 'lnbcrt1abc,lnbcrt1abd' }, 'only one invoice allowed'],
    [{ k1: K1_TEXT, pr: ',' }, 'only one invoice allowed'],
    [{ k1: K1_TEXT, pr: ' ' }, 'missing pr'],
    [{ k1: K1_TEXT, pr: 'lightning:' }, 'missing pr'],
  ])('is refused as %j: %s (LUD03-6)', (query, reason) => {
    expect(() => read(query)).toThrow(reason);
  });
});
