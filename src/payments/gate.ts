import { NodeError } from '../errors.ts';

const MAX_WAITING = 1024;

/**
 * Lets a few calls to the node run at once and the rest wait in order. A call whose signal aborts
 * while it waits never starts; one that finds the queue full is refused at once.
 */
export class Gate {
  readonly #width: number;
  #running = 0;
  readonly #waiting = new Set<() => void>();

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
    if (signal.aborted || this.#waiting.size >= MAX_WAITING) throw tooBusy();
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.delete(go);
        reject(tooBusy());
      };
      const go = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(go);
    });
  }

  /** Hands the place to the next, in the order in which they came. */
  #leave(): void {
    const [next] = this.#waiting;
    if (!next) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

function tooBusy(): NodeError {
  return new NodeError('node-timeout', 'The Lightning node is busy, try again in a moment');
}
