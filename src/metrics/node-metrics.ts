import type { Registry } from 'prom-client';
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';

/** What is known of the node without asking it. */
export interface NodeReading {
  /** The words that `health` may be. */
  readonly healthKinds: readonly string[];
  readonly health: string;
  /** What it can send and receive, in millisatoshi; undefined when it has not said so lately. */
  readonly balance: { readonly outbound: bigint; readonly inbound: bigint } | undefined;
}

/** One call to the node and how it ended. */
interface Call {
  readonly method: string;
  readonly outcome: string;
  /** undefined for calls that last as long as what they tell of. */
  readonly durationMs: number | undefined;
}

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SECOND_MS = 1_000;
/** Shares are told to a ten-thousandth. */
const PARTS = 10_000n;

/** How the node does, and how it answers. */
export class NodeMetrics {
  readonly #calls: Counter<'method' | 'outcome'>;
  readonly #durations: Histogram<'method'>;
  readonly #up: Gauge;
  readonly #health: Gauge<'kind'>;
  readonly #liquidity: Gauge<'direction'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#calls = new Counter({
      name: 'boltgate_node_calls_total',
      help: 'Calls to the node by method and outcome: ok, or who ended it. The demo node is not counted.',
      labelNames: ['method', 'outcome'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'boltgate_node_call_duration_seconds',
      help: 'Time until the node answered. Payments, channels and endless streams are not timed.',
      labelNames: ['method'],
      buckets: BUCKETS,
      registers,
    });
    this.#up = new Gauge({
      name: 'boltgate_node_up',
      help: '1 while the node answers and knows its chain.',
      registers,
    });
    this.#health = new Gauge({
      name: 'boltgate_node_health',
      help: '1 for the word that says how the node does, 0 for all others.',
      labelNames: ['kind'],
      registers,
    });
    this.#liquidity = new Gauge({
      name: 'boltgate_node_liquidity_ratio',
      help: 'Share of the liquidity in our channels that is in or out, 0 to 1; absent when not known.',
      labelNames: ['direction'],
      registers,
    });
  }

  called({ method, outcome, durationMs }: Call): void {
    this.#calls.inc({ method, outcome });
    if (durationMs !== undefined) this.#durations.observe({ method }, durationMs / SECOND_MS);
  }

  read({ healthKinds, health, balance }: NodeReading): void {
    this.#up.set(health === 'ok' ? 1 : 0);
    for (const kind of healthKinds) this.#health.set({ kind }, kind === health ? 1 : 0);
    this.#liquidity.reset();
    if (!balance) return;
    const { inbound, outbound } = balance;
    const all = inbound + outbound;
    this.#liquidity.set({ direction: 'in' }, shareOf(inbound, all));
    this.#liquidity.set({ direction: 'out' }, shareOf(outbound, all));
  }
}

/** Without a channel there is nothing of either. */
function shareOf(part: bigint, all: bigint): number {
  return all === 0n ? 0 : Number((part * PARTS) / all) / Number(PARTS);
}
