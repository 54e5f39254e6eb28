import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { hexToBytes } from '../../src/hex.ts';
import { DemoNetwork } from '../../src/lightning/demo/network.ts';
import type { InvoiceUpdate } from '../../src/lightning/node.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { PUBLIC_URL, start } from '../support/start.ts';
import { tempFolder } from '../support/temp-folder.ts';
import {
  eventsOf,
  invoicesOf,
  makeLink,
  order,
  orderFrom,
  pay,
  readOffer,
  type Server,
  settled,
  until,
  verify,
} from '../support/wallet.ts';

jest.setTimeout(60_000);

const SWEEP_EVERY_MS = 30_000;

let server: Server;
beforeAll(async () => {
  server = await start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** A stream that tells nothing until it is not wanted any more. */
async function* silent(signal: AbortSignal): AsyncGenerator<InvoiceUpdate> {
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function openNetwork(clock = new ManualClock()) {
  const seed = new Uint8Array(32).fill(7);
  return { clock, network: new DemoNetwork({ seed, clock, random: seededRandom('lud-21') }) };
}

describe('LUD-21: verify', () => {
  it('is an URL of its own for each invoice, on our host, without a query (LUD21-1, LUD21-6)', async () => {
    const link = await makeLink(server);
    const offer = await readOffer(server, link.url);

    const [a, b] = [
      await order(server, offer, { amount: 1000 }),
      await order(server, offer, { amount: 1000 }),
    ];

    expect(a.verify).toMatch(/^https:\/\/pay\.example\.org\/lnurlp\/verify\/inv_[a-z2-7]{26}$/);
    expect(a.verify.startsWith(PUBLIC_URL)).toBe(true);
    expect(a.verify).not.toBe(b.verify);
    expect(a.verify).not.toContain(a.paymentHash);
  });

  it('says "not settled" at once after the callback, with all four members (LUD21-2, FC-11)', async () => {
    const ordered = await orderFrom(server, (await makeLink(server)).url);

    const { status, text, headers } = await server.wallet.get(server.local(ordered.verify));

    expect([status, text]).toEqual([
      200,
      JSON.stringify({ status: 'OK', settled: false, preimage: null, pr: ordered.bolt11 }),
    ]);
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'cache-control': 'no-store',
      'content-type': 'application/json; charset=utf-8',
    });
  });

  it('shows the preimage once it is settled (LUD21-2, LUD21-5)', async () => {
    const ordered = await orderFrom(server, (await makeLink(server)).url);
    const outcome = await pay(server, ordered);

    const answer = await settled(server, ordered);

    const preimage = outcome.state === 'paid' ? outcome.preimage : '';
    expect(answer).toEqual({ status: 'OK', settled: true, preimage, pr: ordered.bolt11 });
    expect(createHash('sha256').update(hexToBytes(preimage)).digest('hex')).toBe(
      ordered.paymentHash,
    );
  });

  it('says "not settled" and no preimage while a payment is only held (LUD21-5, hazard 3.21)', async () => {
    const ordered = await orderFrom(server, (await makeLink(server)).url);
    server.network.faults.payment(ordered.paymentHash, { kind: 'hang' });
    await pay(server, ordered);

    const held = await verify(server, ordered);
    server.network.release(ordered.paymentHash, 'settle');
    const after = await settled(server, ordered);

    expect([held.settled, held.preimage]).toEqual([false, null]);
    expect(after.preimage).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(['inv_aaaaaaaaaaaaaaaaaaaaaaaaaa', 'inv_', 'x', '%00', '..%2f..', 'a'.repeat(2000)])(
    'does not know %j (LUD21-3)',
    async (id) => {
      const { status, body } = await server.wallet.get(`/lnurlp/verify/${id}`);

      expect([status, body]).toEqual([200, { status: 'ERROR', reason: 'Not found' }]);
    },
  );

  it('does not know an invoice by its payment hash (LUD21-6, hazard 3.21)', async () => {
    const { paymentHash } = await orderFrom(server, (await makeLink(server)).url);

    const { body } = await server.wallet.get(`/lnurlp/verify/${paymentHash}`);

    expect(body).toEqual({ status: 'ERROR', reason: 'Not found' });
  });

  it('goes on to answer 30 days after the expiry, also when the link is gone (LUD21-7)', async () => {
    await using own = await start();
    const link = await makeLink(own);
    const [paid, unpaid] = [await orderFrom(own, link.url), await orderFrom(own, link.url)];
    await pay(own, paid);
    await settled(own, paid);
    await own.operator.delete(`/api/v1/pay-links/${link.id}`).expect(204);
    own.clock.advance(31 * 86_400_000);
    await until(
      async () => await invoicesOf(own, { state: 'expired' }),
      (items) => items.length === 1,
    );

    const answers = [await verify(own, paid), await verify(own, unpaid)];

    expect(answers.map((answer) => answer.settled)).toEqual([true, false]);
  });
});

describe('LUD-21: a till that polls (FC-11)', () => {
  it('asks nothing of the node and meets no limit in 600 polls of 50 invoices', async () => {
    await using own = await start();
    const offer = await readOffer(own, (await makeLink(own)).url);
    const orders = Array.from(
      { length: 50 },
      async () => await order(own, offer, { amount: 1000 }),
    );
    const ordered = await Promise.all(orders);
    const calls = (['lookupInvoice', 'createInvoice', 'info', 'balance', 'decodeInvoice'] as const)
      // A poll a second would not be slower than this, and the clock stands still.
      .map((name) => jest.spyOn(own.network.ours, name));

    const answers = new Map<string, number>();
    for (let second = 0; second < 600; second += 50) {
      const round = ordered.map(async ({ verify: url }) => {
        const response = await fetch(own.origin + own.local(url));
        const { settled: isSettled } = await response.json();
        const told = `${response.status} ${isSettled}`;
        answers.set(told, (answers.get(told) ?? 0) + 1);
      });
      await Promise.all(round);
    }

    expect(Object.fromEntries(answers)).toEqual({ '200 false': 600 });
    expect(calls.map((call) => call.mock.calls.length)).toEqual([0, 0, 0, 0, 0]);
  });

  it('sees each payment soon after the node told of it, while it polls the others', async () => {
    const offer = await readOffer(server, (await makeLink(server)).url);
    const orders = Array.from(
      { length: 20 },
      async () => await order(server, offer, { amount: 1000 }),
    );
    const ordered = await Promise.all(orders);

    const lookups = jest.spyOn(server.network.ours, 'lookupInvoice');
    const seen = ordered.map(async (one, index) => {
      if (index % 2 === 0) await pay(server, one);
      return index % 2 === 0 ? await settled(server, one) : await verify(server, one);
    });

    const told = (await Promise.all(seen)).map((answer) => answer.settled);
    expect(told).toEqual(ordered.map((_, index) => index % 2 === 0));
    expect(lookups).not.toHaveBeenCalled();
    lookups.mockRestore();
  });
});

describe('LUD-21: a settlement', () => {
  it('keeps what was asked and what came apart when a payer sends more (FC-8)', async () => {
    await using own = await start();
    const link = await makeLink(own);
    const ordered = await orderFrom(own, link.url, { amount: 100_000 });
    own.network.faults.payment(ordered.paymentHash, { kind: 'overpay', percent: 50n });
    await pay(own, ordered);

    const answer = await settled(own, ordered);

    expect(answer).toMatchObject({ settled: true, pr: ordered.bolt11 });
    const [invoice] = await invoicesOf(own, { linkId: link.id });
    const event = (await eventsOf(own)).find(({ type }) => type === 'invoice.settled');
    expect([invoice, event?.data]).toMatchObject([
      { state: 'settled', amountMsat: 100_000, receivedMsat: 150_000 },
      { amountMsat: 100_000, receivedMsat: 150_000 },
    ]);
  });

  it('is told once, in an event with the next number, for each of many (promise P2)', async () => {
    await using own = await start();
    const link = await makeLink(own);
    const offer = await readOffer(own, link.url);
    const ordered = await Promise.all(
      Array.from({ length: 30 }, async () => await order(own, offer, { amount: 1000 })),
    );

    await Promise.all(ordered.map(async (one) => await pay(own, one)));
    own.clock.advance(SWEEP_EVERY_MS);
    for (const one of ordered) await settled(own, one);

    const events = await eventsOf(own);
    const settlements = events.filter(({ type }) => type === 'invoice.settled');
    expect(settlements.map(({ data }) => data.paymentHash).sort()).toEqual(
      ordered.map(({ paymentHash }) => paymentHash).sort(),
    );
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  });

  it('is found by the next start when it came while the service was down (promise P2)', async () => {
    using folder = tempFolder();
    const databasePath = join(folder.path, 'boltgate.db');
    const { clock, network } = openNetwork();
    const first = await start({ databasePath, clock, network });
    const link = await makeLink(first);
    const [before, during] = [await orderFrom(first, link.url), await orderFrom(first, link.url)];
    await pay(first, before);
    await settled(first, before);
    await first[Symbol.asyncDispose]();
    await pay(first, during);

    await using second = await start({ databasePath, clock, network });

    const answer = await settled(second, during);
    expect(answer.preimage).toMatch(/^[0-9a-f]{64}$/);
    expect((await verify(second, before)).settled).toBe(true);
    const events = await eventsOf(second);
    expect(events.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'link.created'],
      [2, 'invoice.created'],
      [3, 'invoice.created'],
      [4, 'invoice.settled'],
      [5, 'invoice.settled'],
    ]);
    network[Symbol.dispose]();
  });

  it('is found by the sweep of 30 s when the stream skipped it (promise P2)', async () => {
    const { clock, network } = openNetwork();
    jest.spyOn(network.ours, 'watchInvoices').mockImplementation(silent);
    await using own = await start({ clock, network });
    const ordered = await orderFrom(own, (await makeLink(own)).url);
    await pay(own, ordered);
    const before = await verify(own, ordered);

    clock.advance(SWEEP_EVERY_MS);

    expect((await settled(own, ordered)).settled).toBe(true);
    expect(before.settled).toBe(false);
    const types = (await eventsOf(own)).map(({ type }) => type);
    expect(types.filter((type) => type === 'invoice.settled')).toHaveLength(1);
    network[Symbol.dispose]();
  });

  it('is found when the node comes back after it was down (promise P2)', async () => {
    await using own = await start();
    const ordered = await orderFrom(own, (await makeLink(own)).url);
    own.network.faults.goDown();
    await pay(own, ordered);
    const down = await verify(own, ordered);

    own.network.faults.comeBack();
    own.clock.advance(SWEEP_EVERY_MS);

    expect(down.settled).toBe(false);
    expect((await settled(own, ordered)).settled).toBe(true);
  });
});
