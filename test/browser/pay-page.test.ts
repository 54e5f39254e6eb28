import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import jsqr from 'jsqr';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { CHROMIUM_PATIENCE_MS, openChromium } from '../support/chromium.ts';
import { start } from '../support/start.ts';
import {
  type MadeLink,
  makeAddress,
  makeLink,
  orderFrom,
  pay,
  type Server,
} from '../support/wallet.ts';

/** A browser on a machine that does other things too. */
jest.setTimeout(30_000);

const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1280, height: 800 };

let server: Server;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([start(), openChromium()]);
}, CHROMIUM_PATIENCE_MS);
afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

describe('the page behind a pay link, in a browser', () => {
  it('shows what is to be paid, without a complaint of the browser', async () => {
    const link = await makeLink(server, { longDescription: 'One\nTwo', oneTime: true });
    await using visit = await open(link);

    const shown = await visit.page.locator('main').innerText();

    expect(shown).toContain('Coffee\n\n1 – 100,000 sat');
    expect(shown).toContain('Scan with a Lightning wallet');
    expect(shown).toContain('One\nTwo');
    const button = visit.page.getByRole('link', { name: 'Open in wallet' });
    expect(await button.getAttribute('href')).toBe(`lightning:${link.lnurl}`);
    expect(visit.complaints).toEqual([]);
  });

  it.each([
    ['phone', 'light', PHONE],
    ['phone', 'dark', PHONE],
    ['desktop', 'light', DESKTOP],
    ['desktop', 'dark', DESKTOP],
  ] as const)(
    'has a code that a camera reads: %s, %s (FC-29)',
    async (_, colorScheme, viewport) => {
      const link = await makeLink(server);
      await using visit = await open(link, { colorScheme, viewport });

      const picture = await codeCard(visit.page);

      expect(await readCode(picture)).toBe(link.lnurl);
      expect(await sidewaysScroll(visit.page)).toBe(0);
    },
  );

  it('has a code that can be read on paper (FC-29)', async () => {
    const link = await makeLink(server);
    await using visit = await open(link, { colorScheme: 'dark' });
    await visit.page.emulateMedia({ media: 'print' });

    const picture = await codeCard(visit.page);

    expect(await readCode(picture)).toBe(link.lnurl);
  });

  it('shows code and link without scripts', async () => {
    const link = await makeLink(server);
    await using visit = await open(link, { javaScriptEnabled: false });

    const picture = await codeCard(visit.page);

    expect(await readCode(picture)).toBe(link.lnurl);
    expect(await visit.page.getByRole('button').count()).toBe(0);
    expect(await visit.page.getByRole('link', { name: 'Open in wallet' }).isVisible()).toBe(true);
  });
});

describe('a copy button', () => {
  it.each([
    ['LNURL', 'lnurl'],
    ['Plain link (lnurlp)', 'lud17'],
  ] as const)('puts the %s on the clipboard and says so', async (label, form) => {
    const link = await makeLink(server);
    await using visit = await open(link, { permissions: ['clipboard-read', 'clipboard-write'] });

    await copyButton(visit.page, label).click();

    await visit.page
      .getByRole('status')
      .filter({ hasText: `${label} copied` })
      .waitFor();
    const clipboard = await visit.page.evaluate(async () => await navigator.clipboard.readText());
    expect(clipboard).toBe(link[form]);
    expect(visit.complaints).toEqual([]);
  });

  it('copies a lightning address', async () => {
    await makeAddress(server, { name: 'alice' });
    await using visit = await openPath('/.well-known/lnurlp/alice', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });

    await copyButton(visit.page, 'Lightning address').click();

    await visit.page.getByRole('status').filter({ hasText: 'copied' }).waitFor();
    const clipboard = await visit.page.evaluate(async () => await navigator.clipboard.readText());
    expect(clipboard).toBe('alice@pay.example.org');
  });

  it('selects the text where the clipboard is closed to it', async () => {
    const link = await makeLink(server);
    await using visit = await open(link);
    await visit.page.evaluate(() => {
      Object.defineProperty(navigator, 'clipboard', { value: undefined });
      document.execCommand = () => false;
    });

    await copyButton(visit.page, 'LNURL').click();

    await visit.page.getByRole('status').filter({ hasText: 'Selected' }).waitFor();
    const selected = await visit.page.evaluate(() => getSelection()?.toString());
    expect(selected).toBe(link.lnurl);
  });
});

describe('a one-time link', () => {
  it('turns into its receipt when it is paid', async () => {
    const link = await makeLink(server, { oneTime: true });
    await using visit = await open(link);

    await pay(server, await orderFrom(server, link.url));

    await visit.page
      .getByRole('heading', { name: 'This payment link has already been paid' })
      .waitFor();
    expect(await visit.page.locator('.qr').count()).toBe(0);
  });
});

describe('foreign text (hazard 3.24)', () => {
  it.each([
    ['markup', `"><img src=x onerror="document.title='hit'"><script>document.title='hit'</script>`],
    ['quotes', `' onmouseover='document.title="hit"' " autofocus onfocus="document.title='hit'"`],
    ['writing from right to left', '\u202eevil\u202c قهوة \u2067עוד\u2069 ok'],
    ['emoji', '⚡☕️👩‍👩‍👧‍👦🏴‍☠️'],
    ['639 bytes without a blank', `${'ſ'.repeat(319)}x`],
  ])('is shown as it is and does nothing: %s', async (_, description) => {
    const link = await makeLink(server, { description, longDescription: description });
    await using visit = await open(link, { viewport: PHONE });

    const heading = await visit.page.getByRole('heading', { level: 1 }).textContent();

    expect(heading).toBe(description);
    expect(await visit.page.locator('.long').textContent()).toBe(description);
    expect(await visit.page.title()).toBe('Pay pay.example.org');
    expect(await sidewaysScroll(visit.page)).toBe(0);
    expect(visit.complaints).toEqual([]);
  });
});

async function open(link: MadeLink, options?: BrowserContextOptions) {
  return await openPath(server.local(link.url), options);
}

/** A visit with a profile of its own, and everything that the browser complained about. */
async function openPath(path: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  page.on('request', (request) => {
    if (!/^(?:data:|http:\/\/127\.0\.0\.1:)/.test(request.url())) {
      complaints.push(`asked for ${request.url()}`);
    }
  });
  await page.goto(server.origin + path);
  return {
    page,
    complaints,
    [Symbol.asyncDispose]: async () => await context.close(),
  };
}

/** The code with the ground around it, which is dark in the dark. */
async function codeCard(page: Page): Promise<Buffer> {
  return await page.locator('.code').screenshot();
}

function copyButton(page: Page, label: string) {
  return page.getByRole('button', { name: `Copy ${label}`, exact: true });
}

async function sidewaysScroll(page: Page): Promise<number> {
  return await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
}

/** What a camera would read off a screenshot; the browser itself turns the PNG into pixels. */
async function readCode(png: Buffer): Promise<string | undefined> {
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
