import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../clock.ts';
import { StoreError } from '../errors.ts';
import { sha256Hex } from '../hex.ts';
import { type Queries, type Sql, UniqueViolation } from './sql.ts';

/** The migrations of this version; the same way from src/store and from dist/store. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../db/migrations', import.meta.url));

interface Migration {
  readonly number: number;
  readonly file: string;
  readonly text: string;
  readonly sha256: string;
}

interface AppliedRow {
  readonly number: bigint;
  readonly sha256: string;
}

/**
 * Brings the tables up to date: applies each `NNNN_name.sql` of a folder once, in order, in one
 * transaction with its row in `migrations`. Several processes may do it at once: the first to insert
 * a number applies it, the others go on.
 */
export async function migrate(sql: Sql, folder: string, clock: Clock): Promise<void> {
  const migrations = readMigrations(folder);
  await createTable(sql);
  const applied = await readApplied(sql);
  assertKnown(migrations, applied);
  for (const migration of migrations.slice(applied.length)) await apply(sql, migration, clock);
}

/** Whether an earlier start has migrated this database; if not, there is nothing in it. */
export async function wasMigrated(sql: Sql): Promise<boolean> {
  await createTable(sql);
  return (await readApplied(sql)).length > 0;
}

function readMigrations(folder: string): Migration[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return files.sort().map((file, index) => {
    const number = index + 1;
    if (!/^\d{4}_[a-z0-9_]+\.sql$/.test(file)) throw refusal(`${file} is not named NNNN_name.sql`);
    if (Number(file.slice(0, 4)) !== number) {
      throw refusal(`number ${number} is missing or there twice, near ${file}`);
    }
    const text = readFileSync(join(folder, file), 'utf8');
    return { number, file, text, sha256: sha256Hex(text) };
  });
}

async function createTable(sql: Sql): Promise<void> {
  try {
    await sql.script(
      `create table if not exists migrations (
         number     bigint primary key,
         name       text   not null,
         sha256     text   not null,
         applied_at bigint not null
       )`,
    );
  } catch (error) {
    // Two processes that create a table at once: PostgreSQL tells the second of a broken key.
    if (!(error instanceof UniqueViolation)) throw error;
  }
}

async function readApplied(sql: Queries): Promise<AppliedRow[]> {
  return await sql.query<AppliedRow>('select number, sha256 from migrations order by number');
}

function assertKnown(migrations: readonly Migration[], applied: readonly AppliedRow[]): void {
  for (const [index, row] of applied.entries()) {
    const migration = migrations[index];
    if (migration === undefined) {
      throw refusal(
        `the database has migration ${row.number}: it was made by a newer version of Boltgate`,
      );
    }
    if (row.number !== BigInt(migration.number)) {
      throw refusal(`the database lacks migration ${migration.number}, but has later ones`);
    }
    if (row.sha256 !== migration.sha256) {
      throw refusal(`${migration.file} was edited after it was applied`);
    }
  }
}

async function apply(sql: Sql, migration: Migration, clock: Clock): Promise<void> {
  try {
    await sql.transaction(async (tx) => {
      // The row first: it makes a second process wait here, and then fail.
      await tx.query(
        'insert into migrations (number, name, sha256, applied_at) values ($1, $2, $3, $4)',
        [migration.number, migration.file, migration.sha256, clock.now()],
      );
      await tx.script(migration.text);
    });
  } catch (error) {
    if (await isApplied(sql, migration)) return;
    if (error instanceof StoreError) throw error;
    throw refusal(`${migration.file} failed and left nothing behind`, error);
  }
}

async function isApplied(sql: Queries, migration: Migration): Promise<boolean> {
  const applied = await readApplied(sql);
  return applied.some(
    (row) => row.number === BigInt(migration.number) && row.sha256 === migration.sha256,
  );
}

function refusal(reason: string, cause?: unknown): StoreError {
  return new StoreError('store-unavailable', `Migrations refused: ${reason}`, { cause });
}
