import { describe, expect, it } from '@jest/globals';
import type { K1 } from '../../src/hex.ts';
import { LoginBrowser } from '../support/login-browser.ts';
import { LoginWallet } from '../support/login-wallet.ts';
import { start } from '../support/start.ts';

const AUTH_URL = 'https://login.example.org';
const LOGIN = '__Host-boltgate-login';
const SESSION = '__Host-boltgate-session';
const alice = new LoginWallet(1);
const mallory = new LoginWallet(2);

/** A service with browsers on its login page, and wallets that answer what they are shown. */
async function startLogin(authUrl = AUTH_URL) {
  const world = await start({ env: { BOLTGATE_PUBLIC_URL: authUrl } });
  return {
    ...world,
    openBrowser: () => new LoginBrowser(world.origin, authUrl),
    confirm: async (k1: K1, wallet = alice) => {
      const query = new URLSearchParams({ tag: 'login', k1, ...(await wallet.answer(k1)) });
      const { body } = await world.wallet.get(`/lnurla?${query}`);
      return body;
    },
  };
}

/** Reads a stream of server-sent events piece by piece. */
async function openEvents(browser: LoginBrowser) {
  const leaving = new AbortController();
  const answer = await browser.get('/login/events', leaving.signal);
  const reader = answer.body?.getReader();
  let text = '';
  return {
    answer,
    leave: () => leaving.abort(),
    /** The text up to and with the word, or up to the end. */
    until: async (word?: string): Promise<string> => {
      while (word === undefined || !text.includes(word)) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) break;
        text += Buffer.from(value).toString();
      }
      const read = text;
      text = '';
      return read;
    },
  };
}

async function problemOf(answer: Response) {
  const { code } = JSON.parse(await answer.text());
  return [answer.status, code, answer.headers.get('content-type')];
}

const UNAUTHORIZED = [401, 'unauthorized', 'application/problem+json; charset=utf-8'];
const FORBIDDEN = [403, 'forbidden', 'application/problem+json; charset=utf-8'];

describe('the login page', () => {
  it('names the host that wallet and address bar must show', async () => {
    await using world = await startLogin();

    const { status, text } = await world.wallet.get('/login');

    expect(status).toBe(200);
    expect(text).toContain('<strong>login.example.org</strong>');
    expect(text).not.toContain('{{');
  });

  it('runs nothing and loads nothing but what this server serves', async () => {
    await using world = await startLogin();

    const { text, headers } = await world.wallet.get('/login');
    const assets = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
    const statuses = assets.map(async (path) => (await world.wallet.get(path ?? '')).status);

    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['cache-control']).toBe('no-store');
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/);
    expect(assets).toContain('/assets/login.js');
    expect(new Set(await Promise.all(statuses))).toEqual(new Set([200]));
  });

  it('is told which cookies the browser has, and nothing of what is in them', async () => {
    await using world = await startLogin();
    const browser = world.openBrowser();
    const page = async () => await (await browser.get('/login')).text();

    const fresh = await page();
    const { k1 } = await browser.begin();
    const begun = await page();
    await world.confirm(k1);
    await browser.post('/login/session');
    const signedIn = await page();

    expect(fresh).not.toContain('name="known"');
    expect(begun).toContain('<meta name="known" content="login" />');
    expect(signedIn).toContain('<meta name="known" content="session" />');
    expect(signedIn).not.toContain(browser.cookies.get(SESSION));
  });
});

describe('a login in the browser', () => {
  it('begins with a code and a cookie that no script and no neighbour can touch', async () => {
    await using world = await startLogin();

    const answer = await world.openBrowser().post('/login/start');
    const body = JSON.parse(await answer.text());

    const k1 = new URL(body.url).searchParams.get('k1');
    expect(body).toEqual({
      url: `${AUTH_URL}/lnurla?tag=login&k1=${k1}`,
      lnurl: expect.stringMatching(/^LNURL1[0-9A-Z]+$/),
      lud17: `keyauth://login.example.org/lnurla?tag=login&k1=${k1}`,
      qr: `${AUTH_URL}/lnurla/${k1}/qr.svg`,
      expiresAt: new Date(world.clock.now() + 600_000).toISOString(),
      expiresInSeconds: 600,
    });
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-boltgate-login=[a-z2-7]{52}; Max-Age=1200; HttpOnly; SameSite=Lax; Path=\/; Secure$/,
      ),
    ]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('keeps its cookie to its own path where there is no https', async () => {
    await using world = await startLogin('http://localhost:3000');

    const answer = await world.openBrowser().post('/login/start');

    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^boltgate-login=[a-z2-7]{52}; Max-Age=1200; HttpOnly; SameSite=Lax; Path=\/login$/,
      ),
    ]);
  });

  it('begins in an old browser too, which says less of where it comes from', async () => {
    await using world = await startLogin();

    const { status } = await world.openBrowser().post('/login/start', { origin: AUTH_URL });

    expect(status).toBe(200);
  });

  it('hears of the wallet, becomes a session with another secret, and ends', async () => {
    await using world = await startLogin();
    const browser = world.openBrowser();
    const { k1 } = await browser.begin();
    const before = browser.cookies.get(LOGIN);
    const events = await openEvents(browser);
    await events.until('waiting');

    const confirmed = await world.confirm(k1);
    const heard = await events.until();
    const session = await browser.post('/login/session');
    const who = await browser.get('/login/me');

    const expiresAt = new Date(world.clock.now() + 43_200_000).toISOString();
    expect(confirmed).toEqual({ status: 'OK' });
    expect(heard).toContain('event: verified\ndata: {}\n\n');
    expect(JSON.parse(await session.text())).toEqual({ linkingKey: alice.key, expiresAt });
    expect(session.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-boltgate-session=[a-z2-7]{52}; Max-Age=43200; HttpOnly; SameSite=Lax; Path=\/; Secure$/,
      ),
      `${LOGIN}=; Max-Age=0; HttpOnly; SameSite=Lax; Path=/; Secure`,
    ]);
    expect(browser.cookies.get(SESSION)).not.toBe(before);
    expect(JSON.parse(await who.text())).toEqual({ linkingKey: alice.key, expiresAt });

    const secret = browser.cookies.get(SESSION) ?? '';
    const left = await browser.post('/login/logout');
    browser.cookies.set(SESSION, secret);

    expect([left.status, left.headers.getSetCookie()]).toEqual([
      204,
      [`${SESSION}=; Max-Age=0; HttpOnly; SameSite=Lax; Path=/; Secure`],
    ]);
    expect(await problemOf(await browser.get('/login/me'))).toEqual(UNAUTHORIZED);
  });

  it('becomes one session, however often the browser asks', async () => {
    await using world = await startLogin();
    const browser = world.openBrowser();
    const { k1 } = await browser.begin();
    await world.confirm(k1);
    const secret = browser.cookies.get(LOGIN) ?? '';

    const statuses = (
      await Promise.all(
        Array.from({ length: 10 }, async () => await browser.post('/login/session')),
      )
    ).map(({ status }) => status);
    browser.cookies.set(LOGIN, secret);

    expect(statuses.sort()).toEqual([200, ...Array.from({ length: 9 }, () => 401)]);
    expect(await problemOf(await browser.post('/login/session'))).toEqual(UNAUTHORIZED);
  });

  it('is picked up by a page that was away when the wallet confirmed', async () => {
    await using world = await startLogin();
    const browser = world.openBrowser();
    const { k1 } = await browser.begin();
    await world.confirm(k1);

    const events = await openEvents(browser);

    expect(await events.until()).toContain('event: verified');
    expect((await browser.post('/login/session')).status).toBe(200);
  });

  it('gives up the code of before when it begins again', async () => {
    await using world = await startLogin();
    const browser = world.openBrowser();
    const first = await browser.begin();
    const events = await openEvents(browser);
    await events.until('waiting');

    const second = await browser.begin();
    world.clock.advance(5_000);

    expect(await events.until()).toContain('event: expired');
    expect(await world.confirm(first.k1)).toMatchObject({ status: 'ERROR' });
    expect(await world.confirm(second.k1)).toEqual({ status: 'OK' });
  });

  it('expires, and then opens nothing', async () => {
    await using world = await startLogin();
    const browser = world.openBrowser();
    const { k1 } = await browser.begin();
    const events = await openEvents(browser);
    await events.until('waiting');

    world.clock.advance(600_000);

    expect(await events.until()).toContain('event: expired\ndata: {}\n\n');
    expect(await world.confirm(k1)).toMatchObject({ status: 'ERROR' });
    expect(await problemOf(await browser.post('/login/session'))).toEqual(UNAUTHORIZED);
  });
});

describe('the stream of a login', () => {
  it('is kept and held back by nobody, and never silent for long (FC-27)', async () => {
    await using world = await startLogin();
    const browser = world.openBrowser();
    await browser.begin();

    const events = await openEvents(browser);
    const first = await events.until('waiting');
    world.clock.advance(5_000);
    const second = await events.until('waiting');
    events.leave();

    expect(events.answer.status).toBe(200);
    expect(Object.fromEntries(events.answer.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    expect([first, second]).toEqual(['retry: 2000\n\n: waiting\n\n', ': waiting\n\n']);
  });

  it('ends with the server, which does not wait for open pages', async () => {
    const world = await startLogin();
    const browser = world.openBrowser();
    await browser.begin();
    const events = await openEvents(browser);
    await events.until('waiting');

    const closed = world[Symbol.asyncDispose]();

    expect(await events.until()).not.toContain('event:');
    await closed;
  });

  it.each([
    ['no cookie', undefined],
    ['a cookie that we never made', 'a'.repeat(52)],
    ['something else in its cookie', 'x'],
  ])('is not for a browser with %s', async (_what, value) => {
    await using world = await startLogin();
    const browser = world.openBrowser();
    if (value !== undefined) browser.cookies.set(LOGIN, value);

    expect(await problemOf(await browser.get('/login/events'))).toEqual(UNAUTHORIZED);
  });
});

describe('somebody else', () => {
  it('gets nothing for knowing the k1 (hazard 3.14)', async () => {
    await using world = await startLogin();
    const [victim, thief] = [world.openBrowser(), world.openBrowser()];
    const { k1 } = await victim.begin();
    await thief.begin();
    const events = await openEvents(thief);
    await events.until('waiting');
    await world.confirm(k1);
    world.clock.advance(5_000);

    const heard = await events.until('waiting');
    events.leave();
    const bare = world.openBrowser();
    bare.cookies.set(LOGIN, k1);
    const tries = [
      thief.post('/login/session'),
      thief.post(`/login/session?k1=${k1}`),
      bare.post(`/login/session?k1=${k1}`),
      bare.get(`/login/events?k1=${k1}`),
      bare.get(`/login/me?k1=${k1}`),
    ].map(async (answer) => await problemOf(await answer));

    expect(heard).not.toContain('event:');
    expect(await Promise.all(tries)).toEqual(tries.map(() => UNAUTHORIZED));
    expect((await victim.post('/login/session')).status).toBe(200);
  });

  it('gets nothing for a login cookie that was planted before (fixation)', async () => {
    await using world = await startLogin();
    const [victim, thief] = [world.openBrowser(), world.openBrowser()];
    await thief.begin();
    const planted = thief.cookies.get(LOGIN) ?? '';
    victim.cookies.set(LOGIN, planted);

    const { k1 } = await victim.begin();
    await world.confirm(k1);

    expect(victim.cookies.get(LOGIN)).not.toBe(planted);
    expect(await problemOf(await thief.post('/login/session'))).toEqual(UNAUTHORIZED);
    expect((await victim.post('/login/session')).status).toBe(200);
  });

  it('is not signed in by a session cookie that was planted before (fixation)', async () => {
    await using world = await startLogin();
    const [victim, thief] = [world.openBrowser(), world.openBrowser()];
    const own = await thief.begin();
    await world.confirm(own.k1, mallory);
    await thief.post('/login/session');
    const planted = thief.cookies.get(SESSION) ?? '';
    victim.cookies.set(SESSION, planted);

    const { k1 } = await victim.begin();
    await world.confirm(k1);
    await victim.post('/login/session');

    expect(victim.cookies.get(SESSION)).not.toBe(planted);
    expect(await problemOf(await thief.get('/login/me'))).toEqual(UNAUTHORIZED);
    expect(JSON.parse(await (await victim.get('/login/me')).text())).toMatchObject({
      linkingKey: alice.key,
    });
  });

  it('may add a second cookie of the same name, and then neither counts', async () => {
    await using world = await startLogin();
    const browser = world.openBrowser();
    const { k1 } = await browser.begin();
    await world.confirm(k1);
    browser.cookies.set(`x=1; ${LOGIN}`, 'b'.repeat(52));

    expect(await problemOf(await browser.post('/login/session'))).toEqual(UNAUTHORIZED);
  });

  it.each([
    ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['another site in an old browser', { origin: 'https://evil.example' }],
    ['a neighbour', { origin: 'https://a.example.org', 'sec-fetch-site': 'same-site' }],
    ['a host that begins alike', { origin: `${AUTH_URL}.evil.example` }],
    ['a frame without an origin', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['who says two things', { origin: AUTH_URL, 'sec-fetch-site': 'cross-site' }],
    ['who says half of it', { 'sec-fetch-site': 'same-origin' }],
    ['who says nothing', {}],
  ])('changes nothing from %s', async (_who, headers) => {
    await using world = await startLogin();
    const browser = world.openBrowser();
    const { k1 } = await browser.begin();
    await world.confirm(k1);

    const refused = ['/login/start', '/login/session', '/login/logout'].map(async (path) => {
      const answer = await browser.post(path, headers);
      return [await problemOf(answer), answer.headers.getSetCookie()];
    });

    expect(await Promise.all(refused)).toEqual(refused.map(() => [FORBIDDEN, []]));
    expect((await browser.post('/login/session')).status).toBe(200);
  });
});
