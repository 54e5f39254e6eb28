import { describe, expect, it } from '@jest/globals';
import { eachAtOnce } from '../../../src/payments/at-once.ts';

describe('work for each of many', () => {
  it('is done once for each, a few at once', async () => {
    const done: number[] = [];
    let running = 0;
    let most = 0;

    await eachAtOnce([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      done.push(item);
    });

    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it('is nothing for none', async () => {
    await eachAtOnce([], 3, async () => {
      throw new Error('never');
    });
  });

  it('throws the first failure', async () => {
    const failing = eachAtOnce([1, 2, 3], 2, async (item) => {
      if (item === 2) throw new Error('broken');
      await Promise.resolve();
    });

    await expect(failing).rejects.toThrow('broken');
  });
});
