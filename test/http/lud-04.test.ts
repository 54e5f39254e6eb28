import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type K1, parseHex32 } from '../../src/hex.ts';
import { type LoginAnswer, LoginWallet } from '../support/login-wallet.ts';
import { ADMIN_KEY, start } from '../support/start.ts';
import vectors from '../vectors/auth.json' with { type: 'json' };

const AUTH_URL = 'https://login.example.org';
const HTML = 'text/html,application/xhtml+xml,*/*;q=0.8';
const NO_LOGIN = 'k1 does not match any pending login, please show a new code';
const alice = new LoginWallet(1);
const bob = new LoginWallet(2);

let world: Awaited<ReturnType<typeof start>>;
beforeAll(async () => {
  world = await start({ env: { BOLTGATE_AUTH_URL: AUTH_URL } });
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** A login as an operator's site asks for it. */
async function create(action?: string) {
  const { body } = await world.operator.post('/api/v1/logins').send(action ? { action } : {});
  const k1 = parseHex32<K1>(body.k1);
  if (!k1) throw new Error(`no login: ${JSON.stringify(body)}`);
  return { ...body, k1 };
}

/** Calls the URL of a login as wallets do: the same path and query, and more behind it. */
async function answer(url: string, more: Readonly<Record<string, string> | LoginAnswer>) {
  const called = new URL(url);
  for (const [name, value] of Object.entries(more)) called.searchParams.set(name, value);
  return await world.wallet.get(world.local(called.href));
}

describe('the URL of a login (LUD-04)', () => {
  it('is on the login host, with its tag literally and a k1 of 32 bytes', async () => {
    const plain = await create();
    const register = await create('register');

    expect(plain.url).toBe(`${AUTH_URL}/lnurla?tag=login&k1=${plain.k1}`);
    expect(register.url).toBe(`${AUTH_URL}/lnurla?tag=login&k1=${register.k1}&action=register`);
    expect(register.lud17).toBe(register.url.replace('https:', 'keyauth:'));
    expect(plain.qr).toBe(`${AUTH_URL}/lnurla/${plain.k1}/qr.svg`);
  });

  it('answers a wallet that proves its key with OK and nothing else', async () => {
    const login = await create();

    const { status, text, headers } = await answer(login.url, await alice.answer(login.k1));

    expect([status, text]).toEqual([200, '{"status":"OK"}']);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'access-control-allow-origin': '*',
      'cache-control': 'no-store',
    });
    expect(headers['set-cookie']).toBeUndefined();
    const { body } = await world.operator.get(`/api/v1/logins/${login.id}`);
    expect(body).toMatchObject({ state: 'verified', linkingKey: alice.key });
  });

  it('takes the parameters in any order, with strange ones between, and glued on', async () => {
    const shuffled = await create();
    const glued = await create();
    const first = await bob.answer(shuffled.k1);
    const second = await bob.answer(glued.k1);

    const answers = [
      `/lnurla?key=${first.key}&t=1700000000&sig=${first.sig}&wallet=x&k1=${shuffled.k1}`,
      `${world.local(glued.url)}?sig=${second.sig}&key=${second.key}`,
    ].map(async (path) => (await world.wallet.get(path)).body);

    expect(await Promise.all(answers)).toEqual([{ status: 'OK' }, { status: 'OK' }]);
  });

  it.each([
    ['', 'missing k1'],
    ['?tag=login', 'missing k1'],
    [`?tag=login&k1=${'ab'.repeat(32)}`, 'missing sig'],
    [`?tag=login&k1=${'ab'.repeat(32)}&sig=&key=`, 'missing sig'],
    [`?tag=login&k1=${'ab'.repeat(32)}&sig=3006`, 'missing key'],
    [`?tag=login&k1=${'ab'.repeat(32)}&sig=3006&key=x`, 'invalid key'],
    [`?k1=${'ab'.repeat(32)}&sig=zz&key=${alice.key}`, 'invalid signature encoding'],
    [`?k1=${'ab'.repeat(32)}&sig=3006&key=${alice.key}`, NO_LOGIN],
    [`?k1=xyz&sig=3006&key=${alice.key}`, NO_LOGIN],
    [`?k1[]=1&k1[x]=2`, 'missing k1'],
    ['?k1=a&k1=b', 'duplicate parameter k1'],
  ])('answers %j with a LUD-01 error', async (query, reason) => {
    const { status, body } = await world.wallet.get(`/lnurla${query}`);

    expect([status, body]).toEqual([200, { status: 'ERROR', reason }]);
  });

  it('does not burn the k1 for a wallet that asks first and signs wrongly once (Q-18)', async () => {
    const login = await create();
    const wrong = { ...(await alice.answer(login.k1)), key: bob.key };

    const bodies = [
      (await world.wallet.get(world.local(login.url))).body,
      (await answer(login.url, { sig: '', key: '' })).body,
      (await answer(login.url, wrong)).body,
      (await answer(login.url, await alice.answer(login.k1))).body,
    ];

    expect(bodies).toEqual([
      { status: 'ERROR', reason: 'missing sig' },
      { status: 'ERROR', reason: 'missing sig' },
      { status: 'ERROR', reason: 'signature verification failed' },
      { status: 'OK' },
    ]);
  });

  it('answers a repeated call with OK, and another wallet with the refusal of an unknown k1', async () => {
    const login = await create();
    const first = await alice.answer(login.k1);

    const bodies = [
      (await answer(login.url, first)).body,
      (await answer(login.url, first)).body,
      (await answer(login.url, await bob.answer(login.k1))).body,
    ];

    expect(bodies).toEqual([
      { status: 'OK' },
      { status: 'OK' },
      { status: 'ERROR', reason: NO_LOGIN },
    ]);
  });

  it('refuses a k1 whose time is over', async () => {
    const login = await create();
    const proof = await alice.answer(login.k1);

    world.clock.advance(600_000);

    expect((await answer(login.url, proof)).body).toEqual({ status: 'ERROR', reason: NO_LOGIN });
  });

  it('refuses a known key where a new one is wanted, whatever action the wallet writes', async () => {
    const first = await create();
    await answer(first.url, await alice.answer(first.k1));
    const register = await create('register');
    const proof = await alice.answer(register.k1);

    const { body } = await answer(register.url, { ...proof, action: 'login' });

    expect(body).toEqual({ status: 'ERROR', reason: 'key already registered' });
  });

  it.each(vectors.logins)(
    'refuses the login from $from, whose k1 is none of ours',
    async (vector) => {
      const query = new URLSearchParams({ k1: vector.k1, sig: vector.sig, key: vector.key });

      const { status, body } = await world.wallet.get(`/lnurla?${query}`);

      expect([status, body.status]).toEqual([200, 'ERROR']);
    },
  );

  it('is not called by a link preview (HEAD)', async () => {
    const login = await create();
    const { sig, key } = await alice.answer(login.k1);

    await world.wallet.head(`${world.local(login.url)}&sig=${sig}&key=${key}`);

    const { body } = await world.operator.get(`/api/v1/logins/${login.id}`);
    expect(body.state).toBe('pending');
  });

  it('shows a browser what it is, and leaves the login alone', async () => {
    const login = await create();

    const { status, text, headers } = await world.wallet
      .get(world.local(login.url))
      .set('accept', HTML);

    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers.vary).toBe('Accept');
    expect(text).toContain('This is a login code of login.example.org');
    expect(text).not.toContain(login.k1);
  });
});

describe('the code of a login', () => {
  it('is an SVG that anybody may embed and nobody keeps', async () => {
    const login = await create('link');

    const { status, headers, body } = await world.wallet.get(world.local(login.qr));

    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'image/svg+xml; charset=utf-8',
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'cross-origin',
    });
    expect(body.toString()).toMatch(/^<svg /);
  });

  it.each([
    ['unknown', async () => 'ab'.repeat(32)],
    ['no k1 at all', async () => 'xyz'],
    [
      'used',
      async () => {
        const login = await create();
        await answer(login.url, await alice.answer(login.k1));
        return login.k1;
      },
    ],
  ])('is gone when the k1 is %s', async (_what, k1Of) => {
    const { status, body } = await world.wallet.get(`/lnurla/${await k1Of()}/qr.svg`);

    expect([status, body]).toEqual([410, { status: 'ERROR', reason: NO_LOGIN }]);
  });
});

describe('the event of a login', () => {
  it('tells the operator who it was, and never the k1', async () => {
    const login = await create('auth');
    await answer(login.url, await bob.answer(login.k1));

    const reader = new AbortController();
    const stream = await fetch(`${world.origin}/api/v1/events?after=0&types=login.verified`, {
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
      signal: reader.signal,
    });
    const text = await readUntil(stream, `"id":"${login.id}"`);
    reader.abort();

    expect(text).toContain(`"data":{"id":"${login.id}","linkingKey":"${bob.key}","action":"auth"}`);
    expect(text).not.toContain(login.k1);
  });
});

/** Reads a stream until its text has a word. */
async function readUntil({ body }: Response, word: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes(word)) break;
  }
  return text;
}
