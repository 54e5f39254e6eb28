import type { VoucherTerms, WithdrawBatch } from '../accounts/withdraw-batch.ts';
import type { WithdrawLink, WithdrawTerms } from '../accounts/withdraw-link.ts';
import { type Msat, msat } from '../msat.ts';
import { numberOrUndefined, orNull, orUndefined } from './columns.ts';
import type { SqlValue } from './sql.ts';

interface VoucherTermsRow {
  readonly account_id: string;
  readonly description: string;
  readonly min_msat: bigint;
  readonly max_msat: bigint;
  readonly wait_seconds: bigint | null;
  readonly day_msat: bigint | null;
  readonly total_msat: bigint | null;
  readonly fee_max_msat: bigint | null;
  readonly pay_link_id: string | null;
  readonly label: string | null;
  readonly valid_from: bigint | null;
  readonly expires_at: bigint | null;
}

/** A row of `withdraw_links`. */
export interface WithdrawLinkRow extends VoucherTermsRow {
  readonly id: string;
  readonly batch_id: string | null;
  readonly uses: bigint;
  readonly created_at: bigint;
  readonly disabled_at: bigint | null;
  readonly uses_taken: bigint;
  readonly uses_paid: bigint;
  readonly taken_msat: bigint;
  readonly set_aside_msat: bigint | null;
  readonly ended_at: bigint | null;
}

/** A row of `withdraw_batches`. */
export interface BatchRow extends VoucherTermsRow {
  readonly id: string;
  readonly funded: bigint;
  readonly count: bigint;
  readonly worst_case_msat: bigint;
  readonly uncovered_msat: bigint;
  readonly created_at: bigint;
}

/** What an operator chose of a voucher, in the order of `voucherTermsToRow`. */
const VOUCHER_COLUMNS = [
  'description',
  'min_msat',
  'max_msat',
  'wait_seconds',
  'day_msat',
  'total_msat',
  'fee_max_msat',
  'pay_link_id',
  'label',
  'valid_from',
  'expires_at',
] as const;

/** What may be changed of a link, in the order of `termsToRow`. */
export const TERM_COLUMNS = [...VOUCHER_COLUMNS, 'uses'] as const;

/** Every column of a link that we read. */
export const LINK_COLUMNS = `id, batch_id, account_id, ${TERM_COLUMNS.join(', ')}, created_at, disabled_at,
  uses_taken, uses_paid, taken_msat, set_aside_msat, ended_at`;

/** Every column of a batch. */
export const BATCH_COLUMNS = `id, account_id, ${VOUCHER_COLUMNS.join(', ')}, funded, count, worst_case_msat,
  uncovered_msat, created_at`;

/** Values of `TERM_COLUMNS`. */
export function termsToRow(link: WithdrawTerms): SqlValue[] {
  return [...voucherTermsToRow(link), link.uses];
}

/** Values of `BATCH_COLUMNS`. */
export function batchToRow(batch: WithdrawBatch): SqlValue[] {
  return [
    batch.id,
    batch.accountId,
    ...voucherTermsToRow(batch),
    batch.funded ? 1 : 0,
    batch.count,
    batch.worstCase,
    batch.uncovered,
    batch.createdAt,
  ];
}

function voucherTermsToRow(terms: VoucherTerms): SqlValue[] {
  return [
    terms.description,
    terms.min,
    terms.max,
    orNull(terms.waitSeconds),
    orNull(terms.day),
    orNull(terms.total),
    orNull(terms.feeMax),
    orNull(terms.payLinkId),
    orNull(terms.label),
    orNull(terms.validFrom),
    orNull(terms.expiresAt),
  ];
}

export function withdrawLinkFromRow(row: WithdrawLinkRow): WithdrawLink {
  return {
    ...voucherTermsFromRow(row),
    id: row.id,
    batchId: orUndefined(row.batch_id),
    uses: Number(row.uses),
    createdAt: Number(row.created_at),
    disabledAt: numberOrUndefined(row.disabled_at),
    usesTaken: Number(row.uses_taken),
    usesPaid: Number(row.uses_paid),
    taken: msat(row.taken_msat),
    setAside: msatOrUndefined(row.set_aside_msat),
    endedAt: numberOrUndefined(row.ended_at),
  };
}

export function batchFromRow(row: BatchRow): WithdrawBatch {
  return {
    ...voucherTermsFromRow(row),
    id: row.id,
    funded: row.funded === 1n,
    count: Number(row.count),
    worstCase: msat(row.worst_case_msat),
    uncovered: msat(row.uncovered_msat),
    createdAt: Number(row.created_at),
  };
}

function voucherTermsFromRow(row: VoucherTermsRow): VoucherTerms {
  return {
    accountId: row.account_id,
    description: row.description,
    min: msat(row.min_msat),
    max: msat(row.max_msat),
    waitSeconds: numberOrUndefined(row.wait_seconds),
    day: msatOrUndefined(row.day_msat),
    total: msatOrUndefined(row.total_msat),
    feeMax: msatOrUndefined(row.fee_max_msat),
    payLinkId: orUndefined(row.pay_link_id),
    label: orUndefined(row.label),
    validFrom: numberOrUndefined(row.valid_from),
    expiresAt: numberOrUndefined(row.expires_at),
  };
}

function msatOrUndefined(value: bigint | null): Msat | undefined {
  return value === null ? undefined : msat(value);
}
