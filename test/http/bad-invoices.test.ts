import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { descriptionHashOf, type PaymentHash } from '../../src/hex.ts';
import { featureWords } from '../../src/lightning/bolt11/features.ts';
import { TAG } from '../../src/lightning/bolt11/fields.ts';
import { nodeKeyOf } from '../../src/lightning/bolt11/signature.ts';
import { msat } from '../../src/msat.ts';
import {
  bytesField,
  craftInvoice,
  type Draft,
  demoSigner,
  type Field,
  hexField,
  honestFields,
  numberField,
  STRANGER,
} from '../support/crafted-invoice.ts';
import { booksOf, DEMO_SEED, type Money, makeGift, startMoney } from '../support/money.ts';
import { COFFEE_TERMS } from '../support/pay-store.ts';
import {
  type ClaimAnswer,
  claim,
  claimOn,
  claimsOf,
  localPath,
  moved,
  OK,
  readOffer,
  refusal,
  walletInvoice,
} from '../support/withdraw-wallet.ts';

jest.setTimeout(60_000);

const CUSTOMER = demoSigner(DEMO_SEED, 'customer');
const OURS = demoSigner(DEMO_SEED, 'ours');

let money: Money;
beforeAll(async () => {
  money = await startMoney();
});
afterAll(async () => {
  await money[Symbol.asyncDispose]();
});

const { p, s, d, x, c, 9: features } = honestFields();

function draft(changes: Partial<Draft> = {}): string {
  return craftInvoice({
    prefix: 'lnbcrt210n',
    createdAt: money.clock.now(),
    fields: [p, s, d, x, c, features],
    sign: CUSTOMER,
    ...changes,
  });
}

/** Fields instead of the honest ones. */
const of = (...fields: readonly Field[]) => draft({ fields });

/** Claims a fresh voucher of 21 to 50 sat; afterwards nothing is taken, and it can still be claimed. */
async function refusedClaim(world: Money, pr: string, uses = 1): Promise<ClaimAnswer> {
  const link = await makeGift(world, { max: msat(50_000n), uses });
  const offer = await readOffer(world, link.url);
  const before = await booksOf(world);
  const answer = await claim(world, offer, pr);
  expect(answer.status).toBe('ERROR');
  expect(await booksOf(world)).toEqual(before);
  const good = await walletInvoice(world);
  expect(await claim(world, offer, good.bolt11)).toEqual(OK);
  await moved(world, good, 'paid');
  return answer;
}

describe('an invoice that is none (LUD03-7)', () => {
  it.each<[string, () => string]>([
    ['a word', () => 'invoice'],
    ['a character', () => '1'],
    ['a bech32 prefix', () => 'lnbcrt1'],
    ['an LNURL', () => 'lnurl1dp68gurn8ghj7um9wfmxjcm99e3k7mf0v9cxj0m385ekvcenxc6r2c35'],
    ['an offer (BOLT-12)', () => `lno1${'q'.repeat(80)}`],
    ['an address', () => 'alice@pay.example.org'],
    ['an on-chain address', () => 'bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080'],
    ['a URL', () => 'https://pay.example.org/lnurlp/x'],
    ['a NUL', () => 'lnbcrt\u0000'],
    ['letters of other alphabets', () => 'lnbcrt210n1\u0440\u0430\u0443'],
    ['markup', () => '<script>alert(1)</script>'],
    ['JSON', () => '{"pr":"x"}'],
    ['an SQL fragment', () => "lnbcrt1' or 1=1; --"],
    ['the name of a prototype', () => '__proto__'],
    ['half an invoice', () => draft().slice(0, 150)],
    ['an invoice with one character more', () => `${draft()}q`],
    ['an invoice with one character changed', () => flip(draft(), 60)],
    ['an invoice with a blank inside', () => draft().replace('1p', '1 p')],
    ['an invoice in mixed case', () => draft().replace('lnbcrt', 'LNBCRT')],
    ['an invoice in mixed case behind a prefix', () => `lightning:L${draft().slice(1)}`],
    ['two invoices glued together', () => draft() + draft()],
    ['an invoice behind two prefixes', () => `lightning:lightning:${draft()}`],
    ['a URI with a query', () => `lightning:${draft()}?amount=1`],
    ['7,090 characters', () => `lnbcrt1${'q'.repeat(7_083)}`],
    ['12,000 characters', () => 'q'.repeat(12_000)],
    ['17,000 characters', () => 'q'.repeat(17_000)],
  ])('is refused: %s', async (_name, pr) => {
    const { reason } = await refusedClaim(money, pr());

    expect(reason).toMatch(/invoice|request too long/);
  });

  function flip(text: string, at: number): string {
    return text.slice(0, at) + (text[at] === 'q' ? 'p' : 'q') + text.slice(at + 1);
  }
});

describe('an invoice of another network (LUD03-7)', () => {
  it.each([
    ['lnbc210n', 'wrong network'],
    ['lntb210n', 'wrong network'],
    ['lntbs210n', 'wrong network'],
    ['lnsb210n', 'The invoice is for an unknown network'],
    ['lnltc210n', 'The invoice is for an unknown network'],
    ['lnbcrtx210n', 'The amount of the invoice is not valid'],
    ['lnb210n', 'The invoice is for an unknown network'],
    ['bcrt210n', 'The invoice is for an unknown network'],
  ])('is refused: %s', async (prefix, reason) => {
    expect(await refusedClaim(money, draft({ prefix }))).toEqual(refusal(reason));
  });
});

describe('an invoice of another amount (LUD03-7, hazard 3.10)', () => {
  it.each<[string, string, string]>([
    ['none', 'lnbcrt', 'amountless invoice not allowed'],
    ['zero', 'lnbcrt0', 'The amount of the invoice is not valid'],
    ['1 msat', 'lnbcrt10p', 'amount below minimum of 21000 msat'],
    ['1 msat less than the least', 'lnbcrt209990p', 'amount below minimum of 21000 msat'],
    ['1 msat more than the most', 'lnbcrt500010p', 'amount above maximum of 50000 msat'],
    ['a bitcoin', 'lnbcrt1', 'amount above maximum of 50000 msat'],
    ['2^53 - 1 msat', 'lnbcrt90071992547409910p', 'amount above maximum of 50000 msat'],
    ['2^53 msat', 'lnbcrt90071992547409920p', 'amount above maximum of 50000 msat'],
    ['2^53 + 1 msat', 'lnbcrt90071992547409930p', 'amount above maximum of 50000 msat'],
    ['all bitcoin', 'lnbcrt21000000', 'amount above maximum of 50000 msat'],
    ['more than all bitcoin', 'lnbcrt21000001', 'The amount of the invoice is too large'],
    ['2^63 msat', 'lnbcrt92233720368547758080p', 'The amount of the invoice is too large'],
    ['2^64 - 1 msat', 'lnbcrt184467440737095516150p', 'The amount of the invoice is not valid'],
    // Read in 64 bits these two would be 21 sat.
    [
      '2^64 + 21,000 msat',
      'lnbcrt184467440737095726160p',
      'The amount of the invoice is not valid',
    ],
    [
      '2^64 units and 21 sat',
      'lnbcrt18446744073709551826n',
      'The amount of the invoice is too large',
    ],
    ['half a msat', 'lnbcrt210005p', 'The amount of the invoice is finer than a millisatoshi'],
    ['a leading zero', 'lnbcrt0210n', 'The amount of the invoice is not valid'],
    ['a sign', 'lnbcrt-210n', 'The amount of the invoice is not valid'],
    ['a fraction', 'lnbcrt2.1u', 'The amount of the invoice is not valid'],
    ['an exponent', 'lnbcrt2e2n', 'The amount of the invoice is not valid'],
    ['an unknown unit', 'lnbcrt210k', 'The amount of the invoice is not valid'],
  ])('is refused: %s', async (_name, prefix, reason) => {
    expect(await refusedClaim(money, draft({ prefix }))).toEqual(refusal(reason));
  });

  it.each([21_000, 21_001, 49_999, 50_000])(
    'is taken from the least to the most: %i msat',
    async (amount) => {
      const link = await makeGift(money, { max: msat(50_000n) });
      const invoice = await walletInvoice(money, amount);

      const answer = await claim(money, await readOffer(money, link.url), invoice.bolt11);

      expect(answer).toEqual(OK);
      expect(await moved(money, invoice, 'paid')).toMatchObject({ amount: BigInt(amount) });
    },
  );
});

describe('an invoice of another time (LUD03-7, FC-2)', () => {
  const SECOND_MS = 1_000;

  it.each<[string, number, number | undefined, string]>([
    ['that expired a second ago', -61, 60, 'invoice expired'],
    ['that expires now', -60, 60, 'invoice expired'],
    ['that expires in a second', -59, 60, 'invoice expires too soon, make a new one'],
    ['that expires in 19 s', -41, 60, 'invoice expires too soon, make a new one'],
    ['that says nothing and is an hour old', -3_600, undefined, 'invoice expired'],
    ['of no life', 0, 0, 'invoice expired'],
  ])('is refused: one %s', async (_name, bornSeconds, lifeSeconds, reason) => {
    const createdAt = money.clock.now() + bornSeconds * SECOND_MS;
    const life = lifeSeconds === undefined ? [] : [numberField(TAG.x, lifeSeconds)];

    const pr = draft({ createdAt, fields: [p, s, d, c, features, ...life] });

    expect(await refusedClaim(money, pr)).toEqual(refusal(reason));
  });

  it('is refused: one of 1970', async () => {
    expect(await refusedClaim(money, draft({ createdAt: 0 }))).toEqual(refusal('invoice expired'));
  });

  it.each([
    [[31, 31, 31, 31, 31, 31, 31, 31, 31, 31], 'The invoice expires too far from now'],
    [new Array(12).fill(31), 'A number in the invoice is too large'],
  ])('is refused: one that lives for ever', async (words: number[], reason) => {
    const pr = of(p, s, d, c, features, [TAG.x, words]);

    expect(await refusedClaim(money, pr)).toEqual(refusal(reason));
  });
});

describe('an invoice with odd fields (hazard 3.1)', () => {
  const other = (tag: number) => hexField(tag, '09'.repeat(32));
  const h = hexField(TAG.h, '03'.repeat(32));
  const key = (byte: number) => hexField(TAG.n, nodeKeyOf(Buffer.alloc(32, byte)));

  it.each<[string, () => string]>([
    ['p, equal', () => of(p, s, d, x, c, features, p)],
    ['p, different', () => of(p, s, d, x, c, features, other(TAG.p))],
    ['p, before the rest', () => of(other(TAG.p), p, s, d, x, c, features)],
    ['s', () => of(p, s, other(TAG.s), d, x, c, features)],
    ['d', () => of(p, s, d, bytesField(TAG.d, Buffer.from('other')), x, c, features)],
    ['h', () => of(p, s, h, other(TAG.h), x, c, features)],
    ['n', () => of(p, s, d, x, c, features, key(3), key(4))],
    ['x', () => of(p, s, d, x, numberField(TAG.x, 7_200), c, features)],
    ['x, the first over', () => of(p, s, d, numberField(TAG.x, 1), x, c, features)],
    ['c', () => of(p, s, d, x, c, numberField(TAG.c, 9), features)],
  ])('is refused when a field stands twice: %s', async (_name, pr) => {
    const { reason } = await refusedClaim(money, pr());

    expect(reason).toMatch(/^invalid invoice$|is not of its node/);
  });

  it.each<[string, () => string, string]>([
    ['no p', () => of(s, d, x, c, features), 'The invoice has no payment hash'],
    ['no s', () => of(p, d, x, c, features), 'The invoice has no payment secret'],
    ['no d and no h', () => of(p, s, x, c, features), 'The invoice has no description'],
    [
      'd and h',
      () => of(p, s, d, h, x, c, features),
      'The invoice has a description and a description hash',
    ],
    ['a short p', () => of([TAG.p, p[1].slice(1)], s, d, x), 'The invoice has no payment hash'],
    ['a long p', () => of([TAG.p, [...p[1], 0]], s, d, x), 'The invoice has no payment hash'],
    ['a short s', () => of(p, [TAG.s, s[1].slice(1)], d, x), 'The invoice has no payment secret'],
    ['a long s', () => of(p, [TAG.s, [...s[1], 0]], d, x), 'The invoice has no payment secret'],
    ['a short h', () => of(p, s, [TAG.h, h[1].slice(1)], x), 'The invoice has no description'],
    ['an empty x', () => of(p, s, d, [TAG.x, []]), 'invoice expired'],
    [
      'a long c',
      () => of(p, s, d, x, [TAG.c, new Array(12).fill(31)]),
      'A number in the invoice is too large',
    ],
    [
      'a key of another node',
      () => of(p, s, d, x, features, key(9)),
      'The signature of the invoice is not of its node',
    ],
    [
      'an unknown demand',
      () => of(p, s, d, x, [TAG[9], featureWords([8, 14, 100])]),
      'The invoice demands the unknown feature 100',
    ],
    [
      'a field longer than the rest',
      () =>
        craftInvoice({
          prefix: 'lnbcrt210n',
          createdAt: 0,
          sign: STRANGER,
          fields: [p, s, d],
        }).slice(0, -1),
      'This is not an invoice, or a character of it is wrong',
    ],
  ])('is refused with %s', async (_name, pr, reason) => {
    expect(await refusedClaim(money, pr())).toEqual(refusal(reason));
  });

  it('is refused with a signature of nobody', async () => {
    const sign = () => Buffer.concat([Buffer.alloc(64, 0xff), Buffer.of(0)]);

    expect(await refusedClaim(money, draft({ sign }))).toEqual(
      refusal('The signature of the invoice is not valid'),
    );
  });

  // BOLT-11: readers skip a field of a wrong length, and unknown ones. What is then believed must be
  // what the node believes.
  it.each<[string, (hash: string) => Field[]]>([
    ['a short n', () => [[TAG.n, [1, 2, 3]]]],
    ['a short p before the good one', () => [[TAG.p, p[1].slice(1)]]],
    ['a long s before the good one', () => [[TAG.s, [...s[1], 0]]]],
    ['a short h beside d', () => [[TAG.h, [1]]]],
    ['an unknown field', () => [[2, [1, 2, 3]]]],
    [
      'the fallback address twice',
      () => [
        [9, [17, 1]],
        [9, [18, 1]],
      ],
    ],
  ])('is believed as the node reads it: %s', async (name, odd) => {
    const link = await makeGift(money);
    const before = await booksOf(money);
    const hash = descriptionHashOf(name);
    const fields = [...odd(hash), ...Object.values(honestFields(hash))];
    const bolt11 = draft({ fields });

    const answer = await claim(money, await readOffer(money, link.url), bolt11);

    const node = await money.network.ours.decodeInvoice(bolt11);
    const paymentHash = hash as string as PaymentHash;
    expect(answer).toEqual(OK);
    expect(node).toMatchObject({ paymentHash, amount: 21_000n });
    // Nobody has made it, so the payee refuses it and all is back.
    expect(await moved(money, { paymentHash }, 'failed')).toMatchObject({
      ...{ paymentHash, amount: node.amount, invoiceExpiresAt: node.expiresAt },
      reason: 'refused-by-payee',
    });
    expect(await booksOf(money)).toEqual(before);
  });
});

describe('an invoice of our own (hazard 3.13, A-39, FC-16)', () => {
  /** Made by our server for a customer who pays. */
  async function ownInvoice(world: Money): Promise<string> {
    const link = await world.payLinks.create({ ...COFFEE_TERMS }, undefined);
    const url = world.urls.payForms(world.payLinks.token(link)).url;
    const { body } = await world.wallet.get(localPath(url));
    const answer = await world.wallet.get(localPath(body.callback)).query({ amount: 21_000 });
    return answer.body.pr;
  }

  /** Made by another wallet on our node. */
  async function neighbourInvoice(world: Money) {
    return await world.network.ours.createInvoice({
      amount: msat(21_000n),
      descriptionHash: descriptionHashOf('a guest of the café'),
      expirySeconds: 3_600,
      memo: '',
    });
  }

  const OWN = 'this invoice was made by this server';
  const NEIGHBOUR = 'this wallet is on the paying node, which cannot pay itself';

  it('is refused when our server made it, whatever is allowed', async () => {
    await using generous = await startMoney({ paySelf: true });

    expect(await refusedClaim(money, await ownInvoice(money))).toEqual(refusal(OWN));
    expect(await refusedClaim(generous, await ownInvoice(generous))).toEqual(refusal(OWN));
  });

  it('is refused by the hash also when a stranger wrote and signed it anew', async () => {
    const bolt11 = await ownInvoice(money);
    const { paymentHash } = await money.network.ours.decodeInvoice(bolt11);

    const copy = draft({ fields: Object.values(honestFields(paymentHash)), sign: STRANGER });

    expect(await refusedClaim(money, copy)).toEqual(refusal(OWN));
  });

  it('is refused by name when another wallet of our node made it', async () => {
    const { bolt11, paymentHash } = await neighbourInvoice(money);

    expect(await refusedClaim(money, bolt11)).toEqual(refusal(NEIGHBOUR));
    expect(await claimOn(money, { paymentHash })).toBeUndefined();
  });

  it('is refused by name when it says so itself, in the field n', async () => {
    const named = hexField(TAG.n, String((await money.network.ours.info()).nodeKey));

    const pr = draft({ fields: [p, s, d, x, c, features, named], sign: OURS });

    expect(await refusedClaim(money, pr)).toEqual(refusal(NEIGHBOUR));
  });

  // The simulated node cannot pay itself; what matters here is that the claim gets as far as the
  // node, and that nothing is lost when the node refuses.
  it('is left to the node to judge with BOLTGATE_PAY_SELF=1', async () => {
    await using generous = await startMoney({ paySelf: true });
    const link = await makeGift(generous);
    const offer = await readOffer(generous, link.url);
    const before = await booksOf(generous);
    const invoice = await neighbourInvoice(generous);

    const answer = await claim(generous, offer, invoice.bolt11);

    expect(answer).toEqual(OK);
    expect(await moved(generous, invoice, 'failed')).toMatchObject({ reason: 'other' });
    expect(await booksOf(generous)).toEqual(before);
  });
});

describe('an invoice with a blinded path (FC-3, bLIP-39)', () => {
  const PATH: Field = [20, new Array(60).fill(0)];
  const BLINDED = [p, d, x, c, [TAG[9], featureWords([262])] as Field, PATH];

  // It names nobody and has no secret of its own; the simulated network has no way to such a payee.
  it('passes our reader and the node’s, and is refused by the network alone', async () => {
    const link = await makeGift(money);
    const before = await booksOf(money);
    const bolt11 = draft({ fields: BLINDED, sign: STRANGER });

    const answer = await claim(money, await readOffer(money, link.url), bolt11);

    const paymentHash = '01'.repeat(32) as PaymentHash;
    expect(answer).toEqual(OK);
    expect(await moved(money, { paymentHash }, 'failed')).toMatchObject({
      ...{ reason: 'no-route', sendsStarted: 1, sendsClosed: 1 },
    });
    expect(await booksOf(money)).toEqual(before);
  });

  it('is refused with route hints beside it', async () => {
    const hint = bytesField(TAG.r, Buffer.alloc(51, 2));
    const pr = draft({ fields: [...BLINDED, hint], sign: STRANGER });

    expect((await refusedClaim(money, pr)).reason).toMatch(/^The invoice/);
  });
});

describe('one payment hash', () => {
  it('is claimed once, in whatever invoice it stands', async () => {
    const invoice = await walletInvoice(money);
    const first = await makeGift(money);
    await claim(money, await readOffer(money, first.url), invoice.bolt11);
    await moved(money, invoice, 'paid');
    const count = (await claimsOf(money)).length;

    const twin = draft({ fields: Object.values(honestFields(invoice.paymentHash)) });

    expect(await refusedClaim(money, twin)).toEqual(
      refusal('This withdraw or this invoice has already been used.'),
    );
    // The good claim that follows every refusal is the only new one.
    expect(await claimsOf(money)).toHaveLength(count + 1);
  });
});
