import type { Registry } from 'prom-client';
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';

/** What the store counts; read when somebody looks. */
export interface MoneyCounts {
  /** At most the number up to which it is counted. */
  readonly openInvoices: number;
  readonly reserved: number;
  readonly sending: number;
  /** When the oldest claim in `sending` was made, in milliseconds since 1970. */
  readonly oldestSendingAt: number | undefined;
  readonly heldWithdrawals: number;
  readonly heldChannels: number;
  /** Number of the newest event. */
  readonly eventHead: bigint;
}

/** How ledger and node stand to each other. */
export interface LedgerReading {
  readonly differs: boolean;
  readonly differences: number;
  /** When they were last compared, in milliseconds since 1970. */
  readonly checkedAt: number | undefined;
}

/** Seconds. Notice of a payment takes milliseconds; what came while we were down takes as long as that. */
const DELAY_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200];
const SECOND_MS = 1_000;

/** What money did, and what waits. */
export class MoneyMetrics {
  readonly #registers: Registry[];
  readonly #claims: Counter<'outcome' | 'reason'>;
  readonly #settlementDelay: Histogram;
  readonly #openInvoices: Gauge;
  readonly #waiting: Gauge<'state'>;
  readonly #oldestSending: Gauge;
  readonly #held: Gauge<'kind'>;
  readonly #eventHead: Gauge;
  readonly #differs: Gauge;
  readonly #differences: Gauge;
  readonly #checkedAt: Gauge;

  constructor(registry: Registry) {
    this.#registers = [registry];
    this.#claims = new Counter({
      name: 'boltgate_claims_total',
      help: 'Claims that came to a state: reserved, paid, failed or held, and why.',
      labelNames: ['outcome', 'reason'],
      registers: this.#registers,
    });
    this.#settlementDelay = new Histogram({
      name: 'boltgate_settlement_delay_seconds',
      help: 'From the moment an invoice was settled, by the clock of the node, until we booked it.',
      buckets: DELAY_BUCKETS,
      registers: this.#registers,
    });
    this.#openInvoices = this.#gauge('boltgate_open_invoices', 'Invoices that wait to be paid.');
    this.#waiting = this.#labelled(
      'boltgate_claims_waiting',
      'Claims whose end is not known and that need no person, by state.',
      'state',
    );
    this.#oldestSending = this.#gauge(
      'boltgate_oldest_sending_seconds',
      'Age of the oldest claim in state sending; 0 when there is none.',
    );
    this.#held = this.#labelled('boltgate_held', 'What a person has to decide, by kind.', 'kind');
    this.#eventHead = this.#gauge('boltgate_event_log_head', 'Number of the newest event.');
    this.#differs = this.#gauge(
      'boltgate_ledger_differs',
      '1 while ledger and node differ: then no money leaves.',
    );
    this.#differences = this.#gauge(
      'boltgate_ledger_differences',
      'Differences that the last comparison of ledger and node found.',
    );
    this.#checkedAt = this.#gauge(
      'boltgate_ledger_checked_timestamp_seconds',
      'When ledger and node were last compared; 0 before the first time.',
    );
  }

  /** A claim has come to a state. Both words are from closed lists. */
  claimed(outcome: string, reason: string | undefined): void {
    this.#claims.inc({ outcome, reason: reason ?? '' });
  }

  /** An invoice was booked as settled so long after the node had the money. */
  settled(delayMs: number): void {
    // The node has a clock of its own, and LND tells whole seconds.
    this.#settlementDelay.observe(Math.max(0, delayMs) / SECOND_MS);
  }

  read(counts: MoneyCounts | undefined, ledger: LedgerReading, now: number): void {
    if (counts) this.#readCounts(counts, now);
    this.#differs.set(ledger.differs ? 1 : 0);
    this.#differences.set(ledger.differences);
    this.#checkedAt.set((ledger.checkedAt ?? 0) / SECOND_MS);
  }

  #readCounts(counts: MoneyCounts, now: number): void {
    const { oldestSendingAt } = counts;
    this.#openInvoices.set(counts.openInvoices);
    this.#waiting.set({ state: 'reserved' }, counts.reserved);
    this.#waiting.set({ state: 'sending' }, counts.sending);
    const ageMs = oldestSendingAt === undefined ? 0 : Math.max(0, now - oldestSendingAt);
    this.#oldestSending.set(ageMs / SECOND_MS);
    this.#held.set({ kind: 'withdrawal' }, counts.heldWithdrawals);
    this.#held.set({ kind: 'channel' }, counts.heldChannels);
    this.#eventHead.set(Number(counts.eventHead));
  }

  #gauge(name: string, help: string): Gauge {
    return new Gauge({ name, help, registers: this.#registers });
  }

  #labelled<Label extends string>(name: string, help: string, label: Label): Gauge<Label> {
    return new Gauge({ name, help, labelNames: [label], registers: this.#registers });
  }
}
