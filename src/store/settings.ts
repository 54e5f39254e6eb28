import type { Sql } from './sql.ts';

/** Facts about this database itself, by name. */
export class SqlSettings {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async get(name: string): Promise<string | undefined> {
    const [row] = await this.#sql.query<{ value: string }>(
      'select value from settings where name = $1',
      [name],
    );
    return row?.value;
  }

  async set(name: string, value: string): Promise<void> {
    await this.#sql.query(
      `insert into settings (name, value) values ($1, $2)
       on conflict (name) do update set value = excluded.value`,
      [name, value],
    );
  }
}
