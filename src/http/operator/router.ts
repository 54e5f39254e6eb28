import { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import helmet from 'helmet';
import { RequestError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { newId, type Random } from '../../random.ts';
import type { RequestLimit } from '../limits/request-limit.ts';
import type { PublicUrls } from '../public-urls.ts';
import { refused, send } from './answer.ts';
import { type EventRequestParts, EventRequests } from './event-requests.ts';
import { Idempotency } from './idempotency.ts';
import { limitsKey } from './key-limit.ts';
import { OperatorKeys } from './keys.ts';
import { type AdmittedLocals, mountRoutes, opensFor, refusesMethod } from './mount.ts';
import { OPENAPI_PATH, showsDocument } from './openapi/openapi-route.ts';
import { type OperatorLocals, tellOutcome } from './outcome.ts';
import { OperatorQuery } from './query.ts';
import { describedPaths, operatorRoutes, type RouteParts } from './routes.ts';
import { PAYOUTS } from './scopes.ts';
import { writesVouchersAsCsv } from './withdraw-csv.ts';
import { printRouter } from './withdraw-print.ts';

/** What the operator's API stands on. */
export interface OperatorParts extends EventRequestParts, RouteParts {
  readonly urls: PublicUrls;
  readonly adminKey: string;
  readonly random: Random;
  readonly log: Log;
  /** Counts requests by the id of their key. */
  readonly keyLimit?: RequestLimit | undefined;
}

type Handler<Locals extends OperatorLocals = OperatorLocals> = RequestHandler<
  unknown,
  unknown,
  unknown,
  unknown,
  Locals
>;

/**
 * `/api/v1`: all that an operator's programs may do. To a stranger nothing is said but 401, and what
 * there is to be asked for: `/openapi.json` needs no key.
 */
export function operatorRouter(parts: OperatorParts): Router {
  const keys = new OperatorKeys(parts.adminKey, parts.apiKeys);
  const router = Router({ caseSensitive: true, strict: true });
  router.use(begins(parts), securityHeaders(), refusesKeyInUrl(keys));
  const routes = operatorRoutes(parts);
  router.get(OPENAPI_PATH.path, showsDocument(describedPaths(routes)));
  router.all(OPENAPI_PATH.path, refusesMethod('GET, HEAD'));
  router.get('/events', streamsEvents(new EventRequests(parts, keys)));
  router.use(printRouter(parts, keys));
  router.use(admits(keys), limitsKey(parts.keyLimit));
  router.all(['/events', '/withdraw-batches/:id/print'], refusesMethod('GET'));
  const vouchers = '/withdraw-batches/:id/vouchers';
  router.get(vouchers, opensFor(PAYOUTS), writesVouchersAsCsv(parts));
  mountRoutes(router, routes, new Idempotency(parts));
  router.use(findsNothing, refuses);
  return router;
}

/** The rest of `/api`, to be mounted behind `operatorRouter`: there is nothing, in the same form. */
export function operatorRest(parts: Pick<OperatorParts, 'random' | 'log'>): Router {
  const router = Router();
  router.use(begins(parts), securityHeaders(), findsNothing, refuses);
  return router;
}

function begins({ random, log }: Pick<OperatorParts, 'random' | 'log'>): Handler {
  return (req, res, next) => {
    res.locals.requestId = newId('req', random);
    res.once('close', () => tellOutcome(log, req, res));
    next();
  };
}

/** No CORS: no other origin has any business here. What is read as a page shows nothing. */
function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    // The whole domain is meant by it, which is for whoever ends TLS to say.
    strictTransportSecurity: false,
  });
}

function refusesKeyInUrl(keys: OperatorKeys): Handler {
  return (req, _res, next) => {
    keys.assertNoneIn(new OperatorQuery(req.url));
    next();
  };
}

function streamsEvents(events: EventRequests): RequestHandler {
  return async (req, res, next) => {
    // The framework takes a HEAD for a GET, but a stream is nothing without its body.
    if (req.method !== 'GET') return next();
    await events.serve(req, res);
  };
}

function admits(keys: OperatorKeys): Handler<AdmittedLocals> {
  return async (req, res, next) => {
    res.locals.caller = await keys.callerOf(req.headers.authorization);
    next();
  };
}

const findsNothing: RequestHandler = () => {
  throw new RequestError('not-found', 'There is nothing at this path');
};

/** Problems of every kind in one form, the framework's own included. */
const refuses: ErrorRequestHandler<unknown, unknown, unknown, unknown, OperatorLocals> = (
  error,
  _req,
  res,
  _next,
) => {
  res.locals.failure = error;
  // A stream has begun: all that is left to say is that it broke.
  if (res.headersSent) res.destroy();
  else send(res, refused(error, res.locals.requestId));
};
