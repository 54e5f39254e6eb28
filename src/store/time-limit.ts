/**
 * Bounds one wait after another with a single timer: to make one for each is a fifth of the price of
 * a small transaction.
 */
export class TimeLimit {
  readonly #timeoutMs: number;
  readonly #message: string;
  #timer: NodeJS.Timeout | undefined;
  #giveUp: () => void = () => undefined;

  constructor(timeoutMs: number, message: string) {
    this.#timeoutMs = timeoutMs;
    this.#message = message;
  }

  /** What `work` gives, or a rejection with the message once the time is over. */
  wait<T>(work: Promise<T>): Promise<T> {
    this.#timer = this.#timer?.refresh() ?? setTimeout(() => this.#giveUp(), this.#timeoutMs);
    return new Promise<T>((resolve, reject) => {
      this.#giveUp = () => reject(new Error(this.#message));
      work.then(resolve, reject);
    });
  }

  /** Ends the timer; the next wait makes a new one. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
