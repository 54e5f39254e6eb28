import { NodeError } from '../errors.ts';

const MAX_WAITING = 1024;

/**
 * Lets a few calls to the node run at once and the rest wait in order. A call whose signal aborts
 * while it waits never starts; one that finds the queue full is refused at once.
 */
export class Gate {
  readonly #width: number;
  #running = 0;
  readonly #waiting: Waiter[] = [];

  constructor(width: number) {
    this.#width = width;
  }

  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.#running < this.#width) this.#running += 1;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) throw tooBusy();
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { go: resolve, gone: false };
      const giveUp = (): void => {
        waiter.gone = true;
        reject(tooBusy());
      };
      if (signal.aborted) return giveUp();
      signal.addEventListener('abort', giveUp, { once: true });
      waiter.go = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      this.#waiting.push(waiter);
    });
  }

  /** Hands the place to the next who still wants it. */
  #leave(): void {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      if (next.gone) continue;
      next.go();
      return;
    }
    this.#running -= 1;
  }
}

interface Waiter {
  go: () => void;
  gone: boolean;
}

function tooBusy(): NodeError {
  return new NodeError('node-timeout', 'The Lightning node is busy, try again in a moment');
}
