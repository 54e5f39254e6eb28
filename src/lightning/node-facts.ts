import type { Clock } from '../clock.ts';
import type { NodeKey } from '../hex.ts';
import type { Msat } from '../msat.ts';
import type { LightningNode, Network, NodeBalance, NodeHealthKind, NodeInfo } from './node.ts';

/** How long what the node said of itself is believed. */
const LIFETIME_MS = 30_000;
const RETRY_MS = 2_000;
const PATIENCE_MS = 5_000;

/**
 * What the node said of itself lately, so that an information call never has to ask. Facts of a
 * node that does not answer any more grow old and are forgotten, except those that never change.
 */
export class NodeFacts implements AsyncDisposable {
  readonly #node: LightningNode;
  readonly #info: Fact<NodeInfo>;
  readonly #balance: Fact<NodeBalance>;

  constructor(node: LightningNode, clock: Clock) {
    this.#node = node;
    this.#info = new Fact(async (signal) => await node.info(signal), clock);
    // Read for itself: whoever only opens channels has no right to it, and is well all the same.
    this.#balance = new Fact(async (signal) => await node.balance(signal), clock);
  }

  /** Begins to ask; resolves after the first try, whatever came of it. */
  async start(): Promise<void> {
    await Promise.all([this.#info.start(), this.#balance.start()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#info, this.#balance].map((fact) => fact[Symbol.asyncDispose]()));
  }

  /** How the node does, in one word; without who it is nothing can be done with it. */
  get health(): NodeHealthKind {
    const { kind } = this.#node.health;
    if (kind !== 'ok' || this.info) return kind;
    return this.#info.last ? 'unreachable' : 'starting';
  }

  /** undefined until the node has answered once. */
  get network(): Network | undefined {
    return this.#info.last?.network;
  }

  /** Our node's own key; undefined until the node has answered once. */
  get nodeKey(): NodeKey | undefined {
    return this.#info.last?.nodeKey;
  }

  /** undefined when the node has not said so lately. */
  get inbound(): Msat | undefined {
    return this.balance?.inbound;
  }

  /** undefined when the node has not answered lately. */
  get info(): NodeInfo | undefined {
    return this.#info.recent;
  }

  /** undefined when the node has not said so lately. */
  get balance(): NodeBalance | undefined {
    return this.#balance.recent;
  }
}

/** One thing that is asked for again and again. */
class Fact<T> implements AsyncDisposable {
  readonly #ask: (signal: AbortSignal) => Promise<T>;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #last: T | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(ask: (signal: AbortSignal) => Promise<T>, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  async start(): Promise<void> {
    const first = this.#read();
    this.#loop = first.then(async () => await this.#keepReading());
    await first;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  /** However old it is. */
  get last(): T | undefined {
    return this.#last;
  }

  get recent(): T | undefined {
    return this.#isFresh ? this.#last : undefined;
  }

  get #isFresh(): boolean {
    return this.#clock.now() - this.#readAt < 2 * LIFETIME_MS;
  }

  async #keepReading(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#clock.sleep(this.#isFresh ? LIFETIME_MS : RETRY_MS, signal);
      if (!signal.aborted) await this.#read();
    }
  }

  async #read(): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(PATIENCE_MS)]);
    try {
      this.#last = await this.#ask(signal);
      this.#readAt = this.#clock.now();
    } catch {
      // A node that does not answer is no news here: its facts grow old and `/readyz` says so.
    }
  }
}
