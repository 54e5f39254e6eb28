import { describe, expect, it } from '@jest/globals';
import { PayerLoop } from '../../../src/payments/payer-loop.ts';
import type { Withdrawal } from '../../../src/payments/withdrawal.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { recordedLog } from '../../support/pay-store.ts';
import { until } from '../../support/wallet.ts';

const ROUND_MS = 15_000;
const AT_ONCE = 256;

interface Step {
  readonly id: string;
  readonly end: (error?: Error) => void;
}

/** A loop over claims whose steps end when they are told to. */
function start(unfinished: string[] = []) {
  const clock = new ManualClock();
  const log = recordedLog();
  const steps: Step[] = [];
  const store = {
    lists: 0,
    broken: false,
    async unfinished(limit: number, after: string | undefined): Promise<Withdrawal[]> {
      this.lists += 1;
      if (this.broken) throw new Error('the store is gone, with a secret');
      const from = after === undefined ? 0 : unfinished.indexOf(after) + 1;
      return unfinished.slice(from, from + limit).map((id) => ({ id }) as Withdrawal);
    },
  };
  const payer = {
    advance: async (id: string) =>
      await new Promise<void>((resolve, reject) => {
        steps.push({ id, end: (error) => (error ? reject(error) : resolve()) });
      }),
  };
  const loop = new PayerLoop({ store, payer, clock, log });
  const ids = () => steps.map(({ id }) => id);
  const asleep = async () =>
    await until(
      async () => clock.sleepers,
      (sleepers) => sleepers === 1,
    );
  return { clock, log, steps, store, loop, ids, asleep, unfinished };
}

describe('the loop of claims', () => {
  it('moves a claim on at once, and not a second time while it is under way', () => {
    const { loop, ids } = start();

    loop.advance('wd_1');
    loop.advance('wd_1');
    loop.advance('wd_2');

    expect(ids()).toEqual(['wd_1', 'wd_2']);
  });

  it('moves it on again when the step before has ended', async () => {
    const { loop, steps, ids } = start();
    loop.advance('wd_1');
    steps[0]?.end();
    await new Promise(setImmediate);

    loop.advance('wd_1');

    expect(ids()).toEqual(['wd_1', 'wd_1']);
  });

  it('takes up at the start everything that is not finished, and all of it again in each round', async () => {
    const { loop, steps, ids, clock, asleep } = start(['wd_1', 'wd_2']);
    loop.start();
    await asleep();
    const first = ids();
    for (const step of steps) step.end();
    await new Promise(setImmediate);

    clock.advance(ROUND_MS);
    await until(
      async () => steps.length,
      (count) => count === 4,
    );

    expect(first).toEqual(['wd_1', 'wd_2']);
    expect(ids().slice(2)).toEqual(['wd_1', 'wd_2']);
    await loop[Symbol.asyncDispose]();
  });

  it('reads as many pages as there are', async () => {
    const all = Array.from({ length: 1_001 }, (_, index) => `wd_${index}`);
    const { loop, steps, store, asleep, ids } = start(all);
    loop.start();
    await asleep();

    while (steps.length < all.length) {
      for (const step of steps) step.end();
      await new Promise(setImmediate);
    }

    expect(store.lists).toBe(3);
    expect(ids()).toEqual(all);
    await loop[Symbol.asyncDispose]();
  });

  it('has no more under way than its places, and fills a free one in order', async () => {
    const { loop, steps, ids } = start();
    const all = Array.from({ length: AT_ONCE + 3 }, (_, index) => `wd_${index}`);
    for (const id of all) loop.advance(id);
    const full = steps.length;

    steps[7]?.end();
    await new Promise(setImmediate);

    expect(full).toBe(AT_ONCE);
    expect(ids()).toEqual(all.slice(0, AT_ONCE + 1));
  });

  it('survives a step that fails, and tells neither why nor what is secret', async () => {
    const { loop, steps, log } = start();
    loop.advance('wd_1');

    steps[0]?.end(new Error('the store is gone, with a secret'));
    await new Promise(setImmediate);

    expect(log.lines).toEqual([
      {
        level: 'warn',
        message: 'a claim could not be moved on and will be tried again',
        fields: { withdrawal: 'wd_1' },
      },
    ]);
  });

  it('survives a round that cannot be read, and goes on with the next', async () => {
    const { loop, store, log, clock, ids, asleep, unfinished } = start(['wd_1']);
    store.broken = true;
    loop.start();
    await asleep();
    store.broken = false;
    unfinished.push('wd_2');

    clock.advance(ROUND_MS);
    await until(
      async () => ids().length,
      (count) => count === 2,
    );

    expect(log.lines.map(({ level, fields }) => [level, fields])).toEqual([['warn', {}]]);
    await loop[Symbol.asyncDispose]();
  });

  it('stops without waiting for payments, and takes nothing new', async () => {
    const { loop, steps, ids } = start();
    loop.start();
    loop.advance('wd_1');

    await loop[Symbol.asyncDispose]();
    loop.advance('wd_2');
    steps[0]?.end();
    await new Promise(setImmediate);

    expect(ids()).toEqual(['wd_1']);
  });
});
