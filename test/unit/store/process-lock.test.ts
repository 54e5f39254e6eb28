import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { type Child, startChild } from '../../support/child.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const refusal = (file: string) => ({
  name: 'StoreError',
  code: 'store-unavailable',
  message: `another Boltgate process is using ${file}; stop it first, or give this one its own BOLTGATE_DATA_DIR`,
});

async function startHolder(file: string): Promise<Child> {
  const child = startChild('store-child.ts', ['hold', file]);
  const { value } = await child.lines.next();
  expect(value).toBe('open');
  return child;
}

describe('process lock', () => {
  it('refuses a file that another process uses, until that one is killed', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'boltgate.db');
    await using child = await startHolder(file);

    await expect(openSqlite(file)).rejects.toMatchObject(refusal(file));

    child.kill();
    await child.ended;
    await using sql = await openSqlite(file);
    expect(await sql.query('select 1 as one')).toEqual([{ one: 1n }]);
  }, 30_000);

  it('refuses a second store of the same process, and the first keeps its lock', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'boltgate.db');
    await using _first = await openSqlite(file);

    await expect(openSqlite(file)).rejects.toMatchObject(refusal(file));
    await expect(openSqlite(file)).rejects.toMatchObject(refusal(file));
  });

  it('keeps a second process out, also after a second store of the first was refused', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'boltgate.db');
    await using _first = await openSqlite(file);
    await expect(openSqlite(file)).rejects.toMatchObject(refusal(file));

    await using child = startChild('store-child.ts', ['hold', file]);

    expect(await child.lines.next()).toMatchObject({ value: refusal(file).message });
  }, 30_000);

  it('is free again once the store is closed', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'boltgate.db');
    const first = await openSqlite(file);
    await first.close();

    await using second = await openSqlite(file);

    expect(await second.query('select 1 as one')).toEqual([{ one: 1n }]);
  });

  it('knows a file by any of its names', async () => {
    using folder = tempFolder();
    const file = join(folder.path, 'boltgate.db');
    await using _first = await openSqlite(file);
    const alias = join(folder.path, 'alias.db');
    symlinkSync(file, alias);

    await expect(openSqlite(alias)).rejects.toMatchObject(refusal(file));
  });

  it('lets two files be used side by side', async () => {
    using folder = tempFolder();

    await using first = await openSqlite(join(folder.path, 'one.db'));
    await using second = await openSqlite(join(folder.path, 'two.db'));

    expect(await first.query('select 1 as one')).toEqual(await second.query('select 1 as one'));
  });
});
