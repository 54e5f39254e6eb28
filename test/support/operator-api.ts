import { Router } from 'express';
import request from 'supertest';
import { ApiKeys } from '../../src/accounts/api-keys.ts';
import { LedgerAccounts } from '../../src/accounts/ledger-accounts.ts';
import { Logins } from '../../src/accounts/logins.ts';
import { PayLinks } from '../../src/accounts/pay-links.ts';
import { Tickets } from '../../src/accounts/tickets.ts';
import { Tokens } from '../../src/accounts/tokens.ts';
import { WithdrawLinks } from '../../src/accounts/withdraw-links.ts';
import { Secret } from '../../src/config/secret.ts';
import { Changed } from '../../src/events/changed.ts';
import { RecentEvents } from '../../src/events/recent-events.ts';
import { createApp } from '../../src/http/app.ts';
import type { RequestLimit } from '../../src/http/limits/request-limit.ts';
import { eventUpgrade } from '../../src/http/operator/event-upgrade.ts';
import { OperatorKeys } from '../../src/http/operator/keys.ts';
import { operatorRest, operatorRouter } from '../../src/http/operator/router.ts';
import { describedPaths, operatorRoutes } from '../../src/http/operator/routes.ts';
import { PublicUrls } from '../../src/http/public-urls.ts';
import { HttpServer } from '../../src/http/server.ts';
import { DemoNetwork } from '../../src/lightning/demo/network.ts';
import { NodeFacts } from '../../src/lightning/node-facts.ts';
import { Challenges } from '../../src/lnurl/k1.ts';
import type { Log, LogFields } from '../../src/log.ts';
import { msat } from '../../src/msat.ts';
import { Invoices } from '../../src/payments/invoices.ts';
import { Settlement } from '../../src/payments/settlement.ts';
import { SqlAccounts } from '../../src/store/accounts.ts';
import { SqlApiKeys } from '../../src/store/api-keys.ts';
import { SqlAudit } from '../../src/store/audit.ts';
import { SqlEventLog } from '../../src/store/event-log.ts';
import { SqlInvoices } from '../../src/store/invoices.ts';
import { SqlLedger } from '../../src/store/ledger.ts';
import { SqlLogins } from '../../src/store/logins.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../src/store/migrate.ts';
import { SqlPayLinks } from '../../src/store/pay-links.ts';
import { SqlReceipts } from '../../src/store/receipts.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { SqlTickets } from '../../src/store/tickets.ts';
import { SqlWithdrawLinks } from '../../src/store/withdraw-links.ts';
import { buildWebhooks } from '../../src/webhook-rooms.ts';
import { channelRooms } from './channel-rooms.ts';
import { DocumentedAnswers } from './documented-answers.ts';
import { ManualClock } from './manual-clock.ts';
import { payoutRooms } from './payout-rooms.ts';
import { seededRandom } from './seeded-random.ts';

/** The key that the API is opened with in tests. */
export const API_KEY = 'an-admin-key-that-nobody-guesses-0123456789';
export const PUBLIC_URL = 'https://pay.example.com';

interface Options {
  readonly databasePath?: string;
  readonly adminKey?: string;
  readonly addressDomains?: readonly string[];
  readonly streamsMax?: number;
  readonly keyLimit?: RequestLimit;
}

/** A line of the log, as the operator would read it. */
export interface Line {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields: LogFields;
}

/** The operator's API on an empty database and a simulated node, behind a real socket. */
export async function startOperatorApi(options: Options = {}) {
  const { databasePath = ':memory:', adminKey = API_KEY } = options;
  const clock = new ManualClock();
  const random = seededRandom(databasePath + clock.now());
  const sql = await openSqlite(databasePath);
  await migrate(sql, MIGRATIONS_FOLDER, clock);
  const changed = new Changed();
  const notify = () => changed.notify();
  const network = new DemoNetwork({ seed: new Uint8Array(32), clock, random });
  const facts = new NodeFacts(network.ours, clock);
  await facts.start();
  const store = new SqlInvoices(sql, notify, () => {});
  const tokens = new Tokens(new Uint8Array(32));
  const payLinks = new PayLinks({ store: new SqlPayLinks(sql, notify), tokens, clock, random });
  const invoices = new Invoices({
    store,
    node: network.ours,
    network: () => 'bcrt',
    clock,
    random,
  });
  const withdrawLinks = new WithdrawLinks({
    ...{ store: new SqlWithdrawLinks(sql, notify), tokens, clock, random },
    challenges: new Challenges(new Uint8Array(32), random),
    feeRule: { ppm: 10_000, min: msat(10_000n) },
    spendable: async (accountId) => await new SqlLedger(sql).spendable(accountId),
  });
  const logins = new Logins({ store: new SqlLogins(sql, notify), clock, random });
  const lines: Line[] = [];
  const log = keepLines(lines);
  const closing = new AbortController();
  const rooms = channelRooms({ sql, network, notify, tokens, clock, random, log });
  const { channels, channelOffers, heldChannels } = rooms;
  const settlement = new Settlement({ store, clock, random, log });
  const { nodeKey } = await network.ours.info();
  const payout = payoutRooms({ sql, network, nodeKey, settlement, notify, clock, random, log });
  const { withdrawals, heldWithdrawals, watchdog } = payout;
  const eventLog = new RecentEvents(new SqlEventLog(sql), changed);
  const webhookRooms = buildWebhooks({
    eventLog,
    ...{ config: { node: { kind: 'demo' } }, sql, changed, clock, random, log },
    secrets: { serverSecret: new Secret('5e'.repeat(32)) },
  });
  const parts = {
    ...{ channels, channelOffers, heldChannels, withdrawals, heldWithdrawals, watchdog },
    payLinks,
    withdrawLinks,
    invoices,
    accounts: new LedgerAccounts({ store: new SqlAccounts(sql), clock, random }),
    apiKeys: new ApiKeys({ store: new SqlApiKeys(sql), clock, random }),
    audit: new SqlAudit(sql),
    webhooks: webhookRooms.webhooks,
    logins,
    tickets: new Tickets({ store: new SqlTickets(sql), clock, random }),
    eventLog,
    changed,
    receipts: new SqlReceipts(sql),
    facts,
    urls: new PublicUrls(PUBLIC_URL, PUBLIC_URL),
    adminKey,
    addressDomains: options.addressDomains ?? ['pay.example.com', 'example.com'],
    clock,
    random,
    log,
    closing: closing.signal,
    ...(options.streamsMax !== undefined && { streamsMax: options.streamsMax }),
    keyLimit: options.keyLimit,
  };
  const mounted = Router();
  const documented = new DocumentedAnswers(describedPaths(operatorRoutes(parts)));
  mounted.use('/api/v1', documented.handler(), operatorRouter(parts));
  mounted.use('/api', operatorRest(parts));
  const keys = new OperatorKeys(adminKey, parts.apiKeys);
  const server = new HttpServer(createApp([mounted], log), eventUpgrade(parts, keys));
  const origin = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
  return {
    ...parts,
    origin,
    sql,
    network,
    channelRooms: rooms,
    couriers: webhookRooms.couriers,
    ...{ settlement, payer: payout.payer },
    lines,
    /** Without a key. */
    stranger: request(origin),
    api: withKey(origin, adminKey),
    /** With another key. */
    as: (key: string) => withKey(origin, key),
    stop: () => closing.abort(),
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      await server[Symbol.asyncDispose]();
      await webhookRooms.couriers[Symbol.asyncDispose]();
      await rooms.loop[Symbol.asyncDispose]();
      await watchdog[Symbol.asyncDispose]();
      await facts[Symbol.asyncDispose]();
      network[Symbol.dispose]();
      await documented.readEvents(new SqlEventLog(sql));
      await sql.close();
      documented.assertNone();
    },
  };
}

export type OperatorApi = Awaited<ReturnType<typeof startOperatorApi>>;

function withKey(origin: string, key: string) {
  const agent = request.agent(`${origin}`);
  agent.set('authorization', `Bearer ${key}`);
  return agent;
}

function keepLines(lines: Line[]): Log {
  const keep =
    (level: keyof Log) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields });
    };
  return { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}

/** The members that every pay link needs. */
export const COFFEE = { description: 'Coffee', minMsat: 1000, maxMsat: 100_000_000 } as const;
