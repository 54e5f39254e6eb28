import type { WithdrawalEventData } from '../events/event.ts';
import type { K1, PaymentHash, Preimage } from '../hex.ts';
import { type Msat, msatToJson } from '../msat.ts';

/**
 * reserved ──► sending ──► paid            the node says so, and the preimage fits the hash
 *    │            ├──────► failed          the node says so, or a fence proves that nothing was sent
 *    │            └──────► held ──► paid | failed     a person decides
 *    └──► failed                           nothing was sent yet
 *
 * `paid` and `failed` are final. Only a definite end gives money back: doubt keeps it where it is.
 */
export const WITHDRAWAL_NEXT = {
  reserved: ['sending', 'failed'],
  sending: ['paid', 'failed', 'held'],
  held: ['paid', 'failed'],
  paid: [],
  failed: [],
} as const satisfies Record<string, readonly string[]>;

export type WithdrawalState = keyof typeof WITHDRAWAL_NEXT;

/** The states from which a withdrawal may come to this one. */
export function withdrawalSourcesOf(to: WithdrawalState): readonly WithdrawalState[] {
  const states = Object.keys(WITHDRAWAL_NEXT) as readonly WithdrawalState[];
  return states.filter((from) => {
    const next: readonly WithdrawalState[] = WITHDRAWAL_NEXT[from];
    return next.includes(to);
  });
}

/** Why no money moved. */
export type WithdrawalFailure =
  | 'no-route'
  | 'fee-too-high'
  | 'timeout'
  | 'refused-by-payee'
  | 'no-balance'
  | 'expired'
  | 'known-to-node'
  | 'never-sent'
  | 'operator'
  | 'other';

/** Why a person has to decide. */
export type HeldReason = 'history-lost' | 'node-changed' | 'stuck';

/** What was seen when a payment was found to be in flight for ever. Milliseconds since 1970. */
export interface StuckEvidence {
  /** When the node was down after the send; undefined when nobody saw it. */
  readonly nodeRestartedAt: number | undefined;
  /** When no channel of the node held the payment; undefined when it is older than any HTLC lives. */
  readonly noHtlcAt: number | undefined;
}

/** F3 of lnd.md 2.5: a request that is still under way this long after the expiry is refused. */
export const EXPIRY_MARGIN_MS = 60_000;

/** A claim on a withdraw link, and what came of it. Times are milliseconds since 1970. */
export interface Withdrawal {
  readonly id: string;
  readonly withdrawLinkId: string;
  readonly k1: K1;
  readonly paymentHash: PaymentHash;
  readonly bolt11: string;
  readonly amount: Msat;
  /** The routing fee may not be more; it is part of every budget until the end is known. */
  readonly feeCap: Msat;
  readonly fee: Msat | undefined;
  readonly invoiceExpiresAt: number;
  readonly state: WithdrawalState;
  /** Sends that were begun: counted and committed before the first byte left. */
  readonly sendsStarted: number;
  /** Sends that the node itself ended, so that nothing of them is under way any more. */
  readonly sendsClosed: number;
  /** When the newest send ended without a word of the node. */
  readonly ambiguousAt: number | undefined;
  /** When the node first showed a record of the payment. */
  readonly knownAt: number | undefined;
  readonly reason: string | undefined;
  /** Of a payment that was found to be stuck. */
  readonly stuck: StuckEvidence | undefined;
  readonly preimage: Preimage | undefined;
  readonly createdAt: number;
  readonly closedAt: number | undefined;
}

/** What events say of a withdrawal: never its k1 or its preimage. */
export function withdrawalEventData(withdrawal: Withdrawal): WithdrawalEventData {
  const { fee, reason } = withdrawal;
  return {
    id: withdrawal.id,
    linkId: withdrawal.withdrawLinkId,
    paymentHash: withdrawal.paymentHash,
    amountMsat: msatToJson(withdrawal.amount),
    feeCapMsat: msatToJson(withdrawal.feeCap),
    ...(fee !== undefined && { feeMsat: msatToJson(fee) }),
    ...(reason !== undefined && { reason }),
  };
}
