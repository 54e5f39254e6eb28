// A server that pays out, on a database that is there: `growth-server.ts DATABASE VOUCHERS`.
// Says in JSON on what port it listens, where each of its new vouchers is, and an invoice for each.
// Claims are taken as in the product; nothing is sent, for that would be measured with the next claim.
import { PayLinks } from '../../../src/accounts/pay-links.ts';
import { Tokens } from '../../../src/accounts/tokens.ts';
import { WithdrawLinks } from '../../../src/accounts/withdraw-links.ts';
import { systemClock as clock } from '../../../src/clock.ts';
import { descriptionHashOf } from '../../../src/hex.ts';
import { createApp } from '../../../src/http/app.ts';
import { PublicUrls } from '../../../src/http/public-urls.ts';
import { HttpServer } from '../../../src/http/server.ts';
import { Patience } from '../../../src/http/wallet/call.ts';
import { hotPaths } from '../../../src/http/wallet/hot.ts';
import { PayHandlers } from '../../../src/http/wallet/pay-handlers.ts';
import { WithdrawHandlers } from '../../../src/http/wallet/withdraw-handlers.ts';
import { DemoNetwork } from '../../../src/lightning/demo/network.ts';
import { NodeFacts } from '../../../src/lightning/node-facts.ts';
import { Challenges } from '../../../src/lnurl/k1.ts';
import { Invoices } from '../../../src/payments/invoices.ts';
import { Withdrawals } from '../../../src/payments/withdrawals.ts';
import { systemRandom as random } from '../../../src/random.ts';
import { SqlInvoices } from '../../../src/store/invoices.ts';
import { SqlPayLinks } from '../../../src/store/pay-links.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { SqlWithdrawLinks } from '../../../src/store/withdraw-links.ts';
import { SqlWithdrawals } from '../../../src/store/withdrawals.ts';
import { BENCH_TERMS, FEE_RULE } from './bench-store.ts';

const [databasePath = '', count = ''] = process.argv.slice(2);
const ORIGIN = 'https://pay.example.com';
const SECRET = random(32);
const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

const sql = await openSqlite(databasePath);
const network = new DemoNetwork({ seed: SECRET, clock, random });
const facts = new NodeFacts(network.ours, clock);
await facts.start();
const tokens = new Tokens(SECRET);
const withdrawLinks = new WithdrawLinks({
  store: new SqlWithdrawLinks(sql, quiet),
  ...{ tokens, challenges: new Challenges(SECRET, random), clock, random, feeRule: FEE_RULE },
  spendable: async () => undefined,
});
const withdrawals = new Withdrawals({
  store: new SqlWithdrawals(sql, quiet),
  ...{ node: network.ours, clock, random, feeRule: FEE_RULE, serverDay: undefined },
  ...{ paySelf: false, ownKey: () => facts.nodeKey, stopped: quiet, reservedNow: quiet },
});
const parts = {
  ...{ withdrawLinks, withdrawals, tokens, facts, clock, feeRule: FEE_RULE },
  ...{ spendDay: undefined, addressDomains: [], urls: new PublicUrls(ORIGIN, ORIGIN) },
  payLinks: new PayLinks({ store: new SqlPayLinks(sql, quiet), tokens, clock, random }),
  invoices: new Invoices({
    store: new SqlInvoices(sql, quiet),
    ...{ node: network.ours, network: () => 'bcrt' as const, clock, random },
  }),
};
const handlers = { pay: new PayHandlers(parts), withdraw: new WithdrawHandlers(parts) };
const hot = hotPaths(handlers, { trustedProxies: 0, patience: new Patience(), log });
const app = createApp([], log);
const server = new HttpServer((req, res) => {
  if (!hot(req, res)) app(req, res);
});
const port = await server.listen('127.0.0.1', 0);

const batch = await withdrawLinks.createBatch(BENCH_TERMS, Number(count), false);
const offers = [];
for (const voucher of await withdrawLinks.vouchers(batch.id, Number(count), undefined)) {
  const { bolt11 } = await network.customer.createInvoice({
    ...{ amount: BENCH_TERMS.max, expirySeconds: 3_600, memo: '' },
    descriptionHash: descriptionHashOf('[["text/plain","a wallet"]]'),
  });
  offers.push({ path: `/lnurlw/${withdrawLinks.token(voucher)}`, bolt11 });
}
process.stdout.write(`${JSON.stringify({ port, offers })}\n`);
