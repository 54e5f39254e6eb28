import type { PaymentHash } from '../hex.ts';
import type { Msat } from '../msat.ts';
import type { InvoiceState } from './invoice.ts';
import type { WithdrawalState } from './withdrawal.ts';

/** What the ledger booked for a claim or an invoice. */
export interface Booking {
  /** Number of the line in the account `node`, which has one for each that moved money. */
  readonly seq: number;
  /** That line: what the node got for us (negative) or paid. */
  readonly node: bigint;
  /** What was booked as a routing fee. */
  readonly fees: bigint;
}

/** A claim with what the ledger booked for it. */
export interface BookedClaim {
  readonly id: string;
  readonly paymentHash: PaymentHash;
  readonly state: WithdrawalState;
  readonly reason: string | undefined;
  readonly sendsStarted: number;
  readonly amount: Msat;
  readonly fee: Msat | undefined;
  readonly booking: Booking | undefined;
}

/** An invoice of ours with what the ledger booked for it. */
export interface BookedInvoice {
  readonly id: string;
  readonly paymentHash: PaymentHash;
  readonly state: InvoiceState;
  readonly received: Msat | undefined;
  readonly booking: Booking | undefined;
}

/** An account as it stands: its balance is the sum of so many entries. */
export interface AccountState {
  readonly id: string;
  readonly balance: bigint;
  readonly entryCount: number;
}

/** A line of the account `node`, and what it was for. */
export interface NodeLine {
  readonly seq: number;
  readonly kind: 'claim' | 'invoice';
  readonly reference: string;
  /** undefined when there is nothing that it could be for. */
  readonly paymentHash: PaymentHash | undefined;
}

/** Our own books, page by page: each reading is short, however long the history is. */
export interface OwnBooks {
  /** All accounts at one and the same moment. */
  accounts(): Promise<AccountState[]>;
  /** The entries after number `after` and up to `upTo`. */
  sumEntries(
    accountId: string,
    after: number,
    upTo: number,
  ): Promise<{ readonly count: number; readonly sum: bigint }>;
  claims(hashes: readonly PaymentHash[]): Promise<BookedClaim[]>;
  invoices(hashes: readonly PaymentHash[]): Promise<BookedInvoice[]>;
  /** Lines of the account `node` after number `after` and up to `upTo`, at most `limit` of them. */
  nodeLines(after: number, upTo: number, limit: number): Promise<NodeLine[]>;
}
