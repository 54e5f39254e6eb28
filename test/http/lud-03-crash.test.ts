import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { DemoNetwork } from '../../src/lightning/demo/network.ts';
import type { NodeInvoice } from '../../src/lightning/node.ts';
import { ManualClock } from '../support/manual-clock.ts';
import {
  balanceOf,
  DEMO_SEED,
  factsOf,
  type Money,
  type MoneyOptions,
  makeGift,
  pass,
  startMoney,
} from '../support/money.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/wallet.ts';
import {
  ask,
  claim,
  claimOn,
  claimsOf,
  held,
  moved,
  OK,
  readOffer,
  refusal,
  walletInvoice,
  withdraw,
} from '../support/withdraw-wallet.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const PROCESSED = refusal('This withdraw is already being processed.');
const USED = refusal('This withdraw has already been used.');
const SPENT = refusal('Withdraw is spent.');

jest.setTimeout(60_000);

/** A database file and a network that outlive the services on them. */
function openGround(seed = DEMO_SEED) {
  const folder = tempFolder();
  const clock = new ManualClock();
  const newNetwork = (secret = seed) =>
    new DemoNetwork({ seed: secret, clock, random: seededRandom('ground') });
  const network = newNetwork();
  let starts = 0;
  const startOn = async (options: MoneyOptions = {}): Promise<Money> => {
    starts += 1;
    const databasePath = join(folder.path, 'boltgate.db');
    return await startMoney({ databasePath, clock, network, seed: `start ${starts}`, ...options });
  };
  return {
    ...{ clock, network, newNetwork, start: startOn },
    [Symbol.dispose]: () => {
      network[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Takes a gift of 21 sat. */
async function claimGift(money: Money, uses = 1) {
  const link = await makeGift(money, { uses });
  const offer = await readOffer(money, link.url);
  const invoice = await walletInvoice(money);
  const take = async () => {
    expect(await claim(money, offer, invoice.bolt11)).toEqual(OK);
  };
  return { ...link, offer, invoice, take };
}

/** What the events say of claims, in order. */
async function told(money: Money): Promise<string[]> {
  const facts = await factsOf(money);
  return facts.map(({ type }) => type).filter((type) => type.startsWith('withdrawal.'));
}

async function received(network: DemoNetwork, { paymentHash }: NodeInvoice) {
  return (await network.customer.lookupInvoice(paymentHash))?.state;
}

describe('a claim whose payment the network holds while the server dies (hazard 3.6)', () => {
  it('is paid once when the payment went through meanwhile', async () => {
    using ground = openGround();
    const pay = jest.spyOn(ground.network.ours, 'pay');
    const first = await ground.start();
    const gift = await claimGift(first);
    ground.network.faults.payment(gift.invoice.paymentHash, { kind: 'hang' });
    await gift.take();
    await held(first, gift.invoice);
    await first[Symbol.asyncDispose]();
    ground.network.release(gift.invoice.paymentHash, 'settle');

    await using second = await ground.start();

    expect(await moved(second, gift.invoice, 'paid')).toMatchObject({ sendsStarted: 1 });
    expect(pay).toHaveBeenCalledTimes(1);
    expect(await told(second)).toEqual(['withdrawal.reserved', 'withdrawal.paid']);
    expect(await claim(second, gift.offer, gift.invoice.bolt11)).toEqual(OK);
    expect(await claim(second, gift.offer, (await walletInvoice(second)).bolt11)).toEqual(USED);
    expect(await ask(second, gift.url)).toEqual(SPENT);
    expect(await balanceOf(second, 'in-flight')).toBe(0n);
  });

  it('stays taken as long as it is held, and is paid once when it is let go', async () => {
    using ground = openGround();
    const pay = jest.spyOn(ground.network.ours, 'pay');
    const first = await ground.start();
    const gift = await claimGift(first);
    ground.network.faults.payment(gift.invoice.paymentHash, { kind: 'hang' });
    await gift.take();
    await held(first, gift.invoice);
    await first[Symbol.asyncDispose]();

    await using second = await ground.start();
    // Long after the invoice has expired there still is doubt, and doubt gives nothing back.
    await pass(second, 2 * HOUR_MS);
    await pass(second, 16 * SECOND_MS);
    const other = await walletInvoice(second);
    const meanwhile = [
      await claim(second, gift.offer, gift.invoice.bolt11),
      await claim(second, gift.offer, other.bolt11),
      await ask(second, gift.url),
    ];
    ground.network.release(gift.invoice.paymentHash, 'settle');
    await pass(second, 16 * SECOND_MS);

    expect(meanwhile).toEqual([OK, PROCESSED, PROCESSED]);
    expect(await moved(second, gift.invoice, 'paid')).toMatchObject({ sendsStarted: 1 });
    expect(pay).toHaveBeenCalledTimes(1);
    expect(await told(second)).toEqual(['withdrawal.reserved', 'withdrawal.paid']);
  });

  it('gives its use back when the payment failed, but not before no call of ours can arrive', async () => {
    using ground = openGround();
    const first = await ground.start();
    const gift = await claimGift(first);
    ground.network.faults.payment(gift.invoice.paymentHash, { kind: 'hang' });
    await gift.take();
    await held(first, gift.invoice);
    await first[Symbol.asyncDispose]();
    ground.network.release(gift.invoice.paymentHash, 'fail');

    await using second = await ground.start();
    await pass(second, HOUR_MS + 60 * SECOND_MS);
    await second.payer.advance((await moved(second, gift.invoice, 'sending')).id);
    const early = (await claimOn(second, gift.invoice))?.state;
    await pass(second, 16 * SECOND_MS);

    expect(early).toBe('sending');
    expect(await moved(second, gift.invoice, 'failed')).toMatchObject({
      reason: 'refused-by-payee',
    });
    expect(await told(second)).toEqual(['withdrawal.reserved', 'withdrawal.failed']);
    const again = await withdraw(second, gift.url);
    expect(again.answer).toEqual(OK);
    await moved(second, again, 'paid');
  });
});

describe('a claim that was taken but not sent when the server died', () => {
  it('is sent once by the next start', async () => {
    using ground = openGround();
    const pay = jest.spyOn(ground.network.ours, 'pay');
    const first = await ground.start({ sends: false });
    const gift = await claimGift(first);
    await gift.take();
    await first[Symbol.asyncDispose]();
    const unsent = pay.mock.calls.length;

    await using second = await ground.start();

    expect(unsent).toBe(0);
    expect(await moved(second, gift.invoice, 'paid')).toMatchObject({ sendsStarted: 1 });
    expect(pay).toHaveBeenCalledTimes(1);
    expect(await received(ground.network, gift.invoice)).toBe('settled');
  });

  it('fails and gives all back when its invoice expired meanwhile', async () => {
    using ground = openGround();
    const first = await ground.start({ sends: false });
    const gift = await claimGift(first);
    await gift.take();
    await first[Symbol.asyncDispose]();
    ground.clock.advance(HOUR_MS);

    await using second = await ground.start();

    expect(await moved(second, gift.invoice, 'failed')).toMatchObject({
      ...{ reason: 'expired', sendsStarted: 0 },
    });
    expect(await claim(second, gift.offer, gift.invoice.bolt11)).toEqual(
      refusal('invoice expired, make a new one'),
    );
    expect((await withdraw(second, gift.url)).answer).toEqual(OK);
  });

  it('is not sent by a start whose node is down, and once when the node is back', async () => {
    using ground = openGround();
    const first = await ground.start({ sends: false });
    const gift = await claimGift(first);
    await gift.take();
    await first[Symbol.asyncDispose]();

    await using second = await ground.start({ nodeIsDown: true });
    await pass(second, 16 * SECOND_MS);
    const down = (await claimOn(second, gift.invoice))?.state;
    ground.network.faults.comeBack();
    await pass(second, 16 * SECOND_MS);

    expect(down).toBe('reserved');
    expect(await moved(second, gift.invoice, 'paid')).toMatchObject({ sendsStarted: 1 });
  });
});

describe('a claim whose sending was begun when the server died', () => {
  /** The server counted a send and then died; `sends` says whether its bytes got out. */
  async function dieWhileSending(ground: ReturnType<typeof openGround>, sends: boolean) {
    const { ours } = ground.network;
    const pay = ours.pay.bind(ours);
    const calls = jest.spyOn(ours, 'pay').mockImplementationOnce(async (bolt11, options) => {
      if (sends) await pay(bolt11, options);
      return await new Promise(() => undefined);
    });
    const first = await ground.start();
    const gift = await claimGift(first);
    await gift.take();
    await moved(first, gift.invoice, 'sending');
    await first[Symbol.asyncDispose]();
    return { ...gift, calls };
  }

  it('is sent again with the same invoice when the node never heard of it', async () => {
    using ground = openGround();
    const gift = await dieWhileSending(ground, false);

    await using second = await ground.start();

    expect(await moved(second, gift.invoice, 'paid')).toMatchObject({ sendsStarted: 2 });
    expect(gift.calls.mock.calls.map(([bolt11]) => bolt11)).toEqual([
      gift.invoice.bolt11,
      gift.invoice.bolt11,
    ]);
    expect(await claimsOf(second)).toHaveLength(1);
  });

  it('is not sent again when the node has it, and becomes paid once', async () => {
    using ground = openGround();
    const gift = await dieWhileSending(ground, true);

    await using second = await ground.start();

    expect(await moved(second, gift.invoice, 'paid')).toMatchObject({ sendsStarted: 1 });
    expect(gift.calls).toHaveBeenCalledTimes(1);
    expect(await told(second)).toEqual(['withdrawal.reserved', 'withdrawal.paid']);
  });

  it('waits until nothing can arrive any more when the invoice is over, then gives all back', async () => {
    using ground = openGround();
    const gift = await dieWhileSending(ground, false);
    ground.clock.advance(HOUR_MS);

    await using second = await ground.start();
    await pass(second, 45 * SECOND_MS);
    await second.payer.advance((await moved(second, gift.invoice, 'sending')).id);
    const meanwhile = await claim(second, gift.offer, (await walletInvoice(second)).bolt11);
    const early = (await claimOn(second, gift.invoice))?.state;
    await pass(second, 16 * SECOND_MS);

    expect([early, meanwhile]).toEqual(['sending', PROCESSED]);
    expect(await moved(second, gift.invoice, 'failed')).toMatchObject({ reason: 'never-sent' });
    expect(gift.calls).toHaveBeenCalledTimes(1);
    expect((await withdraw(second, gift.url)).answer).toEqual(OK);
  });
});

describe('a node that is not the one that paid', () => {
  /** A claim that the node has shown to hold, and then the server stops. */
  async function leaveHeld(ground: ReturnType<typeof openGround>, paidBefore: boolean) {
    const first = await ground.start();
    if (paidBefore) {
      const paid = await claimGift(first);
      await paid.take();
      await moved(first, paid.invoice, 'paid');
    }
    const gift = await claimGift(first);
    ground.network.faults.payment(gift.invoice.paymentHash, { kind: 'hang' });
    await gift.take();
    const { id } = await held(first, gift.invoice);
    await until(
      async () => {
        await first.payer.advance(id);
        return (await first.withdrawals.get(id)).knownAt;
      },
      (knownAt) => knownAt !== undefined,
    );
    await first[Symbol.asyncDispose]();
    return gift;
  }

  it.each([
    ['has lost what it paid', true, DEMO_SEED, 'node-changed'],
    ['has lost what it held, and nothing was paid yet', false, DEMO_SEED, 'history-lost'],
    ['has another key', false, new Uint8Array(32).fill(8), 'node-changed'],
  ])('%s: what is open is held for a person', async (_name, paidBefore, seed, reason) => {
    using ground = openGround();
    const gift = await leaveHeld(ground, paidBefore);
    using network = ground.newNetwork(seed);
    const pay = jest.spyOn(network.ours, 'pay');

    await using second = await ground.start({ network });
    const row = await moved(second, gift.invoice, 'held');
    // Neither the end of the invoice nor many rounds turn doubt into a failure.
    await pass(second, 2 * HOUR_MS);
    await pass(second, 16 * SECOND_MS);

    expect(row).toMatchObject({ reason, closedAt: undefined });
    expect(pay).not.toHaveBeenCalled();
    expect(await told(second)).toEqual([
      ...(paidBefore ? ['withdrawal.reserved', 'withdrawal.paid'] : []),
      ...['withdrawal.reserved', 'withdrawal.held'],
    ]);
    expect(await claim(second, gift.offer, gift.invoice.bolt11)).toEqual(OK);
    expect(await claim(second, gift.offer, (await walletInvoice(second)).bolt11)).toEqual(
      PROCESSED,
    );
    expect(await balanceOf(second, 'in-flight')).toBe(31_000n);
    expect(await moved(second, gift.invoice, 'held')).toEqual(row);
  });

  it('sends nothing of what was taken but not sent', async () => {
    using ground = openGround();
    const first = await ground.start({ sends: false });
    await first.continuity.check();
    const gift = await claimGift(first);
    await gift.take();
    await first[Symbol.asyncDispose]();
    using network = ground.newNetwork(new Uint8Array(32).fill(8));
    const pay = jest.spyOn(network.ours, 'pay');

    await using second = await ground.start({ network });
    await pass(second, 16 * SECOND_MS);

    expect(await moved(second, gift.invoice, 'reserved')).toMatchObject({ sendsStarted: 0 });
    await until(
      async () => second.continuity.changed,
      (changed) => changed,
    );
    expect(pay).not.toHaveBeenCalled();
    expect(second.log.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });
});
