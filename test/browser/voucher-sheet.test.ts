import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import jsqr from 'jsqr';
import type { Browser, BrowserContextOptions, Locator } from 'playwright-core';
import { CHROMIUM_PATIENCE_MS, openChromium } from '../support/chromium.ts';
import { start } from '../support/start.ts';
import type { Server } from '../support/wallet.ts';
import { OK, withdraw } from '../support/withdraw-wallet.ts';

/** A browser on a machine that does other things too. */
jest.setTimeout(60_000);

const GIFTS = { description: 'Thank you!', minMsat: 2_100_000, maxMsat: 2_100_000 };
/** As large as 12 mm of margin leave of A4, at 96 dots an inch. */
const PAPER = { width: 703, height: 1_032 };

let server: Server;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([start(), openChromium()]);
}, CHROMIUM_PATIENCE_MS);
afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

describe('the sheet of a batch, in a browser', () => {
  it.each(['light', 'dark'] as const)(
    'has codes that a camera reads, on the screen and on paper: %s (FC-29)',
    async (colorScheme) => {
      const vouchers = await make({ count: 3 });
      await using visit = await print(vouchers, { colorScheme });
      const cards = await visit.page.locator('article').all();

      const onScreen = await Promise.all(cards.map(codeOn));
      await visit.page.emulateMedia({ media: 'print', colorScheme });
      const onPaper = await Promise.all(cards.map(codeOn));

      const lnurls = vouchers.items.map(({ lnurl }) => lnurl);
      expect([onScreen, onPaper]).toEqual([lnurls, lnurls]);
      expect(visit.complaints).toEqual([]);
    },
  );

  it.each([
    ['A4', 10, 1],
    ['A4', 11, 2],
    ['A4', 25, 3],
    ['Letter', 10, 1],
    ['Letter', 11, 2],
    ['Letter', 25, 3],
  ] as const)('takes on %s for %d vouchers %d pages', async (format, count, pages) => {
    await using visit = await print(await make({ count }));

    const pdf = await visit.page.pdf({ format });

    expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)).toHaveLength(pages);
  });

  it('cuts into cards of 90 by 50 millimetres that touch each other', async () => {
    await using visit = await print(await make({ count: 10 }), { viewport: PAPER });
    await visit.page.emulateMedia({ media: 'print' });

    const boxes = await Promise.all(
      (await visit.page.locator('article').all()).map(async (card) => await card.boundingBox()),
    );

    const [first] = boxes;
    const inMm = (pixels: number) => Math.round((pixels / 96) * 25.4 * 10) / 10;
    const places = boxes.map((box) => [
      ...[inMm((box?.x ?? 0) - (first?.x ?? 0)), inMm((box?.y ?? 0) - (first?.y ?? 0))],
      ...[inMm(box?.width ?? 0), inMm(box?.height ?? 0)],
    ]);
    expect(places).toEqual(
      Array.from({ length: 10 }, (_, at) => [90 * (at % 2), 50 * Math.floor(at / 2), 90, 50]),
    );
  });

  it.each([
    ['markup', `"><img src=x onerror="document.title='hit'"><script>document.title='hit'</script>`],
    ['quotes', `' onmouseover='document.title="hit"' " autofocus onfocus="document.title='hit'"`],
    ['writing from right to left', '\u202eevil\u202c قهوة \u2067עוד\u2069 ok'],
    ['639 bytes without a blank', `${'ſ'.repeat(319)}x`],
    ['639 bytes of words', 'word '.repeat(128).slice(0, 638)],
  ])('shows foreign text as it is, inside its card: %s (hazard 3.24)', async (_, description) => {
    const vouchers = await make({ count: 1, description });
    await using visit = await print(vouchers);
    const card = visit.page.locator('article');

    const shown = await card.locator('.description').textContent();

    expect(shown).toBe(description);
    expect(await visit.page.title()).toBe(description.trim().replace(/\s+/g, ' '));
    expect(await codeOn(card)).toBe(vouchers.items[0]?.lnurl);
    const [outer, inner] = [await card.boundingBox(), await card.locator('div').boundingBox()];
    expect((inner?.y ?? 0) + (inner?.height ?? 0)).toBeLessThanOrEqual(
      (outer?.y ?? 0) + (outer?.height ?? 0),
    );
    expect(await card.locator('.amount').innerText()).toBe('2,100 sat');
    expect(visit.complaints).toEqual([]);
  });
});

describe('the page behind a voucher, in a browser', () => {
  it('has a code that a camera reads, and turns into its receipt when it is claimed', async () => {
    const { items } = await make({ count: 1 });
    const [voucher] = items;
    await using visit = await open(server.local(voucher?.url ?? ''));
    const code = await codeOn(visit.page.locator('.code'));

    const { answer } = await withdraw(server, voucher?.url ?? '');

    expect([code, answer]).toEqual([voucher?.lnurl, OK]);
    await visit.page.getByRole('heading', { name: 'This voucher was paid out' }).waitFor();
    expect(await visit.page.locator('.qr').count()).toBe(0);
  });
});

interface Vouchers {
  readonly id: string;
  readonly items: readonly { readonly id: string; readonly url: string; readonly lnurl: string }[];
}

async function make(fields: object): Promise<Vouchers> {
  const made = await server.operator.post('/api/v1/withdraw-batches').send({ ...GIFTS, ...fields });
  expect(made.status).toBe(201);
  const { id } = made.body;
  const { body } = await server.operator.get(`/api/v1/withdraw-batches/${id}/vouchers`);
  return { id, items: body.items };
}

/** Opens the sheet as a browser can: by a ticket. */
async function print({ id }: Vouchers, options?: BrowserContextOptions) {
  const { body } = await server.operator
    .post(`/api/v1/withdraw-batches/${id}/print-tickets`)
    .send({});
  return await open(server.local(body.url), options);
}

/** A visit with a profile of its own, and everything that the browser complained about. */
async function open(path: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  await page.goto(server.origin + path);
  return { page, complaints, [Symbol.asyncDispose]: async () => await context.close() };
}

/** What a camera would read off a screenshot; the browser itself turns the PNG into pixels. */
async function codeOn(place: Locator): Promise<string | undefined> {
  const png = await place.screenshot();
  const page = await browser.newPage();
  const { width, height, base64 } = await page.evaluate(
    async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const pen = canvas.getContext('2d');
      pen?.drawImage(image, 0, 0);
      const pixels = pen?.getImageData(0, 0, image.width, image.height).data ?? [];
      let binary = '';
      for (const byte of pixels) binary += String.fromCharCode(byte);
      return { width: image.width, height: image.height, base64: btoa(binary) };
    },
    `data:image/png;base64,${png.toString('base64')}`,
  );
  await page.close();
  const pixels = new Uint8ClampedArray(Buffer.from(base64, 'base64'));
  return jsqr.default(pixels, width, height, { inversionAttempts: 'dontInvert' })?.data;
}
