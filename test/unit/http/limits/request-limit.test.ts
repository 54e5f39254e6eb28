import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MemoryLimit } from '../../../../src/http/limits/request-limit.ts';

// The library has no clock to be given.
beforeEach(() => {
  jest.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  jest.useRealTimers();
});

async function takeMany(limit: MemoryLimit, key: string, times: number) {
  const waits: (number | undefined)[] = [];
  for (let taken = 0; taken < times; taken += 1) waits.push(await limit.take(key));
  return waits;
}

describe('a limit', () => {
  it('lets in as many as it says at once, and tells the next how long to wait', async () => {
    const limit = new MemoryLimit({ requests: 3, windowSeconds: 60 });

    const waits = await takeMany(limit, 'a', 5);

    expect(waits).toEqual([undefined, undefined, undefined, 60_000, 60_000]);
  });

  it('counts each key for itself', async () => {
    const limit = new MemoryLimit({ requests: 1, windowSeconds: 60 });
    await takeMany(limit, 'a', 2);

    expect(await limit.take('b')).toBeUndefined();
  });

  it('lets in again when the window is over, and not a millisecond earlier', async () => {
    const limit = new MemoryLimit({ requests: 1, windowSeconds: 60 });
    await limit.take('a');

    jest.advanceTimersByTime(59_999);
    const early = await limit.take('a');
    jest.advanceTimersByTime(1);

    expect(early).toBe(1);
    expect(await limit.take('a')).toBeUndefined();
  });

  it('forgets every key when its window ends', async () => {
    const limit = new MemoryLimit({ requests: 1, windowSeconds: 60 });
    for (let key = 0; key < 1_000; key += 1) await limit.take(String(key));
    const kept = jest.getTimerCount();

    jest.advanceTimersByTime(60_000);

    expect([kept, jest.getTimerCount()]).toEqual([1_000, 0]);
  });
});
