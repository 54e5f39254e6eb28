import type { Clock } from '../clock.ts';
import { NodeError } from '../errors.ts';
import type { LightningNode } from '../lightning/node.ts';
import type { Log } from '../log.ts';
import { eachAtOnce } from './at-once.ts';
import type { Invoice } from './invoice.ts';
import type { Settlement } from './settlement.ts';

/** What watching needs of the store. */
export interface OpenInvoiceStore {
  /** Open invoices in a fixed order, after the one with this id. */
  open(limit: number, after: string | undefined): Promise<Invoice[]>;
  /** Open invoices that somebody asked to have cancelled, after the one with this id. */
  toCancel(limit: number, after: string | undefined): Promise<Invoice[]>;
  /** Asks for the oldest open invoices beyond the caps to be cancelled; answers how many. */
  askToCancelBeyond(caps: OpenInvoiceCaps, now: number): Promise<number>;
}

/** LUD06-16: how many invoices may be open on one link, for one caller and for all together. */
export interface OpenInvoiceCaps {
  readonly perCaller: number;
  readonly perLink: number;
}

const CAPS: OpenInvoiceCaps = { perCaller: 1_000, perLink: 10_000 };

interface Parts {
  readonly store: OpenInvoiceStore;
  readonly settlement: Settlement;
  readonly node: LightningNode;
  readonly clock: Clock;
  readonly log: Log;
}

const SWEEP_EVERY_MS = 30_000;
const PAGE = 500;
const NODE_CALLS_AT_ONCE = 8;
const RECONNECT_MIN_MS = 250;
const RECONNECT_MAX_MS = 10_000;

/**
 * Learns which invoices were paid. The node's stream is for speed only: it may skip, repeat and end.
 * The sweep asks for each of our own open invoices and is the truth: at the start, after every
 * reconnect, and on a timer (design.md 3.1).
 */
export class InvoiceWatch implements AsyncDisposable {
  readonly #parts: Parts;
  readonly #stop = new AbortController();
  #loops: readonly Promise<void>[] = [];
  #round: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#loops = [this.#follow(), this.#sweepOnTimer()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    await this.#round.catch(() => undefined);
  }

  /** Asks the node about every open invoice. One round at a time; throws when the node fails. */
  async sweep(): Promise<void> {
    this.#round = this.#round.catch(() => undefined).then(async () => await this.#sweepOnce());
    await this.#round;
  }

  async #sweepOnce(): Promise<void> {
    const { store, clock, log } = this.#parts;
    const asked = await store.askToCancelBeyond(CAPS, clock.now());
    if (asked > 0) log.warn('too many open invoices, cancelling the oldest', { count: asked });
    await this.#cancelAsked();
    let linkEnded = false;
    await this.#eachOf(store.open.bind(store), async (invoice) => {
      if (await this.#look(invoice)) linkEnded = true;
    });
    if (linkEnded) await this.#cancelAsked();
  }

  /** FC-9: what must not be paid any more is made unpayable at the node; the node has the last word. */
  async #cancelAsked(): Promise<void> {
    const { store } = this.#parts;
    await this.#eachOf(store.toCancel.bind(store), async (invoice) => {
      await this.#cancel(invoice);
      await this.#look(invoice);
    });
  }

  /** Goes through a listing page by page; what stays in it is not met twice. */
  async #eachOf(
    list: (limit: number, after: string | undefined) => Promise<Invoice[]>,
    work: (invoice: Invoice) => Promise<void>,
  ): Promise<void> {
    let after: string | undefined;
    while (!this.#stop.signal.aborted) {
      const page = await list(PAGE, after);
      await eachAtOnce(page, NODE_CALLS_AT_ONCE, work);
      after = page.at(-1)?.id;
      if (page.length < PAGE) return;
    }
  }

  /** The node refuses to cancel what was paid in the meantime, and that must hold up nothing. */
  async #cancel({ id, paymentHash }: Invoice): Promise<void> {
    const { node, log } = this.#parts;
    if (this.#stop.signal.aborted) return;
    try {
      await node.cancelInvoice(paymentHash, this.#stop.signal);
    } catch (error) {
      if (!(error instanceof NodeError) || error.code !== 'node-rejected') throw error;
      log.debug('the node did not cancel an invoice', { invoice: id });
    }
  }

  /**
   * Answers true when a one-time link has ended. An invoice that the node does not know proves
   * nothing: it stays open and is asked for again.
   */
  async #look({ paymentHash }: Invoice): Promise<boolean> {
    const { node, settlement } = this.#parts;
    if (this.#stop.signal.aborted) return false;
    const update = await node.lookupInvoice(paymentHash, this.#stop.signal);
    return update !== undefined && (await settlement.apply(update));
  }

  async #follow(): Promise<void> {
    const { node, settlement, clock } = this.#parts;
    const { signal } = this.#stop;
    let waitMs = RECONNECT_MIN_MS;
    while (!signal.aborted) {
      const attempt = new AbortController();
      try {
        const updates = node
          .watchInvoices(AbortSignal.any([signal, attempt.signal]))
          [Symbol.asyncIterator]();
        let next = updates.next(); // Subscribed before the sweep, so that nothing falls between.
        next.catch(() => undefined);
        await this.sweep();
        waitMs = RECONNECT_MIN_MS;
        for (let step = await next; !step.done; step = await next) {
          next = updates.next();
          next.catch(() => undefined);
          if (await settlement.apply(step.value)) await this.#cancelAsked();
        }
      } catch (error) {
        this.#told('the invoice stream broke', error);
      } finally {
        attempt.abort(); // Whatever broke, nothing of the old stream is left at the node.
      }
      await clock.sleep(waitMs, signal);
      waitMs = Math.min(waitMs * 2, RECONNECT_MAX_MS);
    }
  }

  async #sweepOnTimer(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#stop;
    for (;;) {
      await clock.sleep(SWEEP_EVERY_MS, signal);
      if (signal.aborted) return;
      try {
        await this.sweep();
      } catch (error) {
        this.#told('the sweep over open invoices stopped early', error);
      }
    }
  }

  /** A stopped node is expected to fail its calls, and that is told once an attempt. */
  #told(message: string, error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const code =
      typeof error === 'object' && error !== null && 'code' in error ? error.code : 'internal';
    this.#parts.log.warn(message, { code: String(code) });
  }
}
