import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';

/** Something that has to be taken out now and then, so that a database does not grow for ever. */
export interface Chore {
  readonly name: string;
  readonly run: (now: number) => Promise<void>;
}

const EVERY_MS = 10 * 60_000;

/** Does the chores now and then. One that fails is told and tried again the next time. */
export class Housekeeping implements AsyncDisposable {
  readonly #chores: readonly Chore[];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(chores: readonly Chore[], clock: Clock, log: Log) {
    this.#chores = chores;
    this.#clock = clock;
    this.#log = log;
  }

  start(): void {
    this.#loop = this.#keepHouse();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #keepHouse(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      for (const chore of this.#chores) await this.#do(chore);
      await this.#clock.sleep(EVERY_MS, signal);
    }
  }

  async #do(chore: Chore): Promise<void> {
    try {
      await chore.run(this.#clock.now());
    } catch {
      this.#log.warn('a chore failed and will be tried again', { chore: chore.name });
    }
  }
}
