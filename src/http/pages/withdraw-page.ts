import type { Request, RequestHandler, Response } from 'express';
import { isVoucher, type WithdrawLink } from '../../accounts/withdraw-link.ts';
import type { WithdrawLinks } from '../../accounts/withdraw-links.ts';
import type { Clock } from '../../clock.ts';
import type { WithdrawOffer } from '../../lnurl/withdraw/withdraw.ts';
import type { Log } from '../../log.ts';
import type { PublicUrls } from '../public-urls.ts';
import { tellWalletFailure } from '../wallet/routes.ts';
import type { WithdrawHandlers } from '../wallet/withdraw-handlers.ts';
import { pageHeaders } from './csp.ts';
import { noticeWriter } from './notice.ts';
import { satRange } from './sat-text.ts';
import { openTemplate } from './template.ts';
import { timeText } from './time-text.ts';
import { emptyNotice, withdrawNoticeOf } from './withdraw-notice.ts';

export interface WithdrawPageParts {
  readonly withdrawLinks: Pick<WithdrawLinks, 'byToken' | 'token'>;
  readonly handlers: Pick<WithdrawHandlers, 'offer'>;
  readonly urls: Pick<PublicUrls, 'origin' | 'withdrawForms'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Whether the node is the demo node, where no real money moves. */
  readonly demo: boolean;
  readonly log: Log;
}

const NAMES = [
  'amount',
  'demo',
  'description',
  'heading',
  'lnurl',
  'lud17',
  'qr',
  'site',
  'until',
  'untilText',
  'watch',
  'webLink',
] as const;

/**
 * What a browser sees behind a withdraw link (checklist LUD17-5): the code and what it is worth, or
 * why there is nothing. For `WalletRoute.page`; whoever has the URL has the money already.
 */
export function withdrawPage(parts: WithdrawPageParts): RequestHandler {
  const { withdrawLinks, handlers, urls, clock, log } = parts;
  const site = new URL(urls.origin).host;
  const page = openTemplate('withdraw.html', NAMES);
  const writeNotice = noticeWriter(site);
  const headers = pageHeaders();

  return (req, res, next) => {
    headers(req, res, (error?: unknown) => {
      if (error === undefined) show(req, res).catch(next);
      else next(error);
    });
  };

  async function show(req: Request, res: Response): Promise<void> {
    let link: WithdrawLink | undefined;
    try {
      const { token } = req.params;
      link = await withdrawLinks.byToken(typeof token === 'string' ? token : '');
      const offer = await handlers.offer(link);
      if (offer.max === 0n) return writeNotice(res, '', emptyNotice(link));
      res.type('html').send(page(valuesOf(link, offer)));
    } catch (error) {
      tellWalletFailure(log, error, req.route?.path);
      writeNotice(res, '', withdrawNoticeOf(error, link, clock.now()));
    }
  }

  function valuesOf(link: WithdrawLink, { min, max, description }: WithdrawOffer) {
    const forms = urls.withdrawForms(withdrawLinks.token(link));
    const { expiresAt } = link;
    return {
      amount: satRange(min, max),
      demo: parts.demo ? 'yes' : undefined,
      description: description === '' ? undefined : description,
      heading: description === '' ? 'A payment for you' : description,
      lnurl: forms.lnurl,
      lud17: forms.lud17,
      qr: new URL(forms.qr).pathname,
      site,
      until: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
      untilText: expiresAt === undefined ? undefined : timeText(expiresAt),
      watch: isVoucher(link) ? new URL(forms.url).pathname : undefined,
      // A browser opens the page, a wallet reads the parameter (checklist LUD01-7).
      webLink: `${forms.url}?lightning=${forms.lnurl}`,
    };
  }
}
