import type { Registry } from 'prom-client';
import Counter from 'prom-client/lib/counter.js';
import Histogram from 'prom-client/lib/histogram.js';

/** One request and what became of it. `route` is a pattern of ours, never a path. */
interface Answered {
  readonly route: string;
  readonly method: string;
  readonly status: number;
  /** undefined for what goes on until somebody leaves. */
  readonly durationMs: number | undefined;
}

/** Seconds. A wallet is answered within three of them; a report of all books may take longer. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Anybody may send any word as a method; each would be a series of its own. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS']);

/** What was asked of us over HTTP, by route pattern. */
export class HttpMetrics {
  readonly #requests: Counter<'route' | 'method' | 'status'>;
  readonly #durations: Histogram<'route'>;
  readonly #refusals: Counter<'route' | 'code'>;
  readonly #hot: HotRoute[] = [];

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Counter({
      name: 'boltgate_http_requests_total',
      help: 'Requests by route pattern, method and class of the status. A wallet is refused with 2xx.',
      labelNames: ['route', 'method', 'status'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'boltgate_http_request_duration_seconds',
      help: 'Time from a request to the end of its answer. Streams and answers that lay ready are not timed.',
      labelNames: ['route'],
      buckets: BUCKETS,
      registers,
    });
    this.#refusals = new Counter({
      name: 'boltgate_wallet_refusals_total',
      help: 'Wallets that were told an error (LUD-01), by route pattern and code.',
      labelNames: ['route', 'code'],
      registers,
    });
  }

  answered({ route, method, status, durationMs }: Answered): void {
    const word = METHODS.has(method) ? method : 'other';
    this.#requests.inc({ route, method: word, status: classOf(status) });
    if (durationMs !== undefined) this.#durations.observe({ route }, durationMs / SECOND_MS);
  }

  refused(route: string, code: string): void {
    this.#refusals.inc({ route, code });
  }

  /** For a route that answers by the thousand: what it counts is added to the others when it is read. */
  hot(route: string): HotRoute {
    const durations = this.#durations.labels(route);
    const hot = new HotRoute(route, (durationMs) => durations.observe(durationMs / SECOND_MS));
    this.#hot.push(hot);
    return hot;
  }

  /** To be called before the metrics are read. */
  collect(): void {
    for (const hot of this.#hot) {
      const count = hot.take();
      const labels = { route: hot.route, method: 'GET', status: '2xx' };
      if (count > 0) this.#requests.inc(labels, count);
    }
  }
}

/** Wallets' GETs of one route. A labelled counter costs a microsecond, which an information call would feel. */
class HotRoute {
  readonly route: string;
  readonly #observe: (durationMs: number) => void;
  #count = 0;

  constructor(route: string, observe: (durationMs: number) => void) {
    this.route = route;
    this.#observe = observe;
  }

  /** The answer lay ready. */
  ready(): void {
    this.#count += 1;
  }

  answered(durationMs: number): void {
    this.#count += 1;
    this.#observe(durationMs);
  }

  /** What was counted since the last time. */
  take(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }
}

function classOf(status: number): string {
  return `${Math.floor(status / 100)}xx`;
}

const SECOND_MS = 1_000;
