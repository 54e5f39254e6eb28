import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Tokens } from '../../../src/accounts/tokens.ts';
import { WithdrawLinks } from '../../../src/accounts/withdraw-links.ts';
import { systemClock } from '../../../src/clock.ts';
import { newEvent } from '../../../src/events/event.ts';
import { hex32, type K1, type PaymentHash } from '../../../src/hex.ts';
import { Challenges } from '../../../src/lnurl/k1.ts';
import { msat } from '../../../src/msat.ts';
import type { FeeRule } from '../../../src/payments/fee.ts';
import { TREASURY } from '../../../src/payments/ledger.ts';
import { type Withdrawal, withdrawalEventData } from '../../../src/payments/withdrawal.ts';
import { newId, systemRandom } from '../../../src/random.ts';
import type { CommitLimits } from '../../../src/store/group-commit.ts';
import { SqlLedger } from '../../../src/store/ledger.ts';
import { MIGRATIONS_FOLDER, migrate } from '../../../src/store/migrate.ts';
import { openSqlite } from '../../../src/store/sqlite.ts';
import { SqlWithdrawLinks } from '../../../src/store/withdraw-links.ts';
import { SqlWithdrawals } from '../../../src/store/withdrawals.ts';

/** On the disk of the checkout: in memory a durable commit would cost nothing. */
const FOLDER = join(import.meta.dirname, '../../../node_modules/.cache/boltgate-bench-store');

/** The rule of a server that was told nothing: 1 % and at least 10 sat. */
export const FEE_RULE: FeeRule = { ppm: 10_000, min: msat(10_000n) };
const AMOUNT = msat(21_000n);
const DAY_MS = 86_400_000;

/** As long as an invoice of a phone's wallet. */
const BOLT11 = `lnbcrt210n1${'q'.repeat(300)}`;

/** The rooms of withdraw links and claims on a new database file, without a network around them. */
export async function openBenchStore(limits: Partial<CommitLimits> = {}) {
  rmSync(FOLDER, { recursive: true, force: true });
  const sql = await openSqlite(join(FOLDER, 'boltgate.db'), { limits });
  await migrate(sql, MIGRATIONS_FOLDER, systemClock);
  const ledger = new SqlLedger(sql);
  const links = new WithdrawLinks({
    store: new SqlWithdrawLinks(sql, () => undefined),
    tokens: new Tokens(randomBytes(32)),
    challenges: new Challenges(randomBytes(32), systemRandom),
    ...{ clock: systemClock, random: systemRandom, feeRule: FEE_RULE },
    spendable: async (id) => await ledger.spendable(id),
  });
  const claims = new SqlWithdrawals(sql, () => undefined);
  return {
    links,
    /** Takes a claim, as the payer's side keeps it before a wallet hears OK. */
    claim: async (linkId: string): Promise<void> => {
      const claim = newClaim(linkId);
      const data = withdrawalEventData(claim);
      const event = newEvent('withdrawal.reserved', data, claim.createdAt, systemRandom);
      await claims.reserve(claim, { serverDay: undefined }, event);
    },
    [Symbol.asyncDispose]: async () => {
      await sql.close();
      rmSync(FOLDER, { recursive: true, force: true });
    },
  };
}

/** What every voucher of the benchmark is made with, but for its uses. */
export const BENCH_TERMS = {
  ...{ description: 'A gift', min: AMOUNT, max: AMOUNT, accountId: TREASURY },
  ...{ waitSeconds: undefined, day: undefined, total: undefined, feeMax: undefined },
  ...{ payLinkId: undefined, validFrom: undefined, expiresAt: undefined, label: undefined },
} as const;

function newClaim(withdrawLinkId: string): Withdrawal {
  const createdAt = systemClock.now();
  return {
    ...{ id: newId('wd', systemRandom), withdrawLinkId, bolt11: BOLT11 },
    ...{ k1: hex32<K1>(randomBytes(32)), paymentHash: hex32<PaymentHash>(randomBytes(32)) },
    ...{ amount: AMOUNT, feeCap: FEE_RULE.min, fee: undefined },
    ...{ state: 'reserved', sendsStarted: 0, sendsClosed: 0, ambiguousAt: undefined },
    ...{ knownAt: undefined, reason: undefined, stuck: undefined, preimage: undefined },
    ...{ invoiceExpiresAt: createdAt + DAY_MS, createdAt, closedAt: undefined },
  };
}
