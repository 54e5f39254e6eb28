// `lnurl-pay` as a wallet, unmodified, with its own HTTP client. It wants https and a name with a dot:
// see openDevice for how it gets there. Everything it can check of an invoice is switched on.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { decodeBolt11 } from '../../src/lightning/bolt11/decode.ts';
import { start } from '../support/start.ts';
import {
  invoicesOf,
  makeAddress,
  makeLink,
  patchLink,
  pay,
  type Server,
  settled,
} from '../support/wallet.ts';
import { openDevice, type WalletDevice } from '../support/wallet-device.ts';

jest.setTimeout(60_000);

const SCRIPT = 'wallet-lnurl-pay.ts';
const ONION = `http://${'a'.repeat(56)}.onion`;

interface Asked {
  readonly min: number;
  readonly max: number;
  readonly fixed: boolean;
  readonly domain: string;
  readonly identifier: string;
  readonly description: string;
  readonly commentAllowed: number;
}

interface Bought {
  readonly invoice: string;
  readonly hasValidAmount: boolean;
  readonly hasValidDescriptionHash: boolean;
  readonly successAction?: object;
  readonly rawData: { readonly pr: string; readonly verify: string };
}

let server: Server;
let wallet: WalletDevice;
beforeAll(async () => {
  server = await start({
    env: { BOLTGATE_ADDRESS_DOMAINS: 'pay.example.org,example.org,other.org' },
  });
  wallet = await openDevice(SCRIPT, server.origin, ['pay.example.org', 'example.org', 'other.org']);
  await makeAddress(server, { name: 'alice', domain: 'pay.example.org', commentAllowed: 50 });
  await makeAddress(server, { name: '_', domain: 'example.org', description: 'The shop' });
  await makeAddress(server, { name: 'alice', domain: 'other.org', description: 'Another' });
});
afterAll(async () => {
  await wallet[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** Orders, pays and proves; answers what the wallet was given. */
async function buy(from: Server, by: WalletDevice, order: object): Promise<Bought> {
  const bought = await by.tell<Bought>('order', order);
  const { pr: bolt11, verify } = bought.rawData;
  const ordered = { bolt11, verify };
  expect(await by.tell('hashOf', bolt11)).toBe(decodeBolt11(bolt11).paymentHash);
  expect(await pay(from, ordered)).toMatchObject({ state: 'paid' });
  const { preimage } = await settled(from, ordered);
  expect(await by.tell('isProof', { invoice: bolt11, preimage })).toBe(true);
  return bought;
}

describe('lnurl-pay', () => {
  it.each([
    ['an lnurl', ({ lnurl }) => lnurl],
    ['an lnurl in small letters', ({ lnurl }) => lnurl.toLowerCase()],
    ['a lightning: link', ({ lnurl }) => `lightning:${lnurl}`],
    ['a page with an lnurl (LUD-01)', ({ lnurl, url }) => `${url}?lightning=${lnurl}`],
    ['a LUD-17 link', ({ lud17 }) => lud17],
    ['a LUD-17 link in capitals', ({ lud17 }) => lud17.toUpperCase()],
  ] as [string, (link: Record<'lnurl' | 'lud17' | 'url', string>) => string][])(
    'pays %s, with a comment and a success action',
    async (_name, formOf) => {
      const successAction = { tag: 'message', message: 'Thank you!' };
      const link = await makeLink(server, { commentAllowed: 50, successAction });

      const bought = await buy(server, wallet, {
        lnUrlOrAddress: formOf({ ...link }),
        tokens: 21,
        comment: 'one + two & three ☕',
      });

      expect(bought).toMatchObject({
        hasValidAmount: true,
        hasValidDescriptionHash: true,
        successAction,
      });
      const [invoice] = await invoicesOf(server, { linkId: link.id });
      expect(invoice).toMatchObject({
        state: 'settled',
        receivedMsat: 21_000,
        comment: 'one + two & three ☕',
      });
    },
  );

  it('reads the terms as they were set', async () => {
    const link = await makeLink(server, {
      description: 'Tea ☕',
      minMsat: 21_000,
      maxMsat: 21_000,
      commentAllowed: 7,
    });

    const asked = await wallet.tell<Asked>('ask', { lnUrlOrAddress: link.lnurl });

    expect(asked).toMatchObject({
      min: 21,
      max: 21,
      fixed: true,
      domain: 'pay.example.org',
      description: 'Tea ☕',
      commentAllowed: 7,
    });
  });

  it.each([
    ['alice@pay.example.org', 'alice@pay.example.org', 'Coffee'],
    ['alice+tip@pay.example.org', 'alice@pay.example.org', 'Coffee'],
    ['_@example.org', '_@example.org', 'The shop'],
    ['alice@other.org', 'alice@other.org', 'Another'],
  ])('pays the address %s (LUD-16, FC-5, FC-6)', async (address, identifier, description) => {
    const asked = await wallet.tell<Asked>('ask', { lnUrlOrAddress: address });

    const bought = await buy(server, wallet, { lnUrlOrAddress: address, tokens: 5 });

    expect(asked).toMatchObject({ identifier, description, domain: 'pay.example.org' });
    expect(bought).toMatchObject({ hasValidAmount: true, hasValidDescriptionHash: true });
  });

  it('shows a success action of the kind url', async () => {
    const successAction = {
      tag: 'url',
      description: 'Your order',
      url: 'https://pay.example.org/order/4711',
    };
    const link = await makeLink(server, { successAction });

    const bought = await buy(server, wallet, { lnUrlOrAddress: link.lnurl, tokens: 1 });

    expect(bought.successAction).toEqual(successAction);
  });

  it('pays with what it was told before the link was changed (FC-10)', async () => {
    const link = await makeLink(server, { description: 'Old' });
    const params = await wallet.tell<Asked>('ask', { lnUrlOrAddress: link.lnurl });
    await patchLink(server, link.id, { description: 'New' });

    const bought = await wallet.tell<Bought>('orderWith', { params, tokens: 1 });

    expect(bought).toMatchObject({ hasValidAmount: true, hasValidDescriptionHash: true });
  });

  it('pays over an onion, where http is right (LUD-01, LUD-17)', async () => {
    await using hidden = await start({ env: { BOLTGATE_PUBLIC_URL: ONION } });
    await using device = await openDevice(SCRIPT, hidden.origin, ['onion.test']);
    const { body: link } = await hidden.operator
      .post('/api/v1/pay-links')
      .send({ description: 'Coffee', minMsat: 1000, maxMsat: 2000 });

    const forms = [link.lnurl, link.lud17];
    for (const lnUrlOrAddress of forms) {
      const bought = await buy(hidden, device, { lnUrlOrAddress, tokens: 2, onionAllowed: true });
      expect(bought).toMatchObject({ hasValidAmount: true, hasValidDescriptionHash: true });
    }
  });

  it('shows its user our own words when something is refused (GEN-5, GEN-6)', async () => {
    const link = await makeLink(server, { commentAllowed: 50 });
    const params = await wallet.tell<Asked>('ask', { lnUrlOrAddress: link.lnurl });
    await patchLink(server, link.id, { commentAllowed: 2 });
    const tooLong = wallet.tell('orderWith', { params, tokens: 1, comment: 'abc' });
    await expect(tooLong).rejects.toThrow('comment too long, maximum 2 characters');
    await patchLink(server, link.id, { disabled: true });

    const refused = wallet.tell('ask', { lnUrlOrAddress: link.lnurl });

    await expect(refused).rejects.toThrow('This payment link is switched off.');
    await expect(wallet.tell('ask', { lnUrlOrAddress: 'nobody@pay.example.org' })).rejects.toThrow(
      'user not found',
    );
  });
});
