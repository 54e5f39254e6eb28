import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseLink } from '../../src/lnurl/parse-link.ts';
import { start } from '../support/start.ts';
import { makeAddress, makeLink, readOffer, type Server } from '../support/wallet.ts';

let server: Server;
beforeAll(async () => {
  server = await start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const HTML = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('LUD-17: the form with a scheme of its own', () => {
  it('is the URL with lnurlp for https, and leads to a payRequest (LUD17-1, LUD17-4)', async () => {
    const link = await makeLink(server);

    const url = link.lud17.replace(/^lnurlp:/, 'https:');

    expect(link.lud17).toMatch(/^lnurlp:\/\//);
    expect(url).toBe(link.url);
    expect((await readOffer(server, url)).tag).toBe('payRequest');
  });

  it('survives a wallet that writes all of it in small letters (LUD17-2, Q-8)', async () => {
    const { lud17 } = await makeLink(server);

    expect(lud17).toBe(lud17.toLowerCase());
    expect(lud17).toMatch(/^lnurlp:\/\/pay\.example\.org\/[a-z0-9_./-]+$/);
  });

  it('is read by our own reader as the same link (LUD17-3)', async () => {
    const link = await makeLink(server);

    const read = [link.lud17, link.lnurl, `lightning:${link.lnurl}`].map((text) => parseLink(text));

    expect(read.map((one) => one && 'url' in one && one.url)).toEqual([
      link.url,
      link.url,
      link.url,
    ]);
  });

  it('is keyauth for a login (LUD04-15)', async () => {
    const { body } = await server.operator.post('/api/v1/logins').send({});

    expect(body.lud17).toBe(body.url.replace(/^https:/, 'keyauth:'));
    expect(body.url).toContain('?tag=login&k1=');
  });

  it.each(['http://localhost:3000', 'https://pay.example.org'])(
    'comes back to where it came from under %s',
    async (publicUrl) => {
      await using own = await start({ env: { BOLTGATE_PUBLIC_URL: publicUrl } });
      const { body } = await own.operator
        .post('/api/v1/pay-links')
        .send({ description: 'Coffee', minMsat: 1000, maxMsat: 2000 });

      const read = parseLink(body.lud17, { allowLocal: true });

      expect(read).toMatchObject({ url: body.url });
      expect(body.url.startsWith(`${publicUrl}/lnurlp/`)).toBe(true);
    },
  );
});

describe('LUD-17: one URL for wallets and browsers (LUD17-5, GEN-14)', () => {
  it.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    ['application/json, text/plain, */*', 'application/json'],
    ['text/html,application/json', 'application/json'],
    [HTML, 'text/html'],
    ['text/html', 'text/html'],
  ])('answers Accept: %s with %s and says that it looks', async (accept, type) => {
    const link = await makeLink(server);
    await makeAddress(server, { name: `a${link.id.slice(-20)}` });

    const paths = [server.local(link.url), `/.well-known/lnurlp/a${link.id.slice(-20)}`];
    const answers = await Promise.all(
      paths.map(async (path) => {
        const call = server.wallet.get(path);
        const { status, headers } = await (accept === undefined
          ? call
          : call.set('accept', accept));
        return [status, headers['content-type'], headers.vary];
      }),
    );

    const wanted = [200, `${type}; charset=utf-8`, 'Accept'];
    expect(answers).toEqual([wanted, wanted]);
  });

  it('shows no page for the callback and for verify, whoever asks', async () => {
    const link = await makeLink(server);
    const paths = [`${server.local(link.url)}/callback/1?amount=1000`, '/lnurlp/verify/inv_none'];

    const types = paths.map(async (path) => {
      const { headers } = await server.wallet.get(path).set('accept', HTML);
      return headers['content-type'];
    });

    const json = 'application/json; charset=utf-8';
    expect(await Promise.all(types)).toEqual([json, json]);
  });
});
