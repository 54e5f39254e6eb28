import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import type { Sql } from '../../../src/store/sql.ts';
import { openSqlite, type SqliteOptions } from '../../../src/store/sqlite.ts';
import { startChild } from '../../support/child.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const ENOUGH_COMMITS = 300;

interface World extends AsyncDisposable {
  readonly file: string;
  readonly sql: Sql;
}

async function start(options: SqliteOptions = {}): Promise<World> {
  const folder = tempFolder();
  const file = join(folder.path, 'data', 'boltgate.db');
  const sql = await openSqlite(file, options);
  await sql.script('create table notes (id text primary key, amount bigint not null)');
  const dispose = async () => {
    await sql.close();
    folder[Symbol.dispose]();
  };
  return { file, sql, [Symbol.asyncDispose]: dispose };
}

/** Reads the file as any other program would. */
function countOnDisk(file: string): unknown {
  const other = new Database(file, { readonly: true });
  try {
    return other.prepare('select count(*) from notes').pluck().get();
  } finally {
    other.close();
  }
}

const insert = "insert into notes values ('a', 1)";

describe('sqlite in a file', () => {
  it('makes a directory and files that only we may read', async () => {
    await using world = await start();
    await world.sql.query(insert);

    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    const files = ['', '-wal', '-shm', '.lock'].map((end) => mode(world.file + end));

    expect(mode(join(world.file, '..'))).toBe('700');
    expect(files).toEqual(['600', '600', '600', '600']);
  });

  it('writes every commit through to the disk', async () => {
    await using world = await start();
    // Journal mode is a property of the file; synchronous 2 is FULL.
    const settings = await world.sql.transaction(async (tx) => [
      await tx.query('pragma journal_mode'),
      await tx.query('pragma synchronous'),
      await tx.query('pragma foreign_keys'),
    ]);

    expect(settings).toEqual([
      [{ journal_mode: 'wal' }],
      [{ synchronous: 2n }],
      [{ foreign_keys: 1n }],
    ]);
  });

  it('has committed what it answered', async () => {
    await using world = await start();
    const onDisk: unknown[] = [];

    await Promise.all(
      ['a', 'b', 'c'].map(async (id) => {
        await world.sql.query('insert into notes values ($1, 1)', [id]);
        onDisk.push(countOnDisk(world.file));
      }),
    );

    expect(onDisk).toEqual([3, 3, 3]);
  });

  it('keeps what it held when it is opened again', async () => {
    await using world = await start();
    await world.sql.query(insert);
    await world.sql.close();

    await using again = await openSqlite(world.file);

    expect(await again.query('select id from notes')).toEqual([{ id: 'a' }]);
  });

  it('reads on while a transaction is open, and sees nothing of it', async () => {
    await using world = await start();
    const reads: unknown[] = [];

    await world.sql.transaction(async (tx) => {
      await tx.query(insert);
      await new Promise((resolve) => setImmediate(resolve));
      reads.push(await world.sql.query('select id from notes'));
    });
    reads.push(await world.sql.query('select id from notes'));

    expect(reads).toEqual([[], [{ id: 'a' }]]);
  });

  it.each([
    ['a read', async (sql: Sql) => await sql.query('select 1')],
    ['a write', async (sql: Sql) => await sql.query(insert)],
    ['a transaction', async (sql: Sql) => await sql.transaction(async () => undefined)],
  ])(
    'refuses %s of the store inside a transaction instead of waiting for ever',
    async (_name, use) => {
      await using world = await start();

      const nested = world.sql.transaction(async (tx) => {
        await tx.query(insert);
        await use(world.sql);
      });

      await expect(nested).rejects.toThrow('inside a transaction use its tx, not the store');
      expect(countOnDisk(world.file)).toBe(0);
    },
  );

  it('loses a whole batch when the database rolls back by itself, and works on', async () => {
    await using world = await start();
    await world.sql.query(insert);

    const outcomes = await Promise.allSettled([
      world.sql.query("insert into notes values ('b', 2)"),
      world.sql.query("insert or rollback into notes values ('a', 3)"),
      world.sql.query("insert into notes values ('c', 4)"),
    ]);

    const reason = { code: 'store-unavailable' };
    expect(outcomes).toMatchObject([{ reason }, { reason }, { reason }]);
    await world.sql.query("insert into notes values ('d', 5)");
    expect(countOnDisk(world.file)).toBe(2);
  });

  it('loses a whole batch when the commit fails', async () => {
    await using world = await start();
    await world.sql.script(
      `create table replies (note text references notes (id) deferrable initially deferred)`,
    );

    const outcomes = await Promise.allSettled([
      world.sql.query(insert),
      world.sql.query("insert into replies values ('nobody')"),
    ]);

    const reason = { code: 'store-unavailable' };
    expect(outcomes).toMatchObject([{ reason }, { reason }]);
    expect(countOnDisk(world.file)).toBe(0);
  });

  it('says that the disk is full, and keeps what it had', async () => {
    await using world = await start();
    await world.sql.query(insert);
    await world.sql.transaction(async (tx) => await tx.query('pragma max_page_count = 4'));

    const filling = world.sql.query('insert into notes values ($1, 2)', ['b'.repeat(100_000)]);

    await expect(filling).rejects.toMatchObject({
      code: 'store-unavailable',
      message: 'The store has no space left',
    });
    expect(await world.sql.query('select id from notes')).toEqual([{ id: 'a' }]);
  });

  it('says that it is busy while another program writes, and reads on meanwhile', async () => {
    await using world = await start({ limits: { lockAttempts: 1 } });
    using other = disposable(new Database(world.file));
    other.exec('begin immediate');

    const writing = world.sql.query(insert);

    await expect(world.sql.query('select id from notes')).resolves.toEqual([]);
    await expect(writing).rejects.toMatchObject({
      code: 'store-unavailable',
      message: 'The store is busy, try again',
    });
  });

  it('says that a file is no database, without its path', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'boltgate.db');
    writeFileSync(file, 'not a database, but long enough to be looked at. '.repeat(100));

    await expect(openSqlite(file)).rejects.toMatchObject({
      code: 'store-unavailable',
      message: 'The store is not a database',
    });
  });

  it('lets go of the lock when opening fails', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'boltgate.db');
    mkdirSync(file);
    await expect(openSqlite(file)).rejects.toMatchObject({ code: 'store-unavailable' });

    await expect(openSqlite(file)).rejects.toMatchObject({ message: 'The store cannot be opened' });
  });

  it('lets a mistake in a statement fly as it is', async () => {
    await using world = await start();

    await expect(world.sql.query('selekt 1')).rejects.toMatchObject({ code: 'SQLITE_ERROR' });
  });

  it.each([[0.5], [2 ** 53], [Number.NaN]])('refuses the number %d', async (amount) => {
    await using world = await start();

    await expect(world.sql.query('select $1', [amount])).rejects.toThrow('not a whole number');
  });

  it('goes on with more statements than it keeps prepared', async () => {
    await using world = await start();

    for (let n = 0; n < 600; n += 1) await world.sql.query(`select ${n} as n`);

    expect(await world.sql.query('select 0 as n')).toEqual([{ n: 0n }]);
  });

  it('holds, after SIGKILL, every number that it had answered', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'boltgate.db');
    await using child = startChild('store-child.ts', ['commit', file]);
    const told: bigint[] = [];

    for await (const line of child.lines) {
      const number = /^committed (\d+)$/.exec(line)?.[1];
      if (number !== undefined) told.push(BigInt(number));
      if (told.length === ENOUGH_COMMITS) child.kill();
    }
    await child.ended;

    await using sql = await openSqlite(file);
    const rows = await sql.query<{ n: bigint }>('select n from numbers');
    const kept = new Set(rows.map(({ n }) => n));
    expect(told.length).toBeGreaterThanOrEqual(ENOUGH_COMMITS);
    expect(told.filter((n) => !kept.has(n))).toEqual([]);
    expect(await sql.query('pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  }, 30_000);
});

describe('sqlite in memory', () => {
  it('shows a read nothing of a transaction that is open', async () => {
    await using sql = await openSqlite(':memory:');
    await sql.script('create table notes (id text primary key, amount bigint not null)');
    const reads: Promise<unknown>[] = [];

    const failing = sql.transaction(async (tx) => {
      await tx.query(insert);
      await new Promise((resolve) => setImmediate(resolve));
      reads.push(sql.query('select id from notes'));
      throw new Error('undone');
    });

    await expect(failing).rejects.toThrow('undone');
    await expect(Promise.all(reads)).resolves.toEqual([[]]);
  });

  it('is another database each time', async () => {
    await using first = await openSqlite(':memory:');
    await using second = await openSqlite(':memory:');
    await first.script('create table notes (id text primary key)');

    await expect(second.query('select id from notes')).rejects.toMatchObject({
      code: 'SQLITE_ERROR',
    });
  });
});

function disposable(database: Database.Database): Database.Database & Disposable {
  return Object.assign(database, {
    [Symbol.dispose]: () => {
      database.close();
    },
  });
}
