import { Router } from 'express';
import type { Logins } from '../../accounts/logins.ts';
import { visible } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { PublicUrls } from '../public-urls.ts';
import { answerPreflight, refuseWallet } from '../wallet/answer.ts';
import { tellWalletFailure } from '../wallet/routes.ts';

export interface LoginQrParts {
  readonly logins: Pick<Logins, 'byK1'>;
  readonly urls: Pick<PublicUrls, 'loginForms'>;
  readonly qr: (text: string) => Promise<string>;
  readonly log: Log;
}

const PATH = '/lnurla/:k1/qr.svg';

const HEADERS = {
  'content-type': 'image/svg+xml; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'",
  'x-content-type-options': 'nosniff',
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
} as const;

/** The picture behind `qr` of a login, for as long as a wallet may answer it. */
export function loginQrRouter({ logins, urls, qr, log }: LoginQrParts): Router {
  const router = Router();
  router.get(PATH, async (req, res) => {
    try {
      const { k1, action } = await logins.byK1(req.params.k1);
      res.set(HEADERS).send(await qr(urls.loginForms(k1, action).lnurl));
    } catch (error) {
      tellWalletFailure(log, error, PATH);
      refuseWallet(res, error, visible(error).status);
    }
  });
  router.options(PATH, (_req, res) => answerPreflight(res));
  return router;
}
