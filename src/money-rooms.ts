import { ChannelOffers } from './accounts/channel-offers.ts';
import { HeldChannels } from './accounts/held-channels.ts';
import { HeldWithdrawals } from './accounts/held-withdrawals.ts';
import { LinkEnd } from './accounts/link-end.ts';
import { PayLinks } from './accounts/pay-links.ts';
import type { Tokens } from './accounts/tokens.ts';
import { WithdrawLinks } from './accounts/withdraw-links.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/config.ts';
import type { PreparedSecrets } from './config/generated.ts';
import type { Changed } from './events/changed.ts';
import { hexToBytes } from './hex.ts';
import type { LightningNode, Network } from './lightning/node.ts';
import type { NodeFacts } from './lightning/node-facts.ts';
import { Challenges } from './lnurl/k1.ts';
import type { Log } from './log.ts';
import type { MoneyMetrics } from './metrics/money-metrics.ts';
import { ChannelLoop } from './payments/channel-loop.ts';
import { ChannelOpener } from './payments/channel-opener.ts';
import { Channels } from './payments/channels.ts';
import { Continuity } from './payments/continuity.ts';
import { InvoiceWatch } from './payments/invoice-watch.ts';
import { Invoices } from './payments/invoices.ts';
import { Payer } from './payments/payer.ts';
import { PayerLoop } from './payments/payer-loop.ts';
import { Reconcile } from './payments/reconcile.ts';
import { Settlement } from './payments/settlement.ts';
import { Watchdog } from './payments/watchdog.ts';
import { Withdrawals } from './payments/withdrawals.ts';
import type { Random } from './random.ts';
import { SqlBooks } from './store/books.ts';
import { SqlChannelOffers } from './store/channel-offers.ts';
import { SqlChannels } from './store/channels.ts';
import { SqlInvoices } from './store/invoices.ts';
import { SqlLedger } from './store/ledger.ts';
import { SqlPayLinks } from './store/pay-links.ts';
import { RememberedLinks } from './store/remembered-links.ts';
import { SqlSettings } from './store/settings.ts';
import type { Sql } from './store/sql.ts';
import { SqlWithdrawLinks } from './store/withdraw-links.ts';
import { SqlWithdrawals } from './store/withdrawals.ts';

/** What the rooms of money stand on. */
export interface Base {
  readonly config: Config;
  readonly secrets: Pick<PreparedSecrets, 'serverSecret'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly sql: Sql;
  readonly changed: Changed;
  readonly facts: NodeFacts;
  readonly node: LightningNode;
  readonly tokens: Tokens;
  /** Where what money did is counted; undefined when nobody does. */
  readonly metrics?: MoneyMetrics | undefined;
}

/** Who is paid: links, their invoices, and the watch over them. */
export function buildMoneyIn(base: Base) {
  const { sql, changed, facts, node, tokens, clock, random, log, metrics } = base;
  const wake = (): void => changed.notify();
  const linkStore = new RememberedLinks(new SqlPayLinks(sql, wake));
  const store = new SqlInvoices(sql, wake, () => linkStore.forget());
  const payLinks = new PayLinks({ store: linkStore, tokens, clock, random });
  const network = (): Network | undefined => facts.network;
  const invoices = new Invoices({ store, node, network, clock, random });
  const onSettled = (delayMs: number): void => metrics?.settled(delayMs);
  const settlement = new Settlement({ store, clock, random, log, onSettled });
  const watch = new InvoiceWatch({ store, settlement, node, clock, log });
  return { payLinks, invoices, settlement, watch };
}

/** Who says whether the ledger agrees with the node (promise P6). */
export function buildWatchdog({ sql, node, clock, log }: Base, settlement: Settlement): Watchdog {
  const reconcile = new Reconcile({ books: new SqlBooks(sql), node, settlement, clock });
  return new Watchdog({ reconcile, store: new SqlSettings(sql), clock, log });
}

/** Who pays: vouchers, claims on them, and what moves these on. */
export function buildMoneyOut(base: Base, booksAgree: () => boolean = () => true) {
  const { sql, changed, facts, node, tokens, clock, random, log, config, secrets, metrics } = base;
  const wake = (): void => changed.notify();
  const store = new SqlWithdrawals(sql, wake, ({ state, reason }) => {
    metrics?.claimed(state, reason);
  });
  const ledger = new SqlLedger(sql);
  const continuity = new Continuity({ store, node, log });
  const mayLeave = (): boolean => !continuity.changed && booksAgree();
  const payer = new Payer({ store, node, continuity, mayLeave, clock, random, log });
  const payerLoop = new PayerLoop({ store, payer, clock, log });
  const feeRule = config.feeCap;
  const withdrawals = new Withdrawals({
    ...{ store, node, clock, random, feeRule, serverDay: config.spendDay, paySelf: config.paySelf },
    ownKey: () => facts.nodeKey,
    stopped: () => {
      if (!isOn(config.node, 'pay')) return 'Withdraws are switched off here';
      return mayLeave() ? undefined : 'Withdraws are stopped at the moment, try again later';
    },
    reservedNow: (id) => payerLoop.advance(id),
  });
  const withdrawLinks = new WithdrawLinks({
    ...{ store: new SqlWithdrawLinks(sql, wake), tokens, clock, random, feeRule },
    challenges: new Challenges(hexToBytes(secrets.serverSecret.reveal()), random),
    spendable: async (accountId) => await ledger.spendable(accountId),
  });
  const linkEnd = new LinkEnd({ withdrawLinks, clock, log });
  const heldWithdrawals = new HeldWithdrawals({ store, node, clock, random, log });
  const rooms = { withdrawLinks, withdrawals, heldWithdrawals, payerLoop, linkEnd };
  return { ...rooms, continuity, mayLeave };
}

/** Who gets a channel: offers, requests for them, and what opens these. */
export function buildChannels(
  base: Base,
  { continuity, mayLeave }: Pick<ReturnType<typeof buildMoneyOut>, 'continuity' | 'mayLeave'>,
) {
  const { sql, changed, facts, node, tokens, clock, random, log, config, secrets } = base;
  const wake = (): void => changed.notify();
  const store = new SqlChannels(sql, wake);
  const opener = new ChannelOpener({ store, node, continuity, clock, random, log });
  const channelLoop = new ChannelLoop({ store, opener, clock, log });
  const channels = new Channels({
    ...{ store, node, opening: channelLoop, clock, random, serverDay: config.spendDay },
    ownKey: () => facts.nodeKey,
    mayOpen: () => isOn(config.node, 'channel') && mayLeave(),
  });
  const channelOffers = new ChannelOffers({
    ...{ store: new SqlChannelOffers(sql, wake), tokens, clock, random },
    challenges: new Challenges(hexToBytes(secrets.serverSecret.reveal()), random),
  });
  const chore = {
    name: 'cancelled channels',
    run: async (now: number) => await channels.removeCancelled(now - DAY_MS),
  };
  const heldChannels = new HeldChannels({ store, node, clock, random, log });
  return { channelOffers, channels, channelLoop, heldChannels, chore };
}

/** A flow without its macaroon is off: nothing is taken that the node would never be asked for. */
function isOn(node: Config['node'], flow: 'pay' | 'channel'): boolean {
  return node.kind === 'demo' || node.macaroons[flow] !== undefined;
}

const DAY_MS = 86_400_000;
