import request from 'supertest';
import { LinkEnd } from '../../src/accounts/link-end.ts';
import { PayLinks } from '../../src/accounts/pay-links.ts';
import { Tokens } from '../../src/accounts/tokens.ts';
import type { WithdrawLink, WithdrawTerms } from '../../src/accounts/withdraw-link.ts';
import { WithdrawLinks } from '../../src/accounts/withdraw-links.ts';
import { Changed } from '../../src/events/changed.ts';
import { createApp } from '../../src/http/app.ts';
import { PublicUrls } from '../../src/http/public-urls.ts';
import { HttpServer } from '../../src/http/server.ts';
import { Patience } from '../../src/http/wallet/call.ts';
import { hotPaths } from '../../src/http/wallet/hot.ts';
import { PayHandlers } from '../../src/http/wallet/pay-handlers.ts';
import { walletRouter } from '../../src/http/wallet/routes.ts';
import { WithdrawHandlers } from '../../src/http/wallet/withdraw-handlers.ts';
import { DemoNetwork } from '../../src/lightning/demo/network.ts';
import { NodeFacts } from '../../src/lightning/node-facts.ts';
import { Challenges } from '../../src/lnurl/k1.ts';
import { type Msat, msat } from '../../src/msat.ts';
import { Continuity } from '../../src/payments/continuity.ts';
import type { FeeRule } from '../../src/payments/fee.ts';
import { Invoices } from '../../src/payments/invoices.ts';
import { move, TREASURY } from '../../src/payments/ledger.ts';
import { Payer } from '../../src/payments/payer.ts';
import { PayerLoop } from '../../src/payments/payer-loop.ts';
import { Withdrawals } from '../../src/payments/withdrawals.ts';
import { SqlEventLog } from '../../src/store/event-log.ts';
import { SqlInvoices } from '../../src/store/invoices.ts';
import { book, SqlLedger } from '../../src/store/ledger.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../src/store/migrate.ts';
import { SqlPayLinks } from '../../src/store/pay-links.ts';
import type { Sql } from '../../src/store/sql.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { SqlWithdrawLinks } from '../../src/store/withdraw-links.ts';
import { SqlWithdrawals } from '../../src/store/withdrawals.ts';
import { ManualClock } from './manual-clock.ts';
import { recordedLog, type ToldFact } from './pay-store.ts';
import { seededRandom } from './seeded-random.ts';
import { until } from './wallet.ts';

export const PUBLIC_URL = 'https://pay.example.org';

/** The secret of the demo nodes. */
export const DEMO_SEED = new Uint8Array(32).fill(6);

/** The rule of a server that was told nothing: 1 % and at least 10 sat. */
export const FEE_RULE: FeeRule = { ppm: 10_000, min: msat(10_000n) };

/** Terms of a gift of 21 sat, paid by the operator. */
export const GIFT_TERMS: WithdrawTerms = {
  description: 'A gift',
  min: msat(21_000n),
  max: msat(21_000n),
  uses: 1,
  waitSeconds: undefined,
  day: undefined,
  total: undefined,
  feeMax: undefined,
  payLinkId: undefined,
  validFrom: undefined,
  expiresAt: undefined,
  label: undefined,
  accountId: TREASURY,
};

export interface MoneyOptions {
  /** A database file to go on from; in memory when not given. */
  readonly databasePath?: string;
  readonly network?: DemoNetwork;
  readonly clock?: ManualClock;
  /** Two services on one database need two, or they give out the same ids. */
  readonly seed?: string;
  readonly serverDay?: Msat;
  readonly paySelf?: boolean;
  readonly publicUrl?: string;
  readonly port?: number;
  /** false: nothing is sent until the test says so. */
  readonly sends?: boolean;
  /** true: the node has never been reached when the first wallet asks. */
  readonly nodeIsDown?: boolean;
}

/** Everything about paying out, from the wallet's socket to the store, on a simulated network. */
export async function startMoney(options: MoneyOptions = {}) {
  const clock = options.clock ?? new ManualClock();
  const random = seededRandom(options.seed ?? 'money');
  const log = recordedLog();
  const network = options.network ?? new DemoNetwork({ seed: DEMO_SEED, clock, random });
  const sql = await openSqlite(options.databasePath ?? ':memory:');
  await migrate(sql, MIGRATIONS_FOLDER, clock);
  const facts = new NodeFacts(network.ours, clock);
  const base = { ...options, clock, random, log, network, sql, facts, changed: new Changed() };
  const rooms = buildRooms(base);
  if (options.nodeIsDown) network.faults.goDown();
  await facts.start();
  rooms.payerLoop.start();
  rooms.linkEnd.start();
  const routing = { trustedProxies: 0, patience: new Patience(), log };
  const handlers = handlersOf(base, rooms);
  const hot = hotPaths(handlers, routing);
  const app = createApp([walletRouter(routesOf(handlers), routing)], log);
  const server = new HttpServer((req, res) => {
    if (!hot(req, res)) app(req, res);
  });
  const port = await server.listen('127.0.0.1', options.port ?? 0);
  const origin = `http://127.0.0.1:${port}`;
  return {
    ...{ clock, random, log, network, sql, facts, origin, changed: base.changed },
    ...rooms,
    /** Asks as a wallet does. */
    wallet: request.agent(origin),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await rooms.linkEnd[Symbol.asyncDispose]();
      await rooms.payerLoop[Symbol.asyncDispose]();
      await facts[Symbol.asyncDispose]();
      await sql.close();
      if (!options.network) network[Symbol.dispose]();
    },
  };
}

export type Money = Awaited<ReturnType<typeof startMoney>>;

interface Base extends MoneyOptions {
  readonly clock: ManualClock;
  readonly random: ReturnType<typeof seededRandom>;
  readonly log: ReturnType<typeof recordedLog>;
  readonly network: DemoNetwork;
  readonly sql: Sql;
  readonly facts: NodeFacts;
  readonly changed: Changed;
}

function buildRooms(base: Base) {
  const { sql, network, clock, random, log, facts, changed } = base;
  const node = network.ours;
  const wake = () => changed.notify();
  const store = new SqlWithdrawals(sql, wake);
  const linkStore = new SqlWithdrawLinks(sql, wake);
  const ledger = new SqlLedger(sql);
  const continuity = new Continuity({ store, node, log });
  const mayLeave = () => !continuity.changed;
  const payer = new Payer({ store, node, continuity, mayLeave, clock, random, log });
  const payerLoop = new PayerLoop({ store, payer, clock, log });
  const tokens = new Tokens(new Uint8Array(32));
  const withdrawals = new Withdrawals({
    ...{ store, node, clock, random, feeRule: FEE_RULE, serverDay: base.serverDay },
    paySelf: base.paySelf ?? false,
    ownKey: () => facts.nodeKey,
    stopped: () =>
      mayLeave() ? undefined : 'Withdraws are stopped at the moment, try again later',
    reservedNow: (id) => {
      if (base.sends !== false) payerLoop.advance(id);
    },
  });
  const withdrawLinks = new WithdrawLinks({
    ...{ store: linkStore, tokens, clock, random, feeRule: FEE_RULE },
    challenges: new Challenges(new Uint8Array(32).fill(1), random),
    spendable: async (accountId) => await ledger.spendable(accountId),
  });
  const linkEnd = new LinkEnd({ withdrawLinks, clock, log });
  const payLinks = new PayLinks({ store: new SqlPayLinks(sql, wake), tokens, clock, random });
  const invoiceStore = new SqlInvoices(sql, wake);
  const invoices = new Invoices({
    store: invoiceStore,
    node,
    network: () => 'bcrt',
    clock,
    random,
  });
  return {
    ...{ store, linkStore, ledger, continuity, payer, payerLoop, tokens, withdrawals, linkEnd },
    ...{ withdrawLinks, payLinks, invoices, events: new SqlEventLog(sql) },
    urls: new PublicUrls(base.publicUrl ?? PUBLIC_URL, base.publicUrl ?? PUBLIC_URL),
  };
}

function handlersOf(base: Base, rooms: ReturnType<typeof buildRooms>) {
  const parts = { ...base, ...rooms, addressDomains: [] };
  const withdraw = new WithdrawHandlers({
    ...parts,
    feeRule: FEE_RULE,
    spendDay: base.serverDay,
  });
  return { pay: new PayHandlers(parts), withdraw };
}

/** What wallets call, as the service mounts it. */
function routesOf({ pay, withdraw }: ReturnType<typeof handlersOf>) {
  return [
    { path: '/lnurlp/:token', kind: 'reads', handler: pay.info },
    { path: '/lnurlp/:token/callback{/:version{/:tag}}', kind: 'acts', handler: pay.callback },
    { path: '/lnurlw/:token', kind: 'reads', handler: withdraw.info },
    { path: '/lnurlw/:token/callback', kind: 'acts', handler: withdraw.callback },
  ] as const;
}

/** Makes a withdraw link; what is not said is a gift of 21 sat. */
export async function makeGift(
  money: Money,
  terms: Partial<WithdrawTerms> = {},
  funded = false,
): Promise<WithdrawLink & { readonly url: string }> {
  const { link } = await money.withdrawLinks.create({ ...GIFT_TERMS, ...terms }, funded);
  return { ...link, url: urlOf(money, link) };
}

export function urlOf(money: Money, link: WithdrawLink): string {
  return money.urls.withdrawLink(money.withdrawLinks.token(link));
}

/** Opens an account that never falls below 0, with money from the operator. */
export async function openAccount(
  money: Pick<Money, 'sql' | 'clock'>,
  id: string,
  balance: bigint,
): Promise<string> {
  const createdAt = money.clock.now();
  await money.sql.transaction(async (tx) => {
    await tx.query(
      `insert into accounts (id, name, floor_msat, balance_msat, created_at)
       values ($1, $1, 0, 0, $2)`,
      [id, createdAt],
    );
    const entries = move(TREASURY, id, msat(balance));
    const transfer = { kind: 'operator', reference: id, note: undefined, createdAt } as const;
    await book(tx, { ...transfer, id: `tr_${id}`, entries });
  });
  return id;
}

/** Payer, link ends and node facts: each sleeps until its next round. */
const LOOPS = 3;

/** Lets time pass, but not before everybody who waits for it does so: else a round would be missed. */
export async function pass({ clock }: Pick<Money, 'clock'>, durationMs: number): Promise<void> {
  await until(
    async () => clock.sleepers,
    (sleepers) => sleepers >= LOOPS,
  );
  clock.advance(durationMs);
}

/** All that a claim may change. A refusal leaves it as it was. */
export async function booksOf({ sql }: Pick<Money, 'sql'>) {
  return {
    balances: await sql.query('select id, balance_msat from accounts order by id'),
    links: await sql.query(
      `select id, uses_taken, uses_paid, taken_msat, set_aside_msat, ended_at
         from withdraw_links order by id`,
    ),
    spent: await sql.query('select * from spend_hours where msat > 0 order by scope, hour'),
    claims: await sql.query(
      "select id, state from withdrawals where state <> 'failed' order by id",
    ),
  };
}

/** Balance of an account. */
export async function balanceOf(
  { sql }: Pick<Money, 'sql'>,
  id: string,
): Promise<bigint | undefined> {
  const [account] = await sql.query<{ balance_msat: bigint }>(
    'select balance_msat from accounts where id = $1',
    [id],
  );
  return account?.balance_msat;
}

/** Every event so far, without what chance and the clock give it. */
export async function factsOf({ events }: Pick<Money, 'events'>): Promise<ToldFact[]> {
  const stored = await events.after(0n, 100_000);
  return stored.map(({ type, data }) => ({ type, data: JSON.parse(data) }));
}
