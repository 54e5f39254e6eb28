import { type Response, Router } from 'express';
import type { PayLink } from '../../accounts/pay-link.ts';
import type { PayLinks } from '../../accounts/pay-links.ts';
import { visible } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { PublicUrls } from '../public-urls.ts';
import { answerPreflight, refuseWallet } from '../wallet/answer.ts';
import { tellWalletFailure } from '../wallet/routes.ts';

export interface QrParts {
  readonly payLinks: Pick<PayLinks, 'byToken' | 'token'>;
  readonly urls: Pick<PublicUrls, 'payForms'>;
  readonly qr: (text: string) => Promise<string>;
  readonly log: Log;
}

const PATH = '/lnurlp/:token/qr.svg';
const KEPT_SECONDS = 3_600;

/**
 * The picture behind `qr` of a link: exactly its `lnurl`. A link that is not open yet or over has one
 * too, for codes are printed before they are used.
 */
export function qrRouter({ payLinks, urls, qr, log }: QrParts): Router {
  const router = Router();
  router.get(PATH, async (req, res) => {
    try {
      const link = await payLinks.byToken(req.params.token);
      answerSvg(res, await qr(lnurlOf(link)), KEPT_SECONDS);
    } catch (error) {
      tellWalletFailure(log, error, PATH);
      refuseWallet(res, error, visible(error).status);
    }
  });
  router.options(PATH, (_req, res) => answerPreflight(res));
  return router;

  function lnurlOf(link: PayLink): string {
    return urls.payForms(payLinks.token(link)).lnurl;
  }
}

/** Sends a drawing that anybody may embed; 0 for one that nothing may keep. */
export function answerSvg(res: Response, svg: string, keptSeconds: number): void {
  res
    .set({
      'content-type': 'image/svg+xml; charset=utf-8',
      'cache-control': keptSeconds > 0 ? `public, max-age=${keptSeconds}` : 'no-store',
      'content-security-policy': "default-src 'none'",
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
    })
    .send(svg);
}
