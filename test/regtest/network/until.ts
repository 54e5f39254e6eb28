import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 50;
/** Longer than anything takes on a busy machine: it is there so that nothing waits for ever. */
const PATIENCE_MS = 60_000;

/** Asks again and again until the answer is not undefined; what it waited for is in the error. */
export async function until<T>(
  what: string | (() => string),
  ask: () => Promise<T | undefined> | T | undefined,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > giveUpAt) {
      const told = typeof what === 'string' ? what : what();
      throw new Error(`waited ${patienceMs} ms for ${told}`);
    }
    await delay(EVERY_MS);
  }
}

/** Waits until something is so. */
export async function untilTrue(
  what: string | (() => string),
  ask: () => Promise<boolean> | boolean,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  await until(what, async () => (await ask()) || undefined, patienceMs);
}
