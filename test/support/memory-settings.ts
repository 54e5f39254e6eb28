import type { Settings } from '../../src/accounts/start-refused.ts';

/** Settings of a database, with a count of what was written. */
export class MemorySettings implements Settings {
  readonly values: Record<string, string>;
  writes = 0;

  constructor(values: Readonly<Record<string, string>> = {}) {
    this.values = { ...values };
  }

  async get(name: string): Promise<string | undefined> {
    return this.values[name];
  }

  async set(name: string, value: string): Promise<void> {
    this.values[name] = value;
    this.writes += 1;
  }
}
