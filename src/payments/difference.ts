import type { PaymentHash } from '../hex.ts';

/**
 * Where our books and the node part, or where our books part with themselves.
 *
 * - `payment-not-booked`: the node paid, or may yet pay, for a claim that failed here.
 * - `payment-missing`: a claim is paid here, and the node has no such payment.
 * - `payment-amount`, `payment-fee`: both have it, with other figures.
 * - `invoice-not-booked`: the node settled an invoice of ours, and we did not book it.
 * - `invoice-missing`: an invoice is settled here, and not at the node.
 * - `invoice-amount`: both have it, with other figures.
 * - `booking`: what a claim or an invoice says and what the ledger booked for it.
 * - `balance`: the balance of an account is not the sum of its entries.
 * - `sum`: all balances together are not zero.
 */
export const DIFFERENCE_KINDS = [
  'payment-not-booked',
  'payment-missing',
  'payment-amount',
  'payment-fee',
  'invoice-not-booked',
  'invoice-missing',
  'invoice-amount',
  'booking',
  'balance',
  'sum',
] as const;
export type DifferenceKind = (typeof DIFFERENCE_KINDS)[number];

export interface Difference {
  readonly kind: DifferenceKind;
  /** Id of the withdrawal, the invoice or the account; `ledger` for the sum. */
  readonly id: string;
  readonly paymentHash: PaymentHash | undefined;
  /** What stands in our books, in millisatoshi; undefined when nothing does. */
  readonly found: bigint | undefined;
  /** What should stand there; undefined when nothing should, or nobody knows. */
  readonly expected: bigint | undefined;
}

/** What came of one payment or invoice that was looked at. */
export type Verdict =
  | { readonly kind: 'agrees' }
  /** It is under way, and both sides know. */
  | { readonly kind: 'pending' }
  /** Another program on the same node made it. */
  | { readonly kind: 'foreign' }
  /** A person decided a claim of which the node knows nothing. */
  | { readonly kind: 'decided' }
  | { readonly kind: 'differs'; readonly differences: readonly Difference[] };
