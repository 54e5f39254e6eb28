// `js-lnurl` as a wallet, unmodified, with its own HTTP client; for a login the key and the signature
// come from the helpers of `lnurl`. See openDevice for how it reaches the server by https.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { start } from '../support/start.ts';
import {
  invoicesOf,
  type MadeLink,
  makeLink,
  patchLink,
  pay,
  type Server,
  settled,
} from '../support/wallet.ts';
import { openDevice, type WalletDevice } from '../support/wallet-device.ts';

jest.setTimeout(60_000);

const SCRIPT = 'wallet-js-lnurl.ts';
const ONION = `http://${'b'.repeat(56)}.onion`;

interface Bought {
  readonly pr: string;
  readonly verify: string;
  readonly successAction?: object;
}

let server: Server;
let wallet: WalletDevice;
beforeAll(async () => {
  server = await start();
  wallet = await openDevice(SCRIPT, server.origin, ['pay.example.org']);
});
afterAll(async () => {
  await wallet[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const FORMS: [string, (link: MadeLink) => string][] = [
  ['an lnurl', ({ lnurl }) => lnurl],
  ['an lnurl in small letters', ({ lnurl }) => lnurl.toLowerCase()],
  ['a LUD-17 link', ({ lud17 }) => lud17],
  ['the URL itself', ({ url }) => url],
  ['a page with an lnurl (LUD-01)', ({ url, lnurl }) => `${url}?lightning=${lnurl}`],
];

describe('js-lnurl: a payment', () => {
  it.each(FORMS)('begins with %s', async (_name, formOf) => {
    const link = await makeLink(server, { description: 'Tea', commentAllowed: 7 });

    const params = await wallet.tell('ask', formOf(link));

    expect(params).toEqual({
      tag: 'payRequest',
      callback: `${link.url}/callback/1`,
      minSendable: 1000,
      maxSendable: 100_000_000,
      metadata: '[["text/plain","Tea"]]',
      commentAllowed: 7,
      domain: 'pay.example.org',
      decodedMetadata: [['text/plain', 'Tea']],
    });
  });

  it('ends with an invoice that is paid, with a comment and a success action', async () => {
    const successAction = { tag: 'message', message: 'Thank you!' };
    const link = await makeLink(server, { commentAllowed: 50, successAction });
    const query = { amount: '21000', comment: 'a b+c' };

    const bought = await wallet.tell<Bought>('order', { link: link.lnurl, query });

    const ordered = { bolt11: bought.pr, verify: bought.verify };
    expect(await pay(server, ordered)).toMatchObject({ state: 'paid' });
    expect((await settled(server, ordered)).settled).toBe(true);
    expect(bought.successAction).toEqual(successAction);
    const [invoice] = await invoicesOf(server, { linkId: link.id });
    expect(invoice).toMatchObject({ state: 'settled', comment: 'a b+c', receivedMsat: 21_000 });
  });

  it('goes over an onion too, by its LUD-17 form', async () => {
    await using hidden = await start({ env: { BOLTGATE_PUBLIC_URL: ONION } });
    await using device = await openDevice(SCRIPT, hidden.origin, ['onion.test']);
    const { body: link } = await hidden.operator
      .post('/api/v1/pay-links')
      .send({ description: 'Coffee', minMsat: 1000, maxMsat: 2000 });

    const answers = [link.lnurl, link.lud17].map(
      async (form) => await device.tell('order', { link: form, query: { amount: '1000' } }),
    );

    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatchObject({ pr: expect.stringMatching(/^lnbcrt10n/), routes: [] });
    }
  });

  it('shows our own words when it is refused (GEN-5, GEN-6)', async () => {
    const link = await makeLink(server);
    await patchLink(server, link.id, { disabled: true });

    const params = await wallet.tell('ask', link.lnurl);

    expect(params).toEqual({
      status: 'ERROR',
      reason: 'This payment link is switched off.',
      domain: 'pay.example.org',
      url: link.url,
    });
  });
});

describe('js-lnurl and lnurl: a login (LUD-04)', () => {
  it.each([
    ['an lnurl', 'lnurl'],
    ['a LUD-17 link', 'lud17'],
    ['the URL itself', 'url'],
  ])('is verified, begun with %s, and again when the answer was lost', async (_name, form) => {
    const { body: made } = await server.operator.post('/api/v1/logins').send({ action: 'login' });

    const done = await wallet.tell<{ key: string }>('login', { link: made[form], again: true });

    expect(done).toMatchObject({
      domain: 'pay.example.org',
      answers: [{ status: 'OK' }, { status: 'OK' }],
    });
    const { body: login } = await server.operator.get(`/api/v1/logins/${made.id}`);
    expect(login).toMatchObject({ state: 'verified', linkingKey: done.key });
  });

  it('is refused when its time is over, in words', async () => {
    const { body: made } = await server.operator.post('/api/v1/logins').send({});
    server.clock.advance(11 * 60_000);

    const done = await wallet.tell('login', { link: made.lnurl, again: false });

    expect(done).toMatchObject({
      answers: [{ status: 'ERROR', reason: expect.stringMatching(/^[ -~]{1,90}$/) }],
    });
  });
});
