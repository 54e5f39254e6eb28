import { describe, expect, it } from '@jest/globals';
import { fastWithdrawUrl } from '../../src/lnurl/withdraw/withdraw.ts';
import { msat } from '../../src/msat.ts';
import { booksOf, type Money, makeGift, startMoney } from '../support/money.ts';
import {
  ask,
  claim,
  moved,
  OK,
  readOffer,
  refusal,
  walletInvoice,
} from '../support/withdraw-wallet.ts';

const TERMS = { min: msat(1_000n), max: msat(50_000n), description: 'Tea & cake + 1 €' };

/** A link as a page of the operator would show it. */
async function fastLink(money: Money, uses: number) {
  const link = await makeGift(money, { ...TERMS, uses });
  const { callback } = await readOffer(money, link.url);
  const k1 = money.withdrawLinks.challenge(link);
  const fast = fastWithdrawUrl(link.url, { ...TERMS, callback, k1, payLink: undefined });
  return { ...link, fast: new URL(fast), k1, callback };
}

describe('LUD-08: a withdraw link with its offer in it', () => {
  it.each([1, 3])('says what the first call says, in a link of %i uses (LUD08-1)', async (uses) => {
    await using money = await startMoney();
    const { fast, url } = await fastLink(money, uses);

    const { tag, callback, ...offer } = Object.fromEntries(fast.searchParams);
    const { k1: _, ...answer } = await readOffer(money, url);

    expect({
      tag,
      callback,
      defaultDescription: offer.defaultDescription,
      minWithdrawable: Number(offer.minWithdrawable),
      maxWithdrawable: Number(offer.maxWithdrawable),
    }).toEqual(answer);
    expect(fast.search).not.toContain('+');
    expect(callback).toBe(`${url}/callback`);
  });

  it('answers a plain GET as LUD-03 says, with the values of the books (LUD08-2)', async () => {
    await using money = await startMoney();
    const { fast, url } = await fastLink(money, 1);
    const plain = await ask(money, url);
    fast.searchParams.set('maxWithdrawable', '99000000');
    fast.searchParams.set('callback', 'https://evil.example/steal');
    fast.searchParams.set('tag', 'payRequest');

    expect(await ask(money, fast.href)).toEqual(plain);
  });

  it('is claimed without the first call: its k1 is good from the start (LUD08-4)', async () => {
    await using money = await startMoney();
    const { fast } = await fastLink(money, 1);
    const invoice = await walletInvoice(money, Number(fast.searchParams.get('maxWithdrawable')));

    const { callback = '', k1 = '' } = Object.fromEntries(fast.searchParams);
    const answer = await claim(money, { callback, k1 }, invoice.bolt11);

    expect(answer).toEqual(OK);
    expect(await moved(money, invoice, 'paid')).toMatchObject({ amount: 50_000n });
  });

  it.each<[string, number, string]>([
    ['more than the most', 50_001, 'amount above maximum of 50000 msat'],
    ['less than the least', 999, 'amount below minimum of 1000 msat'],
  ])('believes none of its values: %s stays refused (LUD08-3)', async (_name, amount, reason) => {
    await using money = await startMoney();
    const { callback, k1 } = await fastLink(money, 1);
    const before = await booksOf(money);
    const { bolt11 } = await walletInvoice(money, amount);

    const hints = { minWithdrawable: '1', maxWithdrawable: '99000000', tag: 'withdrawRequest' };
    const answer = await claim(money, { callback, k1 }, bolt11, hints);

    expect(answer).toEqual(refusal(reason));
    expect(await booksOf(money)).toEqual(before);
  });
});
