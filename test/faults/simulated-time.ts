import type { Clock } from '../../src/clock.ts';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Time that moves only when it is told to, the same for everybody in a run. */
export class SimulatedTime {
  now: number;
  readonly #clocks = new Set<ServiceClock>();

  constructor(now: number) {
    this.now = now;
  }

  /** The clock of one service: what sleeps by it sleeps for ever once it is stopped. */
  clock(): ServiceClock {
    const clock = new ServiceClock(this, () => this.#clocks.delete(clock));
    this.#clocks.add(clock);
    return clock;
  }

  /** When the next sleeper wakes; undefined when nobody sleeps. */
  get nextWake(): number | undefined {
    const wakes = [...this.#clocks].flatMap((clock) => clock.wakes);
    return wakes.length === 0 ? undefined : Math.min(...wakes);
  }

  /** Moves on, and wakes whoever has slept enough. */
  moveTo(moment: number): void {
    this.now = Math.max(this.now, moment);
    for (const clock of this.#clocks) clock.wakeDue();
  }
}

/** The clock that a service is given. */
export class ServiceClock implements Clock {
  readonly #time: SimulatedTime;
  readonly #stopped: () => void;
  readonly #sleepers = new Set<Sleeper>();

  constructor(time: SimulatedTime, stopped: () => void) {
    this.#time = time;
    this.#stopped = stopped;
  }

  now(): number {
    return this.#time.now;
  }

  async sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper: Sleeper = { until: this.#time.now + durationMs, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', wake);
    });
  }

  get wakes(): readonly number[] {
    return [...this.#sleepers].map(({ until }) => until);
  }

  wakeDue(): void {
    for (const sleeper of [...this.#sleepers]) {
      if (sleeper.until <= this.#time.now) sleeper.wake();
    }
  }

  stop(): void {
    this.#sleepers.clear();
    this.#stopped();
  }
}
