import type { ServerResponse } from 'node:http';
import { type ErrorRequestHandler, type Request, type RequestHandler, Router } from 'express';
import { RequestError, visible } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { CallerLimits } from '../limits/caller-limits.ts';
import { tooMany } from '../limits/too-many.ts';
import { NO_ROUTE, type RequestMeter } from '../request-meter.ts';
import { patternOf } from '../route-pattern.ts';
import { answerPreflight, answerWallet, refuseWallet } from './answer.ts';
import {
  type Patience,
  readCall,
  type WalletCall,
  type WalletHandler,
  type WalletParams,
} from './call.ts';

/** One wallet-facing route: what a GET answers, and what a browser sees instead. */
export interface WalletRoute {
  /** Path in Express's notation. */
  readonly path: string;
  readonly handler: WalletHandler;
  /** `reads` answers HEAD as GET without a body; `acts` does nothing on HEAD. */
  readonly kind: 'reads' | 'acts';
  /** For `Accept: text/html`. */
  readonly page?: RequestHandler;
}

export interface WalletRouting {
  readonly trustedProxies: number;
  readonly patience: Patience;
  readonly log: Log;
  readonly meter?: RequestMeter | undefined;
  /** How much a caller may do; undefined for as much as it likes. */
  readonly limits?: CallerLimits | undefined;
}

/** The routes that wallets call, and nothing else: another audience has another router. */
export function walletRouter(routes: readonly WalletRoute[], routing: WalletRouting): Router {
  const router = Router();
  for (const route of routes) {
    const { path, page } = route;
    if (page)
      router.get(path, (req, res, next) => (wantsPage(req) ? page(req, res, next) : next()));
    router.head(path, headOf(route, routing));
    router.get(path, answerOf(route, routing));
    router.options(path, (_req, res) => answerPreflight(res));
    router.all(path, (_req, res) => {
      res.setHeader('allow', 'GET, HEAD, OPTIONS');
      refuseWallet(res, new RequestError('method-not-allowed', 'only GET is understood here'), 405);
    });
    router.use(path, refuse(routing));
  }
  return router;
}

/** Whether a person's browser asks: it names text/html, and does not also ask for JSON. */
export function wantsPage(req: { headers: { accept?: string | undefined } }): boolean {
  const accept = req.headers.accept;
  if (accept === undefined || !accept.includes('text/html')) return false;
  return !accept.includes('application/json');
}

function answerOf(route: WalletRoute, routing: WalletRouting): RequestHandler {
  const { trustedProxies, patience } = routing;
  return async (req, res) => {
    const call = readCall(req, trustedProxies);
    if (route.kind === 'acts') await admit(routing, call, rawParams(req), res);
    answerWallet(
      res,
      await patience.inTime(async (signal) => await route.handler(rawParams(req), call, signal)),
    );
  };
}

/** Counts what costs something. Throws when it is too much from one caller. */
export async function admit(
  { limits }: WalletRouting,
  { caller }: WalletCall,
  { token }: WalletParams,
  res: ServerResponse,
): Promise<void> {
  const waitMs = await limits?.take(caller, token);
  if (waitMs !== undefined) throw tooMany(res, waitMs);
}

/** Link previews ask by HEAD first; that must not make an invoice. */
function headOf(route: WalletRoute, routing: WalletRouting): RequestHandler {
  if (route.kind === 'reads') return answerOf(route, routing);
  return (_req, res) => answerWallet(res, {});
}

/** Path segments as they were sent, for `+` and `%2B` mean the same to us (checklist GEN-16). */
function rawParams(req: Request): WalletParams {
  const entries = Object.entries(req.params).map(([name, value]) => [
    name,
    typeof value === 'string' ? encodeURIComponent(value) : undefined,
  ]);
  return Object.fromEntries(entries);
}

/** LUD-01 for anything that goes wrong, errors of the framework included. */
function refuse(routing: WalletRouting): ErrorRequestHandler {
  return (error, req, res, next) => {
    if (res.headersSent) return next(error);
    const refusal = asRefusal(error);
    tellRefusal(routing, refusal, patternOf(req));
    refuseWallet(res, refusal);
  };
}

/** The framework's own complaint about a path is the caller's mistake, not ours. */
export function asRefusal(error: unknown): unknown {
  const status = typeof error === 'object' && error !== null && 'status' in error && error.status;
  if (status === 400) return new RequestError('invalid-request', 'request not understood');
  return error;
}

/** A wallet is told an error: counted, and one line in the log if it is ours to mend. */
export function tellRefusal(
  { log, meter }: Pick<WalletRouting, 'log' | 'meter'>,
  error: unknown,
  route: string | undefined,
): void {
  meter?.refused(route ?? NO_ROUTE, visible(error).code);
  tellWalletFailure(log, error, route);
}

/** One line for what only we can mend; what a stranger sends is no news. */
export function tellWalletFailure(log: Log, error: unknown, route: unknown): void {
  const { code, status } = visible(error);
  const fields = { code, route: typeof route === 'string' ? route : undefined };
  if (code === 'internal')
    log.error('a wallet was refused because of a fault of ours', fields, error);
  else if (status >= 500) log.warn('a wallet was refused', fields);
  else log.debug('a wallet was refused', fields);
}
