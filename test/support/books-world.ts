import { LedgerAccounts } from '../../src/accounts/ledger-accounts.ts';
import type { PayLink } from '../../src/accounts/pay-link.ts';
import { Tokens } from '../../src/accounts/tokens.ts';
import type { WithdrawLink, WithdrawTerms } from '../../src/accounts/withdraw-link.ts';
import { WithdrawLinks } from '../../src/accounts/withdraw-links.ts';
import { newEvent } from '../../src/events/event.ts';
import { descriptionHashOf, type PaymentHash } from '../../src/hex.ts';
import type { PaymentBehaviour } from '../../src/lightning/demo/faults.ts';
import { Challenges } from '../../src/lnurl/k1.ts';
import { type Msat, msat } from '../../src/msat.ts';
import type { Invoice } from '../../src/payments/invoice.ts';
import { TREASURY } from '../../src/payments/ledger.ts';
import {
  type HeldReason,
  type Withdrawal,
  withdrawalEventData,
} from '../../src/payments/withdrawal.ts';
import { SqlAccounts } from '../../src/store/accounts.ts';
import { SqlAudit } from '../../src/store/audit.ts';
import { SqlLedger } from '../../src/store/ledger.ts';
import type { Sql } from '../../src/store/sql.ts';
import { SqlWithdrawLinks } from '../../src/store/withdraw-links.ts';
import { startPayments } from './pay-store.ts';
import { payoutRooms } from './payout-rooms.ts';

/** Terms of a link that gives many times up to 1,000 sat. */
export const REWARD_TERMS: WithdrawTerms = {
  description: 'A reward',
  min: msat(1000n),
  max: msat(1_000_000n),
  uses: 1_000,
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

/** Everything that moves money, below HTTP, on an empty database and a simulated network. */
export async function startBooks(open?: () => Promise<Sql>) {
  const world = await startPayments(open);
  const { sql, network, settlement, clock, random, log, changed } = world;
  const notify = () => changed.notify();
  const { nodeKey } = await network.ours.info();
  const { store: withdrawalStore, ...payout } = payoutRooms({
    ...{ sql, network, nodeKey, settlement, notify, clock, random, log },
  });
  const withdrawLinks = new WithdrawLinks({
    ...{ store: new SqlWithdrawLinks(sql, notify), tokens: new Tokens(new Uint8Array(32)) },
    ...{ clock, random, feeRule: { ppm: 10_000, min: msat(10_000n) } },
    challenges: new Challenges(new Uint8Array(32), random),
    spendable: async (accountId) => await new SqlLedger(sql).spendable(accountId),
  });
  const accounts = new LedgerAccounts({ store: new SqlAccounts(sql), clock, random });
  const rooms = { ...world, ...payout, withdrawalStore, withdrawLinks, accounts };
  return {
    ...rooms,
    audit: new SqlAudit(sql),
    [Symbol.asyncDispose]: async () => {
      await payout.watchdog[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}

export type Books = Awaited<ReturnType<typeof startBooks>>;

export async function makeReward(
  { withdrawLinks }: Books,
  terms: Partial<WithdrawTerms> = {},
  funded = false,
): Promise<WithdrawLink> {
  const { link } = await withdrawLinks.create({ ...REWARD_TERMS, ...terms }, funded);
  return link;
}

/** The customer pays by a link, and it is booked. */
export async function receive(
  books: Books,
  link: PayLink,
  amount: Msat,
  behaviour: PaymentBehaviour = { kind: 'succeed' },
): Promise<Invoice> {
  const invoice = await books.order(link, { amount });
  books.network.faults.payment(invoice.paymentHash, behaviour);
  await books.pay(invoice);
  const update = await books.node.lookupInvoice(invoice.paymentHash);
  if (update) await books.settlement.apply(update);
  return invoice;
}

/** The customer claims by a link; the claim is reserved and not yet sent. */
export async function claim(books: Books, link: WithdrawLink, amount: Msat): Promise<Withdrawal> {
  const { network, withdrawals, withdrawLinks } = books;
  const { bolt11 } = await network.customer.createInvoice({
    ...{ amount, expirySeconds: 3_600, memo: '' },
    descriptionHash: descriptionHashOf('[["text/plain","a wallet"]]'),
  });
  const { signal } = new AbortController();
  const claimable = { ...link, withdrawLinkId: link.id };
  return await withdrawals.claim(claimable, withdrawLinks.challenge(link), bolt11, signal);
}

/** A claim that was sent, with what becomes of it. */
export async function sent(
  books: Books,
  link: WithdrawLink,
  amount: Msat,
  behaviour: PaymentBehaviour = { kind: 'succeed' },
): Promise<Withdrawal> {
  const withdrawal = await claim(books, link, amount);
  books.network.faults.payment(withdrawal.paymentHash, behaviour);
  await books.payer.advance(withdrawal.id);
  return await found(books, withdrawal.id);
}

/** A claim that hangs at the node and is held here. */
export async function held(
  books: Books,
  link: WithdrawLink,
  amount: Msat,
  reason: HeldReason = 'node-changed',
): Promise<Withdrawal> {
  const { id } = await sent(books, link, amount, { kind: 'hang' });
  await books.withdrawalStore.hold(id, reason, undefined, (row) =>
    newEvent('withdrawal.held', withdrawalEventData(row), books.clock.now(), books.random),
  );
  return await found(books, id);
}

export async function found({ withdrawals }: Books, id: string): Promise<Withdrawal> {
  return await withdrawals.get(id);
}

/** Another program on our node pays an invoice, or is paid. */
export async function foreignPayment({ network }: Books): Promise<PaymentHash> {
  const request = {
    ...{ amount: msat(7_000n), expirySeconds: 3_600, memo: '' },
    descriptionHash: descriptionHashOf('something else'),
  };
  const owed = await network.customer.createInvoice(request);
  await network.ours.pay(owed.bolt11, { maxFee: msat(10_000n), timeoutMs: 1_000 });
  const asked = await network.ours.createInvoice(request);
  await network.customer.pay(asked.bolt11, { maxFee: msat(10_000n), timeoutMs: 1_000 });
  return owed.paymentHash;
}

/** Balances that are not 0, by account. */
export async function balancesOf({ sql }: Books): Promise<Record<string, bigint>> {
  const rows = await sql.query<{ id: string; balance_msat: bigint }>(
    'select id, balance_msat from accounts where balance_msat <> 0 order by id',
  );
  return Object.fromEntries(rows.map((row) => [row.id, row.balance_msat]));
}
