import type { Changed } from './changed.ts';
import type { StoredEvent } from './event.ts';
import type { EventLog } from './tail.ts';

/** The log with its head, as the store has it. */
export interface WholeLog extends EventLog {
  /** Number of the newest event; 0 when there is none. */
  head(): Promise<bigint>;
}

/** Events that are kept at hand; readers further behind are served by the store. */
const KEPT = 2_000;
const PAGE = 500;

interface Reading {
  /** Of `changed` when it began: it holds at least what was committed by then. */
  readonly count: number;
  readonly done: Promise<void>;
}

/**
 * The log for many readers at once: what is new is read from the store once and not once for each of
 * them. Numbers have no gap, so what is kept is known to be complete.
 */
export class RecentEvents implements WholeLog {
  readonly #log: WholeLog;
  readonly #changed: Changed;
  /** In order, without a gap. */
  #kept: StoredEvent[] = [];
  /** Number of the newest event that was read; undefined before the first reading. */
  #head: bigint | undefined;
  #reading: Reading | undefined;

  constructor(log: WholeLog, changed: Changed) {
    this.#log = log;
    this.#changed = changed;
  }

  async after(seq: bigint, limit: number): Promise<StoredEvent[]> {
    await this.#read();
    const [first] = this.#kept;
    if (this.#head !== undefined && seq >= this.#head) return [];
    if (!first || seq + 1n < first.seq) return await this.#log.after(seq, limit);
    const from = Number(seq + 1n - first.seq);
    return this.#kept.slice(from, from + limit);
  }

  async head(): Promise<bigint> {
    return await this.#log.head();
  }

  /** Waits for a reading that began after all that was told of so far. */
  async #read(): Promise<void> {
    const reading = this.#reading;
    if (reading && reading.count === this.#changed.count) return await reading.done;
    const begun: Reading = { count: this.#changed.count, done: this.#readAfter(reading?.done) };
    this.#reading = begun;
    try {
      await begun.done;
    } catch (error) {
      // The next reader tries again.
      if (this.#reading === begun) this.#reading = undefined;
      throw error;
    }
  }

  /** One reading at a time, so that they end in the order in which they began. */
  async #readAfter(before: Promise<void> | undefined): Promise<void> {
    await before?.catch(() => undefined);
    this.#head ??= await this.#log.head();
    for (;;) {
      const page = await this.#log.after(this.#head, PAGE);
      this.#kept.push(...page);
      this.#head = page.at(-1)?.seq ?? this.#head;
      if (page.length < PAGE) break;
    }
    if (this.#kept.length > 2 * KEPT) this.#kept = this.#kept.slice(-KEPT);
  }
}
