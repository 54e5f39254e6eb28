import { type Msat, msat } from '../msat.ts';

/**
 * Accounts that are always there. Every transfer sums to zero, so the node's account is the mirror of
 * the others: minus what the Lightning node holds for them, before what routing has cost (`fees`).
 */
export const NODE = 'node';
export const TREASURY = 'treasury';
export const FEES = 'fees';
export const IN_FLIGHT = 'in-flight';
export const SET_ASIDE = 'set-aside';

/** Accounts whose balance follows from what happened: nobody moves money to or from them by hand. */
const KEPT_BY_SERVER: ReadonlySet<string> = new Set([NODE, FEES, IN_FLIGHT, SET_ASIDE]);

/** Whether the money of an account belongs to somebody, who may give and take it. */
export function belongsToSomebody(accountId: string): boolean {
  return !KEPT_BY_SERVER.has(accountId);
}

export const TRANSFER_KINDS = [
  'invoice',
  'reserve',
  'paid',
  'release',
  'set-aside',
  'set-back',
  'operator',
] as const;
export type TransferKind = (typeof TRANSFER_KINDS)[number];

/** What one account gains (or, negative, loses) by a transfer, in millisatoshi. */
export interface Entry {
  readonly accountId: string;
  readonly amount: bigint;
}

/** A movement of money between accounts. `reference` says what it was for. */
export interface Transfer {
  readonly id: string;
  readonly kind: TransferKind;
  readonly reference: string;
  readonly note: string | undefined;
  readonly entries: readonly Entry[];
  readonly createdAt: number;
}

/** An account as the operator sees it, in millisatoshi. */
export interface Account {
  readonly id: string;
  readonly name: string;
  /** Below zero for the node's mirror, and for the treasury when it gave more than it got. */
  readonly balance: bigint;
  /** The balance never falls below; undefined for no floor. */
  readonly floor: bigint | undefined;
  readonly createdAt: number;
}

/** One line of an account: what a transfer changed, and the balance behind it. */
export interface AccountEntry {
  /** Counts the entries of this account from 1, without a gap. */
  readonly seq: number;
  readonly transferId: string;
  readonly kind: TransferKind;
  readonly reference: string;
  readonly note: string | undefined;
  readonly amount: bigint;
  readonly balance: bigint;
  readonly createdAt: number;
}

/** Money came in: the node holds more, and it belongs to the account. */
export function received(accountId: string, amount: Msat): readonly Entry[] {
  return move(NODE, accountId, amount);
}

/** A claim takes its amount and its fee cap before anything is sent. */
export function reserved(from: string, amount: Msat, feeCap: Msat): readonly Entry[] {
  return move(from, IN_FLIGHT, msat(amount + feeCap));
}

/**
 * A claim was paid: what left has left, the fee is booked, and the unused part of the cap is back. A
 * node that spent more than the cap allowed is booked as it was; the operator bears what is too much.
 */
export function paid(back: string, amount: Msat, feeCap: Msat, fee: Msat): readonly Entry[] {
  const tooMuch = fee > feeCap ? fee - feeCap : 0n;
  return withoutZero([
    { accountId: IN_FLIGHT, amount: -(amount + feeCap) },
    { accountId: NODE, amount },
    { accountId: FEES, amount: fee },
    { accountId: back, amount: feeCap - fee + tooMuch },
    { accountId: TREASURY, amount: -tooMuch },
  ]);
}

/** A claim failed for sure: everything is back. */
export function released(back: string, amount: Msat, feeCap: Msat): readonly Entry[] {
  return move(IN_FLIGHT, back, msat(amount + feeCap));
}

/** From one account to another. */
export function move(from: string, to: string, amount: Msat): readonly Entry[] {
  return withoutZero([
    { accountId: from, amount: -amount },
    { accountId: to, amount },
  ]);
}

function withoutZero(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ amount }) => amount !== 0n);
}

/** Throws when a transfer does not sum to zero: that is a fault of ours and must not be booked. */
export function assertBalanced(entries: readonly Entry[]): void {
  const sum = entries.reduce((total, { amount }) => total + amount, 0n);
  if (sum !== 0n) throw new Error('a transfer does not sum to zero');
}
