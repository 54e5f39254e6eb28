// `@getalby/lightning-tools` as a wallet, unmodified, with the fetch of Node. It always asks by https on
// the usual port: see openDevice for how it gets there. By default it asks through a proxy of its maker;
// a stand-in of that proxy on this machine shows that this way works too.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ManualClock } from '../support/manual-clock.ts';
import { start } from '../support/start.ts';
import { invoicesOf, makeAddress, pay, type Server, until } from '../support/wallet.ts';
import { openDevice, type WalletDevice } from '../support/wallet-device.ts';

jest.setTimeout(60_000);

interface Bought {
  readonly paymentRequest: string;
  readonly paymentHash: string;
  readonly verify: string;
  readonly satoshi: number;
  readonly expiry: number;
  readonly successAction: object | null;
}

interface Paid {
  readonly isPaid: boolean;
  readonly preimage: string | null;
  readonly isProof: boolean;
}

const SUCCESS = { tag: 'url', description: 'Order', url: 'https://pay.example.org/order/1' };

let server: Server;
let wallet: WalletDevice;
beforeAll(async () => {
  server = await start({ clock: new ManualClock(Date.now()) });
  wallet = await openDevice('wallet-lightning-tools.ts', server.origin, ['pay.example.org']);
  await makeAddress(server, { name: 'alice', commentAllowed: 50, successAction: SUCCESS });
});
afterAll(async () => {
  await wallet[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** What the maker's proxy does: asks for all three things at once, and hands the callback on. */
async function startProxy() {
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(server.origin + path);
    return response.ok ? await response.json() : undefined;
  };
  const proxy = createServer((req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '', 'http://proxy.test');
    const name = searchParams.get('ln')?.split('@')[0] ?? '';
    searchParams.delete('ln');
    const answer = async () => {
      const lnurlp = await ask(`/.well-known/lnurlp/${name}`);
      if (pathname === '/lightning-address-details') {
        const keysend = await ask(`/.well-known/keysend/${name}`);
        return { lnurlp, keysend, nostr: await ask(`/.well-known/nostr.json?name=${name}`) };
      }
      const { callback } = lnurlp as { callback: string };
      return { invoice: await ask(`${server.local(callback)}?${searchParams}`) };
    };
    answer().then(
      (body) => res.end(JSON.stringify(body)),
      () => res.writeHead(500).end(),
    );
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    [Symbol.dispose]: () => {
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}

/** Buys at an address, with a comment, and asks the server by `verify` whether that was paid. */
async function buyAndAsk(proxy: string | false) {
  const payee = { address: 'alice@pay.example.org', proxy };
  const wish = { satoshi: 21, comment: 'for you ☕ & me', payerdata: { name: 'Bob' } };
  const bought = await wallet.tell<Bought>('order', { payee, wish });
  const { paymentRequest: pr, verify } = bought;
  const before = await wallet.tell<Paid>('isPaid', { pr, verify });
  await pay(server, { bolt11: pr });
  const after = await until(
    async () => await wallet.tell<Paid>('isPaid', { pr, verify }),
    ({ isPaid }) => isPaid,
  );
  return { bought, before, after };
}

describe('@getalby/lightning-tools', () => {
  it('finds an address, and neither keysend nor nostr beside it (GEN-9)', async () => {
    const asked = await wallet.tell('ask', { address: 'alice@pay.example.org', proxy: false });

    expect(asked).toEqual({
      lnurlpData: expect.objectContaining({
        identifier: 'alice@pay.example.org',
        min: 1000,
        max: 100_000_000,
        commentAllowed: 50,
        allowsNostr: false,
        domain: 'pay.example.org',
      }),
    });
  });

  it.each(['by itself', 'through a proxy'])(
    'pays an address and learns by verify that it is paid: %s (LUD-12, LUD-16, LUD-21)',
    async (way) => {
      using proxy = await startProxy();

      const { bought, before, after } = await buyAndAsk(way === 'by itself' ? false : proxy.url);

      expect(bought).toMatchObject({ satoshi: 21, expiry: 3600, successAction: SUCCESS });
      expect(before).toEqual({ isPaid: false, preimage: null, isProof: false });
      expect(after).toEqual({
        isPaid: true,
        preimage: expect.stringMatching(/^[0-9a-f]{64}$/),
        isProof: true,
      });
      const invoices = await invoicesOf(server, { limit: 100 });
      const invoice = invoices.find(({ paymentHash }) => paymentHash === bought.paymentHash);
      expect(invoice).toMatchObject({ state: 'settled', comment: 'for you ☕ & me' });
    },
  );

  it('is refused an address that nobody has', async () => {
    const asked = wallet.tell('ask', { address: 'nobody@pay.example.org', proxy: false });

    await expect(asked).rejects.toThrow('Invalid pay service params');
  });
});
