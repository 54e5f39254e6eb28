import { describe, expect, it } from '@jest/globals';
import type { Channel } from '../../../src/payments/channel.ts';
import { ChannelLoop } from '../../../src/payments/channel-loop.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { recordedLog } from '../../support/pay-store.ts';
import { until } from '../../support/wallet.ts';

const ROUND_MS = 15_000;

/** A loop over requests whose steps end when they are told to. */
function start(unfinished: readonly string[] = []) {
  const clock = new ManualClock();
  const log = recordedLog();
  const steps: { readonly id: string; end(error?: Error): void; readonly stop: AbortSignal }[] = [];
  const store = {
    listed: 0,
    async unfinished(limit: number, after: string | undefined): Promise<Channel[]> {
      this.listed += 1;
      const from = after === undefined ? 0 : unfinished.indexOf(after) + 1;
      return unfinished.slice(from, from + limit).map((id) => ({ id }) as Channel);
    },
  };
  const opener = {
    advance: async (id: string, stop: AbortSignal) =>
      await new Promise<void>((resolve, reject) => {
        steps.push({ id, stop, end: (error) => (error ? reject(error) : resolve()) });
      }),
  };
  const loop = new ChannelLoop({ store, opener, clock, log });
  return { clock, log, steps, store, loop, ids: () => steps.map(({ id }) => id) };
}

describe('the loop of channels', () => {
  it('has one step at a time for a request, and whoever asks again waits for it', async () => {
    const { loop, steps } = start();
    const ended: string[] = [];

    const both = [
      loop.advance('ch_1').then(() => ended.push('first')),
      loop.advance('ch_1').then(() => ended.push('second')),
    ];
    expect(steps).toHaveLength(1);
    steps[0]?.end();
    await Promise.all(both);

    expect(ended).toEqual(['first', 'second']);
    const again = loop.advance('ch_1');
    expect(steps).toHaveLength(2);
    steps[1]?.end();
    await again;
  });

  it('survives a step that fails, and says so', async () => {
    const { loop, steps, log } = start();
    const step = loop.advance('ch_1');
    steps[0]?.end(new Error('the store is gone'));

    await step;

    expect(log.lines).toEqual([
      {
        ...{ level: 'warn', fields: { channel: 'ch_1' } },
        message: 'a channel could not be moved on and will be tried again',
      },
    ]);
  });

  it('is full with 64 steps', async () => {
    const { loop, steps } = start();
    const all = Array.from({ length: 64 }, async (_, index) => await loop.advance(`ch_${index}`));

    const full = loop.isFull;
    steps[0]?.end();
    await all[0];

    expect([full, loop.isFull]).toEqual([true, false]);
    for (const { end } of steps) end();
    await Promise.all(all);
  });

  it('takes up what is unfinished at the start, some at once, and again every round', async () => {
    const { loop, steps, clock, store, ids } = start(['a', 'b', 'c']);
    loop.start();
    await until(
      async () => steps.length,
      (count) => count === 3,
    );
    const first = ids();
    for (const { end } of steps) end();
    await until(
      async () => clock.sleepers,
      (count) => count === 1,
    );

    clock.advance(ROUND_MS);
    await until(
      async () => steps.length,
      (count) => count === 6,
    );

    expect([first, ids().slice(3), store.listed]).toEqual([['a', 'b', 'c'], ['a', 'b', 'c'], 2]);
    for (const { end } of steps) end();
    await loop[Symbol.asyncDispose]();
  });

  it('goes through every page', async () => {
    const many = Array.from({ length: 150 }, (_, index) => `ch_${index}`);
    const { loop, steps, ids, clock } = start(many);
    loop.start();

    await until(
      async () => {
        for (const { end } of steps) end();
        return clock.sleepers;
      },
      (count) => count === 1,
    );

    expect(ids()).toEqual(many);
    await loop[Symbol.asyncDispose]();
  });

  it('stops the steps under way, waits for them, and begins no other', async () => {
    const { loop, steps } = start();
    const step = loop.advance('ch_1');

    const stopped = loop[Symbol.asyncDispose]();
    const isAborted = steps[0]?.stop.aborted;
    steps[0]?.end();
    await Promise.all([step, stopped]);
    await loop.advance('ch_2');

    expect([isAborted, steps.length]).toEqual([true, 1]);
  });
});
