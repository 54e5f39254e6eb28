import { join } from 'node:path';
import type { Environment } from './environment.ts';
import { Secret } from './secret.ts';

export type DatabaseConfig =
  | { readonly kind: 'sqlite'; readonly path: string }
  /** The URL holds a password. */
  | { readonly kind: 'postgres'; readonly url: Secret };

const FILE_NAME = 'boltgate.db';

/** Reads where the store is: a SQLite file, by default in the data directory, or PostgreSQL. */
export function readDatabase(environment: Environment, dataDir: string): DatabaseConfig {
  const inDataDir: DatabaseConfig = { kind: 'sqlite', path: join(dataDir, FILE_NAME) };
  const parse = (text: string) => (text === 'sqlite:' ? inDataDir : parseDatabase(text));
  const wanted = 'sqlite:, sqlite:PATH or postgres://user:password@host/name';
  return environment.secret('BOLTGATE_DATABASE_URL', parse, wanted) ?? inDataDir;
}

function parseDatabase(text: string): DatabaseConfig | undefined {
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) {
    return { kind: 'postgres', url: new Secret(text) };
  }
  // `sqlite:///var/lib/x` is how others write an absolute path; with two slashes it is unclear.
  const path = /^sqlite:(?:\/\/(?=\/))?((?!\/\/).+)$/.exec(text)?.[1];
  return path === undefined ? undefined : { kind: 'sqlite', path };
}
