import type { InvoiceEventData } from '../events/event.ts';
import type { DescriptionHash, PaymentHash, Preimage } from '../hex.ts';
import { type Msat, msatToJson } from '../msat.ts';

/**
 * open ──► settled     the node says that the money arrived
 *   ├────► expired     the node gave it up, and its time had passed
 *   └────► cancelled   the node gave it up because we asked
 *
 * The three on the right are final. Only the node moves an invoice: the clock proves nothing.
 */
export const NEXT = {
  open: ['settled', 'expired', 'cancelled'],
  settled: [],
  expired: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;

export type InvoiceState = keyof typeof NEXT;

/** true when an invoice may move from one state to the other. */
export function mayMove(from: InvoiceState, to: InvoiceState): boolean {
  const next: readonly InvoiceState[] = NEXT[from];
  return next.includes(to);
}

/** Money that we asked for, and what came of it. Times are milliseconds since 1970. */
export interface Invoice {
  readonly id: string;
  readonly paymentHash: PaymentHash;
  readonly payLinkId: string;
  /** The metadata version that the invoice commits to. */
  readonly version: number;
  readonly bolt11: string;
  readonly amount: Msat;
  /** What really came; may be more than was asked (FC-8). */
  readonly received: Msat | undefined;
  readonly comment: string | undefined;
  /** LUD-16: what stood behind the `+` of the address. */
  readonly tag: string | undefined;
  /** Says which invoices were asked for by the same caller, not who that is. */
  readonly caller: string;
  readonly state: InvoiceState;
  /** The link was a one-time link and had been paid already (FC-9). */
  readonly surplus: boolean;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly cancelAskedAt: number | undefined;
  readonly closedAt: number | undefined;
  readonly preimage: Preimage | undefined;
}

/** What an invoice is made for. */
export interface InvoiceOrder {
  readonly payLinkId: string;
  readonly version: number;
  readonly amount: Msat;
  readonly descriptionHash: DescriptionHash;
  readonly expirySeconds: number;
  readonly comment: string | undefined;
  readonly tag: string | undefined;
  readonly caller: string;
}

/** What events say of an invoice: never its preimage. */
export function invoiceEventData(invoice: Invoice, at: number): InvoiceEventData {
  const { received, comment, tag, surplus } = invoice;
  return {
    id: invoice.id,
    linkId: invoice.payLinkId,
    paymentHash: invoice.paymentHash,
    amountMsat: msatToJson(invoice.amount),
    ...(received !== undefined && { receivedMsat: msatToJson(received) }),
    ...(comment !== undefined && { comment }),
    ...(tag !== undefined && { tag }),
    ...(surplus && { surplus }),
    at: new Date(at).toISOString(),
  };
}
