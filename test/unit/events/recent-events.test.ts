import { setMaxListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Changed } from '../../../src/events/changed.ts';
import type { StoredEvent } from '../../../src/events/event.ts';
import { RecentEvents } from '../../../src/events/recent-events.ts';
import { tail } from '../../../src/events/tail.ts';

/** A log in memory that counts how often it is read, and can be made to wait. */
function start() {
  const events: StoredEvent[] = [];
  const changed = new Changed();
  let reads = 0;
  let hold: Promise<void> = Promise.resolve();
  let fails = false;
  const log = {
    after: async (seq: bigint, limit: number) => {
      reads += 1;
      if (fails) {
        fails = false;
        throw new Error('the disk is away');
      }
      const page = events.filter((event) => event.seq > seq).slice(0, limit);
      await hold;
      return page;
    },
    head: async () => await Promise.resolve(events.at(-1)?.seq ?? 0n),
  };
  const write = (count = 1): void => {
    for (let one = 0; one < count; one += 1) {
      const seq = BigInt(events.length + 1);
      events.push({ seq, id: `evt_${seq}`, type: 'link.created', createdAt: 0, data: '{}' });
    }
    changed.notify();
  };
  return {
    ...{ changed, write, recent: new RecentEvents(log, changed) },
    reads: () => reads,
    failOnce: () => {
      fails = true;
    },
    /** Holds back readings that begin from now on, until what it returns is called. */
    holdReads: () => {
      let release: () => void = () => undefined;
      hold = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
  };
}

const numbers = (page: readonly StoredEvent[]) => page.map(({ seq }) => Number(seq));

describe('recent events', () => {
  it('are read once for many readers', async () => {
    const { recent, write, reads } = start();
    await recent.after(0n, 10);
    const before = reads();

    write(3);
    const pages = await Promise.all(
      Array.from({ length: 100 }, async () => await recent.after(0n, 10)),
    );

    expect(pages.map(numbers)).toEqual(Array(100).fill([1, 2, 3]));
    expect(reads() - before).toBe(1);
  });

  it('hold what was committed before they are asked, also while an older reading is under way', async () => {
    const { recent, write, holdReads } = start();
    await recent.after(0n, 10);
    const release = holdReads();
    write();
    const early = recent.after(0n, 10);
    await Promise.resolve();
    write();

    const late = recent.after(0n, 10);
    release();

    expect(numbers(await late)).toEqual([1, 2]);
    expect((await early).length).toBeGreaterThanOrEqual(1);
  });

  it('are read again after a reading that failed', async () => {
    const { recent, write, failOnce } = start();
    write();
    failOnce();

    await expect(recent.after(0n, 10)).rejects.toThrow('the disk is away');
    expect(numbers(await recent.after(0n, 10))).toEqual([1]);
  });

  it('are served by the store to who is further behind than what is kept', async () => {
    const { recent, write } = start();
    write(10_000);
    await recent.after(10_000n, 10);
    write(5_000);

    expect(numbers(await recent.after(3n, 2))).toEqual([4, 5]);
    expect(numbers(await recent.after(14_998n, 10))).toEqual([14_999, 15_000]);
    expect(numbers(await recent.after(15_000n, 10))).toEqual([]);
  });

  it('reach every reader whole and in order while they are written', async () => {
    const { recent, changed, write } = start();
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    const readers = Array.from({ length: 20 }, async () => {
      const seen: number[] = [];
      for await (const { seq } of tail(recent, changed, 0n, stop.signal)) {
        seen.push(Number(seq));
        if (seen.length === 300) return seen;
      }
      return seen;
    });

    for (let round = 0; round < 100; round += 1) {
      write(3);
      await new Promise((resolve) => setImmediate(resolve));
    }

    const all = Array.from({ length: 300 }, (_, index) => index + 1);
    expect(await Promise.all(readers)).toEqual(Array(20).fill(all));
  });
});
