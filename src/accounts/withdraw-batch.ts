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

/** How many vouchers of a batch are in which state. */
export type VoucherCounts = Readonly<Record<WithdrawLinkState, number>>;
