import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { makeOffer, takeChannel } from '../support/channel-wallet.ts';
import { start } from '../support/start.ts';
import type { MadeLink, Server } from '../support/wallet.ts';

const HTML = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

jest.setTimeout(60_000);

let server: Server;
beforeAll(async () => {
  server = await start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

async function browse(from: Server, { url }: Pick<MadeLink, 'url'>) {
  return await from.wallet.get(from.local(url)).set('accept', HTML);
}

describe('the page behind a channel offer', () => {
  it('shows what is given, and the code (LUD17-5)', async () => {
    const offer = await makeOffer(server, { capacitySat: 250_000, pushSat: 1_000 });
    const path = server.local(offer.url);

    const { status, text, headers } = await browse(server, offer);

    expect([status, headers['content-type'], headers.vary]).toEqual([
      200,
      'text/html; charset=utf-8',
      'Accept',
    ]);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(text).toContain('<p class="amount">250,000 sat</p>');
    expect(text).toContain('1,000 sat of it are yours from the start');
    expect(text).toContain(`<img src="${path}/qr.svg"`);
    expect(text).toContain(`href="lightning:${offer.lnurl}"`);
    expect(text).toContain(`>${offer.lud17}</code>`);
    expect(text).toContain(`>${offer.url}?lightning=${offer.lnurl}</code>`);
    expect(text).toContain(`<meta name="watch" content="${path}" />`);
    expect(text).toContain('Demo node');
    expect(text).not.toContain('{{');
  });

  it('leaves out what there is not', async () => {
    const { text } = await browse(server, await makeOffer(server, { uses: 3 }));

    expect(text).not.toMatch(/yours from the start|Open until|name="watch"/);
  });

  it('is not what a wallet gets', async () => {
    const offer = await makeOffer(server);

    const { body } = await server.wallet
      .get(server.local(offer.url))
      .set('accept', 'application/json');

    expect(body.tag).toBe('channelRequest');
  });

  it('has the lnurl in its picture, which anybody may embed', async () => {
    const offer = await makeOffer(server);

    const picture = await server.wallet.get(server.local(offer.qr));
    const none = await server.wallet.get('/lnurlc/abcdefgh/qr.svg');

    expect([picture.status, picture.headers['content-type']]).toEqual([
      200,
      'image/svg+xml; charset=utf-8',
    ]);
    expect(picture.headers['access-control-allow-origin']).toBe('*');
    expect([none.status, none.body.status]).toEqual([404, 'ERROR']);
  });

  it('says why there is nothing to get', async () => {
    await using own = await start();
    const at = (ms: number) => new Date(own.clock.now() + ms).toISOString();
    const later = await makeOffer(own, { validFrom: at(60_000) });
    const used = await makeOffer(own);
    await takeChannel(own, used.url);
    const off = await makeOffer(own);
    await own.operator.patch(`/api/v1/channel-offers/${off.id}`).send({ disabled: true });

    const pages = [
      await browse(own, later),
      await browse(own, used),
      await browse(own, off),
      await browse(own, { url: 'https://pay.example.org/lnurlc/abcdefgh' }),
    ];

    const told = pages.map(({ status, text }) => [status, /<h1>(.*)<\/h1>/.exec(text)?.[1]]);
    expect(told).toEqual([
      [404, 'This channel offer is not open yet'],
      [410, 'This channel offer has already been used'],
      [410, 'This channel offer is switched off'],
      [404, 'There is no channel to get here'],
    ]);
  });

  it('tries again by itself while our node cannot be connected to (FC-19)', async () => {
    await using own = await start();
    own.network.faults.announce([]);
    const offer = await makeOffer(own);
    const asked = jest.spyOn(own.network.ours, 'info');
    own.clock.advance(31_000);
    while (asked.mock.results.length === 0) await new Promise(setImmediate);
    await asked.mock.results[0]?.value;

    const { status, text } = await browse(own, offer);

    expect([status, /<h1>(.*)<\/h1>/.exec(text)?.[1]]).toEqual([
      503,
      'channel offers are not available',
    ]);
    expect(text).toContain('http-equiv="refresh"');
  });
});
