import type { Difference } from './difference.ts';

/** Everything since the beginning, or what changed since the last time. */
export type ReconcileScope = 'full' | 'recent';

/** What came of holding the ledger against the node. */
export interface ReconcileReport {
  /** When it began, in milliseconds since 1970. */
  readonly at: number;
  readonly scope: ReconcileScope;
  /** No difference at all. */
  readonly agrees: boolean;
  /** Payments and invoices that the ledger has booked, as far as they were looked at. */
  readonly payments: number;
  readonly invoices: number;
  /** What the node holds for us by our ledger, in millisatoshi: received, less paid, less fees. */
  readonly held: bigint;
  /** What other programs on the same node did. */
  readonly foreign: { readonly payments: number; readonly invoices: number };
  /** Claims that are under way. */
  readonly pending: number;
  /** Claims that a person decided and of which the node knows nothing. */
  readonly decided: number;
  readonly differences: readonly Difference[];
  /** Differences beyond those that are listed. */
  readonly more: number;
}
