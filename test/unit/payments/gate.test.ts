import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Gate } from '../../../src/payments/gate.ts';

const NEVER = new AbortController().signal;

/** Work that goes on until it is told to end. */
function work() {
  let end: (error?: Error) => void = () => undefined;
  let hasBegun = false;
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error ? reject(error) : resolve());
  });
  return {
    run: async () => {
      hasBegun = true;
      await ended;
    },
    end: (error?: Error) => end(error),
    hasBegun: () => hasBegun,
  };
}

async function turns(): Promise<void> {
  await new Promise(setImmediate);
}

describe('the gate before the node', () => {
  it('lets as many run as it is wide, and the others in the order in which they came', async () => {
    const gate = new Gate(2);
    const works = Array.from({ length: 5 }, work);
    const runs = works.map(async (one) => await gate.run(one.run, NEVER));
    const begun = () => works.map((one) => one.hasBegun());

    const first = begun();
    works[1]?.end();
    await turns();
    const second = begun();
    works[0]?.end();
    works[2]?.end();
    await turns();
    const third = begun();

    expect([first, second, third]).toEqual([
      [true, true, false, false, false],
      [true, true, true, false, false],
      [true, true, true, true, true],
    ]);
    for (const one of works) one.end();
    await Promise.all(runs);
  });

  it('answers with what the work answers, and throws what it throws', async () => {
    const gate = new Gate(1);

    expect(await gate.run(async () => 7, NEVER)).toBe(7);
    await expect(
      gate.run(async () => {
        throw new Error('broken');
      }, NEVER),
    ).rejects.toThrow('broken');
    expect(await gate.run(async () => 8, NEVER)).toBe(8);
  });

  it('is left by work that fails, so that the next may enter', async () => {
    const gate = new Gate(1);
    const [failing, next] = [work(), work()];
    const failed = gate.run(failing.run, NEVER);
    const after = gate.run(next.run, NEVER);

    failing.end(new Error('broken'));

    await expect(failed).rejects.toThrow('broken');
    next.end();
    await after;
    expect(next.hasBegun()).toBe(true);
  });

  it('never begins what was given up while it waited, and passes it over', async () => {
    const gate = new Gate(1);
    const [running, given, next] = [work(), work(), work()];
    const patience = new AbortController();
    const first = gate.run(running.run, NEVER);
    const second = gate.run(given.run, patience.signal);
    const third = gate.run(next.run, NEVER);

    patience.abort();
    await expect(second).rejects.toMatchObject({ name: 'NodeError', code: 'node-timeout' });
    running.end();
    next.end();
    await Promise.all([first, third]);

    expect([given.hasBegun(), next.hasBegun()]).toEqual([false, true]);
    expect(await gate.run(async () => 'open again', NEVER)).toBe('open again');
  });

  it('refuses at once when somebody comes who has given up already', async () => {
    const gate = new Gate(1);
    const running = work();
    const first = gate.run(running.run, NEVER);

    const late = gate.run(async () => 1, AbortSignal.abort());

    await expect(late).rejects.toMatchObject({ code: 'node-timeout' });
    running.end();
    await first;
  });

  it('refuses at once when more than 1,024 wait', async () => {
    const gate = new Gate(1);
    const running = work();
    const first = gate.run(running.run, NEVER);
    const waiting = Array.from({ length: 1024 }, async () => {
      return await gate.run(async () => 1, new AbortController().signal);
    });

    const tooMany = gate.run(async () => 1, NEVER);

    await expect(tooMany).rejects.toMatchObject({ code: 'node-timeout' });
    running.end();
    await first;
    expect(await Promise.all(waiting)).toHaveLength(1024);
  });

  it('leaves nothing on a signal once the work is done', async () => {
    const gate = new Gate(1);
    const running = work();
    const { signal } = new AbortController();
    const first = gate.run(running.run, signal);
    const second = gate.run(async () => 1, signal);
    running.end();

    await Promise.all([first, second]);

    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('does not let those who gave up stand in the way of others', async () => {
    const gate = new Gate(1);
    const running = work();
    const first = gate.run(running.run, NEVER);
    const patiences = Array.from({ length: 1024 }, () => new AbortController());
    const given = patiences.map(async ({ signal }) => await gate.run(async () => 1, signal));
    for (const patience of patiences) patience.abort();
    await Promise.allSettled(given);

    const next = gate.run(async () => 'served', NEVER);
    running.end();

    expect(await next).toBe('served');
    await first;
  });
});
