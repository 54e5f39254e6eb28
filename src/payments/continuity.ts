import { NodeError } from '../errors.ts';
import type { PaymentHash } from '../hex.ts';
import type { LightningNode } from '../lightning/node.ts';
import type { Log } from '../log.ts';

/** What the guard remembers. */
export interface ContinuityStore {
  /** Keeps the node's key the first time; answers the one that is kept. */
  keepNodeKey(key: string): Promise<string>;
  /** The hash of our newest payment that is known to be paid. */
  newestPaid(): Promise<PaymentHash | undefined>;
}

interface Parts {
  readonly store: ContinuityStore;
  readonly node: LightningNode;
  readonly log: Log;
}

/** `same`: the node that made our payments, and it remembers them. */
export type NodeIdentity = 'same' | 'changed' | 'unreachable';

/**
 * Guards against a node that was replaced or lost its history: to such a node an old payment is "not
 * found", and believing that would pay it twice (lnd.md 2.5 b, 2.6). Looked at anew whenever contact
 * was lost, before the node's word is taken for anything.
 */
export class Continuity {
  readonly #parts: Parts;
  #trustedEpoch: number | undefined;
  #changed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Once changed it stays so until the server is started again by a person. */
  get changed(): boolean {
    return this.#changed;
  }

  async check(): Promise<NodeIdentity> {
    if (this.#changed) return 'changed';
    const { epoch } = this.#parts.node.contact;
    if (this.#trustedEpoch === epoch) return 'same';
    const identity = await this.#look();
    if (identity === 'same') this.#trustedEpoch = epoch;
    if (identity === 'changed') this.#tellChanged();
    return identity;
  }

  /** Whether the node was surely down at some moment after this one, so that older requests are gone. */
  restartedSince(moment: number): boolean {
    const { downAt } = this.#parts.node.contact;
    return downAt !== undefined && downAt > moment;
  }

  async #look(): Promise<NodeIdentity> {
    const { store, node } = this.#parts;
    try {
      const { nodeKey } = await node.info();
      if ((await store.keepNodeKey(nodeKey)) !== nodeKey) return 'changed';
      const canary = await store.newestPaid();
      if (canary === undefined) return 'same';
      const track = await node.trackPayment(canary);
      return track?.state === 'paid' ? 'same' : 'changed';
    } catch (error) {
      if (error instanceof NodeError) return 'unreachable';
      throw error;
    }
  }

  #tellChanged(): void {
    this.#changed = true;
    this.#parts.log.error('the node is another one, or lost its history: nothing is sent any more');
  }
}
