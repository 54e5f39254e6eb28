import type { K1, PaymentHash, Preimage } from '../hex.ts';
import { msat } from '../msat.ts';
import type { Withdrawal, WithdrawalState } from '../payments/withdrawal.ts';
import type { WithdrawalEnd } from '../payments/withdrawal-end.ts';
import { numberOrUndefined, orUndefined } from './columns.ts';

/** A row of `withdrawals`. */
export interface WithdrawalRow {
  readonly id: string;
  readonly withdraw_link_id: string;
  readonly k1: K1;
  readonly payment_hash: PaymentHash;
  readonly bolt11: string;
  readonly amount_msat: bigint;
  readonly fee_cap_msat: bigint;
  readonly fee_msat: bigint | null;
  readonly invoice_expires_at: bigint;
  readonly state: WithdrawalState;
  readonly sends_started: bigint;
  readonly sends_closed: bigint;
  readonly ambiguous_at: bigint | null;
  readonly known_at: bigint | null;
  readonly from_set_aside: bigint;
  readonly reason: string | null;
  readonly node_restarted_at: bigint | null;
  readonly no_htlc_at: bigint | null;
  readonly preimage: Preimage | null;
  readonly created_at: bigint;
  readonly closed_at: bigint | null;
}

/** Every column of a claim that we read. */
export const WITHDRAWAL_COLUMNS = `id, withdraw_link_id, k1, payment_hash, bolt11, amount_msat, fee_cap_msat, fee_msat,
  invoice_expires_at, state, sends_started, sends_closed, ambiguous_at, known_at, from_set_aside,
  reason, node_restarted_at, no_htlc_at, preimage, created_at, closed_at`;

/** Fee, preimage and reason of an end. */
export function endToRow(end: WithdrawalEnd): [bigint | null, string | null, string | null] {
  if (end.state === 'failed') return [null, null, end.reason];
  return [end.fee, end.preimage ?? null, null];
}

export function withdrawalFromRow(row: WithdrawalRow): Withdrawal {
  return {
    id: row.id,
    withdrawLinkId: row.withdraw_link_id,
    k1: row.k1,
    paymentHash: row.payment_hash,
    bolt11: row.bolt11,
    amount: msat(row.amount_msat),
    feeCap: msat(row.fee_cap_msat),
    fee: row.fee_msat === null ? undefined : msat(row.fee_msat),
    invoiceExpiresAt: Number(row.invoice_expires_at),
    state: row.state,
    sendsStarted: Number(row.sends_started),
    sendsClosed: Number(row.sends_closed),
    ambiguousAt: numberOrUndefined(row.ambiguous_at),
    knownAt: numberOrUndefined(row.known_at),
    reason: orUndefined(row.reason),
    stuck: stuckFromRow(row),
    preimage: orUndefined(row.preimage),
    createdAt: Number(row.created_at),
    closedAt: numberOrUndefined(row.closed_at),
  };
}

function stuckFromRow(row: WithdrawalRow): Withdrawal['stuck'] {
  if (row.reason !== 'stuck') return undefined;
  return {
    nodeRestartedAt: numberOrUndefined(row.node_restarted_at),
    noHtlcAt: numberOrUndefined(row.no_htlc_at),
  };
}
