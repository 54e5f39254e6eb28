import type { PayTerms } from '../../src/accounts/pay-link.ts';
import { PayLinks } from '../../src/accounts/pay-links.ts';
import { Tokens } from '../../src/accounts/tokens.ts';
import { type NodeKey, parseKey33 } from '../../src/hex.ts';
import { createApp } from '../../src/http/app.ts';
import { assetsRouter } from '../../src/http/pages/assets.ts';
import { frontRouter } from '../../src/http/pages/front-page.ts';
import { payPage } from '../../src/http/pages/pay-page.ts';
import { rememberedQr } from '../../src/http/pages/qr.ts';
import { qrRouter } from '../../src/http/pages/qr-router.ts';
import { PublicUrls } from '../../src/http/public-urls.ts';
import { HttpServer } from '../../src/http/server.ts';
import { PayHandlers } from '../../src/http/wallet/pay-handlers.ts';
import { type WalletRoute, walletRouter } from '../../src/http/wallet/routes.ts';
import type { LightningNode, NodeInfo } from '../../src/lightning/node.ts';
import { NodeFacts } from '../../src/lightning/node-facts.ts';
import { openLog } from '../../src/log.ts';
import { satoshi } from '../../src/msat.ts';
import { Invoices } from '../../src/payments/invoices.ts';
import { SqlInvoices } from '../../src/store/invoices.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../src/store/migrate.ts';
import { SqlPayLinks } from '../../src/store/pay-links.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { seededRandom } from '../support/seeded-random.ts';

export const ORIGIN = 'https://pay.example.org';

/** A link as a café would make it. */
export const COFFEE: PayTerms = {
  min: satoshi(1n),
  max: satoshi(100_000n),
  description: 'Coffee',
  longDescription: undefined,
  image: undefined,
  commentAllowed: 0,
  successAction: undefined,
  oneTime: false,
  invoiceExpirySeconds: 3_600,
  validFrom: undefined,
  expiresAt: undefined,
  label: undefined,
};

interface ServerOptions {
  readonly demo?: boolean;
  readonly addressDomains?: readonly string[];
  /** What the node can be asked; without it nothing is asked. */
  readonly balance?: LightningNode['balance'];
}

/** Everything behind a pay link that a browser meets, over an empty store in memory. */
export async function startPayServer(options: ServerOptions = {}) {
  const { demo = false, addressDomains = ['pay.example.org'], balance } = options;
  const clock = new ManualClock();
  const random = seededRandom('pay pages');
  const log = openLog('silent');
  const sql = await openSqlite(':memory:');
  await migrate(sql, MIGRATIONS_FOLDER, clock);

  const tokens = new Tokens(random(32));
  const payLinks = new PayLinks({ store: new SqlPayLinks(sql, nothing), tokens, clock, random });
  const node = nodeWith(balance);
  const facts = new NodeFacts(node, clock);
  if (balance) await facts.start();
  const store = new SqlInvoices(sql, nothing);
  const invoices = new Invoices({ store, node, network: () => 'bcrt', clock, random });
  const urls = new PublicUrls(ORIGIN, ORIGIN);
  const qr = rememberedQr();
  const parts = { payLinks, invoices, tokens, urls, facts, addressDomains, clock };
  const handlers = new PayHandlers(parts);
  const routing = { trustedProxies: 0, log };
  const page = payPage({ payLinks, handlers, urls, qr, clock, demo, ...routing });
  const routes: readonly WalletRoute[] = [
    { path: '/lnurlp/:token', handler: handlers.info, kind: 'reads', page },
    { path: '/.well-known/lnurlp/:name', handler: handlers.address, kind: 'reads', page },
  ];
  const app = createApp(
    [
      frontRouter({ site: new URL(ORIGIN).host, version: '1.2.3', demo }),
      assetsRouter(),
      qrRouter({ payLinks, urls, qr, log }),
      walletRouter(routes, routing),
    ],
    log,
  );
  const server = new HttpServer(app);
  const port = await server.listen('127.0.0.1', 0);

  return {
    app,
    clock,
    payLinks,
    urls,
    url: `http://127.0.0.1:${port}`,
    /** As the settlement of its only invoice would do it. */
    markPaid: async (id: string) => {
      await sql.query('update pay_links set paid_at = $2 where id = $1', [id, clock.now()]);
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await facts[Symbol.asyncDispose]();
      await sql[Symbol.asyncDispose]();
    },
  };
}

const INFO: NodeInfo = {
  nodeKey: nodeKey(),
  alias: 'node',
  network: 'bcrt',
  version: '1',
  synced: true,
  uris: [],
};

function nodeKey(): NodeKey {
  const key = parseKey33<NodeKey>(`02${'11'.repeat(32)}`);
  if (!key) throw new Error('not a key');
  return key;
}

function nothing(): void {}

/** A node of which only the balance can be asked: pages need no more of it. */
function nodeWith(balance: LightningNode['balance'] = unasked): LightningNode {
  return {
    info: async () => INFO,
    balance,
    createInvoice: unasked,
    lookupInvoice: unasked,
    watchInvoices: () => {
      throw new Error('a page does not watch invoices');
    },
    cancelInvoice: unasked,
    decodeInvoice: unasked,
    pay: unasked,
    trackPayment: unasked,
  };
}

async function unasked(): Promise<never> {
  throw new Error('a page does not ask the node');
}
