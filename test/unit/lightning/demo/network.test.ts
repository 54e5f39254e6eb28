import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { descriptionHashOf, type PaymentHash } from '../../../../src/hex.ts';
import { decodeBolt11 } from '../../../../src/lightning/bolt11/decode.ts';
import type { PaymentBehaviour } from '../../../../src/lightning/demo/faults.ts';
import { DemoNetwork } from '../../../../src/lightning/demo/network.ts';
import type { LightningNode } from '../../../../src/lightning/node.ts';
import { type Msat, msat } from '../../../../src/msat.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { seededRandom } from '../../../support/seeded-random.ts';
import { VALID } from '../../../vectors/bolt11.ts';

const AMOUNT = msat(500_000n);
const REQUEST = {
  amount: AMOUNT,
  descriptionHash: descriptionHashOf('a coffee'),
  expirySeconds: 60,
  memo: '',
};
const PAY = { maxFee: msat(100_000n), timeoutMs: 30_000 };
const FEE = msat(1_050n);
const DAY_MS = 86_400_000;
const START = 1_000_000_000_000n;

function start() {
  const clock = new ManualClock();
  const random = seededRandom('demo');
  const network = new DemoNetwork({ seed: Buffer.alloc(32, 1), clock, random });
  return { clock, network, ours: network.ours, customer: network.customer };
}

/** Our invoice and one of the customer's. */
async function invoices({ ours, customer }: ReturnType<typeof start>) {
  return [await ours.createInvoice(REQUEST), await customer.createInvoice(REQUEST)] as const;
}

/** How calls of `pay` end: told by the node, or not. */
const CLOSED = { closed: true, existed: false };
const OPEN = { closed: false, existed: false };

describe('demo network', () => {
  it('has the same nodes for the same seed', async () => {
    const [one, two] = [start(), start()];

    expect(await one.ours.info()).toEqual(await two.ours.info());
    expect(await one.customer.info()).toEqual(await two.customer.info());
  });

  it('signs invoices of the regtest network with secret, expiry delta and features', async () => {
    const { ours } = start();

    const { bolt11 } = await ours.createInvoice(REQUEST);

    expect(bolt11).toMatch(/^lnbcrt5u1/);
    expect(decodeBolt11(bolt11)).toMatchObject({
      payee: (await ours.info()).nodeKey,
      minFinalCltvDelta: 80,
      features: [8, 14, 17],
    });
  });

  it('asks one satoshi and 100 ppm, and what it is told to ask', async () => {
    const world = start();
    const [mine, theirs] = await invoices(world);

    const usual = await world.ours.pay(theirs.bolt11, PAY);
    world.network.fee = { base: msat(7n), ppm: 0n };
    const told = await world.customer.pay(mine.bolt11, PAY);

    expect([usual, told]).toMatchObject([
      { state: 'paid', fee: FEE },
      { state: 'paid', fee: 7n },
    ]);
  });

  it('cancels an invoice by the clock, and remembers it for a day', async () => {
    const { clock, ours, customer } = start();
    const { paymentHash, bolt11 } = await ours.createInvoice(REQUEST);

    clock.advance(59_999);
    const before = await ours.lookupInvoice(paymentHash);
    clock.advance(1);
    const after = await ours.lookupInvoice(paymentHash);
    const outcome = await customer.pay(bolt11, PAY);

    expect([before?.state, after?.state]).toEqual(['open', 'cancelled']);
    expect(outcome).toEqual({ ...CLOSED, state: 'failed', reason: 'expired' });
  });

  it('forgets unpaid invoices a day after their end, but none that was paid', async () => {
    const { clock, ours, customer } = start();
    const paid = await ours.createInvoice(REQUEST);
    await customer.pay(paid.bolt11, PAY);
    const unpaid = await ours.createInvoice(REQUEST);

    clock.advance(60_000 + DAY_MS);
    for (let count = 0; count < 1_001; count += 1) await ours.createInvoice(REQUEST);

    expect(await ours.lookupInvoice(unpaid.paymentHash)).toBeUndefined();
    expect((await ours.lookupInvoice(paid.paymentHash))?.state).toBe('settled');
  });

  it('does not pay a fee beyond the limit, and pays when the limit allows it', async () => {
    const world = start();
    const [, theirs] = await invoices(world);

    const outcome = await world.ours.pay(theirs.bolt11, { ...PAY, maxFee: msat(FEE - 1n) });

    expect(outcome).toEqual({ ...CLOSED, state: 'failed', reason: 'fee-too-high' });
    expect((await world.ours.balance()).outbound).toBe(START);
    expect(await world.ours.pay(theirs.bolt11, PAY)).toMatchObject({ state: 'paid' });
  });

  it('does not pay more than it has', async () => {
    const { ours, customer } = start();
    const { bolt11 } = await customer.createInvoice({ ...REQUEST, amount: msat(START) });

    const outcome = await ours.pay(bolt11, { ...PAY, maxFee: msat(START) });

    expect(outcome).toEqual({ ...CLOSED, state: 'failed', reason: 'no-balance' });
  });

  it('does not pay what was cancelled, what nobody issued here, or what has no amount', async () => {
    const world = start();
    const [mine, theirs] = await invoices(world);
    await world.customer.cancelInvoice(theirs.paymentHash);
    const stranger = await new DemoNetwork({
      seed: Buffer.alloc(32, 2),
      clock: world.clock,
      random: seededRandom('other'),
    }).ours.createInvoice(REQUEST);
    const ours = world.ours;

    const outcomes = [
      await ours.pay(theirs.bolt11, PAY),
      await ours.pay(stranger.bolt11, PAY),
      await ours.pay(mine.bolt11, PAY),
      await ours.pay(VALID[0]?.bolt11 ?? '', PAY),
    ];

    expect(outcomes).toEqual([
      { ...CLOSED, state: 'failed', reason: 'refused-by-payee' },
      { ...CLOSED, state: 'failed', reason: 'no-route' },
      { ...CLOSED, state: 'failed', reason: 'other' },
      { ...CLOSED, state: 'failed', reason: 'other' },
    ]);
    expect(await ours.trackPayment(theirs.paymentHash)).toEqual({
      state: 'failed',
      reason: 'refused-by-payee',
    });
    expect(await ours.trackPayment(mine.paymentHash)).toBeUndefined();
  });

  it('refuses to read an invoice of another network', async () => {
    const { ours } = start();

    const read = ours.decodeInvoice(VALID[1]?.bolt11 ?? '');

    await expect(read).rejects.toMatchObject({ code: 'invoice-unacceptable' });
  });
});

describe('demo network with faults', () => {
  it('fails a payment for the reason asked for, and pays it when asked again', async () => {
    const world = start();
    const [, { bolt11, paymentHash }] = await invoices(world);
    world.network.faults.nextPayment({ kind: 'fail', reason: 'timeout' });

    const outcome = await world.ours.pay(bolt11, PAY);

    expect(outcome).toEqual({ ...CLOSED, state: 'failed', reason: 'timeout' });
    expect(await world.ours.trackPayment(paymentHash)).toEqual({
      state: 'failed',
      reason: 'timeout',
    });
    expect(await world.ours.pay(bolt11, PAY)).toMatchObject({ state: 'paid' });
  });

  it('settles a payment that the payer does not hear of', async () => {
    const world = start();
    const [, { bolt11, paymentHash }] = await invoices(world);
    world.network.faults.payment(paymentHash, { kind: 'unknown' });

    const outcome = await world.ours.pay(bolt11, PAY);

    expect(outcome).toEqual({ ...OPEN, state: 'unknown' });
    expect(await world.ours.trackPayment(paymentHash)).toMatchObject({ state: 'paid', fee: FEE });
  });

  it('receives more than was asked', async () => {
    const world = start();
    const [{ bolt11, paymentHash }] = await invoices(world);
    world.network.faults.payment(paymentHash, { kind: 'overpay', percent: 50n });

    await world.customer.pay(bolt11, PAY);

    const update = await world.ours.lookupInvoice(paymentHash);
    expect(update).toMatchObject({ state: 'settled', received: 750_000n });
    expect((await world.ours.balance()).outbound).toBe(START + 750_000n);
  });

  it('holds a payment over the expiry of its invoice until it is settled', async () => {
    const world = start();
    const [, { bolt11, paymentHash }] = await invoices(world);
    world.network.faults.payment(paymentHash, { kind: 'hang' });

    const outcomes = [await world.ours.pay(bolt11, PAY), await world.ours.pay(bolt11, PAY)];
    world.clock.advance(DAY_MS);
    const held = [
      await world.ours.trackPayment(paymentHash),
      await world.customer.lookupInvoice(paymentHash),
      (await world.ours.balance()).outbound,
    ];
    world.network.release(paymentHash, 'settle');

    expect(outcomes).toEqual([
      { ...OPEN, state: 'unknown' },
      { closed: true, existed: true, state: 'unknown' },
    ]);
    expect(held).toEqual([
      { state: 'unknown' },
      { paymentHash, state: 'open' },
      START - AMOUNT - FEE,
    ]);
    expect(await world.ours.trackPayment(paymentHash)).toMatchObject({ state: 'paid' });
    expect((await world.customer.balance()).outbound).toBe(START + AMOUNT);
  });

  it('gives everything back when a held payment fails', async () => {
    const world = start();
    const [, { bolt11, paymentHash }] = await invoices(world);
    world.network.faults.payment(paymentHash, { kind: 'hang' });
    await world.ours.pay(bolt11, PAY);

    world.network.release(paymentHash, 'fail');

    expect(await world.ours.trackPayment(paymentHash)).toEqual({
      state: 'failed',
      reason: 'refused-by-payee',
    });
    expect(await world.ours.balance()).toEqual({ outbound: START, inbound: START });
    expect(() => world.network.release(paymentHash, 'settle')).toThrow(RangeError);
  });

  it('never settles an invoice that was cancelled while its payment was held', async () => {
    const world = start();
    const [, { bolt11, paymentHash }] = await invoices(world);
    world.network.faults.payment(paymentHash, { kind: 'hang' });
    await world.ours.pay(bolt11, PAY);
    await world.customer.cancelInvoice(paymentHash);

    world.network.release(paymentHash, 'settle');

    expect(await world.ours.trackPayment(paymentHash)).toMatchObject({ state: 'failed' });
    expect(await world.customer.lookupInvoice(paymentHash)).toMatchObject({ state: 'cancelled' });
    expect(await world.ours.balance()).toEqual({ outbound: START, inbound: START });
  });

  const CALLS: [string, (node: LightningNode, signal?: AbortSignal) => Promise<unknown>][] = [
    ['info', async (node, signal) => await node.info(signal)],
    ['createInvoice', async (node, signal) => await node.createInvoice(REQUEST, signal)],
    ['lookupInvoice', async (node, signal) => await node.lookupInvoice(ANY_HASH, signal)],
    ['cancelInvoice', async (node, signal) => await node.cancelInvoice(ANY_HASH, signal)],
    ['decodeInvoice', async (node, signal) => await node.decodeInvoice('x', signal)],
    ['trackPayment', async (node, signal) => await node.trackPayment(ANY_HASH, signal)],
    ['balance', async (node, signal) => await node.balance(signal)],
  ];
  it.each(CALLS)('fails %s while our node is down, and not the customer', async (_, call) => {
    const { network, ours, customer } = start();
    network.faults.goDown();

    await expect(call(ours)).rejects.toMatchObject({ code: 'node-unavailable' });
    await expect(customer.info()).resolves.toMatchObject({ synced: true });
    network.faults.comeBack();
    await expect(ours.info()).resolves.toMatchObject({ synced: true });
  });

  it.each(CALLS)('ends a slow %s when its signal aborts', async (_, call) => {
    const { network, ours } = start();
    network.faults.slowDown(10_000);
    const stop = new AbortController();

    const slow = call(ours, stop.signal);
    stop.abort();

    await expect(slow).rejects.toMatchObject({ code: 'node-timeout' });
  });

  it('answers a slow call when its time has passed', async () => {
    const { network, ours, clock } = start();
    network.faults.slowDown(10_000);

    const slow = ours.info();
    clock.advance(10_000);

    await expect(slow).resolves.toMatchObject({ synced: true });
  });

  it('does not know what became of a payment that it could not hand to the node', async () => {
    const world = start();
    const [, { bolt11, paymentHash }] = await invoices(world);
    world.network.faults.goDown();

    const outcome = await world.ours.pay(bolt11, PAY);

    world.network.faults.comeBack();
    expect(outcome).toEqual({ ...OPEN, state: 'unknown' });
    expect(await world.ours.trackPayment(paymentHash)).toBeUndefined();
  });

  it('breaks the streams of our node when it goes down', async () => {
    const { network, ours } = start();
    const updates = ours.watchInvoices(new AbortController().signal)[Symbol.asyncIterator]();
    const next = updates.next();

    network.faults.goDown();

    await expect(next).rejects.toMatchObject({ code: 'node-unavailable' });
  });
});

const ANY_HASH = 'ab'.repeat(32) as PaymentHash;

describe('demo network in the long run', () => {
  it('neither makes nor loses a millisatoshi, and pays nothing twice', async () => {
    const walks = fc.array(steps(), { maxLength: 12 });

    await fc.assert(
      fc.asyncProperty(walks, async (walk) => {
        const world = start();
        const spent = await run(world, walk);
        const left = await world.ours.balance();
        expect(left.outbound + left.inbound + spent).toBe(2n * START);
      }),
      { numRuns: 30 },
    );
  });
});

interface Step {
  readonly amount: Msat;
  readonly payer: 'ours' | 'customer';
  readonly behaviour: PaymentBehaviour;
  readonly ending: 'settle' | 'fail' | undefined;
}

function steps(): fc.Arbitrary<Step> {
  return fc.record({
    amount: fc.bigInt({ min: 1n, max: START / 4n }).map(msat),
    payer: fc.constantFrom('ours', 'customer'),
    behaviour: fc.constantFrom<PaymentBehaviour[]>(
      { kind: 'succeed' },
      { kind: 'fail', reason: 'no-route' },
      { kind: 'hang' },
      { kind: 'unknown' },
      { kind: 'overpay', percent: 50n },
    ),
    ending: fc.constantFrom('settle', 'fail', undefined),
  });
}

/** Pays each twice and answers what has left both nodes: fees, and what is still held. */
async function run({ network }: ReturnType<typeof start>, walk: readonly Step[]): Promise<bigint> {
  let spent = 0n;
  for (const { amount, payer, behaviour, ending } of walk) {
    const payee = payer === 'ours' ? network.customer : network.ours;
    const { bolt11, paymentHash } = await payee.createInvoice({ ...REQUEST, amount });
    network.faults.payment(paymentHash, behaviour);
    const pay = { ...PAY, maxFee: msat(START) };
    await network[payer].pay(bolt11, pay);
    await network[payer].pay(bolt11, pay);
    const track = async () => await network[payer].trackPayment(paymentHash);
    if (ending && (await track())?.state === 'unknown') network.release(paymentHash, ending);
    const outcome = await track();
    if (outcome?.state === 'paid') spent += outcome.fee;
    if (outcome?.state === 'unknown') spent += amount + 1000n + amount / 10_000n;
  }
  return spent;
}
