import type { Clock } from '../../clock.ts';
import type { NodeKey } from '../../hex.ts';
import type { Random } from '../../random.ts';
import { endingOfYes } from '../channel-point.ts';
import type { ChannelEnding, ChannelRefusal, OpenChannelRequest } from '../node.ts';
import type { DemoFaults } from './faults.ts';
import { type Identities, type NodeName, otherThan } from './identity.ts';
import type { Ledger } from './ledger.ts';
import { onAbort } from './updates.ts';

interface Parts {
  readonly identities: Identities;
  readonly ledger: Ledger;
  readonly faults: DemoFaults;
  readonly clock: Clock;
  readonly random: Random;
}

/** An opening whose peer does not answer. */
interface Waiting {
  readonly opener: NodeName;
  readonly request: OpenChannelRequest;
  readonly since: number;
  readonly tell: (ending: ChannelEnding) => void;
}

const MIN_CAPACITY_SAT = 20_000;
const MAX_CAPACITY_SAT = 16_777_215;
const MAX_MEMO_BYTES = 500;
/** After that a node gives up a peer that does not answer. */
const PEER_PATIENCE_MS = 11 * 60_000;
const UNKNOWN: ChannelEnding = { state: 'unknown' };

/**
 * Connections and channels of the demo nodes. No block is ever found here: a channel stays pending
 * and moves no balance. Connections are not remembered, and end when our node goes down.
 */
export class DemoChannels {
  readonly #parts: Parts;
  /** Which pairs are connected, and since which life of our node. */
  readonly #connections = new Map<string, number>();
  readonly #waiting = new Map<string, Waiting>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  connect(name: NodeName, peer: NodeKey): void {
    this.#connections.set(this.#pair(name, peer), this.#life);
  }

  /** What was being opened with that peer is given up. */
  disconnect(name: NodeName, peer: NodeKey): void {
    this.#connections.delete(this.#pair(name, peer));
    for (const [memo, { opener, request, tell }] of this.#waiting) {
      if (this.#pair(opener, request.peer) !== this.#pair(name, peer)) continue;
      this.#waiting.delete(memo);
      tell({ state: 'failed', reason: 'peer-offline' });
    }
  }

  isConnected(name: NodeName, peer: NodeKey): boolean {
    return this.#connections.get(this.#pair(name, peer)) === this.#life;
  }

  async open(
    opener: NodeName,
    request: OpenChannelRequest,
    signal: AbortSignal | undefined,
  ): Promise<ChannelEnding> {
    const refusal = this.#refusalOf(opener, request);
    if (refusal) return { state: 'failed', reason: refusal };
    const behaviour = this.#parts.faults.takeChannel();
    switch (behaviour.kind) {
      case 'open':
        return this.#make(opener, request);
      case 'unknown':
        this.#make(opener, request);
        return UNKNOWN;
      case 'hang':
        return await this.#wait(opener, request, signal);
      case 'cut':
        return UNKNOWN;
      case 'empty':
        return endingOfYes('', 0);
      case 'fail':
        return { state: 'failed', reason: behaviour.reason };
    }
  }

  /** The channel with this memo; undefined when there is none now. */
  find(opener: NodeName, memo: string): string | undefined {
    const { ledger } = this.#parts;
    return ledger.channels.find((one) => one.opener === opener && one.memo === memo)
      ?.fundingOutpoint;
  }

  /** The peer answers at last, or the node gives it up. Throws RangeError when nothing waits. */
  release(memo: string, ending: 'open' | 'drop'): void {
    const waiting = this.#waiting.get(memo);
    const { clock } = this.#parts;
    if (!waiting || clock.now() - waiting.since > PEER_PATIENCE_MS) {
      throw new RangeError('no opening of this memo waits');
    }
    this.#waiting.delete(memo);
    const { opener, request, tell } = waiting;
    tell(
      ending === 'open' ? this.#make(opener, request) : { state: 'failed', reason: 'peer-refused' },
    );
  }

  /** What a node refuses before it asks anybody. */
  #refusalOf(opener: NodeName, request: OpenChannelRequest): ChannelRefusal | undefined {
    const { peer, capacitySat, pushSat, memo } = request;
    if (pushSat >= capacitySat || Buffer.byteLength(memo) > MAX_MEMO_BYTES) return 'other';
    if (capacitySat < MIN_CAPACITY_SAT) return 'too-small';
    if (capacitySat > MAX_CAPACITY_SAT) return 'too-large';
    if (peer === this.#parts.identities[opener].nodeKey) return 'to-self';
    return this.isConnected(opener, peer) ? undefined : 'peer-offline';
  }

  #make(opener: NodeName, request: OpenChannelRequest): ChannelEnding {
    const { ledger, clock, random } = this.#parts;
    const ending = endingOfYes(Buffer.from(random(32)).toString('hex'), 0);
    if (ending.state !== 'opened') return ending;
    const { peer, memo, capacitySat, pushSat } = request;
    ledger.record({
      type: 'channel',
      ...{ opener, peer, memo, capacitySat, pushSat, private: request.private },
      fundingOutpoint: ending.fundingOutpoint,
      at: clock.now(),
    });
    return ending;
  }

  /** A call that is cut stops nothing: the node goes on waiting. Going down forgets it. */
  async #wait(
    opener: NodeName,
    request: OpenChannelRequest,
    signal: AbortSignal | undefined,
  ): Promise<ChannelEnding> {
    const { faults, clock } = this.#parts;
    return await new Promise((tell) => {
      this.#waiting.set(request.memo, { opener, request, since: clock.now(), tell });
      if (signal) onAbort(signal, () => tell(UNKNOWN));
      onAbort(faults.up, () => {
        this.#waiting.delete(request.memo);
        tell(UNKNOWN);
      });
    });
  }

  get #life(): number {
    return this.#parts.faults.contact.epoch;
  }

  /** The same for both ends. */
  #pair(name: NodeName, peer: NodeKey): string {
    const { identities } = this.#parts;
    const other = identities[otherThan(name)].nodeKey;
    // Seen from the other demo node, its peer is ours.
    if (peer === other) return [identities.ours.nodeKey, identities.customer.nodeKey].join();
    return [identities[name].nodeKey, peer].join();
  }
}
