import type { LinkEventData } from '../events/event.ts';
import type { Msat } from '../msat.ts';
import type { WithdrawLinkState, WithdrawTerms } from './withdraw-link.ts';

/** What each voucher of a batch is made with; it has one use. */
export type VoucherTerms = Omit<WithdrawTerms, 'uses'>;

/** Vouchers that were made together, with what each of them was made with. */
export interface WithdrawBatch extends VoucherTerms {
  readonly id: string;
  readonly count: number;
  readonly funded: boolean;
  /** Amounts and fee caps of all vouchers together (FC-15). */
  readonly worstCase: Msat;
  /** What the account does not cover of it at the moment of creation; 0 for a funded batch. */
  readonly uncovered: Msat;
  readonly createdAt: number;
}

/** Whether the vouchers of a batch can be claimed, as far as the operator decides. */
export type BatchSwitch = 'off' | 'on';

/** How many vouchers of a batch are in which state. */
export type VoucherCounts = Readonly<Record<WithdrawLinkState, number>>;

/** What events say of a batch: one for all of its vouchers. */
export function withdrawBatchEventData({ id, count }: WithdrawBatch): LinkEventData {
  return { id, kind: 'withdraw-batch', count };
}
