import { describe, expect, it } from '@jest/globals';
import type { PayTerms } from '../../src/accounts/pay-link.ts';
import { msat } from '../../src/msat.ts';
import { type Money, makeGift, startMoney } from '../support/money.ts';
import { COFFEE_TERMS } from '../support/pay-store.ts';
import { ask, localPath, readOffer } from '../support/withdraw-wallet.ts';

async function makeTopUp(money: Money, terms: Partial<PayTerms> = {}) {
  const link = await money.payLinks.create({ ...COFFEE_TERMS, ...terms }, undefined);
  return { ...link, lud17: money.urls.payForms(money.payLinks.token(link)).lud17 };
}

describe('LUD-19: a voucher that can be topped up', () => {
  it('names its pay link as LUD-17 writes it (LUD19-1, LUD17-1, LUD17-2)', async () => {
    await using money = await startMoney();
    const topUp = await makeTopUp(money);
    const link = await makeGift(money, { payLinkId: topUp.id });

    const offer = await readOffer(money, link.url);

    expect(offer.payLink).toBe(topUp.lud17);
    expect(offer.payLink).toMatch(/^lnurlp:\/\/pay\.example\.org\/lnurlp\/[a-z2-7]{26}$/);
    expect(Object.keys(offer)).toEqual([
      ...['tag', 'callback', 'k1', 'defaultDescription', 'minWithdrawable', 'maxWithdrawable'],
      'payLink',
    ]);
  });

  it('leads to a payRequest, whose scheme it has (LUD17-4)', async () => {
    await using money = await startMoney();
    const link = await makeGift(money, { payLinkId: (await makeTopUp(money)).id });

    const { payLink = '' } = await readOffer(money, link.url);
    const answer = await ask(money, payLink.replace('lnurlp://', 'https://'));

    expect(answer).toMatchObject({ tag: 'payRequest', minSendable: 1_000 });
  });

  it('says nothing of it when there is none (LUD19-1, GEN-21)', async () => {
    await using money = await startMoney();
    const link = await makeGift(money);

    expect(await readOffer(money, link.url)).not.toHaveProperty('payLink');
  });

  it('sends nobody to a pay link that cannot be paid', async () => {
    await using money = await startMoney();
    const { clock } = money;
    const topUps = {
      off: await makeTopUp(money),
      over: await makeTopUp(money, { expiresAt: clock.now() + 1 }),
      early: await makeTopUp(money, { validFrom: clock.now() + 60_000 }),
      gone: await makeTopUp(money),
    };
    const links = await Promise.all(
      Object.values(topUps).map(async ({ id }) => await makeGift(money, { payLinkId: id })),
    );
    await money.payLinks.change(topUps.off.id, { disabled: true });
    await money.payLinks.remove(topUps.gone.id);
    clock.advance(1);

    for (const { url } of links) expect(await readOffer(money, url)).not.toHaveProperty('payLink');
  });

  it('is not named the other way round in a payRequest (LUD19-2)', async () => {
    await using money = await startMoney();
    const topUp = await makeTopUp(money);
    await makeGift(money, { payLinkId: topUp.id });

    const { body } = await money.wallet.get(localPath(topUp.lud17.replace('lnurlp:', 'https:')));

    expect(body).not.toHaveProperty('withdrawLink');
  });
});

describe('LUD-17: a withdraw link', () => {
  it('is written in both forms, in lower case and without a port (LUD17-1, LUD17-2, GEN-2)', async () => {
    await using money = await startMoney();
    const link = await makeGift(money, { max: msat(21_000n) });

    const { url, lnurl, lud17 } = money.urls.withdrawForms(money.withdrawLinks.token(link));

    expect(url).toBe(link.url);
    expect(url).toMatch(/^https:\/\/pay\.example\.org\/lnurlw\/[a-z2-7]{26}$/);
    expect(lud17).toBe(url.replace('https:', 'lnurlw:'));
    expect(lnurl).toMatch(/^LNURL1[02-9AC-HJ-NP-Z]+$/);
  });

  it('answers with the tag of its scheme (LUD17-4)', async () => {
    await using money = await startMoney();
    const link = await makeGift(money);
    const { lud17 } = money.urls.withdrawForms(money.withdrawLinks.token(link));

    expect((await readOffer(money, lud17.replace('lnurlw:', 'https:'))).tag).toBe(
      'withdrawRequest',
    );
  });
});
