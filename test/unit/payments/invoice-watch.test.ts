import { describe, expect, it, jest } from '@jest/globals';
import { NodeError } from '../../../src/errors.ts';
import type { InvoiceUpdate } from '../../../src/lightning/node.ts';
import type { Invoice } from '../../../src/payments/invoice.ts';
import { type PaymentsWorld, startPayments } from '../../support/pay-store.ts';

const SWEEP_EVERY_MS = 30_000;

/** How the invoices stand in the books. */
async function statesOf(world: PaymentsWorld, invoices: readonly Invoice[]) {
  const found = invoices.map(async ({ id }) => (await world.invoices.get(id)).state);
  return await Promise.all(found);
}

/** What was told of invoices after they were made. */
async function endings(world: PaymentsWorld) {
  const facts = await world.facts();
  const ends = facts.filter(({ type }) => type !== 'link.created' && type !== 'invoice.created');
  return ends.map(({ type, data }) => [type, data.id]);
}

/** Waits for the loops of the watch, which are woken by promises and the clock alone. */
async function quiet(done: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 5_000; turn += 1) {
    if (await done()) return;
    await new Promise(setImmediate);
  }
  throw new Error('waited in vain');
}

/** Returns when the first sweep is over, so that only the stream can tell of what comes. */
async function startWatching(world: PaymentsWorld): Promise<void> {
  world.watch.start();
  await world.watch.sweep();
}

function streamIsSilent(world: PaymentsWorld): void {
  jest.spyOn(world.node, 'watchInvoices').mockImplementation(silent);
}

/** A stream that tells nothing until it is not wanted any more. */
async function* silent(signal: AbortSignal): AsyncGenerator<InvoiceUpdate> {
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

describe('the watch over invoices', () => {
  it('books a payment that the stream tells of, without asking again', async () => {
    await using world = await startPayments();
    const invoice = await world.order(await world.link());
    await startWatching(world);
    const lookups = jest.spyOn(world.node, 'lookupInvoice');

    await world.pay(invoice);

    await quiet(async () => (await statesOf(world, [invoice]))[0] === 'settled');
    expect(await endings(world)).toEqual([['invoice.settled', invoice.id]]);
    expect(lookups).not.toHaveBeenCalled();
  });

  it('finds at its start what was paid while nobody watched', async () => {
    await using world = await startPayments();
    const invoice = await world.order(await world.link());
    await world.pay(invoice);

    world.watch.start();

    await quiet(async () => (await statesOf(world, [invoice]))[0] === 'settled');
    expect(await endings(world)).toEqual([['invoice.settled', invoice.id]]);
  });

  it('finds by its sweep after 30 s what the stream skipped', async () => {
    await using world = await startPayments();
    streamIsSilent(world);
    const invoice = await world.order(await world.link());
    await startWatching(world);
    await world.pay(invoice);

    world.clock.advance(SWEEP_EVERY_MS - 1);
    await world.settlement.apply({ paymentHash: invoice.paymentHash, state: 'open' });
    const before = await statesOf(world, [invoice]);
    world.clock.advance(1);

    await quiet(async () => (await statesOf(world, [invoice]))[0] === 'settled');
    expect(before).toEqual(['open']);
    expect(await endings(world)).toEqual([['invoice.settled', invoice.id]]);
  });

  it('books once what the stream and several sweeps see at the same time', async () => {
    await using world = await startPayments();
    const link = await world.link();
    const invoices = await Promise.all(Array.from({ length: 10 }, () => world.order(link)));
    world.watch.start();

    for (const invoice of invoices) await world.pay(invoice);
    await Promise.all([world.watch.sweep(), world.watch.sweep(), world.watch.sweep()]);

    await quiet(async () => (await statesOf(world, invoices)).every((s) => s === 'settled'));
    expect((await endings(world)).sort()).toEqual(
      invoices.map(({ id }) => ['invoice.settled', id]).sort(),
    );
  });

  it('comes back after the node was down, and finds what was paid in between', async () => {
    await using world = await startPayments();
    const invoice = await world.order(await world.link());
    await startWatching(world);
    world.network.faults.goDown();
    await world.pay(invoice);
    await quiet(async () => world.log.lines.length > 0);
    world.network.faults.comeBack();

    world.clock.advance(250);

    await quiet(async () => (await statesOf(world, [invoice]))[0] === 'settled');
    expect(await endings(world)).toEqual([['invoice.settled', invoice.id]]);
    expect(world.log.lines).toContainEqual({
      level: 'warn',
      message: 'the invoice stream broke',
      fields: { code: 'node-unavailable' },
    });
  });

  it('ends the old stream before it opens a new one', async () => {
    await using world = await startPayments();
    await world.order(await world.link());
    const streams: AbortSignal[] = [];
    jest.spyOn(world.node, 'watchInvoices').mockImplementation((signal) => {
      streams.push(signal);
      return silent(signal);
    });
    const failure = new NodeError('node-timeout', 'The node did not answer');
    jest.spyOn(world.node, 'lookupInvoice').mockRejectedValueOnce(failure);
    world.watch.start();
    await quiet(async () => world.log.lines.length > 0);

    world.clock.advance(250);

    await quiet(async () => streams.length > 1);
    expect(streams.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it('closes as expired what the node gave up after its time', async () => {
    await using world = await startPayments();
    const invoice = await world.order(await world.link());
    world.clock.advance(3_600_000);

    await world.watch.sweep();

    expect(await statesOf(world, [invoice])).toEqual(['expired']);
    expect(await endings(world)).toEqual([['invoice.expired', invoice.id]]);
  });

  it('leaves open what is held past its time, and books it when it is taken', async () => {
    await using world = await startPayments();
    const invoice = await world.order(await world.link());
    world.network.faults.payment(invoice.paymentHash, { kind: 'hang' });
    await world.pay(invoice);
    world.clock.advance(7_200_000);

    await world.watch.sweep();
    const held = await statesOf(world, [invoice]);
    world.network.release(invoice.paymentHash, 'settle');
    await world.watch.sweep();

    expect(held).toEqual(['open']);
    expect(await statesOf(world, [invoice])).toEqual(['settled']);
  });

  it('keeps asking for an invoice that the node does not know', async () => {
    await using world = await startPayments();
    const link = await world.link();
    const [lost, known] = [await world.order(link), await world.order(link)];
    const lookup = world.node.lookupInvoice.bind(world.node);
    jest
      .spyOn(world.node, 'lookupInvoice')
      .mockImplementation(async (hash, signal) =>
        hash === lost.paymentHash ? undefined : await lookup(hash, signal),
      );
    await world.pay(known);

    await world.watch.sweep();

    expect(await statesOf(world, [lost, known])).toEqual(['open', 'settled']);
  });

  it('walks through more open invoices than it reads at once', async () => {
    await using world = await startPayments();
    const link = await world.link();
    const invoices: Invoice[] = [];
    for (let count = 0; count < 501; count += 1) invoices.push(await world.order(link));
    for (const invoice of invoices) await world.pay(invoice);

    await world.watch.sweep();

    expect(new Set(await statesOf(world, invoices))).toEqual(new Set(['settled']));
  });

  it('stops without waiting for the clock or the node', async () => {
    const world = await startPayments();
    await world.order(await world.link());
    world.network.faults.slowDown(60_000);
    world.watch.start();

    await world[Symbol.asyncDispose]();

    expect(world.clock.sleepers).toBe(0);
  });
});

describe('the watch over one-time links (FC-9)', () => {
  it('cancels at the node what else is open when the stream tells of the payment', async () => {
    await using world = await startPayments();
    const link = await world.link({ oneTime: true });
    const [a, b, c] = [await world.order(link), await world.order(link), await world.order(link)];
    await startWatching(world);

    await world.pay(a);

    await quiet(async () => (await statesOf(world, [b, c])).every((s) => s === 'cancelled'));
    const paid = await Promise.all([b, c].map(async (one) => await world.pay(one)));
    expect(paid.map(({ state }) => state)).toEqual(['failed', 'failed']);
    const [settled, spent, ...cancelled] = await endings(world);
    expect([settled, spent]).toEqual([
      ['invoice.settled', a.id],
      ['link.spent', link.id],
    ]);
    expect(cancelled.sort()).toEqual([b, c].map(({ id }) => ['invoice.cancelled', id]).sort());
  });

  it('cancels them at once also when a sweep finds the payment', async () => {
    await using world = await startPayments();
    const link = await world.link({ oneTime: true });
    const [a, b] = [await world.order(link), await world.order(link)];
    await world.pay(a);

    await world.watch.sweep();

    expect(await statesOf(world, [a, b])).toEqual(['settled', 'cancelled']);
    expect(await world.pay(b)).toMatchObject({ state: 'failed' });
  });

  it('books both when both were paid before anybody looked, the second as surplus', async () => {
    await using world = await startPayments();
    const link = await world.link({ oneTime: true });
    const [a, b] = [await world.order(link), await world.order(link)];
    await startWatching(world);
    for (const one of [a, b]) world.network.faults.payment(one.paymentHash, { kind: 'hang' });
    for (const one of [a, b]) await world.pay(one);

    world.network.release(a.paymentHash, 'settle');
    world.network.release(b.paymentHash, 'settle');

    await quiet(async () => (await statesOf(world, [a, b])).every((s) => s === 'settled'));
    const found = await Promise.all([a, b].map(async ({ id }) => await world.invoices.get(id)));
    expect(found.map(({ surplus }) => surplus)).toEqual([false, true]);
    const [first, spent, second, ...others] = (await world.facts()).slice(3);
    expect([first, spent, second, others]).toMatchObject([
      { type: 'invoice.settled', data: { id: a.id } },
      { type: 'link.spent', data: { id: link.id } },
      { type: 'invoice.settled', data: { id: b.id, surplus: true } },
      [],
    ]);
  });

  it('is not held up by an invoice that the node will not cancel', async () => {
    await using world = await startPayments();
    const link = await world.link({ oneTime: true });
    const [a, b, c] = [await world.order(link), await world.order(link), await world.order(link)];
    const other = await world.order(await world.link());
    const cancel = world.node.cancelInvoice.bind(world.node);
    jest.spyOn(world.node, 'cancelInvoice').mockImplementation(async (hash, signal) => {
      if (hash === b.paymentHash) throw new NodeError('node-rejected', 'It is not known here');
      await cancel(hash, signal);
    });
    await world.pay(a);
    await world.pay(other);

    await world.watch.sweep();
    await world.watch.sweep();

    expect(await statesOf(world, [a, b, c, other])).toEqual([
      'settled',
      'open',
      'cancelled',
      'settled',
    ]);
  });

  it('goes on when more invoices than it reads at once will not be cancelled', async () => {
    await using world = await startPayments();
    const link = await world.link({ oneTime: true });
    const invoices: Invoice[] = [];
    for (let count = 0; count < 502; count += 1) invoices.push(await world.order(link));
    const [paid, ...others] = invoices;
    for (const { paymentHash } of others) {
      world.network.faults.payment(paymentHash, { kind: 'hang' });
    }
    for (const invoice of invoices) await world.pay(invoice);
    const cancels = jest.spyOn(world.node, 'cancelInvoice').mockResolvedValue(undefined);

    await world.watch.sweep();

    expect(paid && (await statesOf(world, [paid]))).toEqual(['settled']);
    expect(cancels).toHaveBeenCalledTimes(501);
  });
});
