import { describe, expect, it, jest } from '@jest/globals';
import { start } from '../support/start.ts';
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

const ALREADY_PAID = { status: 'ERROR', reason: 'This payment link has already been paid.' };

/** A one-time link with as many invoices as asked for, each from a wallet of its own. */
async function startOneTime(count: number) {
  const server = await start();
  const link = await makeLink(server, { oneTime: true });
  const offer = await readOffer(server, link.url);
  const orders = Array.from(
    { length: count },
    async () => await order(server, offer, { amount: 1000 }),
  );
  return {
    server,
    link,
    offer,
    ordered: await Promise.all(orders),
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  };
}

async function stateAtNode(
  server: Server,
  { paymentHash }: { paymentHash: Parameters<Server['network']['ours']['lookupInvoice']>[0] },
) {
  return (await server.network.ours.lookupInvoice(paymentHash))?.state;
}

describe('LUD-11: disposable', () => {
  it.each([
    [false, {}],
    [false, { oneTime: false }],
    [true, { oneTime: true }],
  ])('is %s, said outright, for %j (LUD11-1)', async (disposable, fields) => {
    await using server = await start();

    const { body } = await orderFrom(server, (await makeLink(server, fields)).url);

    expect(body).toHaveProperty('disposable', disposable);
  });

  it('refuses both calls once a one-time link is paid (LUD11-2, FC-9)', async () => {
    await using world = await startOneTime(1);
    const { server, link, offer, ordered } = world;
    const [a] = ordered;
    if (a) await pay(server, a);

    await until(
      async () => (await server.wallet.get(server.local(link.url))).body,
      ({ status }) => status === 'ERROR',
    );

    const answers = [link.url, offer.callback, `${offer.callback}?amount=1000`].map(
      async (url) => (await server.wallet.get(server.local(url))).body,
    );
    expect(await Promise.all(answers)).toEqual([ALREADY_PAID, ALREADY_PAID, ALREADY_PAID]);
  });

  it('is not spent by invoices that nobody pays', async () => {
    await using world = await startOneTime(5);
    const { server, link, ordered } = world;
    server.clock.advance(3_600_000);
    await until(
      async () => await invoicesOf(server, { linkId: link.id, state: 'expired' }),
      (items) => items.length === 5,
    );

    const late = await orderFrom(server, link.url);

    expect(ordered).toHaveLength(5);
    expect(await pay(server, late)).toMatchObject({ state: 'paid' });
    expect(await settled(server, late)).toMatchObject({ settled: true });
  });
});

describe('LUD-11: a one-time link with several invoices (FC-9)', () => {
  it('cancels at the node what else was open, so that it cannot be paid', async () => {
    await using world = await startOneTime(3);
    const { server, link, ordered } = world;
    const [a, b, c] = ordered;
    if (!a || !b || !c) throw new Error('three invoices are wanted');

    await pay(server, a);
    await until(
      async () => [await stateAtNode(server, b), await stateAtNode(server, c)],
      (states) => states.every((state) => state === 'cancelled'),
    );

    const late = await Promise.all([b, c].map(async (one) => await pay(server, one)));
    expect(late).toMatchObject([
      { state: 'failed', reason: 'refused-by-payee' },
      { state: 'failed', reason: 'refused-by-payee' },
    ]);
    await until(
      async () => await invoicesOf(server, { linkId: link.id, state: 'cancelled' }),
      (items) => items.length === 2,
    );
    const told = (await eventsOf(server)).filter(({ data }) => data.surplus === undefined);
    expect(told.map(({ type }) => type)).toEqual([
      'link.created',
      ...Array.from({ length: 3 }, () => 'invoice.created'),
      'invoice.settled',
      'link.spent',
      'invoice.cancelled',
      'invoice.cancelled',
    ]);
    expect(await verify(server, b)).toMatchObject({ settled: false, preimage: null });
  });

  it('books both when both were on their way, the second as surplus with its own event', async () => {
    await using world = await startOneTime(2);
    const { server, link, ordered } = world;
    const [a, b] = ordered;
    if (!a || !b) throw new Error('two invoices are wanted');
    for (const { paymentHash } of ordered) {
      server.network.faults.payment(paymentHash, { kind: 'hang' });
    }
    const sent = await Promise.all(ordered.map(async (one) => await pay(server, one)));

    // Both settle at the node before the server can have heard of the first.
    server.network.release(a.paymentHash, 'settle');
    server.network.release(b.paymentHash, 'settle');
    await settled(server, a);
    await settled(server, b);

    expect(sent).toMatchObject([{ state: 'unknown' }, { state: 'unknown' }]);
    const items = await invoicesOf(server, { linkId: link.id });
    const booked = Object.fromEntries(
      items.map(({ paymentHash, state, receivedMsat, surplus }) => [
        paymentHash,
        { state, receivedMsat, surplus },
      ]),
    );
    expect(booked).toEqual({
      [a.paymentHash]: { state: 'settled', receivedMsat: 1000, surplus: false },
      [b.paymentHash]: { state: 'settled', receivedMsat: 1000, surplus: true },
    });
    const told = (await eventsOf(server)).slice(3);
    expect(told.map(({ type, data }) => [type, data.paymentHash, data.surplus])).toEqual([
      ['invoice.settled', a.paymentHash, undefined],
      ['link.spent', undefined, undefined],
      ['invoice.settled', b.paymentHash, true],
    ]);
  });

  it.each([2, 10])('books all of %i that settle in the same moment', async (count) => {
    await using world = await startOneTime(count);
    const { server, link, ordered } = world;
    for (const { paymentHash } of ordered) {
      server.network.faults.payment(paymentHash, { kind: 'hang' });
    }
    for (const one of ordered) await pay(server, one);

    for (const { paymentHash } of ordered) server.network.release(paymentHash, 'settle');

    for (const one of ordered) await settled(server, one);
    const items = await invoicesOf(server, { linkId: link.id });
    expect(items.map(({ surplus }) => surplus).sort()).toEqual([
      false,
      ...Array.from({ length: count - 1 }, () => true),
    ]);
    const types = (await eventsOf(server)).map(({ type }) => type);
    expect(types.filter((type) => type === 'invoice.settled')).toHaveLength(count);
    expect(types.filter((type) => type === 'link.spent')).toHaveLength(1);
  });

  it('is paid once when the second was still held as the first settled', async () => {
    await using world = await startOneTime(2);
    const { server, link, ordered } = world;
    const [a, b] = ordered;
    if (!a || !b) throw new Error('two invoices are wanted');
    server.network.faults.payment(b.paymentHash, { kind: 'hang' });
    await pay(server, b);
    await pay(server, a);
    await settled(server, a);
    await until(
      async () => await stateAtNode(server, b),
      (state) => state === 'cancelled',
    );

    server.network.release(b.paymentHash, 'settle');

    expect(await server.network.customer.trackPayment(b.paymentHash)).toMatchObject({
      state: 'failed',
    });
    expect(await verify(server, b)).toMatchObject({ settled: false });
    const items = await invoicesOf(server, { linkId: link.id });
    expect(items.map(({ state }) => state).sort()).toEqual(['cancelled', 'settled']);
  });
});
