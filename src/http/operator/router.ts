import { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import helmet from 'helmet';
import type { ApiKeys } from '../../accounts/api-keys.ts';
import type { AuditTrail } from '../../accounts/audit.ts';
import type { ChannelOffers } from '../../accounts/channel-offers.ts';
import type { HeldChannels } from '../../accounts/held-channels.ts';
import type { HeldWithdrawals } from '../../accounts/held-withdrawals.ts';
import type { LedgerAccounts } from '../../accounts/ledger-accounts.ts';
import type { Logins } from '../../accounts/logins.ts';
import type { PayLinks } from '../../accounts/pay-links.ts';
import type { WithdrawLinks } from '../../accounts/withdraw-links.ts';
import { RequestError } from '../../errors.ts';
import type { NodeFacts } from '../../lightning/node-facts.ts';
import type { Log } from '../../log.ts';
import type { Channels } from '../../payments/channels.ts';
import type { Invoices } from '../../payments/invoices.ts';
import type { Watchdog } from '../../payments/watchdog.ts';
import type { Withdrawals } from '../../payments/withdrawals.ts';
import { newId, type Random } from '../../random.ts';
import type { Webhooks } from '../../webhooks/webhooks.ts';
import type { RequestLimit } from '../limits/request-limit.ts';
import type { PublicUrls } from '../public-urls.ts';
import { accountRoutes } from './accounts.ts';
import { refused, send } from './answer.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { auditRoutes } from './audit.ts';
import { channelOfferRoutes } from './channel-offers.ts';
import { channelRoutes } from './channels.ts';
import { type EventRequestParts, EventRequests } from './event-requests.ts';
import { Idempotency, type Receipts } from './idempotency.ts';
import { invoiceRoutes } from './invoices.ts';
import { limitsKey } from './key-limit.ts';
import { OperatorKeys } from './keys.ts';
import { loginRoutes } from './logins.ts';
import { type AdmittedLocals, mountRoutes, opensFor, refusesMethod } from './mount.ts';
import { nodeRoutes } from './node.ts';
import { type OperatorLocals, tellOutcome } from './outcome.ts';
import { payLinkRoutes } from './pay-links.ts';
import { OperatorQuery } from './query.ts';
import { reconcileRoutes } from './reconcile.ts';
import { PAYOUTS } from './scopes.ts';
import { ticketRoutes } from './tickets.ts';
import { transferRoutes } from './transfers.ts';
import { webhookRoutes } from './webhooks.ts';
import { withdrawBatchRoutes } from './withdraw-batches.ts';
import { writesVouchersAsCsv } from './withdraw-csv.ts';
import { withdrawLinkRoutes } from './withdraw-links.ts';
import { printRouter, printTicketRoutes } from './withdraw-print.ts';
import { withdrawalRoutes } from './withdrawals.ts';

/** What the operator's API stands on. */
export interface OperatorParts extends EventRequestParts {
  readonly payLinks: PayLinks;
  readonly withdrawLinks: WithdrawLinks;
  readonly invoices: Invoices;
  readonly channelOffers: ChannelOffers;
  readonly channels: Channels;
  readonly heldChannels: HeldChannels;
  readonly withdrawals: Withdrawals;
  readonly heldWithdrawals: HeldWithdrawals;
  readonly watchdog: Watchdog;
  readonly accounts: LedgerAccounts;
  readonly audit: AuditTrail;
  readonly webhooks: Webhooks;
  readonly logins: Logins;
  readonly receipts: Receipts;
  readonly facts: NodeFacts;
  readonly urls: PublicUrls;
  readonly adminKey: string;
  readonly apiKeys: ApiKeys;
  /** Domains that may stand behind the `@`; the first is meant when an address names none. */
  readonly addressDomains: readonly string[];
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

/** `/api/v1`: all that an operator's programs may do. Nothing is said to a stranger but 401. */
export function operatorRouter(parts: OperatorParts): Router {
  const keys = new OperatorKeys(parts.adminKey, parts.apiKeys);
  const router = Router({ caseSensitive: true, strict: true });
  router.use(begins(parts), securityHeaders(), refusesKeyInUrl(keys));
  router.get('/events', streamsEvents(new EventRequests(parts, keys)));
  router.use(printRouter(parts, keys));
  router.use(admits(keys), limitsKey(parts.keyLimit));
  router.all(['/events', '/withdraw-batches/:id/print'], refusesMethod('GET'));
  const vouchers = '/withdraw-batches/:id/vouchers';
  router.get(vouchers, opensFor(PAYOUTS), writesVouchersAsCsv(parts));
  mountRoutes(router, routesOf(parts), new Idempotency(parts));
  router.use(findsNothing, refuses);
  return router;
}

/** The rest of `/api`, to be mounted behind `operatorRouter`: there is nothing, in the same form. */
export function operatorRest(parts: Pick<OperatorParts, 'random' | 'log'>): Router {
  const router = Router();
  router.use(begins(parts), securityHeaders(), findsNothing, refuses);
  return router;
}

function routesOf(parts: OperatorParts) {
  return [
    ...payLinkRoutes(parts),
    ...loginRoutes(parts.logins, parts.urls),
    ...invoiceRoutes(parts.invoices, parts.payLinks),
    ...channelOfferRoutes(parts),
    ...channelRoutes(parts.channels, parts.heldChannels),
    ...withdrawalRoutes(parts.withdrawals, parts.heldWithdrawals, parts.withdrawLinks),
    ...reconcileRoutes(parts.watchdog, parts.receipts),
    ...accountRoutes(parts.accounts),
    ...transferRoutes(parts.accounts),
    ...auditRoutes(parts.audit),
    ...apiKeyRoutes(parts.apiKeys, parts.accounts),
    ...withdrawLinkRoutes(parts),
    ...withdrawBatchRoutes(parts),
    ...printTicketRoutes(parts),
    ...ticketRoutes(parts.tickets),
    ...webhookRoutes(parts.webhooks),
    ...nodeRoutes(parts.facts, parts.watchdog),
  ];
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
