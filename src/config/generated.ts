import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import type { Random } from '../random.ts';
import { ConfigError } from './config-error.ts';
import { prepareDataDir } from './data-dir.ts';
import { codeOf } from './environment.ts';
import { writeNewFile } from './new-file.ts';
import { Secret } from './secret.ts';
import {
  ADMIN_KEY_WANTED,
  type GivenSecrets,
  parseAdminKey,
  parseServerSecret,
  SERVER_SECRET_WANTED,
} from './server-secrets.ts';

export interface PrepareOptions {
  readonly dataDir: string;
  /** What the environment gave: for that no file is read or written. */
  readonly given: GivenSecrets;
  readonly random: Random;
  readonly log: Log;
  /** Who we run as, for the advice about the directory; undefined where there are no such ids. */
  readonly uid: number | undefined;
}

/** The secrets of this server, whether given, found in the data directory or drawn just now. */
export interface PreparedSecrets {
  /** 64 characters of lower-case hex. */
  readonly serverSecret: Secret;
  readonly adminKey: Secret;
  /** Where the admin key lies, or will lie once kept; undefined when the environment gave it. */
  readonly adminKeyPath: string | undefined;
  /** True when the admin key was drawn just now, so that its path is news. */
  readonly adminKeyIsNew: boolean;
  /**
   * Writes what was drawn. Not before the database has agreed to the secret: beside a database that
   * was made with another one, a new secret file would hide that the old one is lost (FC-23).
   */
  keep(): Promise<void>;
}

const RANDOM_BYTES = 32;
const READABLE_BY_OTHERS = 0o077;

/** Reads the secrets of the data directory and draws what is missing, in memory only. */
export async function prepareSecrets(options: PrepareOptions): Promise<PreparedSecrets> {
  const { dataDir, given, random } = options;
  await prepareDataDir(dataDir, options.uid);
  const serverSecret = await prepare(options, given.serverSecret, {
    path: join(dataDir, 'secret'),
    parse: parseServerSecret,
    wanted: SERVER_SECRET_WANTED,
    draw: () => Buffer.from(random(RANDOM_BYTES)).toString('hex'),
  });
  const adminKey = await prepare(options, given.adminKey, {
    path: join(dataDir, 'admin-key'),
    parse: parseAdminKey,
    wanted: ADMIN_KEY_WANTED,
    draw: () => `bg_${Buffer.from(random(RANDOM_BYTES)).toString('base64url')}`,
  });
  return {
    serverSecret: serverSecret.value,
    adminKey: adminKey.value,
    adminKeyPath: adminKey.path,
    adminKeyIsNew: adminKey.isNew,
    keep: async () => {
      for (const kept of [serverSecret, adminKey]) if (kept.isNew) await keep(kept);
    },
  };
}

interface Kind {
  readonly path: string;
  readonly parse: (text: string) => Secret | undefined;
  readonly wanted: string;
  readonly draw: () => string;
}

type Prepared =
  | { readonly value: Secret; readonly path: undefined; readonly isNew: false }
  | { readonly value: Secret; readonly path: string; readonly isNew: boolean };

async function prepare(
  options: PrepareOptions,
  given: Secret | undefined,
  kind: Kind,
): Promise<Prepared> {
  if (given !== undefined) return { value: given, path: undefined, isNew: false };
  const text = await readKept(kind.path, options);
  if (text === undefined) return { value: new Secret(kind.draw()), path: kind.path, isNew: true };
  const value = kind.parse(text);
  if (value === undefined) throw new ConfigError([`${kind.path}: does not hold ${kind.wanted}`]);
  return { value, path: kind.path, isNew: false };
}

/** The trimmed text of a file, or undefined when there is none. */
async function readKept(path: string, options: PrepareOptions): Promise<string | undefined> {
  try {
    const { mode } = await stat(path);
    if (options.uid !== undefined && (mode & READABLE_BY_OTHERS) !== 0) {
      options.log.warn('A secret file may be read by others: chmod 600', { path });
    }
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new ConfigError([`${path}: cannot be read (${codeOf(error)})`]);
  }
}

async function keep({ value, path }: Extract<Prepared, { readonly path: string }>): Promise<void> {
  try {
    await writeNewFile(path, `${value.reveal()}\n`);
  } catch (error) {
    throw new ConfigError([`${path}: cannot be written (${codeOf(error)})`]);
  }
}
