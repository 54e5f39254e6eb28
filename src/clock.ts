import { setTimeout as delay } from 'node:timers/promises';

/** The only source of time; a simulated one takes its place in tests. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `durationMs`, or at once when the signal aborts; never rejects. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (durationMs, signal) => {
    const options = signal ? { signal, ref: false } : { ref: false };
    await delay(durationMs, undefined, options).catch(() => undefined);
  },
};
