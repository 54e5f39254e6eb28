import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { descriptionHashOf, type PaymentHash } from '../../../../src/hex.ts';
import { DemoNetwork } from '../../../../src/lightning/demo/network.ts';
import type { NodeInvoice } from '../../../../src/lightning/node.ts';
import { msat } from '../../../../src/msat.ts';
import { systemRandom } from '../../../../src/random.ts';
import { startChild } from '../../../support/child.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const SEED = Buffer.alloc(32, 1);
const REQUEST = {
  amount: msat(500_000n),
  descriptionHash: descriptionHashOf('a coffee'),
  expirySeconds: 3_600,
  memo: '',
};
const PAY = { maxFee: msat(100_000n), timeoutMs: 30_000 };
const DAY_MS = 86_400_000;

describe('demo network with a journal', () => {
  let folder: ReturnType<typeof tempFolder>;
  let journalPath: string;
  let clock: ManualClock;
  beforeEach(() => {
    folder = tempFolder();
    journalPath = join(folder.path, 'demo.jsonl');
    clock = new ManualClock();
  });
  afterEach(() => folder[Symbol.dispose]());

  const open = () => new DemoNetwork({ seed: SEED, clock, random: systemRandom, journalPath });

  /** Everything that can be asked of a network about these invoices. */
  async function memoryOf(network: DemoNetwork, invoices: readonly NodeInvoice[]) {
    const ask = async ({ paymentHash }: NodeInvoice) => [
      await network.ours.lookupInvoice(paymentHash),
      await network.customer.lookupInvoice(paymentHash),
      await network.ours.trackPayment(paymentHash),
      await network.customer.trackPayment(paymentHash),
    ];
    const nodes = [await network.ours.info(), await network.ours.balance()];
    return [...nodes, ...(await Promise.all(invoices.map(ask)))];
  }

  /** One invoice in every state that there is. */
  async function live({ ours, customer, faults }: DemoNetwork) {
    const open = await ours.createInvoice(REQUEST);
    const cancelled = await ours.createInvoice(REQUEST);
    const paid = await ours.createInvoice(REQUEST);
    const held = await customer.createInvoice(REQUEST);
    const failed = await customer.createInvoice(REQUEST);
    await ours.cancelInvoice(cancelled.paymentHash);
    await customer.pay(paid.bolt11, PAY);
    faults.payment(held.paymentHash, { kind: 'hang' });
    await ours.pay(held.bolt11, PAY);
    faults.payment(failed.paymentHash, { kind: 'fail', reason: 'no-route' });
    await ours.pay(failed.bolt11, PAY);
    return { open, cancelled, paid, held, failed };
  }

  it('remembers everything when it is opened again, and once more', async () => {
    const first = open();
    const invoices = Object.values(await live(first));
    const expected = await memoryOf(first, invoices);

    using second = open();
    expect(await memoryOf(second, invoices)).toEqual(expected);
    using third = open();
    expect(await memoryOf(third, invoices)).toEqual(expected);
  });

  it('lets a payment that hung before go on afterwards', async () => {
    const first = open();
    const { paymentHash } = (await live(first)).held;

    using second = open();
    second.release(paymentHash, 'settle');

    expect((await second.ours.trackPayment(paymentHash))?.state).toBe('paid');
    expect((await second.customer.lookupInvoice(paymentHash))?.state).toBe('settled');
  });

  it('does not care for the order of payments in the shortened journal', async () => {
    const first = open();
    const large = { ...REQUEST, amount: msat(900_000_000_000n) };
    const there = await first.customer.createInvoice(large);
    const back = await first.ours.createInvoice({ ...large, amount: msat(1_500_000_000_000n) });
    await first.ours.pay(there.bolt11, { ...PAY, maxFee: msat(1_000_000_000n) });
    await first.customer.pay(back.bolt11, { ...PAY, maxFee: msat(1_000_000_000n) });
    const expected = await memoryOf(first, [there, back]);

    open()[Symbol.dispose]();
    using third = open();

    expect(await memoryOf(third, [there, back])).toEqual(expected);
  });

  it('ignores a last line that was not finished', async () => {
    const first = open();
    const invoices = Object.values(await live(first));
    const expected = await memoryOf(first, invoices);
    appendFileSync(journalPath, '{"type":"payment","payer":"ours","paym');

    using second = open();
    const added = await second.ours.createInvoice(REQUEST);
    using third = open();

    expect(await memoryOf(third, invoices)).toEqual(expected);
    expect((await third.ours.lookupInvoice(added.paymentHash))?.state).toBe('open');
  });

  it('refuses to begin on a journal that is damaged inside', () => {
    writeFileSync(journalPath, 'rubbish\n');

    expect(open).toThrow('damaged at line 1');
  });

  it('drops unpaid invoices a day after their end, and keeps paid ones', async () => {
    const first = open();
    const invoices = Object.values(await live(first));
    const sizeBefore = statSync(journalPath).size;

    clock.advance(3_600_000 + DAY_MS);
    using second = open();

    const [us, balance, ...memory] = await memoryOf(second, invoices);
    expect([us, balance]).toEqual([await first.ours.info(), await first.ours.balance()]);
    expect(memory.map((answers) => [answers].flat().map((answer) => stateOf(answer)))).toEqual([
      [undefined, undefined, undefined, undefined],
      [undefined, undefined, undefined, undefined],
      ['settled', undefined, undefined, 'paid'],
      [undefined, 'open', 'unknown', undefined],
      [undefined, undefined, 'failed', undefined],
    ]);
    expect(statSync(journalPath).size).toBeLessThan(sizeBefore);
  });

  it('is for its owner alone', () => {
    open()[Symbol.dispose]();

    expect(statSync(journalPath).mode & 0o777).toBe(0o600);
  });

  it('refuses what it cannot write', async () => {
    const network = open();
    network[Symbol.dispose]();
    network.faults.comeBack();

    const made = network.ours.createInvoice(REQUEST);

    await expect(made).rejects.toMatchObject({ code: 'node-unavailable' });
  });

  it('outlives the kill of its process', async () => {
    await using child = startChild('demo-child.ts', [journalPath]);
    const told: PaymentHash[] = [];
    for await (const line of child.lines) {
      if (told.push(line as PaymentHash) === 20) child.kill();
    }
    await child.ended;

    using network = open();
    const states = await Promise.all(
      told.map(async (hash) => (await network.ours.lookupInvoice(hash))?.state),
    );

    const { outbound } = await network.ours.balance();
    const paid = readFileSync(journalPath, 'utf8').match(/"state":"paid"/g)?.length ?? 0;
    expect(new Set(states)).toEqual(new Set(['settled']));
    expect(outbound).toBe(1_000_000_000_000n + 1000n * BigInt(paid));
  });
});

function stateOf(answer: unknown): unknown {
  return typeof answer === 'object' && answer !== null && 'state' in answer
    ? answer.state
    : undefined;
}
