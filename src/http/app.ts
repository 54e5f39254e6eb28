import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { RequestError } from '../errors.ts';
import type { Log } from '../log.ts';
import { refuseWallet } from './wallet/answer.ts';
import { asRefusal, tellWalletFailure } from './wallet/routes.ts';

/**
 * The framework with nothing switched on that we do not use. Handlers come in the order in which a
 * request meets them; each brings its own form of refusal.
 */
export function createApp(handlers: readonly RequestHandler[], log: Log): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('case sensitive routing', true);
  for (const handler of handlers) app.use(handler);
  app.use(nothingHere, lastResort(log));
  return app;
}

/** A real 404 that any origin may read: wallets look for neighbours of ours here (checklist GEN-9). */
const nothingHere: RequestHandler = (_req, res) => {
  refuseWallet(res, new RequestError('not-found', 'Not found'), 404);
};

function lastResort(log: Log): ErrorRequestHandler {
  return (error, _req, res, next) => {
    if (res.headersSent) return next(error);
    const refusal = asRefusal(error);
    tellWalletFailure(log, refusal, undefined);
    refuseWallet(res, refusal);
  };
}
