import type { Clock } from '../clock.ts';
import type { ReconcileReport, ReconcileScope } from './reconcile-report.ts';
import { type Progress, type ReconcileParts, ReconcileRound } from './reconcile-round.ts';

const FROM_THE_BEGINNING: Progress = { accounts: new Map(), nodeLine: 0, since: undefined };

/**
 * Holds the ledger against the node to the millisatoshi (promise P6): each payment that the node made
 * has its claim and each paid claim its payment, amounts and fees alike; each invoice that it settled
 * has our row and each settled row its invoice; and the ledger adds up by itself. Reads only, but for
 * an invoice that it finds settled and not booked yet, which is booked as the watch would book it.
 */
export class Reconcile {
  readonly #parts: ReconcileParts & { readonly clock: Clock };
  #progress = FROM_THE_BEGINNING;

  constructor(parts: ReconcileParts & { readonly clock: Clock }) {
    this.#parts = parts;
  }

  /** One at a time. Throws NodeError or StoreError when it could not be finished. */
  async run(scope: ReconcileScope, signal: AbortSignal): Promise<ReconcileReport> {
    const from = scope === 'full' ? FROM_THE_BEGINNING : this.#progress;
    const at = this.#parts.clock.now();
    const round = new ReconcileRound(this.#parts, from, signal);
    const { progress, ...found } = await round.run();
    this.#progress = progress;
    return { at, scope, agrees: found.differences.length === 0, ...found };
  }
}
