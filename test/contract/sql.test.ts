import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Queries, type Sql, UniqueViolation } from '../../src/store/sql.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** An empty database for one test; `drop` takes away what closing leaves. */
type OpenDatabase = () => Promise<{ readonly sql: Sql; drop(): Promise<void> }>;

sqlContract('sqlite in memory', async () => {
  const sql = await openSqlite(':memory:');
  return { sql, drop: async () => undefined };
});

sqlContract('sqlite in a file', async () => {
  const folder = tempFolder();
  const sql = await openSqlite(join(folder.path, 'contract.db'));
  return { sql, drop: async () => folder[Symbol.dispose]() };
});

/** What every database behind `Sql` does. */
function sqlContract(name: string, open: OpenDatabase): void {
  describe(`sql on ${name}`, () => {
    async function start(): Promise<{ readonly sql: Sql } & AsyncDisposable> {
      const { sql, drop } = await open();
      await sql.script('create table notes (id text primary key, amount bigint not null unique)');
      const dispose = async () => {
        await sql.close();
        await drop();
      };
      return { sql, [Symbol.asyncDispose]: dispose };
    }

    const add = async (on: Queries, id: string, amount: bigint | number) =>
      await on.query('insert into notes (id, amount) values ($1, $2)', [id, amount]);
    const ids = async (on: Queries) =>
      (await on.query<{ id: string }>('select id from notes order by id')).map(({ id }) => id);

    it('gives rows by column name, and null as null', async () => {
      await using world = await start();
      await add(world.sql, 'a', 7n);

      const rows = await world.sql.query(
        'select id, amount, nullif(id, id) as absent from notes where id = $1',
        ['a'],
      );

      expect(rows).toEqual([{ id: 'a', amount: 7n, absent: null }]);
    });

    it.each([
      [9_007_199_254_740_993n],
      [2_100_000_000_000_000_000n],
      [9_223_372_036_854_775_807n],
      [-9_223_372_036_854_775_808n],
      [0n],
    ])('carries the integer %s whole', async (amount) => {
      await using world = await start();
      await add(world.sql, 'a', amount);

      expect(await world.sql.query('select amount from notes')).toEqual([{ amount }]);
    });

    it('stores a number as an integer', async () => {
      await using world = await start();
      await add(world.sql, 'a', 41);

      expect(await world.sql.query('select amount + 1 as next from notes')).toEqual([
        { next: 42n },
      ]);
    });

    it('uses a parameter as often as it is named, in any order', async () => {
      await using world = await start();
      await add(world.sql, 'b', 1n);

      const rows = await world.sql.query(
        'select id from notes where amount = $2 and (id = $1 or id = $1)',
        ['b', 1n],
      );

      expect(rows).toEqual([{ id: 'b' }]);
    });

    it('gives the rows of a change that returns some', async () => {
      await using world = await start();
      await add(world.sql, 'a', 1n);

      const returned = await world.sql.query(
        'update notes set amount = amount + $1 returning amount',
        [4n],
      );
      const nothing = await world.sql.query('update notes set amount = amount + $1', [4n]);

      expect([returned, nothing]).toEqual([[{ amount: 5n }], []]);
    });

    it('gives what a transaction gives', async () => {
      await using world = await start();

      const value = await world.sql.transaction(async (tx) => {
        await add(tx, 'a', 1n);
        return await ids(tx);
      });

      expect(value).toEqual(['a']);
      expect(await ids(world.sql)).toEqual(['a']);
    });

    it('leaves nothing of a transaction that throws', async () => {
      await using world = await start();
      const reason = new Error('changed my mind');

      const done = world.sql.transaction(async (tx) => {
        await add(tx, 'a', 1n);
        throw reason;
      });

      await expect(done).rejects.toBe(reason);
      expect(await ids(world.sql)).toEqual([]);
    });

    it.each([
      ['primary key', 'a', 2n],
      ['unique column', 'b', 1n],
    ])('tells of a %s that is there already', async (_rule, id, amount) => {
      await using world = await start();
      await add(world.sql, 'a', 1n);

      await expect(add(world.sql, id, amount)).rejects.toBeInstanceOf(UniqueViolation);
      expect(await ids(world.sql)).toEqual(['a']);
    });

    it('lets a conflict pass that the statement expects', async () => {
      await using world = await start();
      await add(world.sql, 'a', 1n);

      const rows = await world.sql.query(
        'insert into notes (id, amount) values ($1, $2) on conflict do nothing returning id',
        ['a', 2n],
      );

      expect(rows).toEqual([]);
    });

    it('lets a transaction name its failure better', async () => {
      await using world = await start();
      await add(world.sql, 'a', 1n);
      const better = new Error('name is taken');

      const done = world.sql.transaction(async (tx) => {
        await add(tx, 'b', 2n);
        await add(tx, 'a', 3n).catch(() => {
          throw better;
        });
      });

      await expect(done).rejects.toBe(better);
      expect(await ids(world.sql)).toEqual(['a']);
    });

    it('does not go on after a statement that failed, even when its error is swallowed', async () => {
      await using world = await start();
      await add(world.sql, 'a', 1n);

      const done = world.sql.transaction(async (tx) => {
        await add(tx, 'a', 2n).catch(() => undefined);
        await add(tx, 'b', 3n).catch(() => undefined);
      });

      await expect(done).rejects.toBeInstanceOf(UniqueViolation);
      expect(await ids(world.sql)).toEqual(['a']);
    });

    it('fails one of ten transactions that run together, and commits the nine', async () => {
      await using world = await start();
      const names = Array.from({ length: 10 }, (_, index) => `n${index}`);

      const outcomes = await Promise.allSettled(
        names.map(
          async (id, index) =>
            await world.sql.transaction(async (tx) => {
              await add(tx, id, BigInt(index));
              if (id === 'n4') throw new Error('not this one');
            }),
        ),
      );

      const refused = outcomes.flatMap(({ status }, index) =>
        status === 'rejected' ? [names[index]] : [],
      );
      expect(refused).toEqual(['n4']);
      expect(await ids(world.sql)).toEqual(names.filter((id) => id !== 'n4'));
    });

    it('lets one of ten win what only one can have', async () => {
      await using world = await start();
      await add(world.sql, 'a', 1n);

      const claims = await Promise.all(
        Array.from(
          { length: 10 },
          async () =>
            await world.sql.transaction(async (tx) => {
              const [row] = await tx.query<{ amount: bigint }>('select amount from notes');
              if (row?.amount !== 1n) return 'late';
              await tx.query('update notes set amount = 0 where amount = 1');
              return 'mine';
            }),
        ),
      );

      expect(claims.toSorted()).toEqual([...Array<string>(9).fill('late'), 'mine']);
    });

    it('counts every one of ten changes of the same row', async () => {
      await using world = await start();
      await add(world.sql, 'a', 0n);

      await Promise.all(
        Array.from(
          { length: 10 },
          async () => await world.sql.query('update notes set amount = amount + 1'),
        ),
      );

      expect(await world.sql.query('select amount from notes')).toEqual([{ amount: 10n }]);
    });

    it('shows a read what was committed before it, and nothing that was not', async () => {
      await using world = await start();
      const seen: string[][] = [];

      const adding = world.sql.transaction(async (tx) => await add(tx, 'a', 1n));
      seen.push(await ids(world.sql));
      await adding;
      seen.push(await ids(world.sql));

      expect(seen).toEqual([[], ['a']]);
    });

    it('sees new columns with a statement that it used before', async () => {
      await using world = await start();
      await add(world.sql, 'a', 1n);
      await world.sql.query('select * from notes');

      await world.sql.script('alter table notes add column note text');

      expect(await world.sql.query('select * from notes')).toEqual([
        { id: 'a', amount: 1n, note: null },
      ]);
    });

    it('runs a script as a whole or not at all', async () => {
      await using world = await start();

      const script = world.sql.script(
        "insert into notes values ('a', 1); insert into notes values ('a', 2);",
      );

      await expect(script).rejects.toBeInstanceOf(UniqueViolation);
      expect(await ids(world.sql)).toEqual([]);
    });

    it('refuses a row whose parent is missing', async () => {
      await using world = await start();
      await world.sql.script('create table replies (note text not null references notes (id))');

      await expect(
        world.sql.query('insert into replies (note) values ($1)', ['nobody']),
      ).rejects.toBeDefined();
      expect(await world.sql.query('select note from replies')).toEqual([]);
    });

    it('refuses the statements of a transaction that is over', async () => {
      await using world = await start();
      const kept: Queries[] = [];
      await world.sql.transaction(async (tx) => {
        kept.push(tx);
      });

      await expect(Promise.all(kept.map(async (tx) => await add(tx, 'a', 1n)))).rejects.toThrow(
        'this transaction is over',
      );
      expect(await ids(world.sql)).toEqual([]);
    });

    it('finishes what waits when it closes, and takes nothing more', async () => {
      await using world = await start();
      const waiting = [add(world.sql, 'a', 1n), add(world.sql, 'b', 2n)];

      const closing = world.sql.close();
      const late = await Promise.allSettled([
        ids(world.sql),
        add(world.sql, 'c', 3n),
        world.sql.script('select 1'),
        world.sql.transaction(async () => undefined),
      ]);

      await expect(Promise.all(waiting)).resolves.toEqual([[], []]);
      expect(late).toMatchObject(
        Array(4).fill({ status: 'rejected', reason: { code: 'store-unavailable' } }),
      );
      await closing;
      await expect(world.sql.close()).resolves.toBeUndefined();
    });
  });
}
