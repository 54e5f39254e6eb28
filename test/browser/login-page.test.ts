import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { type K1, parseHex32 } from '../../src/hex.ts';
import { decodeLnurl } from '../../src/lnurl/lnurl.ts';
import { CHROMIUM_PATIENCE_MS, openChromium } from '../support/chromium.ts';
import { freePort } from '../support/free-port.ts';
import { LoginWallet } from '../support/login-wallet.ts';
import { start } from '../support/start.ts';

/** A browser on a machine that does other things too. */
jest.setTimeout(30_000);

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const DESKTOP = { viewport: { width: 1280, height: 800 } };
const alice = new LoginWallet(1);

let server: Awaited<ReturnType<typeof start>>;
let site: string;
let browser: Browser;
beforeAll(async () => {
  // The page must be opened under the very origin that the server calls its own.
  const port = await freePort();
  site = `http://localhost:${port}`;
  const env = { BOLTGATE_PUBLIC_URL: site, BOLTGATE_LISTEN: `127.0.0.1:${port}` };
  [server, browser] = await Promise.all([start({ env }), openChromium()]);
}, CHROMIUM_PATIENCE_MS);
afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

describe('the login page, in a browser', () => {
  it('shows a code, the host to look for and how long there is', async () => {
    await using visit = await open(DESKTOP);

    const url = await shownUrl(visit.page);

    expect(url).toMatch(new RegExp(`^${site}/lnurla\\?tag=login&k1=[0-9a-f]{64}$`));
    expect(await visit.page.locator('.beware strong').innerText()).toBe(new URL(site).host);
    expect(await visit.page.locator('#left').innerText()).toMatch(/^(?:10:00|9:5\d)$/);
    expect(await isPictureShown(visit.page)).toBe(true);
    // A code that a camera reads from an arm's length away.
    expect((await visit.page.locator('#qr').boundingBox())?.width).toBe(320);
    expect(visit.complaints).toEqual([]);
  });

  it('signs in when the wallet confirms, knows it after a reload, and signs out', async () => {
    await using visit = await open(DESKTOP);
    const first = await shownUrl(visit.page);

    await confirm(first);
    await heading(visit.page, 'You are logged in').waitFor();
    const key = await visit.page.locator('#key').innerText();
    await visit.page.reload();
    await heading(visit.page, 'You are logged in').waitFor();
    await visit.page.getByRole('button', { name: 'Log out' }).click();
    await heading(visit.page, 'Log in with Lightning').waitFor();

    expect(key).toBe(alice.key);
    expect(await shownUrl(visit.page)).not.toBe(first);
    expect(visit.complaints).toEqual([]);
  });

  it('picks up a login that was confirmed while the page was gone', async () => {
    await using visit = await open(PHONE);
    const url = await shownUrl(visit.page);
    await visit.page.goto('about:blank');

    await confirm(url);
    await visit.page.goto(`${site}/login`);

    await heading(visit.page, 'You are logged in').waitFor();
  });

  it('signs in both tabs of a browser, whichever shows the code', async () => {
    await using visit = await open(DESKTOP);
    await shownUrl(visit.page);
    const second = await visit.context.newPage();
    await second.goto(`${site}/login`);

    await confirm(await shownUrl(second));
    await heading(second, 'You are logged in').waitFor();
    server.clock.advance(5_000);

    await heading(visit.page, 'You are logged in').waitFor();
  });

  it('says when the code has expired, and makes a new one', async () => {
    await using visit = await open(DESKTOP);
    const first = await shownUrl(visit.page);

    server.clock.advance(600_000);
    await heading(visit.page, 'This code has expired').waitFor();
    await visit.page.getByRole('button', { name: 'Show a new code' }).click();
    await heading(visit.page, 'Log in with Lightning').waitFor();

    expect(await shownUrl(visit.page)).not.toBe(first);
  });

  it('offers the wallet of the phone first, and the code to those who want it', async () => {
    await using visit = await open(PHONE);
    const lnurl = await visit.page.locator('#lnurl').innerText();

    const link = visit.page.getByRole('link', { name: 'Open in wallet' });
    const before = await isPictureShown(visit.page);
    await visit.page.getByText('Scan with a Lightning wallet').click();

    expect(await link.getAttribute('href')).toBe(`lightning:${lnurl}`);
    expect([before, await isPictureShown(visit.page)]).toEqual([false, true]);
    expect(await sidewaysScroll(visit.page)).toBe(0);
  });

  it('can be used with a keyboard, and is read aloud when it changes', async () => {
    await using visit = await open(DESKTOP);
    const url = await shownUrl(visit.page);
    const status = visit.page.locator('#state');

    const waiting = await status.textContent();
    await confirm(url);
    await heading(visit.page, 'You are logged in').waitFor();
    const focused = await visit.page.evaluate(() => document.activeElement?.textContent);
    await visit.page.keyboard.press('Tab');
    await visit.page.keyboard.press('Tab');
    await visit.page.keyboard.press('Enter');
    await heading(visit.page, 'Log in with Lightning').waitFor();

    expect(waiting).toBe('Waiting for your wallet.');
    expect(focused).toBe('You are logged in');
    expect(await status.getAttribute('aria-live')).toBe('polite');
  });

  it('says where it belongs when it is opened under another name of the server', async () => {
    await using visit = await open(DESKTOP, server.origin);

    await heading(visit.page, 'That did not work').waitFor();

    const why = await visit.page.locator('#why').innerText();
    expect(why).toBe(`Only the page at ${site}/login may do this`);
    expect(await visit.page.getByRole('link', { name: `${site}/login` }).isVisible()).toBe(true);
  });

  it('says that it needs scripts where there are none', async () => {
    await using visit = await open({ ...DESKTOP, javaScriptEnabled: false });

    expect(await visit.page.locator('main').innerText()).toContain('needs JavaScript');
  });
});

/** The wallet reads the code and confirms it. */
async function confirm(url: string): Promise<void> {
  const k1 = parseHex32<K1>(new URL(url).searchParams.get('k1') ?? '');
  if (!k1) throw new Error(`no login: ${url}`);
  const query = new URLSearchParams({ tag: 'login', k1, ...(await alice.answer(k1)) });
  const { body } = await server.wallet.get(`/lnurla?${query}`);
  expect(body).toEqual({ status: 'OK' });
}

/** What is in the code that is shown. */
async function shownUrl(page: Page): Promise<string> {
  await page.locator('#lnurl').filter({ hasText: 'LNURL1' }).waitFor();
  return decodeLnurl(await page.locator('#lnurl').innerText()) ?? '';
}

function heading(page: Page, name: string) {
  return page.getByRole('heading', { name, exact: true });
}

async function isPictureShown(page: Page): Promise<boolean> {
  const picture = page.locator('#qr');
  if (!(await picture.isVisible())) return false;
  return await picture.evaluate(async (image) => {
    await (image as HTMLImageElement).decode();
    return (image as HTMLImageElement).naturalWidth > 0;
  });
}

async function sidewaysScroll(page: Page): Promise<number> {
  return await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
}

interface Visit extends AsyncDisposable {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly complaints: readonly string[];
}

/** A visit with a profile of its own, and everything that the browser complained about. */
async function open(options: BrowserContextOptions, origin = site): Promise<Visit> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${origin}/login`);
  return { context, page, complaints, [Symbol.asyncDispose]: async () => await context.close() };
}
