import type { RateLimiterMemory } from 'rate-limiter-flexible';

/** How many requests are let in during a window of time. All of them may come at its beginning. */
export interface Rate {
  readonly requests: number;
  readonly windowSeconds: number;
}

/** Counts requests by whom they come from. Several replicas would count together behind this. */
export interface RequestLimit {
  /** Counts one more. Answers how long to wait when it is one too many, undefined when it is let in. */
  take(key: string): Promise<number | undefined>;
}

/** Counts in this process alone. A key is forgotten when its window ends, so memory is bounded by traffic. */
export class MemoryLimit implements RequestLimit {
  readonly #rate: Rate;
  #counter: Promise<RateLimiterMemory> | undefined;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  async take(key: string): Promise<number | undefined> {
    this.#counter ??= openCounter(this.#rate);
    const counter = await this.#counter;
    try {
      await counter.consume(key);
      return undefined;
    } catch (refusal) {
      return waitOf(refusal);
    }
  }
}

async function openCounter({ requests, windowSeconds }: Rate): Promise<RateLimiterMemory> {
  // It brings two dozen drivers of databases, which no start should wait for.
  const { RateLimiterMemory: Counter } = await import('rate-limiter-flexible');
  return new Counter({ points: requests, duration: windowSeconds });
}

/** The library refuses with an object that is no Error. */
function waitOf(refusal: unknown): number {
  const wait =
    typeof refusal === 'object' &&
    refusal !== null &&
    'msBeforeNext' in refusal &&
    refusal.msBeforeNext;
  if (typeof wait !== 'number') throw refusal;
  return wait;
}
