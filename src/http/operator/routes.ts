import type { ApiKeys } from '../../accounts/api-keys.ts';
import type { AuditTrail } from '../../accounts/audit.ts';
import type { ChannelOffers } from '../../accounts/channel-offers.ts';
import type { HeldChannels } from '../../accounts/held-channels.ts';
import type { HeldWithdrawals } from '../../accounts/held-withdrawals.ts';
import type { LedgerAccounts } from '../../accounts/ledger-accounts.ts';
import type { Logins } from '../../accounts/logins.ts';
import type { PayLinks } from '../../accounts/pay-links.ts';
import type { Tickets } from '../../accounts/tickets.ts';
import type { WithdrawLinks } from '../../accounts/withdraw-links.ts';
import type { Clock } from '../../clock.ts';
import type { NodeFacts } from '../../lightning/node-facts.ts';
import type { Channels } from '../../payments/channels.ts';
import type { Invoices } from '../../payments/invoices.ts';
import type { Watchdog } from '../../payments/watchdog.ts';
import type { Withdrawals } from '../../payments/withdrawals.ts';
import type { Webhooks } from '../../webhooks/webhooks.ts';
import type { PublicUrls } from '../public-urls.ts';
import { accountRoutes } from './accounts.ts';
import { apiKeyRoutes } from './api-keys.ts';
import { auditRoutes } from './audit.ts';
import { channelOfferRoutes } from './channel-offers.ts';
import { channelRoutes } from './channels.ts';
import type { Receipts } from './idempotency.ts';
import { invoiceRoutes } from './invoices.ts';
import { loginRoutes } from './logins.ts';
import { nodeRoutes } from './node.ts';
import { EVENTS_PATH } from './openapi/event-section.ts';
import { OPENAPI_PATH } from './openapi/openapi-route.ts';
import { payLinkRoutes } from './pay-links.ts';
import { reconcileRoutes } from './reconcile.ts';
import type { DescribedPath, OperatorRoute } from './route.ts';
import { ticketRoutes } from './tickets.ts';
import { transferRoutes } from './transfers.ts';
import { webhookRoutes } from './webhooks.ts';
import { withdrawBatchRoutes } from './withdraw-batches.ts';
import { withdrawLinkRoutes } from './withdraw-links.ts';
import { PRINT_PATH, printTicketRoutes } from './withdraw-print.ts';
import { withdrawalRoutes } from './withdrawals.ts';

/** What the routes stand on. */
export interface RouteParts {
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
  readonly apiKeys: ApiKeys;
  readonly tickets: Tickets;
  readonly clock: Clock;
  /** Domains that may stand behind the `@`; the first is meant when an address names none. */
  readonly addressDomains: readonly string[];
}

/** Everything that is asked for with a key and answered in JSON. */
export function operatorRoutes(parts: RouteParts): OperatorRoute[] {
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

/** Everything that the document tells of: the routes, and what is mounted beside them. */
export function describedPaths(routes: readonly OperatorRoute[]): readonly DescribedPath[] {
  return [...routes, EVENTS_PATH, PRINT_PATH, OPENAPI_PATH];
}
