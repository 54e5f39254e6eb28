import { describe, expect, it, jest } from '@jest/globals';
import { NodeError } from '../../../src/errors.ts';
import type { Preimage } from '../../../src/hex.ts';
import type { DemoNetwork } from '../../../src/lightning/demo/network.ts';
import type { PayEnding, PaymentOutcome } from '../../../src/lightning/node.ts';
import { msat } from '../../../src/msat.ts';
import { Continuity } from '../../../src/payments/continuity.ts';
import { Payer } from '../../../src/payments/payer.ts';
import type { Withdrawal } from '../../../src/payments/withdrawal.ts';
import { booksOf, factsOf, makeGift, startMoney } from '../../support/money.ts';
import { walletInvoice } from '../../support/withdraw-wallet.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const NEVER = new AbortController().signal;

const IN_DOUBT: PayEnding = { state: 'unknown', closed: false, existed: false };
const REFUSED: PayEnding = { state: 'unknown', closed: true, existed: false };
const EXISTED: PayEnding = { state: 'unknown', closed: true, existed: true };
const NO_ROUTE: PaymentOutcome = { state: 'failed', reason: 'no-route' };
const UNDER_WAY: PaymentOutcome = { state: 'unknown' };

/** One claim that is reserved and not sent, and a node that says what it is told to. */
async function start() {
  const money = await startMoney({ sends: false });
  const { store, clock, random, network, withdrawLinks, withdrawals } = money;
  await money.payerLoop[Symbol.asyncDispose](); // Every step is the test's own.
  const node = network.ours;
  const link = await makeGift(money);
  const before = await booksOf(money);
  const invoice = await walletInvoice(money);
  const claimable = { ...link, withdrawLinkId: link.id };
  const k1 = withdrawLinks.challenge(link);
  const { id } = await withdrawals.claim(claimable, k1, invoice.bolt11, NEVER);
  const preimage = await preimageOf(network, invoice.bolt11);
  const pay = jest.spyOn(node, 'pay');
  const track = jest.spyOn(node, 'trackPayment').mockResolvedValue(undefined);
  const log = money.log;
  const leave = { may: true };
  const continuity = new Continuity({ store, node, log });
  const payer = new Payer({
    ...{ store, node, continuity, clock, random, log },
    mayLeave: () => leave.may,
  });
  const paid = { state: 'paid', preimage, fee: msat(7n) } as const;
  return {
    ...money,
    ...{ id, invoice, before, pay, track, payer, leave, continuity, paid },
    /** One step, and what the claim is afterwards. */
    advance: async (): Promise<Withdrawal> => {
      await payer.advance(id);
      return await withdrawals.get(id);
    },
    /** What was told of the claim after it was reserved. */
    told: async () => (await factsOf(money)).map(({ type }) => type).slice(2),
  };
}

/** The secret of an invoice. What the network says of it afterwards is not asked. */
async function preimageOf(network: DemoNetwork, bolt11: string): Promise<Preimage> {
  const ending = await network.ours.pay(bolt11, { maxFee: msat(10_000n), timeoutMs: 1 });
  if (ending.state !== 'paid') throw new Error('the invoice cannot be paid');
  return ending.preimage;
}

describe('the first send of a claim', () => {
  it('pays the invoice with the cap of its fee, and books what the node says', async () => {
    await using world = await start();
    world.pay.mockResolvedValue({ ...world.paid, closed: true, existed: false });

    const row = await world.advance();

    expect(world.pay.mock.calls).toEqual([
      [world.invoice.bolt11, { maxFee: 10_000n, timeoutMs: 60_000 }],
    ]);
    expect(row).toMatchObject({ state: 'paid', fee: 7n, preimage: world.paid.preimage });
    expect(await world.told()).toEqual(['withdrawal.paid', 'link.spent']);
  });

  it('is counted and durable before the node hears of it', async () => {
    await using world = await start();
    world.pay.mockImplementation(async () => {
      expect(await world.withdrawals.get(world.id)).toMatchObject({
        ...{ state: 'sending', sendsStarted: 1, sendsClosed: 0 },
      });
      return { ...world.paid, closed: true, existed: false };
    });

    await world.advance();

    expect(world.pay).toHaveBeenCalledTimes(1);
  });

  it('is one, however many ask for it at once, in one payer and in two', async () => {
    await using world = await start();
    const { store, network, continuity, clock, random, log } = world;
    const parts = { store, node: network.ours, continuity, clock, random, log };
    const other = new Payer({ ...parts, mayLeave: () => true });
    world.pay.mockResolvedValue({ ...world.paid, closed: true, existed: false });

    await Promise.all([world.advance(), world.advance(), other.advance(world.id), world.advance()]);

    expect(world.pay).toHaveBeenCalledTimes(1);
  });

  it('gives everything back when the node says that it failed', async () => {
    await using world = await start();
    world.pay.mockResolvedValue({ ...NO_ROUTE, closed: true, existed: false });

    expect(await world.advance()).toMatchObject({ state: 'failed', reason: 'no-route' });
    expect(await booksOf(world)).toEqual(world.before);
  });

  it('is not made of an invoice that expired', async () => {
    await using world = await start();
    world.clock.advance(HOUR_MS);

    expect(await world.advance()).toMatchObject({ state: 'failed', reason: 'expired' });
    expect(world.pay).not.toHaveBeenCalled();
  });

  it.each<[string, PaymentOutcome]>([
    ['paid', { state: 'paid', preimage: 'ab'.repeat(32) as Preimage, fee: msat(0n) }],
    ['under way', UNDER_WAY],
    ['failed', NO_ROUTE],
  ])('is not made of an invoice that somebody else sent: %s (LUD03-12)', async (_name, word) => {
    await using world = await start();
    world.track.mockResolvedValue(word);

    expect(await world.advance()).toMatchObject({ state: 'failed', reason: 'known-to-node' });
    expect(world.pay).not.toHaveBeenCalled();
    expect(await booksOf(world)).toEqual(world.before);
  });

  it('that the node refuses because it has the hash already was of somebody else', async () => {
    await using world = await start();
    world.pay.mockResolvedValue(EXISTED);

    expect(await world.advance()).toMatchObject({ state: 'failed', reason: 'known-to-node' });
  });

  it.each<[string, (world: Awaited<ReturnType<typeof start>>) => void]>([
    [
      'the node does not answer',
      ({ track }) => track.mockRejectedValue(new NodeError('node-unavailable', 'no answer')),
    ],
    [
      'no money may leave',
      ({ leave }) => {
        leave.may = false;
      },
    ],
    ['the node is down', ({ network }) => network.faults.goDown()],
  ])('waits while %s', async (_name, hinder) => {
    await using world = await start();
    hinder(world);

    expect(await world.advance()).toMatchObject({ state: 'reserved', sendsStarted: 0 });
    expect(world.pay).not.toHaveBeenCalled();
  });
});

describe('a send that ended without a word (hazard 3.2)', () => {
  async function inDoubt() {
    const world = await start();
    world.pay.mockResolvedValueOnce(IN_DOUBT);
    expect(await world.advance()).toMatchObject({
      ...{ state: 'sending', sendsStarted: 1, sendsClosed: 0 },
    });
    return world;
  }

  it('stays as long as the payment is under way, long after the invoice has expired', async () => {
    await using world = await inDoubt();
    world.track.mockResolvedValue(UNDER_WAY);

    const first = await world.advance();
    world.clock.advance(100 * HOUR_MS);
    const later = await world.advance();

    expect([first.state, later.state]).toEqual(['sending', 'sending']);
    expect(first.knownAt).toBeDefined();
    expect(world.pay).toHaveBeenCalledTimes(1);
  });

  it('is paid when the node says so', async () => {
    await using world = await inDoubt();
    world.track.mockResolvedValue(world.paid);

    expect(await world.advance()).toMatchObject({ state: 'paid', fee: 7n, sendsStarted: 1 });
  });

  it('is not failed on the node’s word while a call of ours may still arrive', async () => {
    await using world = await inDoubt();
    world.track.mockResolvedValue(NO_ROUTE);

    const states = [(await world.advance()).state];
    world.clock.advance(HOUR_MS + 60 * SECOND_MS);
    states.push((await world.advance()).state);
    world.clock.advance(1);
    states.push((await world.advance()).state);

    expect(states).toEqual(['sending', 'sending', 'failed']);
    expect(await booksOf(world)).toEqual(world.before);
  });

  it('is failed on the node’s word once the node was down in between (F2)', async () => {
    await using world = await inDoubt();
    world.track.mockResolvedValue(NO_ROUTE);
    world.clock.advance(1);
    world.network.faults.goDown();
    world.network.faults.comeBack();

    expect(await world.advance()).toMatchObject({ state: 'failed', reason: 'no-route' });
  });

  it('is sent again with the same invoice when the node has no record (F5)', async () => {
    await using world = await inDoubt();
    world.pay.mockResolvedValueOnce({ ...world.paid, closed: true, existed: false });

    expect(await world.advance()).toMatchObject({ state: 'paid', sendsStarted: 2 });
    expect(world.pay.mock.calls.map(([bolt11]) => bolt11)).toEqual([
      world.invoice.bolt11,
      world.invoice.bolt11,
    ]);
  });

  it('is its own when the second send finds that the first has arrived', async () => {
    await using world = await inDoubt();
    world.pay.mockImplementationOnce(async () => {
      world.track.mockResolvedValue(world.paid);
      return EXISTED;
    });

    expect(await world.advance()).toMatchObject({ state: 'paid', sendsStarted: 2, sendsClosed: 1 });
  });

  it('is not failed when the second send fails while the first may still arrive', async () => {
    await using world = await inDoubt();
    world.pay.mockResolvedValueOnce({ ...NO_ROUTE, closed: true, existed: false });

    expect(await world.advance()).toMatchObject({ state: 'sending', sendsStarted: 2 });
  });

  it('is not sent again when little time is left, nor while no money may leave', async () => {
    await using world = await inDoubt();
    world.leave.may = false;
    await world.advance();
    world.leave.may = true;
    world.clock.advance(HOUR_MS - 4_999);
    const late = await world.advance();

    expect(late.state).toBe('sending');
    expect(world.pay).toHaveBeenCalledTimes(1);
  });

  it('is sent ten times at most', async () => {
    await using world = await inDoubt();
    world.pay.mockResolvedValue(IN_DOUBT);

    for (let count = 0; count < 15; count += 1) await world.advance();

    expect(world.pay).toHaveBeenCalledTimes(10);
    expect(await world.withdrawals.get(world.id)).toMatchObject({ state: 'sending' });
  });

  it.each([
    ['once the node was down in between (F2)', 'down'],
    ['a minute after the invoice has expired (F3)', 'expired'],
  ])('was never sent when the node has no record %s', async (_name, fence) => {
    await using world = await inDoubt();
    if (fence === 'expired') world.clock.advance(HOUR_MS + 60 * SECOND_MS + 1);
    else {
      world.clock.advance(1);
      world.network.faults.goDown();
      world.network.faults.comeBack();
    }

    expect(await world.advance()).toMatchObject({ state: 'failed', reason: 'never-sent' });
    expect(await booksOf(world)).toEqual(world.before);
    expect(world.pay).toHaveBeenCalledTimes(1);
  });

  it('is held when the node knew of it and does not any more', async () => {
    await using world = await inDoubt();
    world.track.mockResolvedValueOnce(UNDER_WAY);
    await world.advance();
    world.clock.advance(2 * HOUR_MS);

    expect(await world.advance()).toMatchObject({ state: 'held', reason: 'history-lost' });
    expect(await world.told()).toEqual(['withdrawal.held']);
    expect(await world.advance()).toMatchObject({ state: 'held' });
    expect(world.pay).toHaveBeenCalledTimes(1);
  });

  it('is held when the node is another one', async () => {
    await using world = await inDoubt();
    await world.sql.query("update settings set value = 'another' where name = 'node_key'");
    world.network.faults.goDown();
    world.network.faults.comeBack();

    expect(await world.advance()).toMatchObject({ state: 'held', reason: 'node-changed' });
  });

  it('is only waited for while the node does not answer', async () => {
    await using world = await inDoubt();
    world.track.mockRejectedValue(new NodeError('node-timeout', 'no answer'));
    world.clock.advance(2 * HOUR_MS);

    expect(await world.advance()).toMatchObject({ state: 'sending' });
  });
});

describe('a send that the node itself ended', () => {
  it('by refusing it was never sent when there is no record', async () => {
    await using world = await start();
    world.pay.mockResolvedValue(REFUSED);

    expect(await world.advance()).toMatchObject({ state: 'failed', reason: 'never-sent' });
    expect(await booksOf(world)).toEqual(world.before);
  });

  it('by refusing it is what the record says when there is one', async () => {
    await using world = await start();
    world.pay.mockImplementation(async () => {
      world.track.mockResolvedValue(world.paid);
      return REFUSED;
    });

    expect(await world.advance()).toMatchObject({ state: 'paid', fee: 7n });
  });

  it('as paid with a preimage that does not fit is believed neither way', async () => {
    await using world = await start();
    const wrong = { ...world.paid, preimage: '00'.repeat(32) as Preimage };
    world.pay.mockResolvedValue({ ...wrong, closed: true, existed: false });

    const row = await world.advance();

    expect(row).toMatchObject({ state: 'sending', preimage: undefined });
    expect(world.log.lines.filter(({ level }) => level === 'error')).toEqual([
      {
        level: 'error',
        message: 'the node says paid with a preimage that does not fit',
        fields: { withdrawal: world.id },
      },
    ]);
    world.track.mockResolvedValue(world.paid);
    expect(await world.advance()).toMatchObject({ state: 'paid' });
  });
});

describe('a claim that is over or unknown', () => {
  it('is left alone', async () => {
    await using world = await start();
    world.pay.mockResolvedValue({ ...NO_ROUTE, closed: true, existed: false });
    const failed = await world.advance();

    await world.payer.advance('wd_nobody');

    expect(await world.advance()).toEqual(failed);
    expect(world.pay).toHaveBeenCalledTimes(1);
  });

  it('may be asked for again after the store failed', async () => {
    await using world = await start();
    world.pay.mockResolvedValue({ ...world.paid, closed: true, existed: false });
    const gone = new Error('the store is gone');
    jest.spyOn(world.store, 'beginSend').mockRejectedValueOnce(gone);

    await expect(world.payer.advance(world.id)).rejects.toThrow('the store is gone');

    expect(await world.advance()).toMatchObject({ state: 'paid' });
  });
});
