import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { StoreError } from '../errors.ts';
import { OpenTransaction, type Writer } from './open-transaction.ts';
import type { Queries } from './sql.ts';
import { isBusy } from './sqlite-error.ts';
import { TimeLimit } from './time-limit.ts';

export interface CommitLimits {
  /** Transactions that one commit may carry; with more, the event loop would stand still too long. */
  readonly maxTransactions: number;
  /** Transactions that may wait; a longer queue would only answer those who are gone. */
  readonly maxWaiting: number;
  /** How long one transaction may take before it is undone. */
  readonly transactionTimeoutMs: number;
  /** How often to ask for the write lock while another process has it. */
  readonly lockAttempts: number;
}

export const COMMIT_LIMITS: CommitLimits = {
  maxTransactions: 256,
  maxWaiting: 10_000,
  transactionTimeoutMs: 1_000,
  lockAttempts: 20,
};

/** Between two attempts to get the write lock; the process goes on with other things meanwhile. */
const LOCK_PAUSE_MS = 50;

const TOO_LONG =
  'a transaction took too long: its work may wait for nothing but its own statements';

interface Waiting {
  readonly work: (tx: Queries) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Tells one caller how its transaction ended. */
type Answer = () => void;

/**
 * One writer, many transactions. All that wait are run one after the other between one `begin` and
 * one `commit`, so that they share its `fsync`, the dear part. Each has a savepoint of its own: a
 * failing one is undone alone. Nobody hears anything before the commit returned, not even the failing
 * one, whose failure may come from a row that is not committed yet.
 *
 * The connection is synchronous, so the work of a whole batch runs without a turn of the event loop
 * between, as long as it calls nothing but its own `tx`. Whatever uses the store during that time is
 * therefore inside some `work` (see `inside`).
 */
export class GroupCommit {
  readonly #writer: Writer;
  readonly #limits: CommitLimits;
  readonly #timeLimit: TimeLimit;
  #waiting: Waiting[] = [];
  #loop: Promise<void> | undefined;
  #closed = false;
  #open = false;
  #inside = false;
  #commits = 0;

  constructor(writer: Writer, limits: Partial<CommitLimits> = {}) {
    this.#writer = writer;
    this.#limits = { ...COMMIT_LIMITS, ...limits };
    this.#timeLimit = new TimeLimit(this.#limits.transactionTimeoutMs, TOO_LONG);
  }

  /** True while the caller can only be the `work` of a transaction; false proves nothing. */
  get inside(): boolean {
    return this.#inside;
  }

  /** Whether the connection has a transaction open. */
  get open(): boolean {
    return this.#open;
  }

  /** Grows with every commit, before anybody hears of it. */
  get commits(): number {
    return this.#commits;
  }

  async add<T>(work: (tx: Queries) => Promise<T>): Promise<T> {
    if (this.#closed) throw new StoreError('store-unavailable', 'The store is closed');
    if (this.#waiting.length >= this.#limits.maxWaiting) {
      throw new StoreError('store-unavailable', 'The store is overloaded, try again');
    }
    return await new Promise<T>((resolve, reject) => {
      // What `work` gave is given back, so the value is a T.
      this.#waiting.push({ work, resolve: (value) => resolve(value as T), reject });
      this.#loop ??= this.#commitAll();
    });
  }

  /** Commits what waits and takes nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#loop;
  }

  async #commitAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Requests that arrived in one turn of the event loop, or during the last fsync, join here.
      await nextTurn();
      await this.#commitBatch(this.#waiting.splice(0, this.#limits.maxTransactions));
    }
    this.#loop = undefined;
  }

  async #commitBatch(batch: readonly Waiting[]): Promise<void> {
    const answers = await this.#commitOrUndo(batch);
    this.#timeLimit.stop();
    this.#open = false;
    this.#inside = false;
    for (const answer of answers) answer();
  }

  async #commitOrUndo(batch: readonly Waiting[]): Promise<Answer[]> {
    try {
      const answers: Answer[] = [];
      await this.#begin();
      for (const waiting of batch) answers.push(await this.#runOne(waiting));
      this.#commits += 1;
      this.#writer.run('commit');
      return answers;
    } catch (error) {
      const failure = this.#undo(error);
      return batch.map(({ reject }) => reject.bind(undefined, failure));
    }
  }

  async #begin(): Promise<void> {
    for (let attempt = 1; !this.#tryBegin(attempt); attempt += 1) await delay(LOCK_PAUSE_MS);
    this.#open = true;
    this.#inside = true;
    // Runs once all promises are through, thus at the first moment that belongs to somebody else.
    process.nextTick(() => {
      this.#inside = false;
    });
  }

  #tryBegin(attempt: number): boolean {
    try {
      if (this.#writer.inTransaction) this.#writer.run('rollback');
      this.#writer.run('begin immediate');
      return true;
    } catch (error) {
      if (!isBusy(error) || attempt >= this.#limits.lockAttempts) throw error;
      return false;
    }
  }

  /** Throws only when the whole batch is lost. */
  async #runOne({ work, resolve, reject }: Waiting): Promise<Answer> {
    const tx = new OpenTransaction(this.#writer);
    this.#writer.run('savepoint one');
    try {
      const value = await this.#timeLimit.wait(work(tx));
      tx.assertWhole();
      this.#writer.run('release one');
      return () => resolve(value);
    } catch (error) {
      // A full disk, for one, makes SQLite roll back everything at once.
      if (!this.#writer.inTransaction) throw error;
      this.#writer.run('rollback to one');
      this.#writer.run('release one');
      return () => reject(error);
    } finally {
      tx.end();
    }
  }

  /** Leaves nothing of a batch, and says so in the words of the store. */
  #undo(cause: unknown): StoreError {
    try {
      if (this.#writer.inTransaction) this.#writer.run('rollback');
    } catch {
      // The next batch tries again before it begins; until then nothing is committed.
    }
    if (cause instanceof StoreError) return cause;
    return new StoreError('store-unavailable', 'The store could not commit, try again', { cause });
  }
}
