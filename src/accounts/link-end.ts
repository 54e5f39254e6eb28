import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { WithdrawLinks } from './withdraw-links.ts';

interface Parts {
  readonly withdrawLinks: Pick<WithdrawLinks, 'endExpired'>;
  readonly clock: Clock;
  readonly log: Log;
}

const EVERY_MS = 5_000;

/** Ends withdraw links soon after their time has passed (FC-17). */
export class LinkEnd implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { withdrawLinks, clock, log } = this.#parts;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await withdrawLinks.endExpired(clock.now());
      } catch {
        log.warn('ended links could not be closed and will be tried again');
      }
      await clock.sleep(EVERY_MS, signal);
    }
  }
}
