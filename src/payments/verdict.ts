import type { NodeBooking } from '../lightning/node.ts';
import type { BookedClaim, BookedInvoice, Booking } from './books.ts';
import type { Difference, DifferenceKind, Verdict } from './difference.ts';

type Side = Pick<BookedClaim | BookedInvoice, 'id' | 'paymentHash'>;

/** What the node says of a payment: the amount is only in its books, so it may not be known. */
export type PaymentWord =
  | { readonly state: 'paid'; readonly amount: bigint | undefined; readonly fee: bigint }
  | { readonly state: 'unknown'; readonly amount: bigint | undefined }
  | undefined;

/** A line of the node's books as a word on a payment. */
export function wordOf(booking: NodeBooking & { readonly kind: 'payment' }): PaymentWord {
  const { state, amount, fee } = booking;
  return state === 'paid' ? { state, amount, fee } : { state, amount };
}

/** Holds a claim against what the node says of its payment. */
export function judgeClaim(claim: BookedClaim, word: PaymentWord): Verdict {
  if (claim.state !== 'paid' && claim.booking) return bookedForNothing(claim, claim.booking);
  switch (claim.state) {
    case 'reserved':
    case 'sending':
    case 'held':
      // What was not sent yet and is known to the node was paid by somebody else.
      if (claim.sendsStarted === 0) return word ? { kind: 'foreign' } : { kind: 'agrees' };
      return { kind: 'pending' };
    case 'failed':
      return judgeFailed(claim, word);
    case 'paid':
      return judgePaid(claim, word);
    default:
      return claim.state satisfies never;
  }
}

function judgeFailed(claim: BookedClaim, word: PaymentWord): Verdict {
  if (!word) return { kind: 'agrees' };
  if (claim.sendsStarted === 0 || claim.reason === 'known-to-node') return { kind: 'foreign' };
  // A person knew that it seems to be under way, and will hear when it is paid all the same.
  if (word.state === 'unknown' && isDecided(claim)) return { kind: 'decided' };
  return differs([difference('payment-not-booked', claim, undefined, word.amount)]);
}

function judgePaid(claim: BookedClaim, word: PaymentWord): Verdict {
  const { amount, fee = 0n, booking } = claim;
  const booked = [
    ...(booking?.node === amount ? [] : [difference('booking', claim, booking?.node, amount)]),
    ...(!booking || booking.fees === fee ? [] : [difference('booking', claim, booking.fees, fee)]),
  ];
  if (word?.state !== 'paid') {
    if (booked.length === 0 && isDecided(claim)) return { kind: 'decided' };
    const missing = isDecided(claim)
      ? []
      : [difference('payment-missing', claim, amount, undefined)];
    return differs([...missing, ...booked]);
  }
  const sent = word.amount ?? amount;
  return differs([
    ...(sent === amount ? [] : [difference('payment-amount', claim, amount, sent)]),
    ...(word.fee === fee ? [] : [difference('payment-fee', claim, fee, word.fee)]),
    ...booked,
  ]);
}

/** Holds an invoice of ours against what the node received for it; undefined: nothing. */
export function judgeInvoice(invoice: BookedInvoice, received: bigint | undefined): Verdict {
  const { state, booking } = invoice;
  if (state !== 'settled') {
    if (booking) return bookedForNothing(invoice, booking);
    if (received === undefined) return { kind: 'agrees' };
    return differs([difference('invoice-not-booked', invoice, undefined, received)]);
  }
  const ours = invoice.received ?? 0n;
  const booked = booking && -booking.node;
  return differs([
    ...(received === undefined ? [difference('invoice-missing', invoice, ours, undefined)] : []),
    ...(received === undefined || received === ours
      ? []
      : [difference('invoice-amount', invoice, ours, received)]),
    ...(booked === ours ? [] : [difference('booking', invoice, booked, ours)]),
  ]);
}

function bookedForNothing(side: Side, { node }: Booking): Verdict {
  return differs([difference('booking', side, node, undefined)]);
}

/** A claim that was held, and that a person ended. */
function isDecided(claim: BookedClaim): boolean {
  return claim.reason === 'operator';
}

function difference(
  kind: DifferenceKind,
  { id, paymentHash }: Side,
  found: bigint | undefined,
  expected: bigint | undefined,
): Difference {
  return { kind, id, paymentHash, found, expected };
}

function differs(differences: readonly Difference[]): Verdict {
  return differences.length === 0 ? { kind: 'agrees' } : { kind: 'differs', differences };
}
