/** What a start needs of the facts that a database keeps about itself. */
export interface Settings {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
}

/** The configuration does not fit this database. The operator must decide; nothing was written. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}
