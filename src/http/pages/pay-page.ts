import type { Request, RequestHandler, Response } from 'express';
import { assertPayable, type PayLink } from '../../accounts/pay-link.ts';
import type { PayLinks } from '../../accounts/pay-links.ts';
import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import type { Msat } from '../../msat.ts';
import type { PublicUrls } from '../public-urls.ts';
import { readCall } from '../wallet/call.ts';
import type { PayHandlers } from '../wallet/pay-handlers.ts';
import { tellWalletFailure } from '../wallet/routes.ts';
import { pageHeaders } from './csp.ts';
import { noticeOf, noticeWriter } from './notice.ts';
import { PAY_NAMES, type PayView, payValues, taggedForms } from './pay-view.ts';
import { openTemplate } from './template.ts';

export interface PayPageParts {
  readonly payLinks: Pick<PayLinks, 'byToken' | 'token'>;
  readonly handlers: Pick<PayHandlers, 'addressed' | 'receivable'>;
  readonly urls: Pick<PublicUrls, 'origin' | 'payForms'>;
  readonly qr: (text: string) => Promise<string>;
  readonly clock: Pick<Clock, 'now'>;
  readonly trustedProxies: number;
  /** Whether the node is the demo node, where no real money moves. */
  readonly demo: boolean;
  readonly log: Log;
}

interface Asked {
  readonly link: PayLink;
  readonly tag: string | undefined;
}

/**
 * What a browser sees behind a pay link and a lightning address (checklist LUD17-5): the code, the
 * amounts and what it is for, or why it cannot be paid. For `WalletRoute.page` of both routes.
 */
export function payPage(parts: PayPageParts): RequestHandler {
  const { payLinks, urls, clock, log } = parts;
  const site = new URL(urls.origin).host;
  const page = openTemplate('pay.html', [...PAY_NAMES, 'base', 'demo', 'site']);
  const writeNotice = noticeWriter(site);
  const headers = pageHeaders(urls.origin);

  return (req, res, next) => {
    headers(req, res, (error?: unknown) => {
      if (error === undefined) show(req, res).catch(next);
      else next(error);
    });
  };

  async function show(req: Request, res: Response): Promise<void> {
    let asked: Asked | undefined;
    try {
      asked = await askedFor(req, parts);
      const { link } = asked;
      assertPayable(link, clock.now());
      const view = await viewOf(asked, parts.handlers.receivable(link), baseFor(req, link));
      const demo = parts.demo ? 'yes' : undefined;
      const html = page({ ...payValues(view, site), base: baseFor(req, link), demo, site });
      res.type('html').send(html);
    } catch (error) {
      tellWalletFailure(log, error, req.route?.path);
      writeNotice(res, baseFor(req, asked?.link), noticeOf(error, asked?.link, clock.now()));
    }
  }

  /**
   * What stands before the paths of our own things. Of an address domain that lives elsewhere a proxy
   * may hand over the well-known path and nothing else (FC-6), so there it is the public URL.
   */
  function baseFor(req: Request, link: PayLink | undefined): string {
    if (req.params.name === undefined || link?.address?.domain === site) return '';
    return urls.origin;
  }

  async function viewOf({ link, tag }: Asked, max: Msat, base: string): Promise<PayView> {
    const forms = urls.payForms(payLinks.token(link));
    const view = { link, tag, max, info: base + new URL(forms.url).pathname };
    if (tag === undefined || !link.address) {
      return { ...view, forms, qr: base + new URL(forms.qr).pathname };
    }
    const tagged = taggedForms(link.address, tag);
    const svg = Buffer.from(await parts.qr(tagged.lnurl)).toString('base64');
    return { ...view, forms: tagged, qr: `data:image/svg+xml;base64,${svg}` };
  }
}

async function askedFor(req: Request, parts: PayPageParts): Promise<Asked> {
  const { token, name } = req.params;
  const call = readCall(req, parts.trustedProxies);
  if (typeof name === 'string') {
    return await parts.handlers.addressed({ name: encodeURIComponent(name) }, call);
  }
  const link = await parts.payLinks.byToken(typeof token === 'string' ? token : '');
  return { link, tag: undefined };
}
