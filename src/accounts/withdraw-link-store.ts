import type { NewEvent } from '../events/event.ts';
import type { Receipt } from './receipt.ts';
import type { BatchSwitch, VoucherCounts, WithdrawBatch } from './withdraw-batch.ts';
import type { Budgets, WithdrawLink } from './withdraw-link.ts';

/** Which of all accounts' things are wanted. */
export interface AccountFilter {
  /** Only those of this account. */
  readonly accountId?: string | undefined;
}

/** What withdraw links need of the store. Each method is one transaction. */
export interface WithdrawLinkStore {
  /** Another number means that links or budgets may have changed; undefined: at any time. */
  readonly generation: number | undefined;
  /**
   * Keeps links, and sets their money aside when they are funded. Throws RequestError when the
   * account does not cover that, AlreadyAnswered for the receipt.
   */
  add(
    links: NewWithdrawLinks,
    batch: WithdrawBatch | undefined,
    events: readonly NewEvent[],
    receipt?: Receipt,
  ): Promise<void>;
  /** Changes terms, if they still are what they were `before` and the link has not ended. */
  change(link: WithdrawLink, before: WithdrawLink, event: NewEvent): Promise<boolean>;
  /** Takes the link away; what is set aside for it returns to its account. */
  remove(id: string, now: number, event: NewEvent): Promise<boolean>;
  /**
   * Switches every voucher of a batch that is neither spent nor over; false when none of them had to
   * be, and then there is no event either.
   */
  switchBatch(id: string, to: BatchSwitch, now: number, event: NewEvent): Promise<boolean>;
  find(id: string): Promise<WithdrawLink | undefined>;
  /** Also of one that was removed. */
  accountOf(id: string): Promise<string | undefined>;
  findByToken(tokenHash: string): Promise<WithdrawLink | undefined>;
  list(filter: AccountFilter, limit: number, after: string | undefined): Promise<WithdrawLink[]>;
  vouchers(batchId: string, limit: number, after: string | undefined): Promise<WithdrawLink[]>;
  countVouchers(batchId: string, now: number): Promise<VoucherCounts>;
  findBatch(id: string): Promise<WithdrawBatch | undefined>;
  listBatches(
    filter: AccountFilter,
    limit: number,
    after: string | undefined,
  ): Promise<WithdrawBatch[]>;
  budgets(link: WithdrawLink, now: number): Promise<Omit<Budgets, 'serverDayLimit' | 'outbound'>>;
  /**
   * Ends links whose time has passed, and gives back what was set aside; answers how many. Of those
   * that are not spent an event is written.
   */
  endExpired(
    now: number,
    limit: number,
    eventOf: (link: WithdrawLink) => NewEvent,
  ): Promise<number>;
}

/** Links that are about to be kept: all alike, but for what each is called. */
export interface NewWithdrawLinks {
  readonly alike: Omit<WithdrawLink, 'id'>;
  readonly names: readonly NewName[];
}

/** What one of them is called. */
export interface NewName {
  readonly id: string;
  readonly tokenHash: string;
}
