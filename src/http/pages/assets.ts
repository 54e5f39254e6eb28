import express, { Router } from 'express';
import { PUBLIC_DIR } from './public-dir.ts';

/** Templates stand in the same folder and are not for strangers: only these kinds are served. */
const SERVED = /^\/[\w-]+\.(?:css|js|svg|woff2?)$/;

/** Short, for names stay the same from one version to the next. */
const KEPT_SECONDS = 300;

/** `/assets/*`: what pages load, the style, scripts, pictures and fonts of public/. */
export function assetsRouter(): Router {
  const serve = express.static(PUBLIC_DIR, {
    index: false,
    redirect: false,
    maxAge: KEPT_SECONDS * 1000,
    setHeaders: (res) => {
      res.setHeader('x-content-type-options', 'nosniff');
      // A drawing that is opened by itself runs nothing either.
      res.setHeader('content-security-policy', "default-src 'none'");
      // The page of an address may stand on another domain than this server (FC-6).
      res.setHeader('cross-origin-resource-policy', 'cross-origin');
    },
  });
  const router = Router();
  router.use('/assets', (req, res, next) =>
    SERVED.test(req.path) ? serve(req, res, next) : next(),
  );
  return router;
}
