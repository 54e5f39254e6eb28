import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { decodeBolt11 } from '../../src/lightning/bolt11/decode.ts';
import { PUBLIC_URL, start } from '../support/start.ts';
import {
  eventsOf,
  invoicesOf,
  makeLink,
  order,
  orderFrom,
  patchLink,
  pay,
  readOffer,
  type Server,
  settled,
} from '../support/wallet.ts';

const DAY_MS = 86_400_000;

jest.setTimeout(60_000);

let server: Server;
beforeAll(async () => {
  server = await start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe('LUD-06: the first answer', () => {
  it('holds what the document names and nothing else (LUD06-1, GEN-21, GEN-26, FC-4)', async () => {
    const link = await makeLink(server, { description: 'Tea', minMsat: 2000, maxMsat: 5_000_000 });

    const { status, text } = await server.wallet.get(server.local(link.url));

    expect([status, text]).toEqual([
      200,
      JSON.stringify({
        tag: 'payRequest',
        callback: `${link.url}/callback/1`,
        minSendable: 2000,
        maxSendable: 5_000_000,
        metadata: '[["text/plain","Tea"]]',
        commentAllowed: 0,
      }),
    ]);
  });

  it('has whole numbers of millisatoshi (LUD06-2, LUD06-3, GEN-20)', async () => {
    const link = await makeLink(server, { minMsat: 1000, maxMsat: 100_000_000_000 });

    const { text } = await server.wallet.get(server.local(link.url));

    expect(text).toContain('"minSendable":1000,"maxSendable":100000000000,');
  });

  it('has the metadata as one string of pairs of strings (LUD06-5)', async () => {
    const image = { kind: 'png', base64: 'iVBORw0KGgo=' };
    const link = await makeLink(server, {
      description: 'Crème brûlée ☕ "to go"',
      longDescription: 'One\ntwo',
      image,
    });

    const { metadata } = await readOffer(server, link.url);

    expect(metadata).toBe(
      '[["text/plain","Crème brûlée ☕ \\"to go\\""],["text/long-desc","One\\ntwo"],["image/png;base64","iVBORw0KGgo="]]',
    );
  });

  it('offers no more than the node can receive, in whole satoshi (LUD06-4)', async () => {
    const inbound = (await server.network.ours.balance()).inbound;
    const link = await makeLink(server, { maxMsat: Number(inbound) + 1_000_000_000 });

    const { maxSendable, callback } = await readOffer(server, link.url);
    const { body } = await server.wallet
      .get(server.local(callback))
      .query({ amount: maxSendable + 1000 });

    expect(maxSendable).toBe(Number(inbound - (inbound % 1000n)));
    expect(body).toEqual({
      status: 'ERROR',
      reason: `amount too high, maximum ${maxSendable} msat`,
    });
  });

  it('is an error, and no empty range, when nothing fits (LUD06-4)', async () => {
    const inbound = Number((await server.network.ours.balance()).inbound);
    const minMsat = Math.ceil(inbound / 1000) * 1000 + 1000;
    const link = await makeLink(server, { minMsat, maxMsat: minMsat });

    const { status, body } = await server.wallet.get(server.local(link.url));

    expect([status, body]).toEqual([
      200,
      { status: 'ERROR', reason: 'Payments cannot be received at the moment, try later' },
    ]);
  });

  it('writes nothing and asks no node, however often it is read (hazard 3.27, GEN-33)', async () => {
    await using own = await start();
    const link = await makeLink(own);
    const before = await eventsOf(own);
    const calls = (['info', 'balance', 'createInvoice', 'lookupInvoice'] as const).map((name) =>
      jest.spyOn(own.network.ours, name),
    );

    const ask = async () => await (await fetch(own.origin + own.local(link.url))).json();
    await Promise.all(Array.from({ length: 200 }, ask));

    expect(calls.map((call) => call.mock.calls.length)).toEqual([0, 0, 0, 0]);
    expect(await eventsOf(own)).toEqual(before);
    expect(await invoicesOf(own, {})).toEqual([]);
  });
});

describe('LUD-06: the second answer', () => {
  it('is an invoice over the amount, bound to the metadata byte for byte (LUD06-7, LUD06-11..13)', async () => {
    const link = await makeLink(server, { description: 'Crème brûlée ☕ "to go"' });
    const info = await server.wallet.get(server.local(link.url));

    const { status, body } = await server.wallet
      .get(server.local(info.body.callback))
      .query({ amount: 1_234_567 });

    const invoice = decodeBolt11(body.pr);
    expect([status, body]).toEqual([
      200,
      {
        pr: body.pr.toLowerCase(),
        routes: [],
        disposable: false,
        verify: expect.stringMatching(/^https:\/\/pay\.example\.org\/lnurlp\/verify\/inv_\w{26}$/),
      },
    ]);
    expect(invoice).toMatchObject({
      network: 'bcrt',
      amount: 1_234_567n,
      description: undefined,
      descriptionHash: createHash('sha256').update(info.body.metadata, 'utf8').digest('hex'),
      expiresAt: invoice.createdAt + 3_600_000,
    });
  });

  it.each([
    [undefined, 'missing amount'],
    ['', 'missing amount'],
    ['0', 'invalid amount'],
    ['00', 'invalid amount'],
    ['01000', 'invalid amount'],
    ['-1', 'invalid amount'],
    ['-1000', 'invalid amount'],
    ['+1000', 'invalid amount'],
    [' 1000', 'invalid amount'],
    ['1000 ', 'invalid amount'],
    ['1 000', 'invalid amount'],
    ['1,000', 'invalid amount'],
    ['1000.0', 'invalid amount'],
    ['1000.5', 'invalid amount'],
    ['1e3', 'invalid amount'],
    ['1E3', 'invalid amount'],
    ['0x3e8', 'invalid amount'],
    ['0b1111101000', 'invalid amount'],
    ['1_000', 'invalid amount'],
    ['1000n', 'invalid amount'],
    ['١٠٠٠', 'invalid amount'],
    ['１０００', 'invalid amount'],
    ['1000\n', 'invalid amount'],
    ['1000\0', 'invalid amount'],
    ['NaN', 'invalid amount'],
    ['Infinity', 'invalid amount'],
    ['null', 'invalid amount'],
    ['undefined', 'invalid amount'],
    ['true', 'invalid amount'],
    ['[1000]', 'invalid amount'],
    ['{"a":1}', 'invalid amount'],
    ['1000.USD', 'invalid amount'],
    ['999', 'amount too low, minimum 1000 msat'],
    ['1', 'amount too low, minimum 1000 msat'],
    ['5001', 'amount too high, maximum 5000 msat'],
    ['9007199254740991', 'amount too high, maximum 5000 msat'],
    ['9007199254740993', 'amount too high, maximum 5000 msat'],
    ['2100000000000000000', 'amount too high, maximum 5000 msat'],
    ['2100000000000000001', 'invalid amount'],
    ['18446744073709551616', 'invalid amount'],
    [`1${'0'.repeat(400)}`, 'invalid amount'],
  ])('refuses amount %j: %s (LUD06-8, LUD06-9, LUD22-3)', async (amount, reason) => {
    const link = await makeLink(server, { minMsat: 1000, maxMsat: 5000 });
    const createInvoice = jest.spyOn(server.network.ours, 'createInvoice');
    const query = amount === undefined ? {} : { amount };

    const { status, body } = await server.wallet
      .get(`${server.local(link.url)}/callback/1`)
      .query(query);

    expect([status, body]).toEqual([200, { status: 'ERROR', reason }]);
    expect(createInvoice).not.toHaveBeenCalled();
    expect(await invoicesOf(server, { linkId: link.id })).toEqual([]);
    createInvoice.mockRestore();
  });

  it.each([1000, 1001, 4999, 5000])(
    'takes the amount %i within bounds, to the millisatoshi (LUD06-10)',
    async (amount) => {
      const link = await makeLink(server, { minMsat: 1000, maxMsat: 5000 });

      const ordered = await orderFrom(server, link.url, { amount });

      expect(decodeBolt11(ordered.bolt11).amount).toBe(BigInt(amount));
    },
  );

  it('takes nothing but the fixed amount of a fixed link (Q-27)', async () => {
    const link = await makeLink(server, { minMsat: 21_000, maxMsat: 21_000 });
    const offer = await readOffer(server, link.url);

    const refused = [20_999, 21_001].map(async (amount) => {
      const { body } = await server.wallet.get(server.local(offer.callback)).query({ amount });
      return body.reason;
    });

    expect(await Promise.all(refused)).toEqual([
      'amount too low, minimum 21000 msat',
      'amount too high, maximum 21000 msat',
    ]);
    expect((await order(server, offer, { amount: 21_000 })).bolt11).toMatch(/^lnbcrt/);
  });

  it('is a new invoice for each call, and none cancels another (LUD06-14)', async () => {
    const link = await makeLink(server);
    const offer = await readOffer(server, link.url);

    const ordered = await Promise.all(
      Array.from({ length: 10 }, async () => await order(server, offer, { amount: 1000 })),
    );

    expect(new Set(ordered.map(({ paymentHash }) => paymentHash)).size).toBe(10);
    for (const one of ordered) expect(await pay(server, one)).toMatchObject({ state: 'paid' });
    for (const one of ordered) await settled(server, one);
    const states = (await invoicesOf(server, { linkId: link.id })).map(({ state }) => state);
    expect(states).toEqual(Array.from({ length: 10 }, () => 'settled'));
  });

  it('commits to the metadata alone where neither payer data nor zaps are offered (LUD18-5, NIP57-8)', async () => {
    const offer = await readOffer(server, (await makeLink(server)).url);
    const payerdata = '{"name":"Bob"}';
    const nostr = '{"kind":9734,"content":"","tags":[]}';

    const ordered = await order(server, offer, { amount: 1000, payerdata, nostr });

    // `order` has compared the hash with that of the metadata.
    expect(Object.keys(ordered.body)).toEqual(['pr', 'routes', 'disposable', 'verify']);
    expect(offer).not.toHaveProperty('payerData');
    expect(offer).not.toHaveProperty('allowsNostr');
  });

  it('holds in no case another success action than the link has (hazard 3.23)', async () => {
    const link = await makeLink(server, {
      successAction: { tag: 'message', message: 'Thank you!' },
    });

    const { body } = await server.wallet.get(
      `${server.local(link.url)}/callback/1?amount=1000&successAction[tag]=url&successAction[url]=https://evil.test&successAction=x&pr=lnbc1&disposable=true&verify=https://evil.test&__proto__[status]=ERROR&constructor=x&minSendable=1&metadata=[]`,
    );

    expect(body).toEqual({
      pr: expect.stringMatching(/^lnbcrt10n/),
      routes: [],
      successAction: { tag: 'message', message: 'Thank you!' },
      disposable: false,
      verify: expect.stringContaining(`${PUBLIC_URL}/lnurlp/verify/`),
    });
  });
});

describe('LUD-06: a callback that was kept (FC-10)', () => {
  it('commits to the text that its wallet saw, 30 days after that was changed', async () => {
    await using own = await start();
    const link = await makeLink(own, { description: 'Old text' });
    const old = await readOffer(own, link.url);
    await patchLink(own, link.id, { description: 'New text', minMsat: 3000 });
    own.clock.advance(30 * DAY_MS);

    const ordered = await order(own, old, { amount: 3000 });

    expect(old.metadata).toBe('[["text/plain","Old text"]]');
    expect((await readOffer(own, link.url)).metadata).toBe('[["text/plain","New text"]]');
    expect(await pay(own, ordered)).toMatchObject({ state: 'paid' });
  });

  it('keeps every version apart', async () => {
    const link = await makeLink(server, { description: 'Version 1' });
    const offers = [await readOffer(server, link.url)];
    for (const version of [2, 3, 4]) {
      await patchLink(server, link.id, { description: `Version ${version}` });
      offers.push(await readOffer(server, link.url));
    }

    const ordered = offers.map(async (offer) => await order(server, offer, { amount: 1000 }));

    // Each of them was compared with the metadata of its own offer.
    expect(await Promise.all(ordered)).toHaveLength(4);
    expect(offers.map(({ callback }) => callback.split('/').at(-1))).toEqual(['1', '2', '3', '4']);
  });

  it('obeys the bounds of today', async () => {
    const link = await makeLink(server, { minMsat: 1000, maxMsat: 5000 });
    const { callback } = await readOffer(server, link.url);
    await patchLink(server, link.id, { minMsat: 10_000, maxMsat: 20_000 });

    const { body } = await server.wallet.get(server.local(callback)).query({ amount: 5000 });

    expect(body).toEqual({ status: 'ERROR', reason: 'amount too low, minimum 10000 msat' });
  });

  it('says that the link is switched off while it is', async () => {
    const link = await makeLink(server);
    const offer = await readOffer(server, link.url);
    await patchLink(server, link.id, { disabled: true });

    const off = await server.wallet.get(server.local(offer.callback)).query({ amount: 1000 });
    await patchLink(server, link.id, { disabled: false });

    expect(off.body).toEqual({ status: 'ERROR', reason: 'This payment link is switched off.' });
    expect(await order(server, offer, { amount: 1000 })).toBeDefined();
  });

  it.each([
    '',
    '/0',
    '/99',
    '/1x',
    '/-1',
    '/1e1',
    '/99999999999999999999',
    '/%F0%9F%98%80',
    '/..%2F',
  ])('commits to the text of today under a version that never was: callback%s', async (suffix) => {
    const link = await makeLink(server, { description: 'Old' });
    await patchLink(server, link.id, { description: 'Today' });
    const metadata = '[["text/plain","Today"]]';

    const ordered = await order(
      server,
      { callback: `${link.url}/callback${suffix}`, metadata },
      { amount: 1000 },
    );

    expect(ordered.bolt11).toMatch(/^lnbcrt/);
  });

  it('is not found when the link was deleted', async () => {
    const link = await makeLink(server);
    const { callback } = await readOffer(server, link.url);
    await server.operator.delete(`/api/v1/pay-links/${link.id}`).expect(204);

    const answers = [link.url, `${callback}?amount=1000`].map(async (url) => {
      const { status, body } = await server.wallet.get(server.local(url));
      return [status, body];
    });

    const refusal = [200, { status: 'ERROR', reason: 'pay link not found' }];
    expect(await Promise.all(answers)).toEqual([refusal, refusal]);
  });
});

describe('LUD-06: how long an invoice lives (FC-1, LUD06-12)', () => {
  it.each([
    [{}, 3600],
    [{ invoiceExpirySeconds: 60 }, 60],
    [{ invoiceExpirySeconds: 86_400 }, 86_400],
  ])('is %j: %i s', async (fields, seconds) => {
    const link = await makeLink(server, fields);

    const { bolt11 } = await orderFrom(server, link.url);

    const { createdAt, expiresAt } = decodeBolt11(bolt11);
    expect(expiresAt - createdAt).toBe(seconds * 1000);
  });

  it.each([300_000, 90_500, 59_000, 1_001])(
    'is never past the end of the link, %i ms from now',
    async (leftMs) => {
      const end = server.clock.now() + leftMs;
      const link = await makeLink(server, { expiresAt: new Date(end).toISOString() });

      const { bolt11 } = await orderFrom(server, link.url);

      expect(decodeBolt11(bolt11).expiresAt).toBeLessThanOrEqual(end);
      expect(decodeBolt11(bolt11).expiresAt).toBeGreaterThan(end - 2000);
    },
  );

  it('refuses before the beginning of the link and from its end on', async () => {
    await using own = await start();
    const now = own.clock.now();
    const link = await makeLink(own, {
      validFrom: new Date(now + 10_000).toISOString(),
      expiresAt: new Date(now + 20_000).toISOString(),
    });
    const path = own.local(link.url);
    const ask = async () => {
      const answers = [path, `${path}/callback/1?amount=1000`].map(
        async (url) => (await own.wallet.get(url)).body,
      );
      return (await Promise.all(answers)).map(({ tag, pr, reason }) => reason ?? tag ?? typeof pr);
    };

    const early = await ask();
    own.clock.advance(10_000);
    const open = await ask();
    own.clock.advance(10_000);
    const late = await ask();

    expect([early, open, late]).toEqual([
      Array.from({ length: 2 }, () => 'This payment link is not open yet.'),
      ['payRequest', 'string'],
      Array.from({ length: 2 }, () => 'This payment link has expired.'),
    ]);
  });
});

describe('LUD-06: unpaid invoices', () => {
  it('do not wear out a link, not even a thousand of them (hazard 3.27, LUD06-16)', async () => {
    await using own = await start();
    const link = await makeLink(own, { oneTime: true });
    const callback = `${own.origin}${own.local(link.url)}/callback?amount=1000`;
    const ask = async () => await (await fetch(callback)).json();
    for (let count = 0; count < 1000; count += 50) {
      expect(await Promise.all(Array.from({ length: 50 }, ask))).toHaveLength(50);
    }

    const last = await orderFrom(own, link.url);
    const outcome = await pay(own, last);

    expect(outcome).toMatchObject({ state: 'paid' });
    expect(await settled(own, last)).toMatchObject({ settled: true });
  });
});
