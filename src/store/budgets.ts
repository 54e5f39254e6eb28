import { RequestError } from '../errors.ts';
import { type Msat, msat } from '../msat.ts';
import {
  paid,
  released,
  reserved,
  SET_ASIDE,
  type Transfer,
  type TransferKind,
} from '../payments/ledger.ts';
import { spendHour } from '../payments/spend-hour.ts';
import type { Withdrawal } from '../payments/withdrawal.ts';
import type { ClaimLimits } from '../payments/withdrawals.ts';
import { book, FloorReached } from './ledger.ts';
import { returnToLink, setBack } from './set-aside.ts';
import type { Queries } from './sql.ts';

/** Whose money a claim takes. */
export interface Taken {
  readonly from: 'account' | 'set-aside';
  readonly accountId: string;
}

interface LinkRow {
  readonly account_id: string;
  readonly uses: bigint;
  readonly uses_taken: bigint;
  readonly wait_seconds: bigint | null;
  readonly day_msat: bigint | null;
  readonly set_aside_msat: bigint | null;
}

const SECOND_MS = 1000n;
/** Budgets over a day are counted in whole hours; the 25th keeps the first one whole. */
const DAY_HOURS = 24;
const SERVER = 'server';

/**
 * Takes one use, the amount and the fee cap from every budget of the link and the server. The row of
 * the link is locked by its update, so that two claims never share the last of a budget.
 */
export async function takeFromLink(
  tx: Queries,
  claim: Withdrawal,
  limits: ClaimLimits,
): Promise<Taken> {
  const cost = msat(claim.amount + claim.feeCap);
  const [link] = await tx.query<LinkRow>(
    `update withdraw_links
        set uses_taken = uses_taken + 1, taken_msat = taken_msat + $2,
            set_aside_msat = set_aside_msat - $2
      where id = $1 and disabled_at is null and deleted_at is null and ended_at is null
        and (valid_from is null or valid_from <= $3) and (expires_at is null or expires_at > $3)
        and uses_taken < uses and (total_msat is null or taken_msat + $2 <= total_msat)
        and (set_aside_msat is null or set_aside_msat >= $2)
     returning account_id, uses, uses_taken, wait_seconds, day_msat, set_aside_msat`,
    [claim.withdrawLinkId, cost, claim.createdAt],
  );
  if (!link) throw await whyNot(tx, claim);
  await assertWaited(tx, claim, link);
  await spend(tx, claim.withdrawLinkId, claim.createdAt, cost);
  await spend(tx, SERVER, claim.createdAt, cost);
  await assertDay(tx, claim.withdrawLinkId, link.day_msat ?? undefined, claim.createdAt);
  await assertDay(tx, SERVER, limits.serverDay, claim.createdAt);
  return {
    from: link.set_aside_msat === null ? 'account' : 'set-aside',
    accountId: link.account_id,
  };
}

/** Moves the money of a claim out of reach of every other one. */
export async function bookReservation(tx: Queries, claim: Withdrawal, taken: Taken): Promise<void> {
  const from = taken.from === 'set-aside' ? SET_ASIDE : taken.accountId;
  const entries = reserved(from, claim.amount, claim.feeCap);
  try {
    await book(tx, transferFor('reserve', claim, entries, claim.createdAt));
  } catch (error) {
    if (!(error instanceof FloorReached)) throw error;
    // Whose balance it is, and how low, is no business of the wallet's.
    throw empty();
  }
}

interface GivenBackRow {
  readonly account_id: string;
  readonly uses: bigint;
  readonly uses_paid: bigint;
}

/**
 * Books how a claim ended: a failed one gives everything back, a paid one what the fee cap had too
 * much. Money of a funded link returns to what is set aside for it, or to the account when the link
 * has ended, which its last payment does. Answers whether that use was paid just now.
 */
export async function giveBack(
  tx: Queries,
  ended: Withdrawal,
  fromSetAside: boolean,
  now: number,
): Promise<boolean> {
  const isPaid = ended.state === 'paid';
  const cost = ended.amount + ended.feeCap;
  const fee = ended.fee ?? msat(0n);
  const unused = isPaid ? (fee < ended.feeCap ? ended.feeCap - fee : 0n) : cost;
  const aside = fromSetAside && (await returnToLink(tx, ended.withdrawLinkId, unused));
  const [link] = await tx.query<GivenBackRow>(
    `update withdraw_links
        set uses_taken = uses_taken - $2, uses_paid = uses_paid + $3, taken_msat = taken_msat - $4
      where id = $1
     returning account_id, uses, uses_paid`,
    [ended.withdrawLinkId, isPaid ? 0 : 1, isPaid ? 1 : 0, unused],
  );
  if (!link) throw new Error('a claim has no link');
  await unspend(tx, ended.withdrawLinkId, ended.createdAt, unused);
  await unspend(tx, SERVER, ended.createdAt, unused);
  const back = aside ? SET_ASIDE : link.account_id;
  const spent = isPaid && link.uses_paid === link.uses;
  const entries = isPaid
    ? paid(back, ended.amount, ended.feeCap, fee)
    : released(back, ended.amount, ended.feeCap);
  await book(tx, transferFor(isPaid ? 'paid' : 'release', ended, entries, now));
  if (spent && aside) await setBack(tx, ended.withdrawLinkId, now);
  return spent;
}

function transferFor(
  kind: TransferKind,
  claim: Withdrawal,
  entries: Transfer['entries'],
  createdAt: number,
): Transfer {
  const id = `tr_${kind}_${claim.id.slice(claim.id.indexOf('_') + 1)}`;
  return { id, kind, reference: claim.id, note: undefined, entries, createdAt };
}

async function spend(tx: Queries, scope: string, at: number, amount: bigint): Promise<void> {
  await tx.query(
    `insert into spend_hours (scope, hour, msat) values ($1, $2, $3)
     on conflict (scope, hour) do update set msat = spend_hours.msat + excluded.msat`,
    [scope, spendHour(at), amount],
  );
}

async function unspend(tx: Queries, scope: string, at: number, amount: bigint): Promise<void> {
  await tx.query('update spend_hours set msat = msat - $3 where scope = $1 and hour = $2', [
    scope,
    spendHour(at),
    amount,
  ]);
}

/** What left, or may leave, by a link (or by all: `server`) in the last day and at most an hour more. */
export async function spentInDay(tx: Queries, scope: string, now: number): Promise<Msat> {
  const [row] = await tx.query<{ msat: bigint | null }>(
    'select sum(msat) as msat from spend_hours where scope = $1 and hour >= $2',
    [scope, spendHour(now) - DAY_HOURS],
  );
  return msat(BigInt(row?.msat ?? 0n));
}

async function assertDay(
  tx: Queries,
  scope: string,
  limit: bigint | undefined,
  now: number,
): Promise<void> {
  if (limit === undefined || (await spentInDay(tx, scope, now)) <= limit) return;
  throw refused(
    scope === SERVER
      ? 'Withdraws are over their limit for today, try again tomorrow'
      : 'This withdraw link is over its limit for today',
  );
}

/** Counts money that leaves by another way than a claim, if the server's day has room for it. */
export async function takeFromDay(
  tx: Queries,
  at: number,
  amount: Msat,
  limits: ClaimLimits,
): Promise<void> {
  if (amount === 0n) return;
  await spend(tx, SERVER, at, amount);
  if (limits.serverDay === undefined) return;
  if ((await spentInDay(tx, SERVER, at)) <= limits.serverDay) return;
  throw refused('No more can be given away today, try again tomorrow');
}

/** It did not leave after all. */
export async function giveBackToDay(tx: Queries, at: number, amount: Msat): Promise<void> {
  if (amount > 0n) await unspend(tx, SERVER, at, amount);
}

async function assertWaited(tx: Queries, claim: Withdrawal, link: LinkRow): Promise<void> {
  if (link.wait_seconds === null) return;
  const lastAt = await lastClaimAt(tx, claim.withdrawLinkId);
  if (lastAt === undefined) return;
  const opensAt = lastAt + Number(link.wait_seconds * SECOND_MS);
  if (claim.createdAt >= opensAt) return;
  const seconds = Math.ceil((opensAt - claim.createdAt) / Number(SECOND_MS));
  throw refused(`Too soon: this link can be used again in ${seconds} s`);
}

/** When the newest claim of a link came that was not given back. */
export async function lastClaimAt(tx: Queries, linkId: string): Promise<number | undefined> {
  const [row] = await tx.query<{ created_at: bigint }>(
    `select created_at from withdrawals
      where withdraw_link_id = $1 and state <> 'failed'
      order by created_at desc, id desc limit 1`,
    [linkId],
  );
  return row && Number(row.created_at);
}

/** The update found no link that had room: says which budget it was. */
async function whyNot(tx: Queries, claim: Withdrawal): Promise<RequestError> {
  const [link] = await tx.query<{
    uses: bigint;
    uses_taken: bigint;
    uses_paid: bigint;
    open: bigint;
  }>(
    `select uses, uses_taken, uses_paid,
            case when disabled_at is null and deleted_at is null and ended_at is null
                  and (valid_from is null or valid_from <= $2)
                  and (expires_at is null or expires_at > $2) then 1 else 0 end as open
       from withdraw_links where id = $1`,
    [claim.withdrawLinkId, claim.createdAt],
  );
  if (!link || link.open === 0n) return refused('This withdraw link is not open.');
  if (link.uses_paid >= link.uses) return refused('Withdraw is spent.');
  if (link.uses_taken >= link.uses) return refused('This withdraw is already being processed.');
  return empty();
}

/** LUD03-15: begins as wallets know it. */
function empty(): RequestError {
  return refused('withdraw link is empty: less is left than this amount and its fee');
}

function refused(message: string): RequestError {
  return new RequestError('link-spent', message);
}
