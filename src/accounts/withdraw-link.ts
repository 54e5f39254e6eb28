import { RequestError } from '../errors.ts';
import { type Msat, msat } from '../msat.ts';
import { affordable, type FeeRule } from '../payments/fee.ts';

/** What the operator chooses of a withdraw link. Times are milliseconds since 1970. */
export interface WithdrawTerms {
  readonly description: string;
  readonly min: Msat;
  readonly max: Msat;
  readonly uses: number;
  readonly waitSeconds: number | undefined;
  /** Amounts and fees that may leave by this link in a day, and over its whole life. */
  readonly day: Msat | undefined;
  readonly total: Msat | undefined;
  /** In place of the server's rule (FC-15). */
  readonly feeMax: Msat | undefined;
  /** LUD-19: a pay link by which the voucher can be topped up. */
  readonly payLinkId: string | undefined;
  readonly validFrom: number | undefined;
  readonly expiresAt: number | undefined;
  readonly label: string | undefined;
  readonly accountId: string;
}

/** An offer to be paid out, with what was taken from it. */
export interface WithdrawLink extends WithdrawTerms {
  readonly id: string;
  readonly batchId: string | undefined;
  readonly createdAt: number;
  readonly disabledAt: number | undefined;
  /** Uses of open and paid claims. */
  readonly usesTaken: number;
  readonly usesPaid: number;
  /** Amounts and fees (or fee caps) of open and paid claims. */
  readonly taken: Msat;
  /** What is left of the money set aside; undefined when the link is not funded (FC-17). */
  readonly setAside: Msat | undefined;
  readonly endedAt: number | undefined;
}

/** What a link may draw on at this moment, beside its own terms. */
export interface Budgets {
  /** Balance above its floor of the account; undefined without a floor. */
  readonly account: bigint | undefined;
  /** What left by this link, and by all links, in the last day. */
  readonly linkDay: Msat;
  readonly serverDay: Msat;
  readonly serverDayLimit: Msat | undefined;
  /** When the newest claim that was not given back came. */
  readonly lastClaimAt: number | undefined;
  /** What the node can send, as far as we know. */
  readonly outbound: Msat | undefined;
}

/** One use, and so one fixed k1: a voucher (design.md 3.4). */
export function isVoucher(link: Pick<WithdrawTerms, 'uses'>): boolean {
  return link.uses === 1;
}

/** What an operator sees of a link, in a word. */
export const WITHDRAW_LINK_STATES = [
  'open',
  'notYet',
  'claimed',
  'spent',
  'expired',
  'disabled',
] as const;

export type WithdrawLinkState = (typeof WITHDRAW_LINK_STATES)[number];

/**
 * `spent` when every use was paid, `claimed` when every use is taken and some may still fail and come
 * back. What became of the money comes before why nobody can claim any more.
 */
export function withdrawLinkState(link: WithdrawLink, now: number): WithdrawLinkState {
  if (link.usesPaid >= link.uses) return 'spent';
  if (link.usesTaken >= link.uses) return 'claimed';
  if (link.disabledAt !== undefined) return 'disabled';
  if (link.endedAt !== undefined) return 'expired';
  if (link.expiresAt !== undefined && now >= link.expiresAt) return 'expired';
  return link.validFrom !== undefined && now < link.validFrom ? 'notYet' : 'open';
}

const SECOND_MS = 1000;

/**
 * Refuses a link that cannot be claimed on now, in words that wallets know (LUD03-15). What is open
 * in money is not looked at here.
 */
export function assertClaimable(link: WithdrawLink, now: number): void {
  if (link.disabledAt !== undefined) throw closed('This withdraw link is switched off.');
  if (link.expiresAt !== undefined && now >= link.expiresAt) {
    throw closed('This withdraw link has expired.');
  }
  if (link.validFrom !== undefined && now < link.validFrom) {
    throw closed('This withdraw link is not open yet.');
  }
  if (link.usesPaid >= link.uses) throw closed('Withdraw is spent.');
}

/**
 * The largest amount that can be honoured now: the smallest of all budgets less the fee cap, in whole
 * satoshi (FC-14). 0 when there is nothing to withdraw at the moment.
 */
export function withdrawable(
  link: WithdrawLink,
  budgets: Budgets,
  rule: FeeRule,
  now: number,
): Msat {
  if (link.usesTaken >= link.uses || mustWait(link, budgets, now)) return msat(0n);
  const rooms = [
    link.total && link.total - link.taken,
    link.day && link.day - budgets.linkDay,
    budgets.serverDayLimit && budgets.serverDayLimit - budgets.serverDay,
    link.setAside ?? budgets.account,
    budgets.outbound,
  ];
  let most: bigint = link.max;
  for (const room of rooms) {
    if (room === undefined) continue;
    const within = affordable(room, rule, link.feeMax);
    if (within < most) most = within;
  }
  const whole = most - (most % 1000n);
  return msat(whole >= link.min ? whole : 0n);
}

function mustWait(link: WithdrawLink, { lastClaimAt }: Budgets, now: number): boolean {
  if (link.waitSeconds === undefined || lastClaimAt === undefined) return false;
  return now < lastClaimAt + link.waitSeconds * SECOND_MS;
}

function closed(message: string): RequestError {
  return new RequestError('link-spent', message);
}
