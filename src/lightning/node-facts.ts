import type { Clock } from '../clock.ts';
import type { NodeKey } from '../hex.ts';
import type { Msat } from '../msat.ts';
import type { LightningNode, Network, NodeBalance, NodeInfo } from './node.ts';

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
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #info: NodeInfo | undefined;
  #balance: NodeBalance | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(node: LightningNode, clock: Clock) {
    this.#node = node;
    this.#clock = clock;
  }

  /** Begins to ask; resolves after the first try, whatever came of it. */
  async start(): Promise<void> {
    const first = this.#read();
    this.#loop = first.then(async () => await this.#keepReading());
    await first;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  /** undefined until the node has answered once. */
  get network(): Network | undefined {
    return this.#info?.network;
  }

  /** Our node's own key; undefined until the node has answered once. */
  get nodeKey(): NodeKey | undefined {
    return this.#info?.nodeKey;
  }

  /** undefined when the node has not said so lately. */
  get inbound(): Msat | undefined {
    return this.#fresh ? this.#balance?.inbound : undefined;
  }

  /** undefined when the node has not answered lately. */
  get info(): NodeInfo | undefined {
    return this.#fresh ? this.#info : undefined;
  }

  get balance(): NodeBalance | undefined {
    return this.#fresh ? this.#balance : undefined;
  }

  get #fresh(): boolean {
    return this.#clock.now() - this.#readAt < 2 * LIFETIME_MS;
  }

  async #keepReading(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#clock.sleep(this.#fresh ? LIFETIME_MS : RETRY_MS, signal);
      if (!signal.aborted) await this.#read();
    }
  }

  async #read(): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(PATIENCE_MS)]);
    try {
      const [info, balance] = await Promise.all([
        this.#node.info(signal),
        this.#node.balance(signal),
      ]);
      this.#info = info;
      this.#balance = balance;
      this.#readAt = this.#clock.now();
    } catch {
      // A node that does not answer is no news here: its facts grow old and `/readyz` says so.
    }
  }
}
