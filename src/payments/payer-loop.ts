import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Payer, PayerStore } from './payer.ts';

interface Parts {
  readonly store: Pick<PayerStore, 'unfinished'>;
  readonly payer: Pick<Payer, 'advance'>;
  readonly clock: Clock;
  readonly log: Log;
}

const PAGE = 500;
/** Payments that are under way at once; a payee that holds one keeps its place until it times out. */
const AT_ONCE = 256;
const ROUND_EVERY_MS = 15_000;

/**
 * Keeps claims moving: each at once when it is reserved, and all that are not finished at the start,
 * and on a timer. Stopping does not wait for payments: the next start asks what became of them.
 */
export class PayerLoop implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  /** Ids in order of arrival; each is here or under way at most once. */
  readonly #waiting = new Set<string>();
  readonly #underWay = new Set<string>();
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
  }

  /** Moves one claim on as soon as there is a place. */
  advance(id: string): void {
    if (this.#underWay.has(id) || this.#stop.signal.aborted) return;
    this.#waiting.add(id);
    this.#fill();
  }

  #fill(): void {
    for (const id of this.#waiting) {
      if (this.#underWay.size >= AT_ONCE) return;
      this.#waiting.delete(id);
      this.#underWay.add(id);
      this.#one(id).then(
        () => this.#done(id),
        () => this.#done(id),
      );
    }
  }

  async #one(id: string): Promise<void> {
    const { payer, log } = this.#parts;
    try {
      await payer.advance(id);
    } catch {
      // The claim is where the last commit left it, and the next round goes on from there.
      log.warn('a claim could not be moved on and will be tried again', { withdrawal: id });
    }
  }

  #done(id: string): void {
    this.#underWay.delete(id);
    if (!this.#stop.signal.aborted) this.#fill();
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
        for (const { id } of page) this.advance(id);
        after = page.at(-1)?.id;
        if (page.length < PAGE || this.#stop.signal.aborted) return;
      }
    } catch {
      log.warn('unfinished claims could not be listed and will be tried again');
    }
  }
}
