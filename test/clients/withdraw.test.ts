// `js-lnurl` and the helpers of `lnurl`, unmodified, as a wallet that is paid out over LUD-03, LUD-08
// and LUD-17. See openDevice for how it reaches the server by https.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { start } from '../support/start.ts';
import { type Server, until } from '../support/wallet.ts';
import { openDevice, type WalletDevice } from '../support/wallet-device.ts';
import { walletInvoice } from '../support/withdraw-wallet.ts';

jest.setTimeout(60_000);

interface Gift {
  readonly id: string;
  readonly url: string;
  readonly lnurl: string;
  readonly lud17: string;
  readonly lud08: string;
}

let server: Server;
let wallet: WalletDevice;
beforeAll(async () => {
  server = await start();
  wallet = await openDevice('wallet-withdraw.ts', server.origin, ['pay.example.org']);
});
afterAll(async () => {
  await wallet[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function makeGift(fields: object = {}): Promise<Gift> {
  const { status, body } = await server.operator
    .post('/api/v1/withdraw-links')
    .send({ description: 'A gift', minMsat: 21_000, maxMsat: 50_000, ...fields });
  expect([status, body]).toEqual([201, expect.anything()]);
  return body;
}

const FORMS: [string, (gift: Gift) => string][] = [
  ['an lnurl', ({ lnurl }) => lnurl],
  ['an lnurl in small letters', ({ lnurl }) => lnurl.toLowerCase()],
  ['a LUD-17 link', ({ lud17 }) => lud17],
  ['the URL itself', ({ url }) => url],
  ['a fast link (LUD-08)', ({ lud08 }) => lud08],
];

/** Asks as the operator does, until the claim is paid, and the wallet's own node for the money. */
async function paid(gift: Gift, paymentHash: string): Promise<void> {
  const ask = async () => {
    const { body } = await server.operator
      .get('/api/v1/withdrawals')
      .query({ linkId: gift.id, state: 'paid' });
    return body.items as readonly { readonly paymentHash: string; readonly amountMsat: number }[];
  };
  const [claimed] = await until(ask, (items) => items.length === 1);
  expect(claimed).toMatchObject({ paymentHash, amountMsat: 33_000 });
}

describe('js-lnurl: being paid out', () => {
  it('reads the offer as it stands', async () => {
    const gift = await makeGift();

    const params = await wallet.tell('ask', gift.lnurl);

    expect(params).toEqual({
      tag: 'withdrawRequest',
      callback: `${gift.url}/callback`,
      k1: expect.stringMatching(/^[0-9a-f]{64}$/),
      defaultDescription: 'A gift',
      minWithdrawable: 21_000,
      maxWithdrawable: 50_000,
      domain: 'pay.example.org',
    });
  });

  it.each(FORMS)('is paid from %s, and told the same when it asks again', async (_name, formOf) => {
    const gift = await makeGift();
    const { bolt11: pr, paymentHash } = await walletInvoice(server, 33_000);

    const first = await wallet.tell('claim', { link: formOf(gift), pr });
    await paid(gift, paymentHash);
    const { callback, k1 } = await fastOffer(gift);
    const again = await server.wallet.get(server.local(callback)).query({ k1, pr });

    expect([first, again.body]).toEqual([{ status: 'OK' }, { status: 'OK' }]);
    expect(await server.network.customer.lookupInvoice(paymentHash)).toMatchObject({
      ...{ state: 'settled', received: 33_000n },
    });
  });

  it('shows our own words when it gets nothing (GEN-5, GEN-6)', async () => {
    const gift = await makeGift();
    const { bolt11: pr } = await walletInvoice(server, 50_001);

    const refused = await wallet.tell('claim', { link: gift.lnurl, pr });
    await server.operator.patch(`/api/v1/withdraw-links/${gift.id}`).send({ disabled: true });
    const off = await wallet.tell('ask', gift.lnurl);

    expect(refused).toEqual({
      status: 'ERROR',
      reason: 'amount above maximum of 50000 msat',
    });
    expect(off).toMatchObject({
      status: 'ERROR',
      reason: 'This withdraw link is switched off.',
    });
  });

  /** The k1 of a voucher stays the same, and its fast link has it. */
  async function fastOffer(gift: Gift) {
    const { searchParams } = new URL(gift.lud08.replace('lnurlw:', 'https:'));
    const { callback = '', k1 = '' } = Object.fromEntries(searchParams);
    return { callback, k1 };
  }
});

describe('the helpers of lnurl: being paid out', () => {
  it('write and read the link as we do', async () => {
    const gift = await makeGift();

    const encoded = await wallet.tell<string>('encode', gift.url);

    expect(encoded.toUpperCase()).toBe(gift.lnurl);
  });

  it.each([['upper'], ['lower']])(
    'lead to a claim that is paid, from a link in %s case',
    async (form) => {
      const gift = await makeGift({ uses: 3 });
      const { bolt11: pr, paymentHash } = await walletInvoice(server, 33_000);
      const lnurl = form === 'upper' ? gift.lnurl : gift.lnurl.toLowerCase();

      const answer = await wallet.tell('plainClaim', { lnurl, pr });

      expect(answer).toEqual({ status: 'OK' });
      await paid(gift, paymentHash);
    },
  );
});
