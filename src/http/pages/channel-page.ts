import type { Request, RequestHandler, Response } from 'express';
import { type ChannelOffer, isSingle } from '../../accounts/channel-offer.ts';
import type { ChannelOffers } from '../../accounts/channel-offers.ts';
import type { Clock } from '../../clock.ts';
import { visible } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { satoshi } from '../../msat.ts';
import type { LinkForms, PublicUrls } from '../public-urls.ts';
import type { ChannelHandlers } from '../wallet/channel-handlers.ts';
import { tellWalletFailure } from '../wallet/routes.ts';
import { pageHeaders } from './csp.ts';
import { type Notice, noticeOf, noticeWriter } from './notice.ts';
import { satText } from './sat-text.ts';
import { openTemplate } from './template.ts';
import { timeText } from './time-text.ts';

export interface ChannelPageParts {
  readonly channelOffers: Pick<ChannelOffers, 'byToken' | 'token'>;
  readonly handlers: Pick<ChannelHandlers, 'assertReady'>;
  readonly urls: Pick<PublicUrls, 'origin' | 'channelForms'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Whether the node is the demo node, which opens no real channel. */
  readonly demo: boolean;
  readonly log: Log;
}

const NAMES = [
  'capacity',
  'demo',
  'lnurl',
  'lud17',
  'push',
  'qr',
  'site',
  'until',
  'untilText',
  'watch',
  'webLink',
] as const;

/**
 * What a browser sees behind a channel offer (checklist LUD17-5): the code and what it gives, or why
 * there is nothing to get. For `WalletRoute.page`.
 */
export function channelPage(parts: ChannelPageParts): RequestHandler {
  const { channelOffers, handlers, urls, clock, log } = parts;
  const site = new URL(urls.origin).host;
  const page = openTemplate('channel.html', NAMES);
  const writeNotice = noticeWriter(site);
  const headers = pageHeaders(urls.origin);

  return (req, res, next) => {
    headers(req, res, (error?: unknown) => {
      if (error === undefined) show(req, res).catch(next);
      else next(error);
    });
  };

  async function show(req: Request, res: Response): Promise<void> {
    const { token } = req.params;
    let offer: ChannelOffer | undefined;
    try {
      offer = await channelOffers.byToken(typeof token === 'string' ? token : '');
      handlers.assertReady(offer);
      const forms = urls.channelForms(channelOffers.token(offer));
      const demo = parts.demo ? 'yes' : undefined;
      res.type('html').send(page({ ...valuesOf(offer, forms), demo, site }));
    } catch (error) {
      tellWalletFailure(log, error, req.route?.path);
      writeNotice(res, '', channelNotice(error, offer, clock.now()));
    }
  }
}

function valuesOf(offer: ChannelOffer, forms: LinkForms) {
  const { capacitySat, pushSat, expiresAt } = offer;
  return {
    capacity: amountText(capacitySat),
    lnurl: forms.lnurl,
    lud17: forms.lud17,
    push: pushSat > 0 ? amountText(pushSat) : undefined,
    qr: new URL(forms.qr).pathname,
    until: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
    untilText: expiresAt === undefined ? undefined : timeText(expiresAt),
    watch: isSingle(offer) ? new URL(forms.url).pathname : undefined,
    // A browser opens the page, a wallet reads the parameter (checklist LUD01-7).
    webLink: `${forms.url}?lightning=${forms.lnurl}`,
  };
}

function amountText(amountSat: number): string {
  return `${satText(satoshi(BigInt(amountSat)))} sat`;
}

/** Why there is no code to scan, for a person. */
function channelNotice(error: unknown, offer: ChannelOffer | undefined, now: number): Notice {
  const { code, message } = visible(error);
  const notice = noticeOf(error, undefined, now);
  if (notice.status === 404) return { ...notice, heading: 'There is no channel to get here' };
  if (code !== 'link-spent' || !offer) return notice;
  const closed = { symbol: 'closed', heading: message.replace(/\.$/, '') } as const;
  const { validFrom, disabledAt, uses, usesSpent, usesTaken } = offer;
  if (disabledAt === undefined && validFrom !== undefined && now < validFrom) {
    return { ...closed, status: 404, detail: 'Come back when it opens:', opensAt: validFrom };
  }
  if (disabledAt === undefined && usesTaken >= uses) {
    const detail = 'Look into your wallet: a channel needs some confirmations before it is ready.';
    return { ...closed, status: 410, symbol: usesSpent >= uses ? 'paid' : 'closed', detail };
  }
  return { ...closed, status: 410, detail: 'Ask whoever gave it to you for a new one.' };
}
