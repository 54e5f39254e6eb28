import { describe, expect, it } from '@jest/globals';
import { CLAIM_LIFE_MS, SESSION_LIFE_MS } from '../../../src/accounts/sessions.ts';
import { sha256Hex } from '../../../src/hex.ts';
import { answerQuery, startLogins } from '../../support/login-store.ts';
import { LoginWallet } from '../../support/login-wallet.ts';

const alice = new LoginWallet(1);
const SECRET = /^[a-z2-7]{52}$/;

/** A world in which a browser began a login and Alice's wallet confirmed it. */
async function startConfirmed() {
  const world = await startLogins();
  const { login, secret } = await world.sessions.begin(undefined);
  await world.logins.answer(answerQuery(login.k1, await alice.answer(login.k1)));
  return { ...world, login, secret };
}

describe('sessions of browsers', () => {
  it('come from a confirmed login, with a secret of their own', async () => {
    await using world = await startConfirmed();
    const now = world.clock.now();

    const opened = await world.sessions.open(world.secret, undefined);

    const session = { linkingKey: alice.key, createdAt: now, expiresAt: now + SESSION_LIFE_MS };
    expect(opened).toEqual({ session, secret: expect.stringMatching(SECRET) });
    expect(opened?.secret).not.toBe(world.secret);
    expect(await world.sessions.find(opened?.secret ?? '')).toEqual(session);
    expect(await world.sessions.find(world.secret)).toBeUndefined();
  });

  it('are kept with the SHA-256 of their secrets alone', async () => {
    await using world = await startLogins();
    const { login, secret } = await world.sessions.begin(undefined);
    const begun = await world.sql.query('select browser_hash from logins');
    await world.logins.answer(answerQuery(login.k1, await alice.answer(login.k1)));

    const opened = await world.sessions.open(secret, undefined);

    expect(secret).toMatch(SECRET);
    expect(begun).toEqual([{ browser_hash: sha256Hex(secret) }]);
    expect(await world.sql.query('select browser_hash from logins')).toEqual([
      { browser_hash: null },
    ]);
    expect(await world.sql.query('select session_hash from sessions')).toEqual([
      { session_hash: sha256Hex(opened?.secret ?? '') },
    ]);
  });

  it.each([
    [1, 'open', CLAIM_LIFE_MS - 1],
    [0, 'are refused', CLAIM_LIFE_MS],
  ])('%# %s: a login confirmed %i ms ago', async (count, _what, agoMs) => {
    await using world = await startConfirmed();

    world.clock.advance(agoMs);
    const opened = await world.sessions.open(world.secret, undefined);

    expect(opened ? 1 : 0).toBe(count);
  });

  it('end by themselves and by hand', async () => {
    await using world = await startConfirmed();
    const { login, secret } = await world.sessions.begin(undefined);
    await world.logins.answer(answerQuery(login.k1, await alice.answer(login.k1)));
    const first = (await world.sessions.open(world.secret, undefined))?.secret ?? '';
    const second = (await world.sessions.open(secret, undefined))?.secret ?? '';

    await world.sessions.end(first);
    const left = [await world.sessions.find(first), await world.sessions.find(second)];
    world.clock.advance(SESSION_LIFE_MS);

    expect(left).toEqual([undefined, expect.objectContaining({ linkingKey: alice.key })]);
    expect(await world.sessions.find(second)).toBeUndefined();
  });

  it('are taken out when their time is over', async () => {
    await using world = await startConfirmed();
    await world.sessions.open(world.secret, undefined);
    const count = async () => (await world.sql.query('select 1 from sessions')).length;

    await world.sessions.removeEnded(world.clock.now() + SESSION_LIFE_MS);
    const kept = await count();
    await world.sessions.removeEnded(world.clock.now() + SESSION_LIFE_MS + 1);

    expect([kept, await count()]).toEqual([1, 0]);
  });
});
