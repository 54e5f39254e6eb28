import type { Queries, SqlValue } from './sql.ts';

/** What a transaction needs of the connection that it writes on. */
export interface Writer {
  readonly inTransaction: boolean;
  run<Row>(text: string, values?: readonly SqlValue[]): Row[];
  script(text: string): void;
}

/**
 * The statements of one transaction, for as long as it lasts. The first that fails ends it: a later
 * one would run on half of what was meant, and PostgreSQL would refuse it too.
 */
export class OpenTransaction implements Queries {
  readonly #writer: Writer;
  #failure: { readonly error: unknown } | undefined;
  #over = false;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  async query<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]> {
    return this.#attempt(() => this.#writer.run<Row>(text, values));
  }

  async script(text: string): Promise<void> {
    this.#attempt(() => {
      this.#writer.script(text);
      if (!this.#writer.inTransaction) throw new Error('a script may not end its transaction');
    });
  }

  /** Takes the connection away from whoever still holds this. */
  end(): void {
    this.#over = true;
  }

  /** Throws what a statement threw, also when the caller of that statement swallowed it. */
  assertWhole(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #attempt<T>(statement: () => T): T {
    if (this.#over) throw new Error('this transaction is over');
    this.assertWhole();
    try {
      return statement();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}
