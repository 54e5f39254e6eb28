import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../src/clock.ts';
import { inspectDatabase } from '../../../src/store/inspect.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../../src/store/migrate.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const KNOWN = readdirSync(MIGRATIONS_FOLDER).filter((name) => name.endsWith('.sql')).length;
const NOTHING = { damage: [], newestInvoice: undefined, channelOffers: 0 };

describe('a look at a database', () => {
  it('finds what a server wrote while it still runs, and takes nothing from it', async () => {
    using folder = tempFolder();
    const path = join(folder.path, 'boltgate.db');
    await using sql = await openSqlite(path);
    await migrate(sql, MIGRATIONS_FOLDER, systemClock);

    const facts = await inspectDatabase(path);

    expect(facts).toEqual({
      ...{ ...NOTHING, known: KNOWN, applied: KNOWN },
      sizeBytes: expect.any(Number),
    });
    await sql.query("insert into settings (name, value) values ('still', 'writable')");
  });

  it('leaves nothing beside one that is at rest', async () => {
    using folder = tempFolder();
    const path = join(folder.path, 'boltgate.db');
    const sql = await openSqlite(path);
    await migrate(sql, MIGRATIONS_FOLDER, systemClock);
    await sql.close();
    const before = readdirSync(folder.path).sort();

    const { applied } = await inspectDatabase(path);

    expect(applied).toBe(KNOWN);
    expect(readdirSync(folder.path).sort()).toEqual(before);
  });

  it('knows an empty one', async () => {
    using folder = tempFolder();
    const path = join(folder.path, 'boltgate.db');
    writeFileSync(path, '');

    expect(await inspectDatabase(path)).toEqual({
      ...{ ...NOTHING, known: KNOWN, applied: 0, sizeBytes: 0 },
    });
  });

  it('says that there is none, or that it is something else', async () => {
    using folder = tempFolder();
    const path = join(folder.path, 'boltgate.db');

    await expect(inspectDatabase(path)).rejects.toMatchObject({ code: 'ENOENT' });
    writeFileSync(path, 'something else '.repeat(500));
    await expect(inspectDatabase(path)).rejects.toMatchObject({
      message: 'The store is not a database',
    });
  });
});
