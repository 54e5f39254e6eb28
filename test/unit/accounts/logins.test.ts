import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LOGIN_LIFE_MS, Logins } from '../../../src/accounts/logins.ts';
import { hexToBytes, type K1 } from '../../../src/hex.ts';
import { WalletQuery } from '../../../src/lnurl/query.ts';
import { answerQuery, startLogins } from '../../support/login-store.ts';
import { LoginWallet } from '../../support/login-wallet.ts';
import vectors from '../../vectors/auth.json' with { type: 'json' };

const NO_LOGIN = 'k1 does not match any pending login, please show a new code';
const UNKNOWN_K1 = 'ab'.repeat(32) as K1;
const alice = new LoginWallet(1);
const bob = new LoginWallet(2);
const CREATED_AT = 1_700_000_000_000;
const EXPIRES_AT = CREATED_AT + LOGIN_LIFE_MS;

/** The events of a world so far, as an operator's program reads them. */
async function eventsOf({ events }: { events: Awaited<ReturnType<typeof startLogins>>['events'] }) {
  const stored = await events.after(0n, 100);
  return stored.map(({ type, data }) => ({ type, data: JSON.parse(data) }));
}

describe('a new login', () => {
  it('is pending for ten minutes and has a k1 of 32 random bytes', async () => {
    await using world = await startLogins();

    const login = await world.logins.create({ action: 'link' });

    expect(login).toEqual({
      id: expect.stringMatching(/^lg_[a-z2-7]{26}$/),
      k1: expect.stringMatching(/^[0-9a-f]{64}$/),
      action: 'link',
      state: 'pending',
      createdAt: CREATED_AT,
      expiresAt: CREATED_AT + 600_000,
      proof: undefined,
    });
    expect(await world.logins.get(login.id)).toEqual(login);
    expect(await eventsOf(world)).toEqual([]);
  });

  it('is shown as expired from the moment on that its time is over', async () => {
    await using world = await startLogins();
    const login = await world.logins.create({});

    world.clock.advance(LOGIN_LIFE_MS - 1);
    const before = await world.logins.get(login.id);
    world.clock.advance(1);

    expect(before.state).toBe('pending');
    expect((await world.logins.get(login.id)).state).toBe('expired');
    expect((await world.logins.list(10, undefined)).map(({ state }) => state)).toEqual(['expired']);
  });

  it('is not found under another id', async () => {
    await using world = await startLogins();

    await expect(world.logins.get('lg_none')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('the answer of a wallet (LUD-04)', () => {
  it('verifies the login and tells it once, with the key and without the k1', async () => {
    await using world = await startLogins();
    const login = await world.logins.create({ action: 'login' });
    const answer = await alice.answer(login.k1);

    world.clock.advance(5_000);
    await world.logins.answer(answerQuery(login.k1, answer));

    expect(await world.logins.get(login.id)).toEqual({
      ...login,
      state: 'verified',
      proof: { linkingKey: alice.key, signature: answer.sig, verifiedAt: CREATED_AT + 5_000 },
    });
    expect(await eventsOf(world)).toEqual([
      { type: 'login.verified', data: { id: login.id, linkingKey: alice.key, action: 'login' } },
    ]);
  });

  it('may be in upper case', async () => {
    await using world = await startLogins();
    const { k1, id } = await world.logins.create({});
    const { sig, key } = await alice.answer(k1);
    const shouted = { sig: sig.toUpperCase(), key: key.toUpperCase(), k1: k1.toUpperCase() };

    await world.logins.answer(new WalletQuery(new URLSearchParams(shouted).toString()));

    expect((await world.logins.get(id)).proof?.linkingKey).toBe(alice.key);
  });

  it.each([
    ['', 'missing k1'],
    ['k1=&sig=&key=', 'missing k1'],
    [`k1=${UNKNOWN_K1}`, 'missing sig'],
    [`k1=${UNKNOWN_K1}&sig=&key=`, 'missing sig'],
    [`k1=${UNKNOWN_K1}&sig=30`, 'missing key'],
    [`k1=${UNKNOWN_K1}&sig=30&key=00`, 'invalid key'],
    [`k1=${UNKNOWN_K1}&sig=30&key=04${'11'.repeat(64)}`, 'invalid key'],
    [`k1=${UNKNOWN_K1}&sig=30&key=02${'ff'.repeat(32)}`, 'invalid key'],
    [`k1=${UNKNOWN_K1}&sig=xyz&key=${alice.key}`, 'invalid signature encoding'],
    [`k1=${UNKNOWN_K1}&sig=${'30'.repeat(73)}&key=${alice.key}`, 'invalid signature encoding'],
    [`k1=${UNKNOWN_K1}&sig=30&key=${alice.key}`, NO_LOGIN],
    [`k1=abc&sig=30&key=${alice.key}`, NO_LOGIN],
    [`k1=${UNKNOWN_K1}&k1=${'cd'.repeat(32)}&sig=30&key=${alice.key}`, 'duplicate parameter k1'],
  ])('is refused when it is %j: %s', async (query, message) => {
    await using world = await startLogins();

    await expect(world.logins.answer(new WalletQuery(query))).rejects.toMatchObject({
      name: 'RequestError',
      message,
    });
  });

  it.each([
    ['is the compact form', async () => '11'.repeat(64), 'invalid signature encoding'],
    [
      'is of another k1',
      async () => (await alice.answer(UNKNOWN_K1)).sig,
      'signature verification failed',
    ],
    [
      'is of another key',
      async (k1: K1) => (await bob.answer(k1)).sig,
      'signature verification failed',
    ],
  ])('is refused when the signature %s, and the k1 stays good', async (_what, sigFor, message) => {
    await using world = await startLogins();
    const { id, k1 } = await world.logins.create({});
    const wrong = { key: alice.key, sig: await sigFor(k1) };

    await expect(world.logins.answer(answerQuery(k1, wrong))).rejects.toMatchObject({ message });
    await world.logins.answer(answerQuery(k1, await alice.answer(k1)));

    expect((await world.logins.get(id)).state).toBe('verified');
  });

  it('is read when a wallet glues it on with a second question mark (GEN-18)', async () => {
    await using world = await startLogins();
    const { id, k1 } = await world.logins.create({});
    const { sig, key } = await alice.answer(k1);

    await world.logins.answer(new WalletQuery(`tag=login&k1=${k1}?sig=${sig}&key=${key}`));

    expect((await world.logins.get(id)).proof?.linkingKey).toBe(alice.key);
  });

  it('is done again when the same wallet repeats it within a minute', async () => {
    await using world = await startLogins();
    const { k1 } = await world.logins.create({});
    const query = answerQuery(k1, await alice.answer(k1));

    await world.logins.answer(query);
    world.clock.advance(60_000);
    await world.logins.answer(query);

    expect(await eventsOf(world)).toHaveLength(1);
  });

  it('is done again within a minute even if the time of the k1 ran out between', async () => {
    await using world = await startLogins();
    const { k1 } = await world.logins.create({});
    const query = answerQuery(k1, await alice.answer(k1));

    world.clock.advance(LOGIN_LIFE_MS - 1);
    await world.logins.answer(query);
    world.clock.advance(1_000);

    await expect(world.logins.answer(query)).resolves.toBeUndefined();
  });

  it('gets one and the same refusal when the k1 is unknown, expired, used, or used long ago', async () => {
    await using world = await startLogins();
    const expired = await world.logins.create({});
    world.clock.advance(LOGIN_LIFE_MS);
    const used = await world.logins.create({});
    const usedLongAgo = await world.logins.create({});
    const again = answerQuery(usedLongAgo.k1, await alice.answer(usedLongAgo.k1));
    await world.logins.answer(again);
    world.clock.advance(60_001);
    await world.logins.answer(answerQuery(used.k1, await alice.answer(used.k1)));

    const refusals = [
      answerQuery(UNKNOWN_K1, await alice.answer(UNKNOWN_K1)),
      answerQuery(expired.k1, await alice.answer(expired.k1)),
      answerQuery(used.k1, await bob.answer(used.k1)),
      again,
    ].map(async (query) => await world.logins.answer(query));

    const same = {
      status: 'rejected',
      reason: expect.objectContaining({ code: 'k1-expired', message: NO_LOGIN }),
    };
    expect(await Promise.allSettled(refusals)).toEqual([same, same, same, same]);
    expect(NO_LOGIN.length).toBeLessThanOrEqual(90);
  });

  it('counts once when ten wallets answer at the same time', async () => {
    await using world = await startLogins();
    const { id, k1 } = await world.logins.create({});
    const wallets = Array.from({ length: 10 }, (_, index) => new LoginWallet(index + 1));
    const queries = await Promise.all(
      wallets.map(async (wallet) => answerQuery(k1, await wallet.answer(k1))),
    );

    const results = await Promise.allSettled(
      queries.map(async (query) => await world.logins.answer(query)),
    );

    const winners = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
    expect(winners).toHaveLength(1);
    expect((await world.logins.get(id)).proof?.linkingKey).toBe(wallets[winners[0] ?? -1]?.key);
    expect(await eventsOf(world)).toHaveLength(1);
  });

  it('is done for all when one wallet sends it ten times at once', async () => {
    await using world = await startLogins();
    const { k1 } = await world.logins.create({});
    const query = answerQuery(k1, await alice.answer(k1));

    await Promise.all(Array.from({ length: 10 }, async () => await world.logins.answer(query)));

    expect(await eventsOf(world)).toHaveLength(1);
  });
});

describe('the vectors of LUD-04 and of wallets', () => {
  const REFUSALS: Readonly<Record<string, string>> = {
    'invalid-signature': 'signature verification failed',
    'invalid-encoding': 'invalid signature encoding',
    'invalid-key': 'invalid key',
  };
  const hexK1 = vectors.logins.filter(({ k1 }) => /^[0-9a-f]{64}$/.test(k1));

  it.each(hexK1)('$from is $verdict', async ({ k1, key, sig, verdict }) => {
    await using world = await startLogins();
    const random = (sizeBytes: number) =>
      sizeBytes === 32 ? hexToBytes(k1) : world.random(sizeBytes);
    const logins = new Logins({ store: world.loginStore, clock: world.clock, random });
    const { id } = await logins.create({});
    const query = new WalletQuery(new URLSearchParams({ k1, key, sig }).toString());

    const answered = await logins.answer(query).catch((error: Error) => error.message);

    expect(answered).toBe(REFUSALS[verdict]);
    expect((await logins.get(id)).state).toBe(verdict === 'valid' ? 'verified' : 'pending');
  });

  it('stand for all: any other text is refused in words', async () => {
    await using world = await startLogins();
    const { k1 } = await world.logins.create({});
    const good = await alice.answer(k1);
    const near = (text: string) =>
      fc.oneof(
        fc.string(),
        fc.stringMatching(/^[0-9a-f]{0,150}$/),
        fc.constant(text),
        fc.nat(text.length).map((at) => text.slice(0, at)),
      );

    await fc.assert(
      fc.asyncProperty(near(k1), near(good.sig), near(good.key), async (...[k1Text, sig, key]) => {
        fc.pre(sig !== good.sig || key !== good.key || k1Text !== k1);
        const query = new URLSearchParams({ k1: k1Text, sig, key }).toString();

        await expect(world.logins.answer(new WalletQuery(query))).rejects.toMatchObject({
          name: 'RequestError',
          message: expect.stringMatching(/^[\x20-\x7e]{1,90}$/),
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe('the action of a login (LUD-04)', () => {
  it.each([
    ['register', 'key already registered'],
    ['link', 'key already linked'],
  ] as const)(
    '%s refuses a known key, and the k1 stays good for a new one',
    async (action, message) => {
      await using world = await startLogins();
      const first = await world.logins.create({});
      await world.logins.answer(answerQuery(first.k1, await alice.answer(first.k1)));
      const { id, k1 } = await world.logins.create({ action });

      await expect(
        world.logins.answer(answerQuery(k1, await alice.answer(k1))),
      ).rejects.toMatchObject({ message });
      const refused = await world.logins.get(id);
      await world.logins.answer(answerQuery(k1, await bob.answer(k1)));

      expect(refused.state).toBe('pending');
      expect((await world.logins.get(id)).proof?.linkingKey).toBe(bob.key);
      expect(await world.loginStore.countKeys()).toBe(2);
      expect(await eventsOf(world)).toHaveLength(2);
    },
  );

  it.each([
    ['register', 1],
    ['link', 1],
    ['login', 1],
    [undefined, 1],
    ['auth', 0],
  ] as const)('%s leaves %i keys behind', async (action, keys) => {
    await using world = await startLogins();
    const { k1 } = await world.logins.create({ action });

    await world.logins.answer(answerQuery(k1, await alice.answer(k1)));

    expect(await world.loginStore.countKeys()).toBe(keys);
  });

  it('lets a known key log in', async () => {
    await using world = await startLogins();
    const logins = [await world.logins.create({}), await world.logins.create({ action: 'login' })];

    for (const { k1 } of logins) {
      await world.logins.answer(answerQuery(k1, await alice.answer(k1)));
    }

    expect(await world.loginStore.countKeys()).toBe(1);
  });

  it('is the one that was stored, whatever the wallet writes', async () => {
    await using world = await startLogins();
    const { k1 } = await world.logins.create({ action: 'auth' });
    const { sig, key } = await alice.answer(k1);
    const query = new URLSearchParams({ tag: 'login', k1, action: 'register', sig, key });

    await world.logins.answer(new WalletQuery(query.toString()));

    expect(await world.loginStore.countKeys()).toBe(0);
    expect(await eventsOf(world)).toMatchObject([{ data: { action: 'auth' } }]);
  });
});

describe('what nobody answered', () => {
  it('is kept for a day and then taken out, however much it is; what was answered stays', async () => {
    await using world = await startLogins();
    const answered = await world.logins.create({});
    await world.logins.answer(answerQuery(answered.k1, await alice.answer(answered.k1)));
    await Promise.all(Array.from({ length: 1_100 }, async () => await world.logins.create({})));
    const count = async () => (await world.logins.list(2_000, undefined)).length;

    await world.logins.removeUnanswered(EXPIRES_AT + 86_400_000);
    const kept = await count();
    await world.logins.removeUnanswered(EXPIRES_AT + 86_400_001);

    expect([kept, await count()]).toEqual([1_101, 1]);
  });
});
