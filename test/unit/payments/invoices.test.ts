import { describe, expect, it, jest } from '@jest/globals';
import type { DescriptionHash, PaymentHash } from '../../../src/hex.ts';
import { msat } from '../../../src/msat.ts';
import { Invoices } from '../../../src/payments/invoices.ts';
import { orderFor, startPayments } from '../../support/pay-store.ts';

const NEVER = new AbortController().signal;

describe('making an invoice', () => {
  it('asks the node for what was ordered and keeps what it made', async () => {
    await using world = await startPayments();
    const link = await world.link();
    const createInvoice = jest.spyOn(world.node, 'createInvoice');
    const order = orderFor(link, { amount: msat(1_234_567n), comment: 'hi', tag: 'x' });

    const invoice = await world.invoices.create(order, NEVER);

    expect(invoice).toEqual({
      id: expect.stringMatching(/^inv_[a-z2-7]{26}$/),
      paymentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      payLinkId: link.id,
      version: 1,
      bolt11: expect.stringMatching(/^lnbcrt/),
      amount: 1_234_567n,
      received: undefined,
      comment: 'hi',
      tag: 'x',
      caller: 'a caller',
      state: 'open',
      surplus: false,
      createdAt: world.clock.now(),
      expiresAt: world.clock.now() + 3_600_000,
      cancelAskedAt: undefined,
      closedAt: undefined,
      preimage: undefined,
    });
    expect(await world.invoices.get(invoice.id)).toEqual(invoice);
    expect(createInvoice.mock.calls[0]?.[0]).toMatchObject({
      amount: 1_234_567n,
      descriptionHash: order.descriptionHash,
      expirySeconds: 3600,
      memo: `boltgate ${invoice.id}`,
    });
  });

  it.each<[string, { amount?: bigint; descriptionHash?: string; paymentHash?: string }]>([
    ['another amount', { amount: 1001n }],
    ['another description', { descriptionHash: 'ab'.repeat(32) }],
    ['another hash', { paymentHash: 'ab'.repeat(32) }],
  ])('refuses an invoice of the node over %s (LUD06-13)', async (_name, wrong) => {
    await using world = await startPayments();
    const link = await world.link();
    const create = world.node.createInvoice.bind(world.node);
    jest.spyOn(world.node, 'createInvoice').mockImplementation(async (request) => {
      const made = await create({
        ...request,
        amount: msat(wrong.amount ?? request.amount),
        descriptionHash: (wrong.descriptionHash ?? request.descriptionHash) as DescriptionHash,
      });
      return { ...made, paymentHash: (wrong.paymentHash ?? made.paymentHash) as PaymentHash };
    });

    const invoice = world.order(link);

    await expect(invoice).rejects.toMatchObject({ name: 'NodeError', code: 'node-rejected' });
    expect(await world.invoices.list({}, 10, undefined)).toEqual([]);
    expect((await world.facts()).map(({ type }) => type)).toEqual(['link.created']);
  });

  it('refuses an invoice of another network (LUD06-12)', async () => {
    await using world = await startPayments();
    const { store, node, clock, random } = world;
    const invoices = new Invoices({ store, node, network: () => 'bc', clock, random });

    const invoice = invoices.create(orderFor(await world.link()), NEVER);

    await expect(invoice).rejects.toMatchObject({ code: 'node-rejected' });
  });

  it('keeps nothing when the wallet was already told that it failed', async () => {
    await using world = await startPayments();
    const link = await world.link();
    const patience = new AbortController();
    const create = world.node.createInvoice.bind(world.node);
    jest.spyOn(world.node, 'createInvoice').mockImplementation(async (request) => {
      const made = await create(request);
      patience.abort();
      return made;
    });

    const invoice = world.invoices.create(orderFor(link), patience.signal);

    await expect(invoice).rejects.toMatchObject({ code: 'node-timeout' });
    expect(await world.invoices.list({}, 10, undefined)).toEqual([]);
  });

  it('lets no more than 16 calls to the node run at once', async () => {
    await using world = await startPayments();
    const link = await world.link();
    const create = world.node.createInvoice.bind(world.node);
    let running = 0;
    let most = 0;
    jest.spyOn(world.node, 'createInvoice').mockImplementation(async (request) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      return await create(request);
    });

    const made = await Promise.all(Array.from({ length: 50 }, async () => await world.order(link)));

    expect(most).toBe(16);
    expect(new Set(made.map(({ id }) => id)).size).toBe(50);
  });

  it('says which id it does not know', async () => {
    await using world = await startPayments();

    expect(await world.invoices.find('inv_none')).toBeUndefined();
    await expect(world.invoices.get('inv_none')).rejects.toMatchObject({ code: 'not-found' });
  });
});
