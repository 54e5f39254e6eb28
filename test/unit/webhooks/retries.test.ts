import { expect, it } from '@jest/globals';
import { GIVE_UP_AFTER_MS, waitAfter } from '../../../src/webhooks/retries.ts';

it('a webhook is tried again after seconds, then minutes, then hours, for three days', () => {
  const waits: number[] = [];
  let sum = 0;
  while (sum + waitAfter(waits.length + 1) <= GIVE_UP_AFTER_MS) {
    const wait = waitAfter(waits.length + 1);
    waits.push(wait);
    sum += wait;
  }

  expect(waits.slice(0, 9).map((ms) => ms / 1000)).toEqual([
    5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800,
  ]);
  expect(waits.length).toBe(16);
  expect(waits.toSorted((a, b) => a - b)).toEqual(waits);
});
