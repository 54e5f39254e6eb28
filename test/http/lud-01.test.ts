import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeLnurl } from '../../src/lnurl/lnurl.ts';
import { start } from '../support/start.ts';
import { makeAddress, makeLink, readOffer, type Server } from '../support/wallet.ts';

let server: Server;
beforeAll(async () => {
  server = await start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe('LUD-01: the forms of a link', () => {
  it('are an upper-case lnurl that decodes to the URL, which answers with its tag (LUD01-1, LUD01-2, LUD01-4)', async () => {
    const link = await makeLink(server);

    const url = decodeLnurl(link.lnurl);

    expect(link.lnurl).toMatch(/^LNURL1[0-9AC-HJ-NP-Z]+$/);
    expect(url).toBe(link.url);
    expect(await readOffer(server, link.url)).toMatchObject({ tag: 'payRequest' });
  });

  it('keep to what the strictest wallets read: no port, small letters, short, no tag (GEN-2, LUD01-5, LUD01-6)', async () => {
    const link = await makeLink(server);

    const { callback } = await readOffer(server, link.url);

    for (const url of [link.url, callback]) {
      expect(url).toMatch(/^https:\/\/pay\.example\.org\/[a-z0-9_./-]+$/);
      expect(url.length).toBeLessThan(150);
      expect(url).not.toContain('tag=');
    }
  });

  it('have a token of 128 bits and more that says nothing of the id (hazard 3.20)', async () => {
    const links = [await makeLink(server), await makeLink(server)];

    const tokens = links.map(({ url }) => url.split('/').at(-1) ?? '');

    for (const [index, token] of tokens.entries()) {
      expect(token).toMatch(/^[a-z2-7]{26,}$/);
      expect(links[index]?.id).not.toContain(token);
    }
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  it('are found by the token alone, not by the id of the link (hazard 3.20)', async () => {
    const { id } = await makeLink(server);

    const { body } = await server.wallet.get(`/lnurlp/${id}`);

    expect(body).toEqual({ status: 'ERROR', reason: 'pay link not found' });
  });

  it('stay the same when the link is changed', async () => {
    const link = await makeLink(server);
    await server.operator.patch(`/api/v1/pay-links/${link.id}`).send({ description: 'Tea' });

    const { body } = await server.operator.get(`/api/v1/pay-links/${link.id}`);

    const { url, lnurl, lud17, qr } = body;
    expect([url, lnurl, lud17, qr]).toEqual([link.url, link.lnurl, link.lud17, link.qr]);
  });
});

describe('LUD-01: any origin may read an answer (LUD01-9, GEN-8)', () => {
  const PATHS = [
    ['a payRequest', async () => server.local((await makeLink(server)).url)],
    [
      'a callback',
      async () => `${server.local((await makeLink(server)).url)}/callback/1?amount=1000`,
    ],
    ['an address', async () => '/.well-known/lnurlp/alice'],
    ['an unknown link', async () => '/lnurlp/aaaaaaaaaaaaaaaaaaaaaaaaaa'],
    ['an unknown address', async () => '/.well-known/lnurlp/nobody'],
    ['a login', async () => '/lnurla?tag=login'],
    ['an unknown invoice', async () => '/lnurlp/verify/inv_none'],
    ['an unknown well-known path', async () => '/.well-known/nostr.json?name=alice'],
    ['an unknown path', async () => '/nothing/here'],
  ] as const;
  beforeAll(async () => {
    await makeAddress(server, { name: 'alice' });
  });

  it.each(PATHS)('GET: %s', async (_name, pathOf) => {
    const { headers } = await server.wallet.get(await pathOf()).set('origin', 'https://web.test');

    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'content-type': 'application/json; charset=utf-8',
      'cross-origin-resource-policy': 'cross-origin',
    });
    expect(headers).not.toHaveProperty('access-control-allow-credentials');
    expect(headers).not.toHaveProperty('set-cookie');
  });

  it.each(PATHS.slice(0, 7))(
    'OPTIONS is 204 and may be kept for a day: %s',
    async (_name, pathOf) => {
      const { status, text, headers } = await server.wallet
        .options(await pathOf())
        .set('origin', 'https://web.test')
        .set('access-control-request-method', 'GET')
        .set('access-control-request-headers', 'x-anything');

      expect([status, text]).toEqual([204, '']);
      expect(headers).toMatchObject({
        'access-control-allow-origin': '*',
        'access-control-allow-methods': 'GET, HEAD, OPTIONS',
        'access-control-allow-headers': '*',
        'access-control-max-age': '86400',
      });
    },
  );
});
