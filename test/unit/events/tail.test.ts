import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Changed } from '../../../src/events/changed.ts';
import type { StoredEvent } from '../../../src/events/event.ts';
import { tail } from '../../../src/events/tail.ts';

describe('the tail of the log', () => {
  it('brings what is written while it reads', async () => {
    const { log, changed, append, reading } = start(1);
    const seen: bigint[] = [];
    // Written after the page was read and before the reader waits: no later hint tells of it.
    log.afterRead = () => {
      log.afterRead = () => {};
      append();
    };

    for await (const { seq } of tail(log, changed, 0n, reading.signal)) {
      seen.push(seq);
      if (seq === 2n) break;
    }

    expect(seen).toEqual([1n, 2n]);
  });

  it('leaves nothing on the signal for the pages that it need not wait behind', async () => {
    const { log, changed, reading } = start(5000);

    const listeners: number[] = [];
    for await (const { seq } of tail(log, changed, 0n, reading.signal)) {
      listeners.push(getEventListeners(reading.signal, 'abort').length);
      if (seq === 5000n) break;
    }

    expect([listeners.length, Math.max(...listeners)]).toEqual([5000, 0]);
  });

  it('ends when the signal aborts while it waits', async () => {
    const { log, changed, reading } = start(0);
    const rest = tail(log, changed, 0n, reading.signal).next();

    reading.abort();

    expect(await rest).toEqual({ done: true, value: undefined });
  });
});

function start(count: number) {
  const events: StoredEvent[] = [];
  const changed = new Changed();
  const append = (): void => {
    const seq = BigInt(events.length + 1);
    events.push({ seq, id: `evt_${seq}`, type: 'link.created', createdAt: 0, data: '{}' });
    changed.notify();
  };
  for (let written = 0; written < count; written += 1) append();
  const log = {
    afterRead: () => {},
    after: async (seq: bigint, limit: number): Promise<StoredEvent[]> => {
      const page = events.slice(Number(seq), Number(seq) + limit);
      await Promise.resolve();
      log.afterRead();
      return page;
    },
  };
  return { log, changed, append, reading: new AbortController() };
}
