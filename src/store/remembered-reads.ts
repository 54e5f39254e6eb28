import type { Sql } from './sql.ts';

const KEPT_ANSWERS = 10_000;

/**
 * Remembers what a read found until the next commit, whatever it changes: nothing that is remembered
 * can differ from the store. Remembers nothing where other processes write too.
 */
export class RememberedReads<T> {
  readonly #sql: Pick<Sql, 'commits'>;
  readonly #answers = new Map<string, T>();
  #readAt: number | undefined;

  constructor(sql: Pick<Sql, 'commits'>) {
    this.#sql = sql;
  }

  /** What is known under this key, or what the read finds. What was not found is not remembered. */
  async get(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    const { commits } = this.#sql;
    if (commits === undefined) return await read();
    if (commits !== this.#readAt) this.#answers.clear();
    this.#readAt = commits;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = await read();
    // A commit may have come between the statements of the read.
    if (answer !== undefined && commits === this.#sql.commits) this.#keep(key, answer);
    return answer;
  }

  /** The oldest goes first: what is asked for often is soon there again. */
  #keep(key: string, answer: T): void {
    if (this.#answers.size >= KEPT_ANSWERS) {
      const [oldest] = this.#answers.keys();
      if (oldest !== undefined) this.#answers.delete(oldest);
    }
    this.#answers.set(key, answer);
  }
}
