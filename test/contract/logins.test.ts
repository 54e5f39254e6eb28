import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { KeyProof, Login } from '../../src/accounts/login.ts';
import { AlreadyAnswered, type Receipt } from '../../src/accounts/receipt.ts';
import type { NewSession } from '../../src/accounts/sessions.ts';
import { newEvent } from '../../src/events/event.ts';
import type { K1, LinkingKey } from '../../src/hex.ts';
import type { Sql } from '../../src/store/sql.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { startLogins } from '../support/login-store.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** An empty database for one test; `drop` takes away what closing leaves. */
type OpenDatabase = () => Promise<{ readonly sql: Sql; drop(): void }>;

const NOW = 1_700_000_000_000;
const KEY = `02${'11'.repeat(32)}` as LinkingKey;
const OTHER_KEY = `03${'22'.repeat(32)}` as LinkingKey;

function loginOf(number: number, changes: Partial<Login> = {}): Login {
  return {
    id: `lg_${number}`,
    k1: number.toString(16).padStart(64, '0') as K1,
    action: undefined,
    state: 'pending',
    createdAt: NOW + number,
    expiresAt: NOW + number + 1_000,
    proof: undefined,
    ...changes,
  };
}

function proofOf(linkingKey = KEY, verifiedAt = NOW): KeyProof {
  return { linkingKey, signature: '3006020101020101', verifiedAt };
}

function sessionOf(hash: string, changes: Partial<NewSession> = {}): NewSession {
  return { hash, createdAt: NOW, expiresAt: NOW + 500, formerHash: undefined, ...changes };
}

/** What every database does with logins, linking keys and sessions. */
function loginContract(name: string, open: OpenDatabase): void {
  describe(`logins on ${name}`, () => {
    async function start() {
      const { sql, drop } = await open();
      const world = await startLogins(async () => sql);
      const { loginStore, random } = world;
      const verify = async (login: Login, proof = proofOf()) =>
        await loginStore.verify(login.k1, proof, ({ id }) =>
          newEvent('login.verified', { id, linkingKey: proof.linkingKey }, NOW, random),
        );
      return {
        ...world,
        verify,
        [Symbol.asyncDispose]: async () => {
          await sql.close();
          drop();
        },
      };
    }

    it('gives back what was added, by id, by k1 and by browser', async () => {
      await using world = await start();
      const login = loginOf(1, { action: 'register' });

      await world.loginStore.add(login, { hash: 'browser' });

      expect(await world.loginStore.find('lg_1')).toEqual(login);
      expect(await world.loginStore.findByK1(login.k1)).toEqual(login);
      expect(await world.loginStore.findByBrowser('browser')).toEqual(login);
      expect(await world.loginStore.find('lg_2')).toBeUndefined();
    });

    it('writes the answer of an Idempotency-Key with the login, or neither (FC-31)', async () => {
      await using world = await start();
      const receipt: Receipt = {
        apiKeyId: 'key_1',
        key: 'once',
        requestHash: 'hash',
        status: 201,
        body: '{}',
        createdAt: NOW,
      };

      await world.loginStore.add(loginOf(1), undefined, receipt);

      await expect(world.loginStore.add(loginOf(2), undefined, receipt)).rejects.toBeInstanceOf(
        AlreadyAnswered,
      );
      expect(await world.loginStore.find('lg_2')).toBeUndefined();
    });

    it('lists the newest first, page by page', async () => {
      await using world = await start();
      for (const number of [1, 2, 3]) await world.loginStore.add(loginOf(number));
      await world.loginStore.add(loginOf(4, { createdAt: NOW + 3 }));

      const first = await world.loginStore.list(2, undefined);
      const second = await world.loginStore.list(2, first.at(-1)?.id);

      expect([first, second].map((page) => page.map(({ id }) => id))).toEqual([
        ['lg_4', 'lg_3'],
        ['lg_2', 'lg_1'],
      ]);
    });

    it('gives up the pending login of a browser for its next one, by its new or its former secret', async () => {
      await using world = await start();
      await world.loginStore.add(loginOf(1), { hash: 'first' });
      await world.loginStore.add(loginOf(2), { hash: 'second', formerHash: 'first' });
      await world.loginStore.add(loginOf(3), { hash: 'second' });

      const left = await world.loginStore.list(10, undefined);

      expect(left.map(({ id }) => id)).toEqual(['lg_3']);
      expect(await world.loginStore.findByBrowser('first')).toBeUndefined();
      expect(await world.loginStore.findByBrowser('second')).toEqual(loginOf(3));
    });

    it('keeps a verified login of a browser that begins another, but it opens nothing', async () => {
      await using world = await start();
      await world.loginStore.add(loginOf(1), { hash: 'first' });
      await world.verify(loginOf(1));
      await world.loginStore.add(loginOf(2), { hash: 'second', formerHash: 'first' });

      const opened = await world.sessionStore.open('first', 0, sessionOf('session'));

      expect(opened).toBeUndefined();
      expect((await world.loginStore.find('lg_1'))?.state).toBe('verified');
    });

    it('verifies once, and wakes those who wait', async () => {
      await using world = await start();
      await world.loginStore.add(loginOf(1));
      const woken = world.changed.next(new AbortController().signal);

      const results = await Promise.all(
        Array.from({ length: 10 }, async () => await world.verify(loginOf(1))),
      );

      const verified = { ...loginOf(1), state: 'verified', proof: proofOf() };
      expect(results.filter((result) => result !== undefined)).toEqual([verified]);
      expect(await world.loginStore.find('lg_1')).toEqual(verified);
      expect(await world.events.after(0n, 10)).toHaveLength(1);
      await woken;
    });

    it.each([
      ['is unknown', loginOf(7), NOW],
      ['ends this very millisecond', loginOf(1), loginOf(1).expiresAt],
    ])('does not verify what %s', async (_what, login, verifiedAt) => {
      await using world = await start();
      await world.loginStore.add(loginOf(1));

      const verified = await world.verify(login, proofOf(KEY, verifiedAt));

      expect(verified).toBeUndefined();
      expect(await world.loginStore.countKeys()).toBe(0);
      expect(await world.events.after(0n, 10)).toEqual([]);
    });

    it('changes nothing when a key that must be new is known', async () => {
      await using world = await start();
      const register = loginOf(2, { action: 'register' });
      await world.loginStore.add(loginOf(1));
      await world.loginStore.add(register);
      await world.verify(loginOf(1));

      await expect(world.verify(register)).rejects.toThrow('key already registered');

      expect(await world.loginStore.find('lg_2')).toEqual(register);
      expect(await world.events.after(0n, 10)).toHaveLength(1);
      expect(await world.verify(register, proofOf(OTHER_KEY))).toMatchObject({ id: 'lg_2' });
    });

    it('registers a key once when two logins race for it', async () => {
      await using world = await start();
      const pair = [loginOf(1, { action: 'register' }), loginOf(2, { action: 'link' })];
      for (const login of pair) await world.loginStore.add(login);

      const results = await Promise.allSettled(
        pair.map(async (login) => await world.verify(login)),
      );

      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
      expect(await world.loginStore.countKeys()).toBe(1);
    });

    it('takes out what nobody answered, the oldest first and a few at a time', async () => {
      await using world = await start();
      for (const number of [1, 2, 3, 4]) await world.loginStore.add(loginOf(number));
      await world.verify(loginOf(1));
      const endedBefore = loginOf(4).expiresAt;

      const counts = [
        await world.loginStore.removeUnanswered(endedBefore, 1),
        await world.loginStore.removeUnanswered(endedBefore, 5),
      ];

      expect(counts).toEqual([1, 1]);
      expect((await world.loginStore.list(9, undefined)).map(({ id }) => id)).toEqual([
        'lg_4',
        'lg_1',
      ]);
    });

    it('opens one session for a verified login, however many ask at once', async () => {
      await using world = await start();
      await world.loginStore.add(loginOf(1), { hash: 'browser' });
      await world.verify(loginOf(1));

      const opened = await Promise.all(
        ['a', 'b', 'c'].map(async (hash) => {
          return await world.sessionStore.open('browser', NOW - 1, sessionOf(hash));
        }),
      );

      const session = { linkingKey: KEY, createdAt: NOW, expiresAt: NOW + 500 };
      expect(opened).toEqual([session, undefined, undefined]);
      expect(await world.sessionStore.find('a')).toEqual(session);
      expect(await world.sessionStore.find('b')).toBeUndefined();
    });

    it.each([
      ['is pending', 'pending', 'browser', NOW - 1],
      ['is of another browser', 'verified', 'stranger', NOW - 1],
      ['was verified too long ago', 'verified', 'browser', NOW],
    ] as const)('opens no session when the login %s', async (_what, state, hash, verifiedAfter) => {
      await using world = await start();
      await world.loginStore.add(loginOf(1), { hash: 'browser' });
      if (state === 'verified') await world.verify(loginOf(1));

      const opened = await world.sessionStore.open(hash, verifiedAfter, sessionOf('session'));

      expect([opened, await world.sessionStore.find('session')]).toEqual([undefined, undefined]);
    });

    it('opens a session on a key that is not remembered', async () => {
      await using world = await start();
      const login = loginOf(1, { action: 'auth' });
      await world.loginStore.add(login, { hash: 'browser' });
      await world.verify(login);

      await world.sessionStore.open('browser', NOW - 1, sessionOf('session'));

      expect((await world.sessionStore.find('session'))?.linkingKey).toBe(KEY);
      expect(await world.loginStore.countKeys()).toBe(0);
    });

    it('ends the session that a new one takes the place of', async () => {
      await using world = await start();
      for (const number of [1, 2]) {
        await world.loginStore.add(loginOf(number), { hash: `browser ${number}` });
        await world.verify(loginOf(number));
      }
      await world.sessionStore.open('browser 1', NOW - 1, sessionOf('former'));

      const next = sessionOf('next', { formerHash: 'former' });
      await world.sessionStore.open('browser 2', NOW - 1, next);

      expect(await world.sessionStore.find('former')).toBeUndefined();
      expect((await world.sessionStore.find('next'))?.linkingKey).toBe(KEY);
    });

    it('removes a session that is ended, and those whose time is over', async () => {
      await using world = await start();
      for (const number of [1, 2, 3]) {
        await world.loginStore.add(loginOf(number), { hash: `browser ${number}` });
        await world.verify(loginOf(number));
        const session = sessionOf(`s${number}`, { expiresAt: NOW + number });
        await world.sessionStore.open(`browser ${number}`, NOW - 1, session);
      }

      await world.sessionStore.remove('s1');
      const removed = await world.sessionStore.removeEnded(NOW + 3, 10);

      const found = ['s1', 's2', 's3'].map(async (hash) => {
        return (await world.sessionStore.find(hash))?.expiresAt;
      });
      expect([removed, await Promise.all(found)]).toEqual([1, [undefined, undefined, NOW + 3]]);
    });
  });
}

loginContract('sqlite in memory', async () => {
  return { sql: await openSqlite(':memory:'), drop: () => undefined };
});

loginContract('sqlite in a file', async () => {
  const folder = tempFolder();
  const sql = await openSqlite(join(folder.path, 'logins.db'));
  return { sql, drop: () => folder[Symbol.dispose]() };
});
