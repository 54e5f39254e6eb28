import { type Clock, systemClock } from '../../src/clock.ts';

/** The system's time, as gRPC needs it, whose long sleeps a test may end early. */
export class ImpatientClock implements Clock {
  readonly #sleepers = new Map<() => void, number>();
  readonly #waiting = new Set<() => void>();

  now(): number {
    return systemClock.now();
  }

  async sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = (): void => woken.abort();
    this.#sleepers.set(wake, durationMs);
    for (const tell of this.#waiting) tell();
    this.#waiting.clear();
    await systemClock.sleep(
      durationMs,
      AbortSignal.any([woken.signal, ...(signal ? [signal] : [])]),
    );
    this.#sleepers.delete(wake);
  }

  /** Wakes who sleeps for at least so long, as soon as there is one. */
  async endSleepsOf(minMs: number): Promise<void> {
    for (;;) {
      const long = [...this.#sleepers].filter(([, durationMs]) => durationMs >= minMs);
      for (const [wake] of long) wake();
      if (long.length > 0) return;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }
}
