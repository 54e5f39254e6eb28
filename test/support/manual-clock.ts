import type { Clock } from '../../src/clock.ts';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Time that stands still until a test moves it on. */
export class ManualClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** How many wait for the time to pass. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  /** How long until the next one wakes; for ever when nobody sleeps. */
  get nextWakeMs(): number {
    const wakes = [...this.#sleepers].map(({ until }) => until - this.#now);
    return Math.min(Number.POSITIVE_INFINITY, ...wakes);
  }

  advance(durationMs: number): void {
    this.#now += durationMs;
    for (const sleeper of this.#sleepers) if (sleeper.until <= this.#now) sleeper.wake();
  }

  async sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const sleeper: Sleeper = { until: this.#now + durationMs, wake: () => wake() };
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', wake);
    });
  }
}
