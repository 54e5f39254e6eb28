import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { start } from '../support/start.ts';
import { type Server, until } from '../support/wallet.ts';
import { OK, withdraw } from '../support/withdraw-wallet.ts';

jest.setTimeout(60_000);

const HTML = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

let server: Server;
beforeAll(async () => {
  server = await start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe('the page behind a withdraw link', () => {
  it('shows what it is worth, and the code', async () => {
    const link = await make({ maxMsat: 2_100_000 });

    const { status, text, headers } = await browse(link);

    const path = server.local(link.url);
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers).toMatchObject({ vary: 'Accept', 'cache-control': 'no-store' });
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';/);
    expect(text).toContain('<h1 dir="auto">A gift</h1>');
    expect(text).toContain('<p class="amount">21 – 2,100 sat</p>');
    expect(text).toContain(`<img src="${path}/qr.svg"`);
    expect(text).toContain(`href="lightning:${link.lnurl}"`);
    expect(text).toContain(`>${link.lud17}</code>`);
    expect(text).toContain(`>${link.url}?lightning=${link.lnurl}</code>`);
    // LUD-08: the fast form is for links that are tapped, and its k1 is not for a page.
    expect(text).not.toMatch(/\{\{|k1=/);
  });

  it('has a heading also without a description', async () => {
    const { text } = await browse(await make({ description: '' }));

    expect(headingOf(text)).toBe('A payment for you');
  });

  it('offers no more than can be honoured (FC-14)', async () => {
    const { text } = await browse(await make({ maxMsat: 2_100_000, totalMsat: 1_000_000 }));

    expect(text).toContain('<p class="amount">21 – 990 sat</p>');
  });

  it('asks after itself when it is a voucher, and only then', async () => {
    const [voucher, many] = [await make(), await make({ uses: 2 })];

    const texts = [(await browse(voucher)).text, (await browse(many)).text];

    expect(texts.map((text) => text.includes('<meta name="watch"'))).toEqual([true, false]);
  });

  it('escapes the description (hazard 3.24)', async () => {
    const { text } = await browse(await make({ description: '"><script>alert(1)</script>' }));

    expect(text).toContain(
      '<h1 dir="auto">&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;</h1>',
    );
    expect(text).not.toContain('<script>');
  });

  it('is no page for a wallet (GEN-14)', async () => {
    const link = await make();

    const { body, headers } = await server.wallet.get(server.local(link.url));

    expect([body.tag, headers.vary]).toEqual(['withdrawRequest', 'Accept']);
  });
});

describe('a page without a code', () => {
  it.each<[string, number, object, (link: Link) => Promise<unknown>]>([
    ['This withdraw link is switched off', 410, {}, switchOff],
    ['This withdraw link has expired', 410, { expiresAt: inMs(60_000) }, async () => pass(60_000)],
    ['This withdraw link is not open yet', 404, { validFrom: inMs(86_400_000) }, async () => {}],
    ['This voucher was paid out', 410, {}, claimed],
    [
      'This withdraw link is used up',
      410,
      { uses: 2 },
      async (link) => {
        await claimed(link);
        await claimed(link);
      },
    ],
    ['A wallet is being paid just now', 503, {}, claimedAndHanging],
    ['Nothing can be withdrawn at the moment', 503, { uses: 2, waitSeconds: 600 }, claimed],
    ['There is nothing to withdraw here', 404, {}, remove],
  ])('says: %s', async (heading, expected, fields, act) => {
    const link = await make(fields);
    await act(link);

    const { status, text } = await browse(link);

    expect([headingOf(text), status]).toEqual([heading, expected]);
    expect(text).not.toMatch(/qr\.svg|LNURL1|lightning:|\{\{/);
    expect(text.includes('http-equiv="refresh"')).toBe(expected === 503);
  });
});

describe('the picture of a withdraw code', () => {
  it('may be embedded anywhere and is kept by nobody', async () => {
    const link = await make();

    const { status, headers, body } = await server.wallet.get(server.local(link.qr));

    expect([status, String(body).startsWith('<svg xmlns')]).toEqual([200, true]);
    expect(headers).toMatchObject({
      'content-type': 'image/svg+xml; charset=utf-8',
      'content-security-policy': "default-src 'none'",
      'access-control-allow-origin': '*',
      'cache-control': 'no-store',
    });
  });

  it('is there before the link opens, for printing', async () => {
    const link = await make({ validFrom: inMs(86_400_000) });

    expect((await server.wallet.get(server.local(link.qr))).status).toBe(200);
  });

  it('is not there for a link that does not exist', async () => {
    const { status, body } = await server.wallet.get(`/lnurlw/${'a'.repeat(26)}/qr.svg`);

    expect([status, body]).toEqual([
      404,
      { status: 'ERROR', reason: 'Withdraw link does not exist.' },
    ]);
  });
});

interface Link {
  readonly id: string;
  readonly url: string;
  readonly lnurl: string;
  readonly lud17: string;
  readonly qr: string;
}

async function make(fields: object = {}): Promise<Link> {
  const { status, body } = await server.operator
    .post('/api/v1/withdraw-links')
    .send({ description: 'A gift', minMsat: 21_000, maxMsat: 21_000, ...fields });
  expect([status, body]).toEqual([201, expect.anything()]);
  return body;
}

function browse({ url }: Link) {
  return server.wallet.get(server.local(url)).set('accept', HTML);
}

function headingOf(html: string): string | undefined {
  return /<h1[^>]*>(.*)<\/h1>/.exec(html)?.[1];
}

/** From the moment at which the clock of tests starts. */
function inMs(durationMs: number): string {
  return new Date(Date.parse('2023-11-14T22:13:20.000Z') + durationMs).toISOString();
}

function pass(durationMs: number): void {
  server.clock.advance(durationMs);
}

async function switchOff({ id }: Link): Promise<void> {
  await server.operator.patch(`/api/v1/withdraw-links/${id}`).send({ disabled: true });
}

async function remove({ id }: Link): Promise<void> {
  await server.operator.delete(`/api/v1/withdraw-links/${id}`);
}

async function claimed({ id, url }: Link): Promise<void> {
  const path = `/api/v1/withdraw-links/${id}`;
  const before = (await server.operator.get(path)).body.usesPaid;
  expect((await withdraw(server, url)).answer).toEqual(OK);
  await until(
    async () => (await server.operator.get(path)).body.usesPaid,
    (paid) => paid === before + 1,
  );
}

async function claimedAndHanging({ url }: Link): Promise<void> {
  server.network.faults.nextPayment({ kind: 'hang' });
  expect((await withdraw(server, url)).answer).toEqual(OK);
}
