import type { SqlValue } from './sql.ts';

/** Collects the conditions of a listing; a filter that is not given is left out of the text. */
export class Conditions {
  readonly values: SqlValue[] = [];
  readonly #texts: string[] = [];

  /** Adds a condition in which `?` stands for the value, unless the value is undefined. */
  and(text: string, value: SqlValue | undefined): this {
    if (value === undefined) return this;
    this.values.push(value);
    this.#texts.push(text.replaceAll('?', `$${this.values.length}`));
    return this;
  }

  /** Adds a condition that always holds for this listing. */
  all(text: string): this {
    this.#texts.push(text);
    return this;
  }

  /** The place of one more value. */
  place(value: SqlValue): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  /** `where …`, or nothing. */
  get where(): string {
    return this.#texts.length > 0 ? `where ${this.#texts.join(' and ')}` : '';
  }
}
