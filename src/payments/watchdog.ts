import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Reconcile } from './reconcile.ts';
import type { ReconcileReport, ReconcileScope } from './reconcile-report.ts';

/** What the watchdog remembers over a restart. */
export interface WatchdogStore {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
}

interface Parts {
  readonly reconcile: Pick<Reconcile, 'run'>;
  readonly store: WatchdogStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** How ledger and node stand to each other, as far as we know. */
export type LedgerState = (typeof LEDGER_STATES)[number];

export const LEDGER_STATES = ['unchecked', 'agrees', 'differs'] as const;

const RECENT_EVERY_MS = 5 * 60_000;
const FULL_EVERY_MS = 24 * 3_600_000;
/** Name in the settings; there while they differ, with the moment when that was found. */
const SETTING = 'ledger_differs_since';

/**
 * Holds the ledger against the node at the start, every few minutes what is new, and once a day all
 * of it. When they part it says so loudly, and no money leaves (promise P6): what was sent is asked
 * for all the same, and money still comes in. Only a later look at everything that finds no
 * difference ends that, also after a restart.
 */
export class Watchdog implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #running: Promise<unknown> = Promise.resolve();
  #waiting: Promise<ReconcileReport> | undefined;
  #state: LedgerState = 'unchecked';
  #report: ReconcileReport | undefined;
  #fullAt = Number.NEGATIVE_INFINITY;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get state(): LedgerState {
    return this.#state;
  }

  /** What the last look found; undefined before the first one has ended. */
  get report(): ReconcileReport | undefined {
    return this.#report;
  }

  /** Knows again what was found before the restart. To be called before any money may leave. */
  async remember(): Promise<void> {
    if (await this.#parts.store.get(SETTING)) this.#state = 'differs';
  }

  start(): void {
    this.#loop = this.#rounds();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    await this.#running;
  }

  /** Looks at everything, now. Those who ask while others wait for the same share the answer. */
  async check(): Promise<ReconcileReport> {
    this.#waiting ??= this.#afterOthers('full');
    return await this.#waiting;
  }

  async #rounds(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const isFull = this.#state !== 'agrees' || clock.now() - this.#fullAt >= FULL_EVERY_MS;
      await this.#try(isFull ? 'full' : 'recent');
      await clock.sleep(RECENT_EVERY_MS, signal);
    }
  }

  async #try(scope: ReconcileScope): Promise<void> {
    try {
      await this.#afterOthers(scope);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const code =
        typeof error === 'object' && error !== null && 'code' in error ? error.code : 'internal';
      this.#parts.log.warn('ledger and node could not be compared and will be tried again', {
        code: String(code),
      });
    }
  }

  /** One at a time: each goes on from where the last one ended. */
  async #afterOthers(scope: ReconcileScope): Promise<ReconcileReport> {
    const run = this.#running.then(async () => {
      if (scope === 'full') this.#waiting = undefined;
      return await this.#run(scope);
    });
    this.#running = run.catch(() => undefined);
    return await run;
  }

  async #run(scope: ReconcileScope): Promise<ReconcileReport> {
    const report = await this.#parts.reconcile.run(scope, this.#stop.signal);
    this.#report = report;
    if (scope === 'full') this.#fullAt = report.at;
    if (!report.agrees) await this.#differ(report);
    else if (scope === 'full') await this.#agree();
    return report;
  }

  async #differ({ at, differences, more }: ReconcileReport): Promise<void> {
    const { log, store } = this.#parts;
    const [first] = differences;
    const fields = { differences: differences.length + more, kind: first?.kind, id: first?.id };
    if (this.#state !== 'differs') {
      log.error('the ledger and the node differ: no money leaves until they agree', fields);
    }
    this.#state = 'differs';
    await store.set(SETTING, new Date(at).toISOString());
  }

  async #agree(): Promise<void> {
    const { log, store } = this.#parts;
    if (this.#state === 'differs') {
      await store.set(SETTING, '');
      log.warn('the ledger and the node agree again: money may leave');
    }
    this.#state = 'agrees';
  }
}
