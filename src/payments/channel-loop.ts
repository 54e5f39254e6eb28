import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { eachAtOnce } from './at-once.ts';
import type { ChannelOpener, ChannelOpenerStore } from './channel-opener.ts';
import type { Opening } from './channels.ts';

interface Parts {
  readonly store: Pick<ChannelOpenerStore, 'unfinished'>;
  readonly opener: Pick<ChannelOpener, 'advance'>;
  readonly clock: Clock;
  readonly log: Log;
}

const PAGE = 100;
/** Steps that a round takes at once, and all that may be under way together. */
const ROUND_WIDTH = 8;
const MAX_AT_ONCE = 64;
const ROUND_EVERY_MS = 15_000;

/**
 * Keeps requests for channels moving: each at once when it is kept, and all that are not finished at
 * the start, and on a timer. Stopping ends the calls under way; the next start looks what became of
 * them.
 */
export class ChannelLoop implements Opening, AsyncDisposable {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  readonly #underWay = new Map<string, Promise<void>>();
  #loop: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#loop = this.#rounds();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await Promise.all(this.#underWay.values());
  }

  get isFull(): boolean {
    return this.#underWay.size >= MAX_AT_ONCE;
  }

  /** A step that is under way is joined: for one request there is one at a time. */
  async advance(id: string): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const step = this.#underWay.get(id) ?? this.#step(id);
    this.#underWay.set(id, step);
    await step;
  }

  async #step(id: string): Promise<void> {
    const { opener, log } = this.#parts;
    try {
      await opener.advance(id, this.#stop.signal);
    } catch {
      // The request is where the last commit left it, and the next round goes on from there.
      log.warn('a channel could not be moved on and will be tried again', { channel: id });
    } finally {
      this.#underWay.delete(id);
    }
  }

  async #rounds(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#round();
      await clock.sleep(ROUND_EVERY_MS, signal);
    }
  }

  async #round(): Promise<void> {
    const { store, log } = this.#parts;
    try {
      let after: string | undefined;
      for (;;) {
        const page = await store.unfinished(PAGE, after);
        await eachAtOnce(page, ROUND_WIDTH, async ({ id }) => await this.advance(id));
        after = page.at(-1)?.id;
        if (page.length < PAGE || this.#stop.signal.aborted) return;
      }
    } catch {
      log.warn('unfinished channels could not be listed and will be tried again');
    }
  }
}
