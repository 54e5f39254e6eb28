import { setMaxListeners } from 'node:events';
import { ApiKeys } from './accounts/api-keys.ts';
import { Housekeeping } from './accounts/housekeeping.ts';
import { LedgerAccounts } from './accounts/ledger-accounts.ts';
import { keepLoginHost } from './accounts/login-host.ts';
import { Logins } from './accounts/logins.ts';
import { keepSecretFingerprint } from './accounts/secret-fingerprint.ts';
import { Sessions } from './accounts/sessions.ts';
import { Tickets } from './accounts/tickets.ts';
import { Tokens } from './accounts/tokens.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/config.ts';
import { ConfigError } from './config/config-error.ts';
import { codeOf } from './config/environment.ts';
import type { PreparedSecrets } from './config/generated.ts';
import { formatHostPort, type HostPort } from './config/host.ts';
import { Changed } from './events/changed.ts';
import { RecentEvents } from './events/recent-events.ts';
import { hexToBytes } from './hex.ts';
import { createListener } from './http/listener.ts';
import { eventUpgrade } from './http/operator/event-upgrade.ts';
import { OperatorKeys } from './http/operator/keys.ts';
import { PublicUrls } from './http/public-urls.ts';
import { HttpServer } from './http/server.ts';
import type { DemoNetwork } from './lightning/demo/network.ts';
import { NODE_HEALTH_KINDS } from './lightning/node.ts';
import { NodeFacts } from './lightning/node-facts.ts';
import { reachableUri } from './lightning/node-uri.ts';
import type { Log } from './log.ts';
import { Metrics, type Readings } from './metrics/metrics.ts';
import { buildChannels, buildMoneyIn, buildMoneyOut, buildWatchdog } from './money-rooms.ts';
import { type OpenNode, openNode } from './open-node.ts';
import type { Watchdog } from './payments/watchdog.ts';
import type { Random } from './random.ts';
import { SqlAccounts } from './store/accounts.ts';
import { SqlApiKeys } from './store/api-keys.ts';
import { SqlAudit } from './store/audit.ts';
import { SqlEventLog } from './store/event-log.ts';
import { SqlLogins } from './store/logins.ts';
import { MIGRATIONS_FOLDER, migrate, wasMigrated } from './store/migrate.ts';
import { SqlMoneyCounts } from './store/money-counts.ts';
import { SqlReceipts } from './store/receipts.ts';
import { SqlSessions } from './store/sessions.ts';
import { SqlSettings } from './store/settings.ts';
import type { Sql } from './store/sql.ts';
import { openSqlite } from './store/sqlite.ts';
import { SqlTickets } from './store/tickets.ts';
import { buildWebhooks } from './webhook-rooms.ts';

/** What a service is given rather than takes: a test gives it other ones. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** A demo network that outlives the service; without one it opens its own in the data directory. */
  readonly network?: DemoNetwork | undefined;
}

export interface ServiceOptions extends Surroundings {
  readonly config: Config;
  readonly secrets: Pick<PreparedSecrets, 'serverSecret' | 'adminKey' | 'keep'>;
  readonly version: string;
}

/** A running server. Disposing of it lets the answers under way finish and closes the store. */
export interface Service extends AsyncDisposable {
  /** The port that was really taken: with 0 in the configuration any free one. */
  readonly port: number;
}

/**
 * Builds every room and starts it. Throws ConfigError, StartRefused or StoreError when it must not
 * run, and then nothing is left open.
 */
export async function openService(options: ServiceOptions): Promise<Service> {
  const open: AsyncDisposable[] = [];
  const closing = new AbortController();
  setMaxListeners(0, closing.signal); // One for each open stream.
  const close = async (): Promise<void> => {
    closing.abort();
    for (let last = open.pop(); last; last = open.pop()) await last[Symbol.asyncDispose]();
  };
  try {
    const sql = await openStore(options);
    open.push(sql);
    const metrics = new Metrics();
    const { serverSecret } = options.secrets;
    const onCall = metrics.node.called.bind(metrics.node);
    const node = await openNode({ ...options, serverSecret, onCall });
    open.push(node);
    const rooms = buildRooms(options, sql, node, metrics, closing.signal);
    open.push(...rooms.running);
    await rooms.facts.start();
    await rooms.watchdog.remember();
    for (const loop of rooms.loops) loop.start();
    const { http } = rooms;
    const keys = new OperatorKeys(http.adminKey, http.apiKeys);
    const server = new HttpServer(createListener(http), eventUpgrade(http, keys));
    const port = await listen(server, options.config.listen);
    open.push(server);
    return { port, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Takes the address, or says which one cannot be had and why. */
async function listen(server: HttpServer, address: HostPort): Promise<number> {
  try {
    return await server.listen(address.host, address.port);
  } catch (error) {
    const code = codeOf(error);
    const fault = code === 'EADDRINUSE' ? 'is taken by another program' : 'cannot be listened on';
    throw new ConfigError([`BOLTGATE_LISTEN: ${formatHostPort(address)} ${fault} (${code})`]);
  }
}

/** Opens the database and makes sure that it is ours before anything new is kept. */
async function openStore(options: ServiceOptions): Promise<Sql> {
  const { config, secrets, clock } = options;
  if (config.database.kind !== 'sqlite') throw new Error('only SQLite can be opened');
  const sql = await openSqlite(config.database.path);
  try {
    // A start that is refused must not migrate either: the version of before could not come back.
    if (await wasMigrated(sql)) await refuseStranger(options, sql);
    await migrate(sql, MIGRATIONS_FOLDER, clock);
    await refuseStranger(options, sql);
    await secrets.keep();
    return sql;
  } catch (error) {
    await sql.close();
    throw error;
  }
}

/** FC-18, FC-23: refuses a database whose codes or keys would die with this configuration. */
async function refuseStranger({ config, secrets }: ServiceOptions, sql: Sql): Promise<void> {
  const settings = new SqlSettings(sql);
  await keepSecretFingerprint(settings, tokensOf(secrets).fingerprint());
  await keepLoginHost({
    settings,
    authHost: new URL(config.authUrl).host,
    confirmedHost: config.confirmAuthHost,
    countKeys: async () => await new SqlLogins(sql, () => {}).countKeys(),
  });
}

function tokensOf({ serverSecret }: ServiceOptions['secrets']): Tokens {
  return new Tokens(hexToBytes(serverSecret.reveal()));
}

/** Every room, joined to those it stands on. */
function buildRooms(
  options: ServiceOptions,
  sql: Sql,
  opened: OpenNode,
  metrics: Metrics,
  closing: AbortSignal,
) {
  const { config, secrets, clock, random, log } = options;
  const changed = new Changed();
  const { node, customer } = opened;
  const facts = new NodeFacts(node, clock);
  const eventLog = new RecentEvents(new SqlEventLog(sql), changed);
  const base = {
    ...options,
    sql,
    changed,
    facts,
    node,
    tokens: tokensOf(secrets),
    metrics: metrics.money,
  };
  const moneyIn = buildMoneyIn(base);
  const watchdog = buildWatchdog(base, moneyIn.settlement);
  const moneyOut = buildMoneyOut(base, () => watchdog.state !== 'differs');
  const channelRooms = buildChannels(base, moneyOut);
  const webhookRooms = buildWebhooks({ ...base, eventLog });
  const logins = new Logins({ store: new SqlLogins(sql, () => changed.notify()), clock, random });
  const sessions = new Sessions({ store: new SqlSessions(sql), logins, clock, random });
  const tickets = new Tickets({ store: new SqlTickets(sql), clock, random });
  const receipts = new SqlReceipts(sql);
  const housekeeping = new Housekeeping(
    [
      { name: 'receipts', run: async (now) => await receipts.removeBefore(now - 2 * DAY_MS) },
      { name: 'logins', run: async (now) => await logins.removeUnanswered(now) },
      { name: 'sessions', run: async (now) => await sessions.removeEnded(now) },
      channelRooms.chore,
      webhookRooms.chore,
    ],
    clock,
    log,
  );
  const http = {
    ...{ ...moneyIn, ...moneyOut, ...channelRooms, watchdog, tokens: base.tokens },
    ...{ logins, sessions, tickets, receipts, facts, eventLog, changed, clock, random },
    ...{ log, closing },
    accounts: new LedgerAccounts({ store: new SqlAccounts(sql), clock, random }),
    apiKeys: new ApiKeys({ store: new SqlApiKeys(sql), clock, random }),
    audit: new SqlAudit(sql),
    webhooks: webhookRooms.webhooks,
    nodeUri: () => nodeUriOf(config.node, facts),
    ...{ feeRule: config.feeCap, spendDay: config.spendDay },
    urls: new PublicUrls(config.publicUrl, config.authUrl),
    adminKey: secrets.adminKey.reveal(),
    addressDomains: config.addressDomains,
    trustedProxies: config.trustedProxies,
    version: options.version,
    customer,
    meter: metrics.http,
    readMetrics: async () => await metrics.exposition(readingsOf({ sql, facts, watchdog, clock })),
    storeAnswers: async () => void (await eventLog.head()),
  };
  const { payerLoop, linkEnd } = moneyOut;
  const { channelLoop } = channelRooms;
  const { couriers } = webhookRooms;
  const loops = [moneyIn.watch, payerLoop, channelLoop, linkEnd, watchdog, couriers, housekeeping];
  const running = [facts, ...loops];
  return { http, facts, watchdog, loops, running };
}

/** What is looked up when somebody reads the metrics. */
function readingsOf({
  sql,
  facts,
  watchdog,
  clock,
}: {
  sql: Sql;
  facts: NodeFacts;
  watchdog: Watchdog;
  clock: Clock;
}): Readings {
  return {
    counts: async () => await new SqlMoneyCounts(sql).read(),
    node: () => ({
      healthKinds: NODE_HEALTH_KINDS,
      health: facts.health,
      balance: facts.balance,
    }),
    ledger: () => {
      const { state, report } = watchdog;
      const differences = (report?.differences.length ?? 0) + (report?.more ?? 0);
      return { differs: state === 'differs', differences, checkedAt: report?.at };
    },
    now: () => clock.now(),
  };
}

/** FC-19: where wallets connect before they ask for a channel. */
function nodeUriOf(node: Config['node'], facts: NodeFacts): string | undefined {
  const announced = facts.info?.uris ?? [];
  const isDemo = node.kind === 'demo';
  return reachableUri({ setting: isDemo ? undefined : node.uri, announced, local: isDemo });
}

const DAY_MS = 86_400_000;
