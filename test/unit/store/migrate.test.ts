import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Clock } from '../../../src/clock.ts';
import { sha256Hex } from '../../../src/hex.ts';
import { MIGRATIONS_FOLDER, migrate, wasMigrated } from '../../../src/store/migrate.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const clock: Clock = { now: () => 1_700_000_000_000, sleep: async () => undefined };

const NOTES = 'create table notes (id text primary key);';
const TITLE = "alter table notes add column title text not null default '';";

/** An empty database, and a folder of migrations that a test fills. */
async function start(files: Readonly<Record<string, string>>) {
  const folder = tempFolder();
  const sql = await openSqlite(':memory:');
  const write = (more: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(more)) writeFileSync(join(folder.path, name), text);
  };
  write(files);
  return {
    sql,
    write,
    migrate: async () => await migrate(sql, folder.path, clock),
    applied: async () => await sql.query('select * from migrations order by number'),
    [Symbol.asyncDispose]: async () => {
      await sql.close();
      folder[Symbol.dispose]();
    },
  };
}

const refused = (reason: string) => ({
  name: 'StoreError',
  code: 'store-unavailable',
  message: `Migrations refused: ${reason}`,
});

describe('migrations', () => {
  it('are applied in order, and each is written down', async () => {
    await using world = await start({ '0002_title.sql': TITLE, '0001_notes.sql': NOTES });

    await world.migrate();

    const applied_at = 1_700_000_000_000n;
    expect(await world.applied()).toEqual([
      { number: 1n, name: '0001_notes.sql', sha256: sha256Hex(NOTES), applied_at },
      { number: 2n, name: '0002_title.sql', sha256: sha256Hex(TITLE), applied_at },
    ]);
    expect(await world.sql.query('select id, title from notes')).toEqual([]);
  });

  it('are known to have been there', async () => {
    await using world = await start({ '0001_notes.sql': NOTES });
    const before = await wasMigrated(world.sql);

    await world.migrate();

    expect([before, await wasMigrated(world.sql)]).toEqual([false, true]);
  });

  it('are applied once', async () => {
    await using world = await start({ '0001_notes.sql': NOTES });
    await world.migrate();
    world.write({ '0002_title.sql': TITLE });

    await world.migrate();
    await world.migrate();

    expect(await world.applied()).toMatchObject([{ number: 1n }, { number: 2n }]);
  });

  it('are applied once by ten that start together', async () => {
    await using world = await start({ '0001_notes.sql': NOTES, '0002_title.sql': TITLE });

    await Promise.all(Array.from({ length: 10 }, world.migrate));

    expect(await world.applied()).toMatchObject([{ number: 1n }, { number: 2n }]);
  });

  it('leave nothing of a file that fails, and keep the ones before', async () => {
    await using world = await start({
      '0001_notes.sql': NOTES,
      '0002_bad.sql': 'create table half (id text); create table half (id text);',
    });

    await expect(world.migrate()).rejects.toMatchObject({
      ...refused('0002_bad.sql failed and left nothing behind'),
      cause: { code: 'SQLITE_ERROR' },
    });
    expect(await world.applied()).toMatchObject([{ number: 1n }]);
    await expect(world.sql.query('select id from half')).rejects.toMatchObject({
      code: 'SQLITE_ERROR',
    });
  });

  it('go on with a file that failed once it is mended', async () => {
    await using world = await start({ '0001_notes.sql': 'create table notes (;' });
    await expect(world.migrate()).rejects.toThrow('0001_notes.sql failed');

    world.write({ '0001_notes.sql': NOTES });
    await world.migrate();

    expect(await world.applied()).toMatchObject([{ sha256: sha256Hex(NOTES) }]);
  });

  it('refuse a file that was edited after it was applied', async () => {
    await using world = await start({ '0001_notes.sql': NOTES });
    await world.migrate();

    world.write({ '0001_notes.sql': `${NOTES} -- better` });

    await expect(world.migrate()).rejects.toMatchObject(
      refused('0001_notes.sql was edited after it was applied'),
    );
  });

  it.each([
    ['a gap', '0003_late.sql', 'number 2 is missing or there twice, near 0003_late.sql'],
    ['a number twice', '0001_other.sql', 'number 2 is missing or there twice, near 0001_other.sql'],
    ['a name without number', 'notes.sql', 'notes.sql is not named NNNN_name.sql'],
    ['a short number', '002_title.sql', '002_title.sql is not named NNNN_name.sql'],
  ])('refuse %s, before anything is applied', async (_what, name, reason) => {
    await using world = await start({ '0001_notes.sql': NOTES, [name]: TITLE });

    await expect(world.migrate()).rejects.toMatchObject(refused(reason));
    await expect(world.applied()).rejects.toMatchObject({ code: 'SQLITE_ERROR' });
  });

  it('refuse a database of a newer version', async () => {
    await using newer = await start({ '0001_notes.sql': NOTES });
    await newer.migrate();
    await newer.sql.query("insert into migrations values (2, '0002_future.sql', 'ff', 0)");

    await expect(newer.migrate()).rejects.toMatchObject(
      refused('the database has migration 2: it was made by a newer version of Boltgate'),
    );
  });

  it('refuse a database that lacks one in the middle', async () => {
    await using world = await start({ '0001_notes.sql': NOTES, '0002_title.sql': TITLE });
    await world.migrate();
    await world.sql.query('delete from migrations where number = 1');

    await expect(world.migrate()).rejects.toMatchObject(
      refused('the database lacks migration 1, but has later ones'),
    );
  });

  it('ignore what is no SQL', async () => {
    await using world = await start({ '0001_notes.sql': NOTES, 'README.md': 'text' });

    await world.migrate();

    expect(await world.applied()).toMatchObject([{ number: 1n }]);
  });

  it('of this version apply to an empty database', async () => {
    await using sql = await openSqlite(':memory:');

    await migrate(sql, MIGRATIONS_FOLDER, clock);

    expect(await sql.query('select number from migrations where number = 1')).toEqual([
      { number: 1n },
    ]);
  });
});
