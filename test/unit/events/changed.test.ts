import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Changed } from '../../../src/events/changed.ts';

/** Whether a promise has an answer by now. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

describe('a hint that something changed', () => {
  it('wakes all who wait, once', async () => {
    const changed = new Changed();
    const { signal } = new AbortController();
    const waiting = [changed.next(signal), changed.next(signal)];
    const before = await isDone(waiting[0] ?? Promise.resolve());

    changed.notify();
    await Promise.all(waiting);
    const later = changed.next(signal);

    expect([before, await isDone(later)]).toEqual([false, false]);
  });

  it('counts how often there was one', () => {
    const changed = new Changed();

    changed.notify();
    changed.notify();

    expect(changed.count).toBe(2);
  });

  it('lets go of who does not want to wait any more', async () => {
    const changed = new Changed();
    const patience = new AbortController();
    const waiting = changed.next(patience.signal);

    patience.abort();

    await waiting;
    await changed.next(patience.signal);
  });

  it('leaves nothing on the signal', async () => {
    const changed = new Changed();
    const { signal } = new AbortController();
    const waiting = changed.next(signal);

    changed.notify();
    await waiting;

    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
