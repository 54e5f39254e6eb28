import { type RequestHandler, type Response, Router } from 'express';
import { visible } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { answerPreflight, refuseWallet } from '../wallet/answer.ts';
import { tellWalletFailure } from '../wallet/routes.ts';

export interface QrParts {
  readonly qr: (text: string) => Promise<string>;
  readonly log: Log;
}

/** Links of one kind. */
export interface QrLinks {
  /** Path of a link in Express's notation, with `:token` in it. */
  readonly path: string;
  /** The `lnurl` of the link behind a token; throws when there is none. */
  readonly lnurlOf: (token: string) => Promise<string>;
  /** Whether the code is worth money: then nothing between us and whoever asks may keep it. */
  readonly isSecret?: true;
}

const KEPT_SECONDS = 3_600;

/**
 * The picture behind `qr` of a link: exactly its `lnurl`. A link that is not open yet or over has one
 * too, for codes are printed before they are used.
 */
export function qrRouter(kinds: readonly QrLinks[], parts: QrParts): Router {
  const router = Router();
  for (const links of kinds) {
    const picture = `${links.path}/qr.svg`;
    router.get(picture, draws(picture, links, parts));
    router.options(picture, (_req, res) => answerPreflight(res));
  }
  return router;
}

function draws(path: string, { lnurlOf, isSecret }: QrLinks, { qr, log }: QrParts): RequestHandler {
  return async (req, res) => {
    try {
      const { token } = req.params;
      const lnurl = await lnurlOf(typeof token === 'string' ? token : '');
      answerSvg(res, await qr(lnurl), isSecret ? 0 : KEPT_SECONDS);
    } catch (error) {
      tellWalletFailure(log, error, path);
      refuseWallet(res, error, visible(error).status);
    }
  };
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
