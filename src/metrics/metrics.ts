import Gauge from 'prom-client/lib/gauge.js';
import Registry from 'prom-client/lib/registry.js';
import { HttpMetrics } from './http-metrics.ts';
import { type LedgerReading, type MoneyCounts, MoneyMetrics } from './money-metrics.ts';
import { NodeMetrics, type NodeReading } from './node-metrics.ts';

/** What is looked up when somebody reads the metrics. */
export interface Readings {
  /** Rejects when the store does not answer. */
  readonly counts: () => Promise<MoneyCounts>;
  readonly node: () => NodeReading;
  readonly ledger: () => LedgerReading;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The metrics as Prometheus reads them. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/**
 * All that we measure of one service. No label ever holds an id, a token, a key or an address: each
 * value is from a closed list of ours.
 */
export class Metrics {
  readonly http: HttpMetrics;
  readonly money: MoneyMetrics;
  readonly node: NodeMetrics;
  readonly #registry = new Registry();
  readonly #storeUp: Gauge;
  #seesProcess = false;

  constructor() {
    this.http = new HttpMetrics(this.#registry);
    this.money = new MoneyMetrics(this.#registry);
    this.node = new NodeMetrics(this.#registry);
    this.#storeUp = new Gauge({
      name: 'boltgate_store_up',
      help: '1 while the store answers. What it counts keeps its last value meanwhile.',
      registers: [this.#registry],
    });
  }

  async exposition({ counts, node, ledger, now }: Readings): Promise<Exposition> {
    await this.#watchProcess();
    const counted = await counts().catch(() => undefined);
    this.#storeUp.set(counted ? 1 : 0);
    this.money.read(counted, ledger(), now());
    this.node.read(node());
    this.http.collect();
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  /** From the first reading on: a process that nobody watches needs no observers, and no start waits for them. */
  async #watchProcess(): Promise<void> {
    if (this.#seesProcess) return;
    this.#seesProcess = true;
    const { collectDefaultMetrics } = await import('prom-client');
    collectDefaultMetrics({ register: this.#registry });
  }
}
