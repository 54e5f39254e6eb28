import { copyFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { MIGRATIONS_FOLDER } from './migrate.ts';
import { loadSqlite } from './sqlite-driver.ts';
import { fromSqlite } from './sqlite-error.ts';

/** What a database file says to whoever only looks. */
export interface DatabaseFacts {
  readonly sizeBytes: number;
  /** How many migrations it has, and how many this version knows. */
  readonly applied: number;
  readonly known: number;
  /** What is damaged; undefined when the file is too large to be looked through. */
  readonly damage: readonly string[] | undefined;
  /** The invoice that was made last, and when by our clock. */
  readonly newestInvoice: { readonly bolt11: string; readonly createdAt: number } | undefined;
  /** Offers of channels that stand open. */
  readonly channelOffers: number;
}

/** To look through more takes long, and a server that runs cannot tidy up meanwhile. */
const MAX_CHECK_BYTES = 128 * 1024 * 1024;
const MAX_DAMAGES = 5;
const BUSY_TIMEOUT_MS = 2_000;

/**
 * Looks at a database and changes nothing, also while a server works with it. Throws StoreError, and
 * what node:fs throws.
 */
export async function inspectDatabase(path: string): Promise<DatabaseFacts> {
  const { size: sizeBytes } = await stat(path);
  const known = (await readdir(MIGRATIONS_FOLDER)).filter((name) => name.endsWith('.sql')).length;
  const isSmall = sizeBytes <= MAX_CHECK_BYTES;
  // Nobody has it open, and to read it in place would leave files beside it.
  const atRest = isSmall && !(await isThere(`${path}-wal`)) ? await copyOf(path) : undefined;
  try {
    const { applied, ...facts } = await look(atRest?.path ?? path, isSmall);
    return { sizeBytes, known, applied, ...facts };
  } finally {
    await atRest?.remove();
  }
}

type Looked = Omit<DatabaseFacts, 'sizeBytes' | 'known'>;

async function look(path: string, isSmall: boolean): Promise<Looked> {
  const Driver = await loadSqlite();
  try {
    const database = new Driver(path, {
      ...{ readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS },
    });
    try {
      return read(database, isSmall);
    } finally {
      database.close();
    }
  } catch (error) {
    throw fromSqlite(error);
  }
}

function read(database: Database, isSmall: boolean): Looked {
  const damage = isSmall ? damageOf(database) : undefined;
  if (!hasTable(database, 'migrations')) {
    return { applied: 0, damage, newestInvoice: undefined, channelOffers: 0 };
  }
  const applied = numberOf(database, 'select count(*) from migrations');
  const newestInvoice = hasTable(database, 'invoices')
    ? database
        .prepare<[], { bolt11: string; created_at: number }>(
          'select bolt11, created_at from invoices order by created_at desc, id desc limit 1',
        )
        .get()
    : undefined;
  const channelOffers = hasTable(database, 'channel_offers')
    ? numberOf(
        database,
        'select count(*) from channel_offers where disabled_at is null and deleted_at is null',
      )
    : 0;
  return {
    ...{ applied, damage, channelOffers },
    newestInvoice: newestInvoice && {
      bolt11: newestInvoice.bolt11,
      createdAt: newestInvoice.created_at,
    },
  };
}

function damageOf(database: Database): readonly string[] {
  const rows: unknown = database.pragma(`quick_check(${MAX_DAMAGES})`);
  const lines = Array.isArray(rows) ? rows.map(({ quick_check: line }) => String(line)) : [];
  return lines.filter((line) => line !== 'ok');
}

function hasTable(database: Database, name: string): boolean {
  const text = 'select 1 from sqlite_schema where type = ? and name = ?';
  return database.prepare(text).get('table', name) !== undefined;
}

function numberOf(database: Database, text: string): number {
  return Number(database.prepare(text).pluck().get());
}

interface Copy {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

/** A copy for us alone; undefined when somebody opened the file meanwhile, so that it may be torn. */
async function copyOf(path: string): Promise<Copy | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'boltgate-doctor-'));
  const remove = async (): Promise<void> => await rm(folder, { recursive: true, force: true });
  try {
    const copy = join(folder, 'copy.db');
    await copyFile(path, copy);
    if (!(await isThere(`${path}-wal`))) return { path: copy, remove };
    await remove();
    return undefined;
  } catch (error) {
    await remove();
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
