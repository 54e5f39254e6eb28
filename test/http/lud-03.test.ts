import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { paymentHashOf } from '../../src/hex.ts';
import { msat } from '../../src/msat.ts';
import {
  balanceOf,
  booksOf,
  factsOf,
  GIFT_TERMS,
  type Money,
  makeGift,
  openAccount,
  pass,
  startMoney,
  urlOf,
} from '../support/money.ts';
import { start } from '../support/start.ts';
import { until } from '../support/wallet.ts';
import {
  ask,
  claim,
  claimOn,
  claimsOf,
  held,
  localPath,
  moved,
  OK,
  readOffer,
  refusal,
  walletInvoice,
  withdraw,
} from '../support/withdraw-wallet.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const EMPTY = 'withdraw link is empty: less is left than this amount and its fee';

jest.setTimeout(60_000);

let money: Money;
beforeAll(async () => {
  money = await startMoney();
});
afterAll(async () => {
  await money[Symbol.asyncDispose]();
});

describe('LUD-03: the first answer', () => {
  it('holds what the document names and nothing else (LUD03-1, GEN-20, GEN-21, GEN-24, GEN-26)', async () => {
    const link = await makeGift(money, { description: 'Prêt ☕', max: msat(50_000n) });
    const { k1 } = await readOffer(money, link.url);

    const { status, text } = await money.wallet.get(localPath(link.url));

    expect([status, text]).toEqual([
      200,
      JSON.stringify({
        tag: 'withdrawRequest',
        callback: `${link.url}/callback`,
        k1,
        defaultDescription: 'Prêt ☕',
        minWithdrawable: 21_000,
        maxWithdrawable: 50_000,
      }),
    ]);
  });

  it.each([
    ['fixed', 21_000n, 21_000n],
    ['of a range', 1_000n, 2_100_000n],
    ['of more than 32 bits', 1_000n, 900_000_000_000n],
  ])(
    'has whole satoshi, the least not above the most, for an amount %s (LUD03-2, LUD03-5, A-17)',
    async (_name, min, max) => {
      const link = await makeGift(money, { min: msat(min), max: msat(max) });

      const { minWithdrawable, maxWithdrawable } = await readOffer(money, link.url);

      expect([minWithdrawable, maxWithdrawable]).toEqual([Number(min), Number(max)]);
      expect([minWithdrawable % 1000, maxWithdrawable % 1000]).toEqual([0, 0]);
    },
  );

  it('says two zeros while a link that lives has nothing to give (LUD03-3, A-16)', async () => {
    const accountId = await openAccount(money, 'ac_empty', 0n);
    const link = await makeGift(money, { uses: 5, accountId });

    const { minWithdrawable, maxWithdrawable, k1, callback } = await readOffer(money, link.url);
    const before = await booksOf(money);
    const answer = await claim(money, { k1, callback }, (await walletInvoice(money)).bolt11);

    expect([minWithdrawable, maxWithdrawable]).toEqual([0, 0]);
    expect(answer).toEqual(refusal(EMPTY));
    expect(await booksOf(money)).toEqual(before);
  });

  it('is an error for an empty voucher, for two zeros would be no help (LUD03-3, LUD03-15)', async () => {
    const accountId = await openAccount(money, 'ac_void', 0n);
    const link = await makeGift(money, { accountId });

    expect(await ask(money, link.url)).toEqual(
      refusal('withdraw link is empty at the moment, try again later'),
    );
  });

  it('is an error for a link that is used up, unknown or taken away (LUD03-3, A-16)', async () => {
    const spent = await makeGift(money);
    await moved(money, await withdraw(money, spent.url), 'paid');
    const removed = await makeGift(money);
    await money.withdrawLinks.remove(removed.id);

    expect(await ask(money, spent.url)).toEqual(refusal('Withdraw is spent.'));
    const gone = refusal('Withdraw link does not exist.');
    expect(await ask(money, 'https://pay.example.org/lnurlw/abcdefgh')).toEqual(gone);
    expect(await ask(money, removed.url)).toEqual(gone);
  });

  it('is an error outside of the times of a link, and while it is off', async () => {
    await using own = await startMoney();
    const now = own.clock.now();
    const terms = { validFrom: now + MINUTE_MS, expiresAt: now + 2 * MINUTE_MS, uses: 3 };
    const link = await makeGift(own, terms);

    const early = await ask(own, link.url);
    own.clock.advance(MINUTE_MS);
    const open = await readOffer(own, link.url);
    await own.withdrawLinks.change(link.id, { disabled: true });
    const off = await ask(own, link.url);
    await own.withdrawLinks.change(link.id, { disabled: false });
    own.clock.advance(MINUTE_MS);
    const late = await ask(own, link.url);

    expect(early).toEqual(refusal('This withdraw link is not open yet.'));
    expect(open.maxWithdrawable).toBe(21_000);
    expect(off).toEqual(refusal('This withdraw link is switched off.'));
    expect(late).toEqual(refusal('This withdraw link has expired.'));
  });

  it('is never an old one, though an answer that may be given again is kept', async () => {
    const accountId = await openAccount(money, 'ac_kept', 62_000n);
    const expiresAt = money.clock.now() + 10 * MINUTE_MS;
    const link = await makeGift(money, { accountId, expiresAt });
    const other = await makeGift(money, { accountId, max: msat(100_000n) });
    const say = async (): Promise<unknown> => {
      const twice = [await ask(money, link.url), await ask(money, link.url)];
      expect(twice[1]).toEqual(twice[0]);
      return twice[0]?.reason ?? twice[0]?.maxWithdrawable;
    };

    const said = [await say()];
    await moved(money, await withdraw(money, other.url, 30_000), 'paid');
    said.push(await say());
    await money.withdrawLinks.change(link.id, { min: msat(20_000n), max: msat(20_000n) });
    said.push(await say());
    await money.withdrawLinks.change(link.id, { disabled: true });
    said.push(await say());
    await money.withdrawLinks.change(link.id, { disabled: false });
    await pass(money, 10 * MINUTE_MS);
    said.push(await say());

    expect(said).toEqual([
      21_000,
      'withdraw link is empty at the moment, try again later',
      20_000,
      'This withdraw link is switched off.',
      'This withdraw link has expired.',
    ]);
  });

  it.each([[''], ['x'.repeat(639)], ['é'.repeat(319)], ['a "quote" and <b>']])(
    'has the description as it was given, also an empty one (LUD03-4)',
    async (description) => {
      const link = await makeGift(money, { description });

      expect((await readOffer(money, link.url)).defaultDescription).toBe(description);
    },
  );

  it('has the same k1 for a voucher and a new one for everybody else (LUD03-14, A-13, GEN-30)', async () => {
    const voucher = await makeGift(money);
    const many = await makeGift(money, { uses: 2 });
    const twice = async (url: string) =>
      (await Promise.all([readOffer(money, url), readOffer(money, url)])).map(({ k1 }) => k1);

    expect(new Set(await twice(voucher.url)).size).toBe(1);
    expect(new Set(await twice(many.url)).size).toBe(2);
  });

  it('writes nothing and asks no node, however often it is read (GEN-33, GEN-34, hazard 3.27)', async () => {
    await using own = await startMoney();
    const link = await makeGift(own, { uses: 2, day: msat(100_000n) });
    const [books, facts] = [await booksOf(own), await factsOf(own)];
    const calls = (['info', 'balance', 'decodeInvoice', 'trackPayment'] as const).map((name) =>
      jest.spyOn(own.network.ours, name),
    );

    const read = async () => await (await fetch(own.origin + localPath(link.url))).json();
    await Promise.all(Array.from({ length: 200 }, read));

    expect(calls.map((call) => call.mock.calls.length)).toEqual([0, 0, 0, 0]);
    expect([await booksOf(own), await factsOf(own)]).toEqual([books, facts]);
  });
});

describe('LUD-03: what every answer has', () => {
  const HEADERS = {
    'content-type': 'application/json; charset=utf-8',
    'access-control-allow-origin': '*',
    'cache-control': 'no-store',
  };

  it('is readable from any origin and kept by nobody (GEN-7, GEN-8, GEN-13)', async () => {
    const link = await makeGift(money);
    const { k1, callback } = await readOffer(money, link.url);
    const { bolt11: pr } = await walletInvoice(money);

    const answers = [
      await money.wallet.get(localPath(link.url)),
      await money.wallet.get(localPath(callback)),
      await money.wallet.get(localPath(callback)).query({ k1, pr }),
      await money.wallet.get('/lnurlw/nobody'),
    ];

    for (const { status, headers } of answers) {
      expect([status, headers]).toEqual([200, expect.objectContaining(HEADERS)]);
    }
  });

  it('is the same with a slash at the end (GEN-10)', async () => {
    const link = await makeGift(money);
    const { k1 } = await readOffer(money, link.url);
    const { bolt11: pr } = await walletInvoice(money);

    const info = await money.wallet.get(`${localPath(link.url)}/`);
    const claimed = await money.wallet.get(`${localPath(link.url)}/callback/`).query({ k1, pr });

    expect([info.status, info.body.tag]).toEqual([200, 'withdrawRequest']);
    expect([claimed.status, claimed.body]).toEqual([200, OK]);
  });

  it('is nothing for HEAD, which takes nothing, and 405 for POST (GEN-11)', async () => {
    const link = await makeGift(money);
    const { k1, callback } = await readOffer(money, link.url);
    const { bolt11: pr } = await walletInvoice(money);
    const before = await booksOf(money);

    const head = await money.wallet.head(localPath(callback)).query({ k1, pr });
    const post = await money.wallet.post(localPath(callback)).query({ k1, pr });
    const options = await money.wallet.options(localPath(callback));

    expect([head.status, post.status, options.status]).toEqual([200, 405, 204]);
    expect(post.body).toEqual(refusal('only GET is understood here'));
    expect(await booksOf(money)).toEqual(before);
  });
});

describe('LUD-03: the second answer', () => {
  it('pays the invoice, whole and once (LUD03-8, LUD03-11, LUD03-13)', async () => {
    await using own = await startMoney();
    const link = await makeGift(own, { max: msat(50_000n) });
    const offer = await readOffer(own, link.url);
    const invoice = await walletInvoice(own, 33_333);

    const answer = await claim(own, offer, invoice.bolt11);

    const row = await moved(own, invoice, 'paid');
    expect(answer).toEqual(OK);
    expect(await own.network.customer.lookupInvoice(invoice.paymentHash)).toMatchObject({
      state: 'settled',
      received: 33_333n,
    });
    expect(row).toMatchObject({
      ...{ withdrawLinkId: link.id, k1: offer.k1, amount: 33_333n, feeCap: 10_000n, fee: 1_003n },
      ...{ sendsStarted: 1, sendsClosed: 1, closedAt: own.clock.now() },
    });
    expect(row.preimage && paymentHashOf(row.preimage)).toBe(invoice.paymentHash);
    const { paymentHash } = invoice;
    const data = {
      ...{ id: row.id, linkId: link.id, paymentHash, amountMsat: 33_333, feeCapMsat: 10_000 },
    };
    expect((await factsOf(own)).slice(1)).toEqual([
      { type: 'withdrawal.reserved', data },
      { type: 'withdrawal.paid', data: { ...data, feeMsat: 1_003 } },
      { type: 'link.spent', data: { id: link.id, kind: 'withdraw' } },
    ]);
    expect(await balanceOf(own, 'treasury')).toBe(-33_333n - 1_003n);
  });

  it('comes right after the reservation and waits for no payment (LUD03-10, A-14)', async () => {
    const link = await makeGift(money);
    const offer = await readOffer(money, link.url);
    const invoice = await walletInvoice(money);
    money.network.faults.payment(invoice.paymentHash, { kind: 'hang' });

    const answer = await claim(money, offer, invoice.bolt11);

    expect(answer).toEqual(OK);
    expect(await claimOn(money, invoice)).toMatchObject({ ...invoice, closedAt: undefined });
    expect(await ask(money, link.url)).toEqual(
      refusal('This withdraw is already being processed.'),
    );
  });

  it('keeps the invoice, the k1 and the money together before anything is sent (LUD03-8, GEN-32)', async () => {
    await using own = await startMoney({ sends: false });
    const accountId = await openAccount(own, 'ac_shop', 100_000n);
    const link = await makeGift(own, { accountId });
    const offer = await readOffer(own, link.url);
    const invoice = await walletInvoice(own);

    await claim(own, offer, invoice.bolt11);

    expect(await claimsOf(own)).toMatchObject([
      { ...invoice, state: 'reserved', k1: offer.k1, amount: 21_000n, feeCap: 10_000n },
    ]);
    expect([await balanceOf(own, accountId), await balanceOf(own, 'in-flight')]).toEqual([
      69_000n,
      31_000n,
    ]);
    expect(await own.withdrawLinks.get(link.id)).toMatchObject({
      ...{ usesTaken: 1, usesPaid: 0, taken: 31_000n },
    });
  });

  it.each<[string, (pr: string) => string]>([
    ['as it was made', (pr) => pr],
    ['in upper case', (pr) => pr.toUpperCase()],
    ['with the prefix of a link', (pr) => `lightning:${pr}`],
    ['with that prefix and slashes', (pr) => `lightning://${pr}`],
    ['all in upper case', (pr) => `LIGHTNING:${pr.toUpperCase()}`],
    ['with a capital prefix', (pr) => `Lightning:${pr}`],
    ['with blanks around it', (pr) => `  ${pr} \n`],
    ['with blanks behind the prefix', (pr) => `lightning: ${pr}`],
  ])(
    'takes an invoice %s, and the same one again as it was made (LUD03-6)',
    async (_name, form) => {
      const link = await makeGift(money);
      const offer = await readOffer(money, link.url);
      const invoice = await walletInvoice(money);

      const first = await claim(money, offer, form(invoice.bolt11));
      const again = await claim(money, offer, invoice.bolt11);

      expect([first, again]).toEqual([OK, OK]);
      expect(await moved(money, invoice, 'paid')).toMatchObject(invoice);
    },
  );

  it.each<[string, Readonly<Record<string, string>>]>([
    ['an unknown name', { wallet: 'one', nonce: '7', t: '1', __n: '2' }],
    ['a notify address (LUD15-1)', { balanceNotify: 'https://wallet.example/n' }],
    ['a pin', { pin: '1234' }],
    ['values of the first answer (LUD08-3)', { maxWithdrawable: '99000', tag: 'withdrawRequest' }],
  ])('ignores %s (LUD03-6, GEN-15)', async (_name, more) => {
    const link = await makeGift(money);
    const offer = await readOffer(money, link.url);
    const invoice = await walletInvoice(money);

    expect(await claim(money, offer, invoice.bolt11, more)).toEqual(OK);
    expect(await moved(money, invoice, 'paid')).toMatchObject({ amount: 21_000n });
  });

  it('reads a query that was joined with a second question mark (GEN-4, GEN-18, Q-3)', async () => {
    const link = await makeGift(money);
    const { k1, callback } = await readOffer(money, link.url);
    const { bolt11 } = await walletInvoice(money);

    const path = `${localPath(callback)}?wallet=one?k1=${k1}&pr=${bolt11}`;
    const { body } = await money.wallet.get(path);

    expect(body).toEqual(OK);
  });

  it.each<[string, (k1: string, pr: string) => string, string]>([
    ['no k1', (_k1, pr) => `pr=${pr}`, 'missing k1'],
    ['an empty k1', (_k1, pr) => `k1=&pr=${pr}`, 'missing k1'],
    ['no invoice', (k1) => `k1=${k1}`, 'missing pr'],
    ['an empty invoice', (k1) => `k1=${k1}&pr=`, 'missing pr'],
    ['nothing', () => '', 'missing k1'],
    ['two k1', (k1, pr) => `k1=${k1}&k1=${'0'.repeat(64)}&pr=${pr}`, 'duplicate parameter k1'],
    ['two invoices', (k1, pr) => `k1=${k1}&pr=${pr}&pr=lnbcrt1x`, 'duplicate parameter pr'],
    ['a list of k1', (k1, pr) => `k1[]=${k1}&pr=${pr}`, 'missing k1'],
    ['a nested invoice', (k1, pr) => `k1=${k1}&pr[a]=${pr}`, 'missing pr'],
    ['a list of invoices', (k1, pr) => `k1=${k1}&pr=${pr},${pr}`, 'only one invoice allowed'],
    ['a k1 that is no hex', (_k1, pr) => `k1=${'z'.repeat(64)}&pr=${pr}`, 'invalid k1'],
    ['a short k1', (k1, pr) => `k1=${k1.slice(2)}&pr=${pr}`, 'invalid k1'],
    ['a long k1', (k1, pr) => `k1=${k1}00&pr=${pr}`, 'invalid k1'],
  ])('refuses %s and takes nothing (LUD03-6, GEN-16)', async (_name, query, reason) => {
    const link = await makeGift(money);
    const offer = await readOffer(money, link.url);
    const invoice = await walletInvoice(money);
    const before = await booksOf(money);

    const path = `${localPath(offer.callback)}?${query(offer.k1, invoice.bolt11)}`;
    const { status, body } = await money.wallet.get(path);

    expect([status, body]).toEqual([200, refusal(reason)]);
    expect(await booksOf(money)).toEqual(before);
    expect(await claim(money, offer, invoice.bolt11)).toEqual(OK);
  });

  it('takes a parameter that stands twice with one value (GEN-16)', async () => {
    const link = await makeGift(money);
    const { k1, callback } = await readOffer(money, link.url);
    const { bolt11: pr } = await walletInvoice(money);

    const { body } = await money.wallet.get(`${localPath(callback)}?k1=${k1}&pr=${pr}&k1=${k1}`);

    expect(body).toEqual(OK);
  });

  it('takes a k1 in upper case', async () => {
    const link = await makeGift(money);
    const { k1, callback } = await readOffer(money, link.url);
    const { bolt11 } = await walletInvoice(money);

    const query = { k1: k1.toUpperCase(), pr: bolt11 };
    const { body } = await money.wallet.get(localPath(callback)).query(query);

    expect(body).toEqual(OK);
  });
});

describe('LUD-03: the order of the checks', () => {
  it('refuses for the first fault in the order of LUD03-7 and takes nothing for any', async () => {
    await using own = await startMoney();
    const terms = { uses: 2, min: msat(2_000n), max: msat(5_000n) };
    const link = await makeGift(own, terms);
    const other = await makeGift(own, terms);
    const old = await readOffer(own, link.url);
    own.clock.advance(10 * MINUTE_MS);
    await own.withdrawLinks.change(link.id, { disabled: true });
    const foreign = await readOffer(own, other.url);
    const fresh = { ...old, k1: own.withdrawLinks.challenge(link) };
    const before = await booksOf(own);
    const nobody = { ...old, callback: 'https://pay.example.org/lnurlw/nobody/callback' };
    const small = (await walletInvoice(own, 1_999)).bolt11;
    const good = await walletInvoice(own, 2_000);

    const closed = [
      await claim(own, nobody, 'rubbish'),
      await claim(own, { ...old, k1: foreign.k1 }, 'rubbish'),
      await claim(own, old, 'rubbish'),
      await claim(own, fresh, 'rubbish'),
    ];
    await own.withdrawLinks.change(link.id, { disabled: false });
    const open = [
      await claim(own, fresh, 'rubbish'),
      await claim(own, fresh, MAINNET_AMOUNTLESS),
      await claim(own, fresh, small),
    ];

    expect([...closed, ...open].map(({ reason }) => reason)).toEqual([
      'Withdraw link does not exist.',
      'k1 does not belong to this link',
      'expired, scan the code again',
      'This withdraw link is switched off.',
      'This is not an invoice, or a character of it is wrong',
      'wrong network',
      'amount below minimum of 2000 msat',
    ]);
    expect(await booksOf(own)).toEqual(before);
    expect(await claim(own, fresh, good.bolt11)).toEqual(OK);
  });

  // "Please make a donation of any amount": an example of BOLT-11.
  const MAINNET_AMOUNTLESS =
    'lnbc1pvjluezsp5zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zyg3zygspp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqypqdpl2pkx2ctnv5sxxmmwwd5kgetjypeh2ursdae8g6twvus8g6rfwvs8qun0dfjkxaq9qrsgq357wnc5r2ueh7ck6q93dj32dlqnls087fxdwk8qakdyafkq3yap9us6v52vjjsrvywa6rt52cm9r9zqt8r2t7mlcwspyetp5h2tztugp9lfyql';
});

describe('LUD-03: the same claim again', () => {
  it('is OK while it is pending, when it is paid, and long after (LUD03-9, Q-11)', async () => {
    await using own = await startMoney();
    const link = await makeGift(own, { uses: 2 });
    const offer = await readOffer(own, link.url);
    const invoice = await walletInvoice(own);
    own.network.faults.payment(invoice.paymentHash, { kind: 'hang' });

    const answers = [await claim(own, offer, invoice.bolt11)];
    answers.push(await claim(own, offer, invoice.bolt11));
    await held(own, invoice);
    answers.push(await claim(own, offer, invoice.bolt11));
    own.network.release(invoice.paymentHash, 'settle');
    await pass(own, 16 * SECOND_MS);
    await moved(own, invoice, 'paid');
    answers.push(await claim(own, offer, invoice.bolt11));
    own.clock.advance(11 * MINUTE_MS);
    answers.push(await claim(own, offer, invoice.bolt11));

    expect(answers).toEqual([OK, OK, OK, OK, OK]);
    expect(await claimsOf(own)).toHaveLength(1);
    expect((await own.withdrawLinks.get(link.id)).usesTaken).toBe(1);
  });

  it('is OK also on a link that was switched off or used up since (LUD03-9)', async () => {
    const link = await makeGift(money);
    const offer = await readOffer(money, link.url);
    const invoice = await walletInvoice(money);
    await claim(money, offer, invoice.bolt11);
    await moved(money, invoice, 'paid');
    await money.withdrawLinks.change(link.id, { disabled: true });

    expect(await claim(money, offer, invoice.bolt11)).toEqual(OK);
  });

  it('is taken once when a wallet sends it ten times at once (LUD03-9, Q-11)', async () => {
    await using own = await startMoney();
    const link = await makeGift(own, { uses: 20 });
    const offer = await readOffer(own, link.url);
    const { bolt11 } = await walletInvoice(own);

    const call = async () => await claim(own, offer, bolt11);
    const answers = await Promise.all(Array.from({ length: 10 }, call));

    expect(answers).toEqual(Array.from({ length: 10 }, () => OK));
    expect(await claimsOf(own)).toHaveLength(1);
  });

  it('is refused with another invoice until the first is known to have failed (LUD03-9, LUD03-11, Q-12, A-15)', async () => {
    const link = await makeGift(money);
    const offer = await readOffer(money, link.url);
    const [first, second] = [await walletInvoice(money), await walletInvoice(money)];
    money.network.faults.payment(first.paymentHash, { kind: 'hang' });

    await claim(money, offer, first.bolt11);
    await held(money, first);
    const pending = await claim(money, offer, second.bolt11);
    money.network.release(first.paymentHash, 'fail');
    await pass(money, 3_600 * SECOND_MS + 76 * SECOND_MS);
    await moved(money, first, 'failed');
    const third = await walletInvoice(money);
    const after = await claim(money, offer, third.bolt11);
    await moved(money, third, 'paid');
    const used = await claim(money, offer, (await walletInvoice(money)).bolt11);

    expect(pending).toEqual(refusal('This withdraw is already being processed.'));
    expect(after).toEqual(OK);
    expect(used).toEqual(refusal('This withdraw has already been used.'));
  });

  it('is refused with one invoice through two k1, and through two links (LUD03-9)', async () => {
    const many = await makeGift(money, { uses: 5 });
    const other = await makeGift(money);
    const { bolt11, paymentHash } = await walletInvoice(money);
    await claim(money, await readOffer(money, many.url), bolt11);
    await moved(money, { paymentHash }, 'paid');
    const before = await booksOf(money);

    const answers = [
      await claim(money, await readOffer(money, many.url), bolt11),
      await claim(money, await readOffer(money, other.url), bolt11),
    ];

    const reason = 'This withdraw or this invoice has already been used.';
    expect(answers).toEqual([refusal(reason), refusal(reason)]);
    expect(await booksOf(money)).toEqual(before);
  });

  it('stays refused with an invoice whose payment failed: its hash is spent (LUD03-11)', async () => {
    const link = await makeGift(money);
    const offer = await readOffer(money, link.url);
    const invoice = await walletInvoice(money);
    money.network.faults.payment(invoice.paymentHash, { kind: 'fail', reason: 'no-route' });
    await claim(money, offer, invoice.bolt11);
    await moved(money, invoice, 'failed');

    const again = await claim(money, offer, invoice.bolt11);
    const next = await walletInvoice(money);

    expect(again).toEqual(refusal('no route to this wallet was found, try another invoice'));
    expect(await claim(money, offer, next.bolt11)).toEqual(OK);
    expect(await claim(money, offer, invoice.bolt11)).toEqual(
      refusal('This withdraw is already being processed.'),
    );
  });
});

describe('LUD-03: how a claim ends', () => {
  it.each([
    ['no-route', 'no route to this wallet was found, try another invoice'],
    ['fee-too-high', 'route fee too high, try another wallet'],
    ['refused-by-payee', 'the wallet refused the payment, try another invoice'],
    ['no-balance', 'the payment failed, try another invoice'],
    ['timeout', 'the payment failed, try another invoice'],
    ['other', 'the payment failed, try another invoice'],
    ['expired', 'invoice expired, make a new one'],
  ] as const)(
    'a failure of kind %s gives all of it back and says so in words of wallets (LUD03-11, LUD03-15)',
    async (reason, text) => {
      const link = await makeGift(money, { uses: 2, day: msat(90_000n), waitSeconds: 60 });
      const offer = await readOffer(money, link.url);
      const before = await booksOf(money);
      const invoice = await walletInvoice(money);
      money.network.faults.payment(invoice.paymentHash, { kind: 'fail', reason });

      await claim(money, offer, invoice.bolt11);

      expect(await moved(money, invoice, 'failed')).toMatchObject({ reason, fee: undefined });
      expect(await booksOf(money)).toEqual(before);
      expect(await claim(money, offer, invoice.bolt11)).toEqual(refusal(text));
      expect((await factsOf(money)).at(-1)).toMatchObject({
        type: 'withdrawal.failed',
        data: { linkId: link.id, reason },
      });
      expect((await withdraw(money, link.url)).answer).toEqual(OK);
    },
  );

  it('doubt gives nothing back, and becomes paid once the node says so (LUD03-11, hazard 3.2)', async () => {
    await using own = await startMoney();
    const link = await makeGift(own);
    const offer = await readOffer(own, link.url);
    const invoice = await walletInvoice(own);
    own.network.faults.payment(invoice.paymentHash, { kind: 'unknown' });

    await claim(own, offer, invoice.bolt11);
    await moved(own, invoice, 'sending');
    const doubt = await ask(own, link.url);
    await pass(own, 16 * SECOND_MS);
    await moved(own, invoice, 'paid');

    expect(doubt).toEqual(refusal('This withdraw is already being processed.'));
    expect(await ask(own, link.url)).toEqual(refusal('Withdraw is spent.'));
  });

  it('a payment that somebody else made from our node is not taken for ours (LUD03-12)', async () => {
    const link = await makeGift(money);
    const offer = await readOffer(money, link.url);
    const before = await booksOf(money);
    const invoice = await walletInvoice(money);
    const options = { maxFee: msat(100_000n), timeoutMs: 1_000 };
    await money.network.ours.pay(invoice.bolt11, options);

    await claim(money, offer, invoice.bolt11);

    expect(await moved(money, invoice, 'failed')).toMatchObject({ reason: 'known-to-node' });
    expect(await booksOf(money)).toEqual(before);
  });

  it('the account bears the fee, and the wallet gets the whole amount (LUD03-13, hazard 3.11)', async () => {
    await using own = await startMoney();
    const accountId = await openAccount(own, 'ac_1', 1_000_000n);
    const outbound = async () => (await own.network.ours.balance()).outbound;
    const before = await outbound();
    const link = await makeGift(own, { uses: 9, min: msat(1n), max: msat(99_999n), accountId });

    const amounts = [1n, 999n, 1_001n, 54_321n, 98_999n];
    for (const amount of amounts) {
      const invoice = await walletInvoice(own, amount);
      await claim(own, await readOffer(own, link.url), invoice.bolt11);
      await moved(own, invoice, 'paid');
    }

    const rows = await claimsOf(own);
    const left = rows.reduce((sum, row) => sum + row.amount + (row.fee ?? 0n), 0n);
    expect(new Set(rows.map(({ amount }) => amount))).toEqual(new Set(amounts));
    expect(before - (await outbound())).toBe(left);
    expect(await balanceOf(own, accountId)).toBe(1_000_000n - left);
    expect(await balanceOf(own, 'in-flight')).toBe(0n);
    const node = (await balanceOf(own, 'node')) ?? 0n;
    expect(node + ((await balanceOf(own, 'fees')) ?? 0n)).toBe(left);
  });
});

describe('LUD-03: many at once', () => {
  it('pays one of 200 claims with different invoices on one voucher (LUD03-8, hazards 3.3, 3.4, 3.8)', async () => {
    await using own = await startMoney();
    const link = await makeGift(own);
    const offer = await readOffer(own, link.url);
    const invoices = await Promise.all(Array.from({ length: 200 }, () => walletInvoice(own)));
    const pay = jest.spyOn(own.network.ours, 'pay');

    const answers = await Promise.all(
      invoices.map(async ({ bolt11 }) => await claim(own, offer, bolt11)),
    );

    await until(
      async () => (await claimsOf(own)).map(({ state }) => state),
      (states) => states.includes('paid'),
    );
    expect(answers.filter(({ status }) => status === 'OK')).toHaveLength(1);
    const reasons = new Set(answers.flatMap(({ reason }) => reason ?? []));
    for (const reason of reasons) {
      expect(reason).toMatch(
        /^This withdraw (is already being processed|has already been used)\.$/,
      );
    }
    expect((await claimsOf(own)).filter(({ state }) => state !== 'failed')).toHaveLength(1);
    expect(pay).toHaveBeenCalledTimes(1);
    const states = await Promise.all(
      invoices.map(
        async ({ paymentHash }) => await own.network.customer.lookupInvoice(paymentHash),
      ),
    );
    expect(states.filter((update) => update?.state === 'settled')).toHaveLength(1);
  });

  it('pays no more than its uses of a link that many read (hazards 3.3, 3.5)', async () => {
    await using own = await startMoney();
    const link = await makeGift(own, { uses: 7 });

    const results = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const { bolt11 } = await walletInvoice(own);
        return await claim(own, await readK1(own, link.url), bolt11);
      }),
    );

    expect(results.filter(({ status }) => status === 'OK')).toHaveLength(7);
    await until(
      async () => (await own.withdrawLinks.get(link.id)).usesPaid,
      (paid) => paid === 7,
    );
    expect(await claimsOf(own)).toHaveLength(7);
    expect((await factsOf(own)).filter(({ type }) => type === 'link.spent')).toHaveLength(1);
  });

  it('pays each of fifty vouchers once, and none of them a second time (hazard 3.5)', async () => {
    await using own = await startMoney();
    const batch = await own.withdrawLinks.createBatch(GIFT_TERMS, 50, false);
    const vouchers = await own.withdrawLinks.vouchers(batch.id, 100, undefined);
    const offers = await Promise.all(
      vouchers.map(async (link) => await readOffer(own, urlOf(own, link))),
    );
    const claimAll = async () =>
      await Promise.all(
        offers.map(async (offer) => await claim(own, offer, (await walletInvoice(own)).bolt11)),
      );

    const first = await claimAll();
    const second = await claimAll();

    expect(first.filter(({ status }) => status === 'OK')).toHaveLength(50);
    expect(second.filter(({ status }) => status === 'OK')).toEqual([]);
    expect(await claimsOf(own)).toHaveLength(50);
  });

  /** What the link would answer, also when its uses are taken and it says two zeros. */
  async function readK1(own: Money, url: string) {
    const { callback, k1 } = await ask(own, url);
    return {
      callback: String(callback ?? `${url}/callback`),
      k1: (k1 ?? '00'.repeat(32)) as never,
    };
  }
});

describe('LUD-03: a node that is not well', () => {
  it('is an error at once while the node is down, and takes nothing (GEN-12, promise P4)', async () => {
    await using own = await startMoney();
    const link = await makeGift(own);
    const offer = await readOffer(own, link.url);
    const invoice = await walletInvoice(own);
    const before = await booksOf(own);
    own.network.faults.goDown();

    const answer = await claim(own, offer, invoice.bolt11);

    expect(answer).toEqual(refusal('The Lightning node cannot be reached, try again later'));
    expect(await booksOf(own)).toEqual(before);
    expect((await readOffer(own, link.url)).maxWithdrawable).toBe(21_000);
    own.network.faults.comeBack();
    expect(await claim(own, offer, invoice.bolt11)).toEqual(OK);
    expect(await moved(own, invoice, 'paid')).toMatchObject({ sendsStarted: 1 });
  });

  it('is an error in 3 s while the node is slow, and takes nothing later (GEN-12, promise P4)', async () => {
    await using own = await startMoney();
    const link = await makeGift(own);
    const offer = await readOffer(own, link.url);
    const invoice = await walletInvoice(own);
    const before = await booksOf(own);
    own.network.faults.slowDown(60_000);

    const begin = Date.now();
    const answer = await claim(own, offer, invoice.bolt11);
    const lasted = Date.now() - begin;
    own.network.faults.slowDown(0);
    own.clock.advance(60_000);

    expect(answer).toEqual(refusal('The Lightning node is too slow, try again in a moment'));
    expect(lasted).toBeLessThan(3_000);
    expect(await booksOf(own)).toEqual(before);
    expect(await claim(own, offer, invoice.bolt11)).toEqual(OK);
  });

  it('takes nothing when the node answers after the wallet was told that it is too slow', async () => {
    await using own = await startMoney();
    const link = await makeGift(own);
    const offer = await readOffer(own, link.url);
    const invoice = await walletInvoice(own);
    const { ours } = own.network;
    const read = await ours.decodeInvoice(invoice.bolt11);
    let answerAtLast = () => {};
    const late = new Promise<typeof read>((resolve) => {
      answerAtLast = () => resolve(read);
    });
    const decode = jest.spyOn(ours, 'decodeInvoice').mockReturnValueOnce(late);

    const answer = await claim(own, offer, invoice.bolt11);
    answerAtLast();
    const other = await walletInvoice(own);
    const next = await claim(own, offer, other.bolt11);

    expect(decode).toHaveBeenCalledTimes(2);
    expect(answer.reason).toBe('The Lightning node is too slow, try again in a moment');
    expect(next).toEqual(OK);
    expect(await claimsOf(own)).toMatchObject([other]);
  });

  it('takes nothing before the node has said who it is: it might be the payee (A-39)', async () => {
    await using own = await startMoney({ nodeIsDown: true });
    const link = await makeGift(own);
    const offer = await readOffer(own, link.url);
    const { bolt11 } = await walletInvoice(own);
    own.network.faults.comeBack();

    const answer = await claim(own, offer, bolt11);

    expect(answer).toEqual(refusal('The Lightning node is not ready'));
    expect(await claimsOf(own)).toEqual([]);
  });

  it('offers nothing once the node is known to be another one', async () => {
    await using own = await startMoney();
    const [link, open] = [await makeGift(own), await makeGift(own, { uses: 2 })];
    const offer = await readOffer(own, link.url);
    await own.store.keepNodeKey(`02${'00'.repeat(32)}`);
    await own.continuity.check();
    const before = await booksOf(own);

    const answers = [
      await ask(own, link.url),
      await ask(own, open.url),
      await claim(own, offer, (await walletInvoice(own)).bolt11),
    ];

    const stopped = refusal('Withdraws are stopped at the moment, try again later');
    expect(answers).toEqual([stopped, stopped, stopped]);
    expect(await booksOf(own)).toEqual(before);
  });

  it('a claim that was taken before the node went away is paid once when it is back', async () => {
    await using own = await startMoney();
    const link = await makeGift(own);
    const offer = await readOffer(own, link.url);
    const invoice = await walletInvoice(own);
    const { ours, faults } = own.network;
    jest.spyOn(ours, 'decodeInvoice').mockImplementationOnce(async (bolt11) => {
      const read = await ours.decodeInvoice(bolt11);
      faults.goDown();
      return read;
    });

    const answer = await claim(own, offer, invoice.bolt11);
    await moved(own, invoice, 'reserved');
    faults.comeBack();
    await pass(own, 16 * SECOND_MS);

    expect(answer).toEqual(OK);
    expect(await moved(own, invoice, 'paid')).toMatchObject({ sendsStarted: 1, fee: 1_002n });
  });
});

describe('FC-2: wallets make invoices that live a minute', () => {
  it.each([
    [3, 60, undefined],
    [25, 60, undefined],
    [40, 60, undefined],
    [41, 60, 'invoice expires too soon, make a new one'],
    [55, 60, 'invoice expires too soon, make a new one'],
    [60, 60, 'invoice expired'],
    [61, 60, 'invoice expired'],
  ])('%i s after one of %i s was made', async (ageSeconds, lifeSeconds, reason) => {
    await using own = await startMoney();
    const link = await makeGift(own);
    const offer = await readOffer(own, link.url);
    const before = await booksOf(own);
    const invoice = await walletInvoice(own, 21_000n, lifeSeconds);
    own.clock.advance(ageSeconds * SECOND_MS);

    const answer = await claim(own, offer, invoice.bolt11);

    if (reason === undefined) {
      expect(answer).toEqual(OK);
      await moved(own, invoice, 'paid');
    } else {
      expect(answer).toEqual(refusal(reason));
      expect(await booksOf(own)).toEqual(before);
      expect((await withdraw(own, link.url)).answer).toEqual(OK);
    }
  });

  it('takes one that a fast phone stamped 20 s in our future', async () => {
    await using own = await startMoney();
    const link = await makeGift(own);
    const offer = await readOffer(own, link.url);
    const now = own.clock.now();
    const ahead = jest.spyOn(own.clock, 'now').mockReturnValue(now + 20 * SECOND_MS);
    const invoice = await walletInvoice(own, 21_000n, 60);
    ahead.mockRestore();

    expect(await claim(own, offer, invoice.bolt11)).toEqual(OK);
    await moved(own, invoice, 'paid');
  });
});

describe('LUD-03: a challenge', () => {
  it('that is too old is refused on a link for many, and a new one is given (LUD03-14)', async () => {
    await using own = await startMoney();
    const link = await makeGift(own, { uses: 2 });
    const offer = await readOffer(own, link.url);
    own.clock.advance(10 * MINUTE_MS - SECOND_MS);
    const [inTime, tooLate] = [await walletInvoice(own), await walletInvoice(own)];

    const last = await claim(own, offer, inTime.bolt11);
    const other = await readOffer(own, link.url);
    own.clock.advance(10 * MINUTE_MS);
    const late = await claim(own, other, tooLate.bolt11);
    const fresh = await claim(own, await readOffer(own, link.url), tooLate.bolt11);

    expect([last, late, fresh]).toEqual([OK, refusal('expired, scan the code again'), OK]);
  });

  it('of a voucher is good as long as the voucher (LUD03-14)', async () => {
    await using own = await startMoney();
    const link = await makeGift(own);
    const offer = await readOffer(own, link.url);
    own.clock.advance(400 * 24 * 60 * MINUTE_MS);

    expect(await claim(own, offer, (await walletInvoice(own)).bolt11)).toEqual(OK);
  });

  it.each([1, 2])(
    'of another link, altered or invented takes nothing on a link of %i uses (LUD03-7)',
    async (uses) => {
      const link = await makeGift(money, { uses });
      const others = [await makeGift(money), await makeGift(money, { uses: 2 })];
      const offer = await readOffer(money, link.url);
      const flip = (at: number) =>
        offer.k1.slice(0, at) + (offer.k1[at] === '0' ? '1' : '0') + offer.k1.slice(at + 1);
      const foreign = await Promise.all(others.map(async ({ url }) => await readOffer(money, url)));
      const k1s = [...[0, 9, 12, 31, 32, 63].map(flip), ...foreign.map(({ k1 }) => k1)];
      const { bolt11 } = await walletInvoice(money);
      const before = await booksOf(money);

      for (const k1 of [...k1s, '0'.repeat(64), 'f'.repeat(64)]) {
        expect(await claim(money, { ...offer, k1: k1 as typeof offer.k1 }, bolt11)).toEqual(
          refusal('k1 does not belong to this link'),
        );
      }

      expect(await booksOf(money)).toEqual(before);
      expect(await claim(money, offer, bolt11)).toEqual(OK);
    },
  );

  it('that was claimed on one link is no answer on another (LUD03-9)', async () => {
    const [link, other] = [await makeGift(money), await makeGift(money)];
    const offer = await readOffer(money, link.url);
    const { bolt11 } = await walletInvoice(money);
    await claim(money, offer, bolt11);

    const { callback } = await readOffer(money, other.url);

    expect(await claim(money, { callback, k1: offer.k1 }, bolt11)).toEqual(
      refusal('k1 does not belong to this link'),
    );
  });
});

describe('LUD-03: secrets', () => {
  it('shows a code to nobody without the key of the operator (LUD03-16)', async () => {
    await using server = await start();

    const { status } = await server.wallet.get('/api/v1/withdraw-links');

    expect(status).toBe(401);
  });

  it('never writes a k1, a token, an invoice or a preimage into the log or an event', async () => {
    await using own = await startMoney();
    const links = [await makeGift(own), await makeGift(own, { uses: 3 })];
    const secrets: string[] = [];
    for (const link of links) {
      for (const kind of ['succeed', 'unknown', 'hang'] as const) {
        const offer = await readOffer(own, link.url).catch(() => undefined);
        if (!offer) continue;
        const invoice = await walletInvoice(own);
        own.network.faults.payment(invoice.paymentHash, { kind });
        await claim(own, offer, 'rubbish');
        await claim(own, offer, invoice.bolt11);
        await claim(own, offer, (await walletInvoice(own)).bolt11);
        secrets.push(offer.k1, invoice.bolt11, own.withdrawLinks.token(link));
      }
    }
    own.network.faults.goDown();
    await pass(own, 16 * SECOND_MS);
    own.network.faults.comeBack();
    await pass(own, 16 * SECOND_MS);
    const rows = await until(
      async () => await claimsOf(own),
      (all) => all.filter(({ state }) => state === 'paid').length >= 2,
    );
    secrets.push(...rows.flatMap(({ preimage }) => preimage ?? []));

    const told = JSON.stringify([own.log.lines, await factsOf(own)]);

    expect(own.log.lines.length).toBeGreaterThan(3);
    expect(secrets.length).toBeGreaterThan(8);
    for (const secret of secrets) expect(told).not.toContain(secret);
  });

  it('keeps no token and no k1 before it is claimed (GEN-31, GEN-34)', async () => {
    const link = await makeGift(money);
    const { k1 } = await readOffer(money, link.url);

    const kept = JSON.stringify(
      await money.sql.query('select token_hash, id, label from withdraw_links where id = $1', [
        link.id,
      ]),
    );

    expect(kept).not.toContain(money.withdrawLinks.token(link));
    expect(kept).not.toContain(k1);
  });
});
