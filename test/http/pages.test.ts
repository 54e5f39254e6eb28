import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import request from 'supertest';
import { createApp } from '../../src/http/app.ts';
import { frontRouter } from '../../src/http/pages/front-page.ts';
import { openLog } from '../../src/log.ts';
import { PUBLIC_URL, start } from '../support/start.ts';
import {
  type MadeLink,
  makeAddress,
  makeLink,
  orderFrom,
  patchLink,
  pay,
  type Server,
  settled,
} from '../support/wallet.ts';

const HTML = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

jest.setTimeout(60_000);

let server: Server;
beforeAll(async () => {
  server = await start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe('the page behind a pay link', () => {
  it('shows what is to be paid, and the code', async () => {
    const link = await makeLink(server, {
      description: 'Coffee & cake',
      longDescription: 'Two\nlines',
    });
    const { lnurl, lud17, url } = link;

    const { status, text, headers } = await browse(pathOf(link));

    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(text).toContain('<h1 dir="auto">Coffee &#38; cake</h1>');
    expect(text).toContain('<p class="amount">1 – 100,000 sat</p>');
    expect(text).toContain('Two\nlines');
    expect(text).toContain(`<img src="${pathOf(link)}/qr.svg"`);
    expect(text).toContain(`href="lightning:${lnurl}"`);
    expect(text).toContain(`>${lnurl}</code>`);
    expect(text).toContain(`>${lud17}</code>`);
    // LUD01-7: a page for a browser, a parameter for a wallet.
    expect(text).toContain(`>${url}?lightning=${lnurl}</code>`);
    expect(text).not.toContain('{{');
  });

  it('writes a fixed amount as one', async () => {
    const link = await makeLink(server, { minMsat: 2_100_000, maxMsat: 2_100_000 });

    const { text } = await browse(pathOf(link));

    expect(text).toContain('<p class="amount">2,100 sat</p>');
  });

  it('offers no more than the node can receive (LUD06-4)', async () => {
    const link = await makeLink(server, { maxMsat: 2 * INBOUND_MSAT });

    const { text } = await browse(pathOf(link));

    expect(Number(/1 – ([\d,]+) sat/.exec(text)?.[1]?.replaceAll(',', ''))).toBeLessThanOrEqual(
      INBOUND_MSAT / 1000,
    );
  });

  it('leaves out what there is not', async () => {
    const { text } = await browse(pathOf(await makeLink(server)));

    expect(text).not.toMatch(/class="picture"|class="long"|Lightning address|Open until|watch/);
  });

  it('shows the picture that is in the metadata', async () => {
    const image = { kind: 'png', base64: 'iVBORw0KGgo=' } as const;
    const { text } = await browse(pathOf(await makeLink(server, { image })));

    expect(text).toContain(
      '<img class="picture" src="data:image/png;base64,iVBORw0KGgo=" alt="" />',
    );
  });

  it('says until when it is open', async () => {
    const expiresAt = inMs(3_600_000);
    const { text } = await browse(pathOf(await makeLink(server, { expiresAt })));

    expect(text).toContain('<time datetime="2023-11-14T23:13:20.000Z">2023-11-14 23:13 UTC</time>');
  });

  it('asks after itself when it can be paid once', async () => {
    const link = await makeLink(server, { oneTime: true });

    const { text } = await browse(pathOf(link));

    expect(text).toContain(`<meta name="watch" content="${pathOf(link)}" />`);
  });

  it('opens under its fallback form with a query too (LUD01-7)', async () => {
    const { status } = await browse(
      `${pathOf(await makeLink(server))}?lightning=LNURL1&utm_source=x`,
    );

    expect(status).toBe(200);
  });

  it('is no other for forged headers (hazard 3.18, promise P5)', async () => {
    const link = await makeLink(server, { oneTime: true });

    const plain = await browse(pathOf(link));
    const forged = await browse(pathOf(link))
      .set('host', 'evil.test')
      .set('x-forwarded-host', 'evil.test')
      .set('x-forwarded-proto', 'http')
      .set('x-forwarded-prefix', '/evil')
      .set('forwarded', 'host=evil.test;proto=http');

    expect(forged.text).toBe(plain.text);
    expect(forged.headers['content-security-policy']).toBe(
      plain.headers['content-security-policy'],
    );
  });

  it.each([
    [`"><script>alert(1)</script>`, '&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;'],
    [`' onerror='alert(1)`, '&#39; onerror=&#39;alert(1)'],
    ['{{lnurl}} $1', '{{lnurl}} $1'],
  ])('escapes the description %j (hazard 3.24)', async (description, escaped) => {
    const { text } = await browse(pathOf(await makeLink(server, { description })));

    expect(text).toContain(`<h1 dir="auto">${escaped}</h1>`);
    expect(text.split(description).length - 1).toBe(escaped === description ? 3 : 0);
  });
});

describe('the headers of a page', () => {
  it('forbid everything that is not ours, keep nothing and vary by Accept', async () => {
    const { headers } = await browse(pathOf(await makeLink(server)));

    expect(headers['content-security-policy']?.split(';')).toEqual([
      "default-src 'none'",
      `img-src 'self' ${PUBLIC_URL} data:`,
      `style-src 'self' ${PUBLIC_URL}`,
      `script-src 'self' ${PUBLIC_URL}`,
      `connect-src 'self' ${PUBLIC_URL}`,
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ]);
    expect(headers).toMatchObject({
      vary: 'Accept',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    expect(headers).not.toHaveProperty('strict-transport-security');
  });
});

describe('a wallet at the same URL (GEN-14)', () => {
  it.each([['application/json'], ['*/*'], ['text/html, application/json'], ['']])(
    'gets JSON with Vary: Accept when it sends Accept: %s',
    async (accept) => {
      const link = await makeLink(server);

      const { body, headers } = await server.wallet.get(pathOf(link)).set('accept', accept);

      expect(body).toMatchObject({ tag: 'payRequest', minSendable: 1_000, maxSendable: 1e8 });
      expect(headers.vary).toBe('Accept');
      expect(headers).not.toHaveProperty('content-security-policy');
    },
  );

  it('is told by LUD-01 and HTTP 200 when the link is over', async () => {
    const link = await makeLink(server);
    await switchOff(link);

    const { status, body } = await server.wallet.get(pathOf(link));

    expect([status, body]).toEqual([
      200,
      { status: 'ERROR', reason: 'This payment link is switched off.' },
    ]);
  });
});

describe('a page without a code', () => {
  it.each<[string, number, string, (link: MadeLink) => Promise<unknown>]>([
    ['expired', 410, 'This payment link has expired', expire],
    ['switched off', 410, 'This payment link is switched off', switchOff],
    ['paid', 410, 'This payment link has already been paid', payOnce],
    ['deleted', 404, 'There is nothing to pay here', remove],
  ])('says that the link is %s', async (_, expected, heading, end) => {
    const link = await makeLink(server, { oneTime: true, expiresAt: inMs(60_000) });
    await end(link);

    const { status, text, headers } = await browse(pathOf(link));

    expect([status, headingOf(text)]).toEqual([expected, heading]);
    expect(text).not.toMatch(/qr\.svg|LNURL1|lightning:|\{\{/);
    expect(headers).toMatchObject({ vary: 'Accept', 'cache-control': 'no-store' });
  });

  it('says when the link opens', async () => {
    const link = await makeLink(server, { validFrom: inMs(3_600_000) });

    const { status, text } = await browse(pathOf(link));

    expect([status, headingOf(text)]).toEqual([404, 'This payment link is not open yet']);
    expect(text).toMatch(/<time datetime="[^"]+Z">\d{4}-\d\d-\d\d \d\d:\d\d UTC<\/time>/);
  });

  it('is there for a link that never was', async () => {
    const { status, text } = await browse(`/lnurlp/${'a'.repeat(26)}`);

    expect([status, headingOf(text)]).toEqual([404, 'There is nothing to pay here']);
  });

  it('tries again by itself while the node cannot receive so much', async () => {
    const link = await makeLink(server, { minMsat: 2 * INBOUND_MSAT, maxMsat: 2 * INBOUND_MSAT });

    const { status, text } = await browse(pathOf(link));

    expect([status, headingOf(text)]).toEqual([
      503,
      'Payments cannot be received at the moment, try later',
    ]);
    expect(text).toContain('<meta http-equiv="refresh" content="10" />');
  });
});

describe('the page of a lightning address', () => {
  it('shows the address and the code of its link', async () => {
    const link = await makeAddress(server, { name: 'alice' });

    const { status, text } = await browse('/.well-known/lnurlp/alice');

    expect(status).toBe(200);
    expect(text).toContain('<title>Pay alice@pay.example.org</title>');
    expect(text).toContain('>alice@pay.example.org</code>');
    expect(text).toContain(`<img src="${pathOf(link)}/qr.svg"`);
    expect(text).toContain('href="/assets/page.css"');
  });

  it('keeps the tag of the payer in every form (LUD-16)', async () => {
    await makeAddress(server, { name: 'bob' });

    const { text } = await browse('/.well-known/lnurlp/bob+table7');

    expect(text).toContain('>bob+table7@pay.example.org</code>');
    expect(text).toContain('>lnurlp://pay.example.org/.well-known/lnurlp/bob%2btable7</code>');
    expect(text).toMatch(/<img src="data:image\/svg\+xml;base64,[^"]+"/);
  });

  it('has a page for a name that nobody has', async () => {
    const { status, text } = await browse('/.well-known/lnurlp/nobody');

    expect([status, headingOf(text)]).toEqual([404, 'There is nothing to pay here']);
  });

  it('loads its things from the public URL when its domain lives elsewhere (FC-6)', async () => {
    await using apex = await start({ env: { BOLTGATE_ADDRESS_DOMAINS: 'example.org' } });
    const link = await makeAddress(apex, { name: 'alice' });

    const { text } = await apex.wallet
      .get('/.well-known/lnurlp/alice')
      .set('host', 'example.org')
      .set('accept', HTML);

    expect(text).toContain(`<img src="${link.qr}"`);
    expect(text).toContain(`href="${PUBLIC_URL}/assets/page.css"`);
    expect(text).toContain(`src="${PUBLIC_URL}/assets/pay.js"`);
  });
});

describe('the picture of a code', () => {
  it('may be embedded anywhere and kept for an hour', async () => {
    const link = await makeLink(server);

    const { status, headers, body } = await server.wallet.get(`${pathOf(link)}/qr.svg`);

    expect(status).toBe(200);
    expect(String(body)).toMatch(/^<svg xmlns/);
    expect(headers).toMatchObject({
      'content-type': 'image/svg+xml; charset=utf-8',
      'content-security-policy': "default-src 'none'",
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'public, max-age=3600',
      'x-content-type-options': 'nosniff',
    });
  });

  it('is there before the link opens, for printing', async () => {
    const link = await makeLink(server, { validFrom: inMs(1_000) });

    const { status } = await server.wallet.get(`${pathOf(link)}/qr.svg`);

    expect(status).toBe(200);
  });

  it('is not there for a link that does not exist', async () => {
    const { status, body, headers } = await server.wallet.get('/lnurlp/nothing/qr.svg');

    expect([status, body]).toEqual([404, { status: 'ERROR', reason: 'pay link not found' }]);
    expect(headers['access-control-allow-origin']).toBe('*');
  });
});

describe('what pages load', () => {
  it.each([
    ['page.css', 'text/css; charset=utf-8'],
    ['pay.js', 'text/javascript; charset=utf-8'],
    ['favicon.svg', 'image/svg+xml'],
  ])('is served with its type: %s', async (file, type) => {
    const { status, headers } = await server.wallet.get(`/assets/${file}`);

    expect([status, headers['content-type']]).toEqual([200, type]);
    expect(headers).toMatchObject({
      'cache-control': 'public, max-age=300',
      'x-content-type-options': 'nosniff',
      etag: expect.any(String),
    });
  });

  it.each([
    ['/assets/pay.html'],
    ['/assets/'],
    ['/assets/..%2fpackage.json'],
    ['/assets/..%2f..%2fsrc%2fhttp%2fapp.js'],
    ['/assets/.hidden.css'],
    ['/assets/nothing.css'],
    ['/pay.html'],
  ])('is nothing else: %s', async (path) => {
    const { status } = await server.wallet.get(path);

    expect(status).toBe(404);
  });
});

describe('the front page', () => {
  it('says what this is', async () => {
    const log = openLog('silent');
    const site = { site: 'pay.example.org', version: '1.2.3', demo: false };
    const app = createApp([frontRouter(site)], log);

    const { status, text, headers } = await request(app).get('/');

    expect([status, headingOf(text)]).toEqual([200, 'pay.example.org']);
    expect(text).toContain('Boltgate 1.2.3');
    expect(text).toContain('href="/login"');
    expect(text).not.toContain('real money');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';img-src 'self' data:;/);
  });

  it('says with the demo node that no real money moves, and so does a pay page', async () => {
    const link = await makeLink(server);

    const pages = [await browse('/'), await browse(pathOf(link))];

    for (const { text } of pages) expect(text).toContain('no real money moves here');
  });
});

/** What the demo network can send us when it begins. */
const INBOUND_MSAT = 1e12;

function pathOf(link: MadeLink): string {
  return server.local(link.url);
}

function browse(path: string) {
  return server.wallet.get(path).set('accept', HTML);
}

function headingOf(html: string): string | undefined {
  return /<h1>(.*)<\/h1>/.exec(html)?.[1];
}

function inMs(durationMs: number): string {
  return new Date(server.clock.now() + durationMs).toISOString();
}

async function expire(): Promise<void> {
  server.clock.advance(60_000);
}

async function switchOff(link: MadeLink): Promise<void> {
  await patchLink(server, link.id, { disabled: true });
}

async function payOnce(link: MadeLink): Promise<void> {
  const ordered = await orderFrom(server, link.url);
  await pay(server, ordered);
  await settled(server, ordered);
}

async function remove(link: MadeLink): Promise<void> {
  const { status } = await server.operator.delete(`/api/v1/pay-links/${link.id}`);
  expect(status).toBe(204);
}
