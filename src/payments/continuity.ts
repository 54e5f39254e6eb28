import { NodeError } from '../errors.ts';
import type { NodeKey, PaymentHash } from '../hex.ts';
import type { LightningNode } from '../lightning/node.ts';
import type { Log } from '../log.ts';

/** What the guard remembers. */
export interface ContinuityStore {
  /** Keeps the node's key the first time; answers the one that is kept. */
  keepNodeKey(key: string): Promise<string>;
  /** The hash of our newest payment that the node itself proved to be paid. */
  newestPaid(): Promise<PaymentHash | undefined>;
}

interface Parts {
  readonly store: ContinuityStore;
  readonly node: Pick<LightningNode, 'contact' | 'info' | 'trackPayment'>;
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
    if (this.isFresh) return 'same';
    const identity = await this.#look();
    if (identity === 'changed') this.#tellChanged();
    return identity;
  }

  /** Whether contact has held since the node was found to be the same: what it says meanwhile counts. */
  get isFresh(): boolean {
    return this.#trustedEpoch === this.#parts.node.contact.epoch;
  }

  /** Whether the node was surely down at some moment after this one, so that older requests are gone. */
  restartedSince(moment: number): boolean {
    const { downAt } = this.#parts.node.contact;
    return downAt !== undefined && downAt > moment;
  }

  async #look(): Promise<NodeIdentity> {
    const { store, node } = this.#parts;
    try {
      const asked = await this.#askWho();
      if (!asked) return 'unreachable';
      const { nodeKey, epoch } = asked;
      if ((await store.keepNodeKey(nodeKey)) !== nodeKey) return 'changed';
      const canary = await store.newestPaid();
      if (canary !== undefined) {
        const track = await node.trackPayment(canary);
        if (track?.state !== 'paid') return 'changed';
      }
      // Lost on the way: who said the one thing need not be who said the other.
      if (node.contact.epoch !== epoch) return 'unreachable';
      this.#trustedEpoch = epoch;
      return 'same';
    } catch (error) {
      if (error instanceof NodeError) return 'unreachable';
      throw error;
    }
  }

  /**
   * Who answers, and in which contact. To ask may have made the contact, and an answer that came over
   * a lost one is nobody's: then it is asked once more.
   */
  async #askWho(): Promise<{ nodeKey: NodeKey; epoch: number } | undefined> {
    const { node } = this.#parts;
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const { epoch } = node.contact;
      const { nodeKey } = await node.info();
      if (node.contact.epoch === epoch) return { nodeKey, epoch };
    }
    return undefined;
  }

  #tellChanged(): void {
    this.#changed = true;
    this.#parts.log.error('the node is another one, or lost its history: nothing is sent any more');
  }
}
