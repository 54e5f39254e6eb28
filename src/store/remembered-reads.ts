const KEPT_ANSWERS = 10_000;

/**
 * Remembers what a read found for as long as nothing can have changed it: until `generation` gives
 * another number. undefined: that may be so at any time, and nothing is remembered.
 */
export class RememberedReads<T> {
  readonly #generation: () => number | undefined;
  readonly #answers = new Map<string, T>();
  #readAt: number | undefined;

  constructor(generation: () => number | undefined) {
    this.#generation = generation;
  }

  /** What is known under this key, or what the read finds. What was not found is not remembered. */
  async get<Found extends T | undefined>(
    key: string,
    read: () => Promise<Found>,
  ): Promise<T | Found> {
    const before = this.#generation();
    if (before === undefined) return await read();
    if (before !== this.#readAt) this.#answers.clear();
    this.#readAt = before;
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = await read();
    // A change may have come between the statements of the read.
    if (answer !== undefined && before === this.#generation()) this.#keep(key, answer);
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
