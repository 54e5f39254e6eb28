/** Wakes whoever waits for more events. Only a hint: the woken reads the log again. */
export class Changed {
  #waiting = new Set<() => void>();
  #count = 0;

  /** How often it was notified: who read after another count waits for nothing. */
  get count(): number {
    return this.#count;
  }

  /** To be called after a commit that wrote events. */
  notify(): void {
    this.#count += 1;
    const woken = this.#waiting;
    this.#waiting = new Set();
    for (const wake of woken) wake();
  }

  /** Resolves at the next notification, or when the signal aborts. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
