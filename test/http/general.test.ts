import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { LogFields } from '../../src/log.ts';
import { recordedLog } from '../support/pay-store.ts';
import { ADMIN_KEY, SERVER_SECRET, start } from '../support/start.ts';
import {
  eventsOf,
  invoicesOf,
  makeAddress,
  makeLink,
  orderFrom,
  pay,
  readOffer,
  type Server,
  settled,
  verify,
} from '../support/wallet.ts';
import { sendRaw } from '../support/wallet-socket.ts';

jest.setTimeout(60_000);

/** What a wallet must hear within (promise P4). */
const PATIENCE_MS = 3_000;

const log = recordedLog();
let server: Server;
/** Path of a link from 1 to 100,000 sat. */
let path: string;
beforeAll(async () => {
  server = await start({ log });
  path = server.local((await makeLink(server, { commentAllowed: 100 })).url);
  await makeAddress(server, { name: 'alice' });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** GEN-5: exactly two members, and a reason that a person can read on any wallet. */
function expectRefusal(text: string, reason?: string): void {
  const body = JSON.parse(text);
  expect(text).toBe(JSON.stringify({ status: 'ERROR', reason: body.reason }));
  expect(body.reason).toMatch(/^[ -;=-~]{1,90}$/);
  if (reason !== undefined) expect(body.reason).toBe(reason);
}

describe('every refusal (GEN-5, GEN-6, GEN-7)', () => {
  it.each([
    ['an unknown token', '/lnurlp/aaaaaaaaaaaaaaaaaaaaaaaaaa', 'pay link not found'],
    ['a token that is none', '/lnurlp/x', 'pay link not found'],
    ['a token with a broken escape', '/lnurlp/%zz', 'pay link not found'],
    ['a token with a broken escape and a slash', '/lnurlp/%zz/', undefined],
    ['a token that is not UTF-8', '/lnurlp/%ff', 'pay link not found'],
    ['a token that is not UTF-8, and a slash', '/lnurlp/%ff/', undefined],
    ['a token with a NUL', '/lnurlp/%00', 'pay link not found'],
    ['a long token', `/lnurlp/${'a'.repeat(8000)}`, 'pay link not found'],
    [
      'the callback of an unknown token',
      '/lnurlp/nothing/callback/1?amount=1000',
      'pay link not found',
    ],
    ['that with a broken escape', '/lnurlp/%E0%A4%A/callback?amount=1000', 'pay link not found'],
    ['a broken escape in a version', 'PATH/callback/%zz/', undefined],
    ['a broken escape in a tag', 'PATH/callback/1/%zz/', undefined],
    ['a callback without anything', 'PATH/callback', 'missing amount'],
    ['a broken escape in a query', 'PATH/callback?amount=%zz', 'invalid amount'],
    ['an unknown address', '/.well-known/lnurlp/nobody', 'user not found'],
    ['an address with a broken escape', '/.well-known/lnurlp/%zz', 'user not found'],
    ['an address with a broken escape and a slash', '/.well-known/lnurlp/%zz/', undefined],
    ['an unknown invoice', '/lnurlp/verify/inv_none', 'Not found'],
    ['an invoice with a broken escape', '/lnurlp/verify/%zz', undefined],
    ['a login without anything', '/lnurla', undefined],
    ['a login with an unknown k1', `/lnurla?tag=login&k1=${'ab'.repeat(32)}`, undefined],
    ['a login with a k1 that is none', '/lnurla?tag=login&k1=%zz&sig=x&key=y', undefined],
    ['a target that is too long', `PATH?x=${'a'.repeat(17_000)}`, 'request too long'],
    [
      'a callback that is too long',
      `PATH/callback?amount=1000&x=${'a'.repeat(17_000)}`,
      'request too long',
    ],
    [
      'an address that is too long',
      `/.well-known/lnurlp/${'a'.repeat(17_000)}`,
      'request too long',
    ],
    ['a login that is too long', `/lnurla?k1=${'a'.repeat(17_000)}`, 'request too long'],
  ])('is HTTP 200 with a LUD-01 body: %s', async (_name, target, reason) => {
    log.clear();

    const { status, text, headers } = await server.wallet.get(target.replace('PATH', path));

    expect(status).toBe(200);
    expectRefusal(text, reason);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'access-control-allow-origin': '*',
      'cache-control': 'no-store',
    });
    // What a stranger sends is no fault of ours.
    expect(log.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
  });
});

describe('every answer that is none', () => {
  it('is one JSON object in UTF-8 without a reason, and nothing keeps it (GEN-13, GEN-22, GEN-24, GEN-25)', async () => {
    const ordered = await orderFrom(server, `https://pay.example.org${path}`);
    const targets = [path, '/.well-known/lnurlp/alice', `${path}/callback/1?amount=1000`];

    const texts = [...targets, server.local(ordered.verify)].map(async (target) => {
      const { status, text, headers } = await server.wallet.get(target);
      expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
      return text;
    });

    const [info, address, callback, check] = await Promise.all(texts);
    for (const text of [info, address, callback]) {
      expect(text).toMatch(/^\{"/);
      expect(text).not.toMatch(/"(?:reason|status)":/);
    }
    expect(check).toMatch(/^\{"status":"OK",/);
    expect(check).not.toContain('"reason"');
  });
});

describe('a query (GEN-15, GEN-16)', () => {
  it.each([
    ['amount=1000&amount=2000', 'duplicate parameter amount'],
    ['amount=1000&amount=', 'duplicate parameter amount'],
    ['amount=1000&amount=01000', 'duplicate parameter amount'],
    ['amount=2000&comment=a&comment=b', 'duplicate parameter comment'],
    ['amount[]=1000', 'missing amount'],
    ['amount%5B%5D=1000', 'missing amount'],
    ['amount[x]=1000', 'missing amount'],
    ['amount[0]=1000&amount[1]=2000', 'missing amount'],
    ['amount[__proto__]=1000', 'missing amount'],
    ['__proto__[amount]=1000', 'missing amount'],
    ['constructor[prototype][amount]=1000', 'missing amount'],
    ['amount.x=1000', 'missing amount'],
    ['Amount=1000', 'missing amount'],
    ['AMOUNT=1000', 'missing amount'],
    ['amount', 'missing amount'],
    ['amount=', 'missing amount'],
    ['=1000', 'missing amount'],
    [';amount=1000', 'missing amount'],
    ['x=1;amount=1000', 'missing amount'],
    ['amount=%31%30%30%30%00', 'invalid amount'],
    ['amount=1000#&amount=2000', 'duplicate parameter amount'],
    ['amount=["1000"]', 'invalid amount'],
  ])('never becomes a list or an object, and nothing is made: %s', async (query, reason) => {
    const createInvoice = jest.spyOn(server.network.ours, 'createInvoice');

    const answer = await sendRaw(
      server.origin,
      `GET ${path}/callback/1?${query} HTTP/1.1\r\nHost: pay.example.org\r\nConnection: close\r\n\r\n`,
    );

    expect(answer.status).toBe(200);
    expectRefusal(answer.body, reason);
    expect(createInvoice).not.toHaveBeenCalled();
    createInvoice.mockRestore();
  });

  it.each([
    'amount=1000&amount=1000',
    '&&amount=1000&',
    'amount=%31000',
    '%61mount=1000',
    'amount[]=1&amount[x]=2&amount=1000',
    'nonce=1&__n=2&t=3&wallet=x&fromnodes=a,b&lnurl=LNURL1&proofofpayer=x&expiry=60&event=x&comment=&amount=1000',
    'amount=1000&signature=x&vaspDomain=y&isSubjectToTravelRule=true&umaVersion=1.0',
    'amount=1000&convert=USD&currency=EUR&payeeData={}',
    'amount=1000&payerdata=%7B%22name%22%3A%22x%22%7D',
    'amount=1000&nostr=%7B%22kind%22%3A9734%7D',
    'amount=1000&k1=x&pr=lnbc1&sig=x&key=x&pin=1&cancel=1',
    'amount=1000&__proto__=x&constructor=y&hasOwnProperty=z&toString=1',
  ])('is read whatever else stands in it: %s', async (query) => {
    const { body } = await server.wallet.get(`${path}/callback/1?${query}`);

    expect([Object.keys(body), body.pr?.startsWith('lnbcrt10n')]).toEqual([
      ['pr', 'routes', 'disposable', 'verify'],
      true,
    ]);
  });

  it.each([['a=b?amount=1000'], ['nonce=1?amount=1000&comment=x'], ['?amount=1000']])(
    'is mended when a wallet joined it with a second question mark: %s (GEN-18, Q-3)',
    async (query) => {
      const { body } = await server.wallet.get(`${path}/callback/1?${query}`);

      expect(body.pr).toMatch(/^lnbcrt10n/);
    },
  );

  it('may be as long as 16 KiB with the path (GEN-17)', async () => {
    const target = `${path}/callback/1?amount=1000&payerdata=`;

    const { body } = await server.wallet.get(target + 'x'.repeat(16 * 1024 - target.length));

    expect(body.pr).toMatch(/^lnbcrt10n/);
  });

  it('may be thrown away on the information call (GEN-4, Q-4)', async () => {
    const plain = await server.wallet.get(path);

    const { text } = await server.wallet.get(`${path}?amount=1&tag=withdrawRequest&k1=x&sig=y`);

    expect(text).toBe(plain.text);
  });
});

describe('what is hardly HTTP', () => {
  const HOST = 'Host: pay.example.org\r\nConnection: close\r\n';
  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 'request not understood'],
    ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'request not understood'],
    ['an unknown method', `FETCH /lnurlp/x HTTP/1.1\r\n${HOST}\r\n`, 'request not understood'],
    ['a version that is none', `GET /lnurlp/x HTTP/9.9\r\n${HOST}\r\n`, 'request not understood'],
    [
      'a blank in the target',
      `GET /lnurlp/x y z HTTP/1.1\r\n${HOST}\r\n`,
      'request not understood',
    ],
    [
      'a header without a colon',
      `GET /lnurlp/x HTTP/1.1\r\n${HOST}nonsense\r\n\r\n`,
      'request not understood',
    ],
    [
      'two lengths',
      `GET /lnurlp/x HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`,
      'request not understood',
    ],
    [
      'a length and chunks',
      `POST /lnurlp/x HTTP/1.1\r\n${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      'request not understood',
    ],
    [
      'headers beyond 64 KiB (GEN-17)',
      `GET /lnurlp/x HTTP/1.1\r\n${HOST}X: ${'a'.repeat(70_000)}\r\n\r\n`,
      'request too long',
    ],
    [
      'a target beyond 64 KiB (GEN-17)',
      `GET /lnurlp/x?${'a'.repeat(70_000)} HTTP/1.1\r\n${HOST}\r\n`,
      'request too long',
    ],
    ['no Host', 'GET /lnurlp/x HTTP/1.1\r\nConnection: close\r\n\r\n', 'pay link not found'],
    [
      'an expectation',
      `GET /lnurlp/x HTTP/1.1\r\n${HOST}Expect: something\r\n\r\n`,
      'pay link not found',
    ],
    [
      'an upgrade',
      `GET /lnurlp/x HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n`,
      'pay link not found',
    ],
  ])('is answered in the form of wallets: %s', async (_name, request, reason) => {
    const answer = await sendRaw(server.origin, request);

    expect(answer.status).toBe(200);
    expectRefusal(answer.body, reason);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'access-control-allow-origin': '*',
    });
  });

  it.each([
    ['absolute', `http://evil.test`],
    ['with two slashes', ''],
  ])('is understood in another form: %s', async (_name, prefix) => {
    const target = prefix === '' ? `/${path}` : prefix + path;

    const answer = await sendRaw(server.origin, `GET ${target} HTTP/1.1\r\n${HOST}\r\n`);

    const wanted = prefix === '' ? 404 : 200;
    expect(answer.status).toBe(wanted);
    expect(answer.body).not.toContain('evil.test');
  });

  it('is refused in one of two forms, whatever stands in the request line', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '%',
        '%zz',
        '%00',
        '%ff',
        '..',
        '/',
        '?',
        '&',
        '=',
        '[]',
        ';',
        '#',
        '+',
        '%2F',
      ),
      fc.constantFrom('amount', '1000', 'callback', 'verify', 'alice', '__proto__', '"', '<', '\\'),
      fc.string({ unit: 'binary-ascii', maxLength: 8 }).map((text) => text.replace(/[\s\0]/g, '')),
    );
    const start = fc.constantFrom('/lnurlp/', '/.well-known/lnurlp/', '/lnurla', `${path}/`, '/');
    log.clear();

    await fc.assert(
      fc.asyncProperty(start, fc.array(piece, { maxLength: 8 }), async (prefix, pieces) => {
        const target = prefix + pieces.join('');
        const { status, body } = await sendRaw(
          server.origin,
          `GET ${target} HTTP/1.1\r\n${HOST}\r\n`,
        );

        if (/^[{]"(?:tag|pr)"/.test(body) || body.startsWith('<')) return expect(status).toBe(200);
        expect([200, 404]).toContain(status);
        expectRefusal(body);
      }),
      { numRuns: 150 },
    );
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('goes on to serve others after all that', async () => {
    expect(await readOffer(server, path.replace(/^/, 'https://pay.example.org'))).toBeDefined();
  });
});

describe('methods (GEN-11, Q-1)', () => {
  const ROUTES = [
    ['PATH'],
    ['PATH/callback/1?amount=1000'],
    ['/.well-known/lnurlp/alice'],
    ['/lnurlp/verify/inv_none'],
    ['/lnurla?tag=login'],
  ];

  it.each(ROUTES)(
    'other than GET, HEAD and OPTIONS are 405 with a LUD-01 body: %s',
    async (target) => {
      const url = server.origin + target.replace('PATH', path);

      const answers = ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'].map(async (method) => {
        const response = await fetch(url, { method });
        return [response.status, response.headers.get('allow'), await response.json()];
      });

      const refusal = { status: 'ERROR', reason: 'only GET is understood here' };
      for (const answer of await Promise.all(answers)) {
        expect(answer).toEqual([405, 'GET, HEAD, OPTIONS', refusal]);
      }
    },
  );

  it.each(ROUTES)('HEAD has no body and no effect: %s', async (target) => {
    const createInvoice = jest.spyOn(server.network.ours, 'createInvoice');
    const before = await eventsOf(server);

    const response = await fetch(server.origin + target.replace('PATH', path), { method: 'HEAD' });

    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(createInvoice).not.toHaveBeenCalled();
    expect(await eventsOf(server)).toEqual(before);
    createInvoice.mockRestore();
  });

  it('a POST with a body that nobody reads leaves the connection in order', async () => {
    const body = 'x'.repeat(1_000_000);
    const answers: number[] = [];

    for (const method of ['POST', 'GET', 'POST', 'GET']) {
      const init = method === 'POST' ? { method, body } : { method };
      const response = await fetch(server.origin + path, init);
      await response.text();
      answers.push(response.status);
    }

    expect(answers).toEqual([405, 200, 405, 200]);
  });
});

describe('paths (GEN-9, GEN-10)', () => {
  it.each([
    '/.well-known/nostr.json?name=alice',
    '/.well-known/keysend/alice',
    '/.well-known/lnurlp',
    '/.well-known/lnurlp/',
    '/.well-known/',
    '/.well-known/lnurlp/alice/x',
    '/.well-known/%zz',
    '/lnurlp',
    '/lnurlp/',
    '/lnurlp/a/b',
    '/nothing',
    '/%zz',
  ])('that are not ours are a real 404 which any origin may read (LUD16-9): %s', async (target) => {
    const { status, text, headers } = await server.wallet.get(target);

    expect(status).toBe(404);
    expectRefusal(text);
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'content-type': 'application/json; charset=utf-8',
    });
  });

  it.each([
    'PATH',
    'PATH/callback/1',
    'PATH/callback',
    '/.well-known/lnurlp/alice',
    '/lnurla',
    '/lnurlp/verify/inv_x',
  ])('may have a slash behind them, and nothing is redirected: %s', async (target) => {
    const plain = await server.wallet.get(target.replace('PATH', path)).redirects(0);

    const slashed = await server.wallet.get(`${target.replace('PATH', path)}/`).redirects(0);

    expect([slashed.status, slashed.text]).toEqual([200, plain.text]);
  });
});

describe('a node that is down or slow (promise P4, GEN-12, LUD06-15)', () => {
  /** All that a wallet asks while something is wrong, and how long the slowest took. */
  async function askAll(own: Server, target: string, known: string) {
    const begin = performance.now();
    const urls = [target, `${target}/callback/1?amount=1000`, '/.well-known/lnurlp/bob', known];
    const answers = urls.map(async (url) => {
      const { status, text } = await own.wallet.get(url);
      return { status, text };
    });
    return { answers: await Promise.all(answers), tookMs: performance.now() - begin };
  }

  it.each([
    ['down', 'The Lightning node cannot be reached, try again later'],
    ['slow', 'The Lightning node is too slow, try again in a moment'],
  ])('is told within 3 s, and what needs no node is answered as ever: %s', async (how, reason) => {
    await using own = await start();
    await makeAddress(own, { name: 'bob' });
    const link = await makeLink(own);
    const ordered = await orderFrom(own, link.url);
    const before = await askAll(own, own.local(link.url), own.local(ordered.verify));
    if (how === 'down') own.network.faults.goDown();
    else own.network.faults.slowDown(600_000);

    // A busy machine may be late once; the server is late only if it is so every time.
    const rounds = [];
    for (const _ of [1, 2]) {
      rounds.push(await askAll(own, own.local(link.url), own.local(ordered.verify)));
    }

    for (const { answers } of rounds) {
      const [info, callback, address, check] = answers;
      const refusal = { status: 200, text: JSON.stringify({ status: 'ERROR', reason }) };
      expect([info, callback, address, check]).toEqual([
        before.answers[0],
        refusal,
        before.answers[2],
        before.answers[3],
      ]);
    }
    expect(Math.min(...rounds.map(({ tookMs }) => tookMs))).toBeLessThan(PATIENCE_MS);
  });

  it('leaves nothing half written, and works again when the node does', async () => {
    await using own = await start();
    const link = await makeLink(own, { oneTime: true });
    const callback = `${own.local(link.url)}/callback/1?amount=1000`;
    own.network.faults.goDown();
    const refused = Array.from({ length: 20 }, async () => await own.wallet.get(callback));
    for (const { text } of await Promise.all(refused)) expectRefusal(text);
    const kept = await invoicesOf(own, { linkId: link.id });

    own.network.faults.comeBack();
    const ordered = await orderFrom(own, link.url);

    expect(kept).toEqual([]);
    expect((await eventsOf(own)).map(({ type }) => type)).toEqual([
      'link.created',
      'invoice.created',
    ]);
    expect(await pay(own, ordered)).toMatchObject({ state: 'paid' });
  });

  it('does not let an invoice be kept of which the wallet was told that it failed', async () => {
    await using own = await start();
    const link = await makeLink(own);
    own.network.faults.slowDown(600_000);

    const { text } = await own.wallet.get(`${own.local(link.url)}/callback/1?amount=1000`);
    own.network.faults.slowDown(0);
    own.clock.advance(600_000);

    expectRefusal(text);
    const ordered = await orderFrom(own, link.url);
    const items = await invoicesOf(own, { linkId: link.id });
    expect(items.map(({ paymentHash }) => paymentHash)).toEqual([ordered.paymentHash]);
  });

  it('answers all of a crowd within 3 s', async () => {
    await using own = await start();
    const link = await makeLink(own);
    own.network.faults.slowDown(600_000);
    const url = `${own.origin}${own.local(link.url)}/callback/1?amount=1000`;

    const asked = Array.from({ length: 50 }, async () => {
      const begin = performance.now();
      const response = await fetch(url);
      const text = await response.text();
      return { status: response.status, text, tookMs: performance.now() - begin };
    });

    for (const { status, text, tookMs } of await Promise.all(asked)) {
      expect(status).toBe(200);
      expectRefusal(text);
      expect(tookMs).toBeLessThan(PATIENCE_MS + 1_000);
    }
  });
});

describe('the log', () => {
  it('holds no secret, token, k1, preimage, key or query, whatever happens', async () => {
    const told = recordedLog();
    await using own = await start({ log: told });
    const link = await makeLink(own, { commentAllowed: 100, oneTime: true });
    await makeAddress(own, { name: 'alice' });
    const token = own.local(link.url).split('/').at(-1) ?? '';
    const login = await own.operator.post('/api/v1/logins').send({});
    const offer = await readOffer(own, link.url);
    const secretQuery = { amount: 1000, comment: 'query-text-4711' };
    const { body } = await own.wallet.get(own.local(offer.callback)).query(secretQuery);
    const ordered = { bolt11: body.pr, verify: body.verify };
    await pay(own, ordered);
    const { preimage } = await settled(own, ordered);
    for (const target of [
      `${own.local(link.url)}/callback/1?amount=query-text-4711`,
      `/lnurlp/${token}x?query-text-4711`,
      `/lnurla?tag=login&k1=${login.body.k1}&sig=query-text-4711&key=query-text-4711`,
      `/lnurlp/%zz/?query-text-4711`,
      `/nothing?query-text-4711`,
      `/login?query-text-4711`,
      '/api/v1/pay-links?key=query-text-4711',
      `/api/v1/pay-links?token=${ADMIN_KEY}`,
      `/api/v1/pay-links/${link.id}?query-text-4711`,
    ]) {
      await own.wallet.get(target).set('authorization', `Bearer ${ADMIN_KEY}`);
    }
    own.network.faults.goDown();
    await own.wallet.get('/.well-known/lnurlp/alice?query-text-4711');
    await own.wallet.get(`${own.local(offer.callback)}?amount=1000&x=query-text-4711`);
    own.network.faults.comeBack();
    own.clock.advance(60_000);
    await verify(own, ordered);

    const lines = told.lines.map((line) => lineOf(line)).join('\n');
    const secrets = [
      token,
      login.body.k1,
      preimage,
      ADMIN_KEY,
      SERVER_SECRET,
      'query-text-4711',
      ordered.bolt11,
    ];
    expect(told.lines.length).toBeGreaterThan(5);
    for (const secret of secrets) {
      expect(secret).toMatch(/.{10,}/);
      expect(lines).not.toContain(secret);
    }
  });
});

function lineOf({ message, fields }: { message: string; fields: LogFields }): string {
  const values = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
  return [message, ...values].join(' ');
}
