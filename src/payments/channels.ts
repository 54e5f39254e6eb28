import type { Clock } from '../clock.ts';
import { NodeError, RequestError } from '../errors.ts';
import { type NewEvent, newEvent } from '../events/event.ts';
import type { K1, NodeKey } from '../hex.ts';
import type { LightningNode } from '../lightning/node.ts';
import { newId, type Random } from '../random.ts';
import {
  type Channel,
  type ChannelState,
  channelEventData,
  channelFailureText,
} from './channel.ts';
import { Gate } from './gate.ts';
import type { ClaimLimits } from './withdrawals.ts';

/** What requests for channels need of the store. */
export interface ChannelRequestStore {
  /**
   * Takes a use of the offer and keeps the row, all or nothing. Throws RequestError in the words of
   * what stands against it: the offer, the k1, the day's limit, another channel to the same node.
   */
  request(channel: Channel, limits: ClaimLimits, event: NewEvent): Promise<void>;
  /** Keeps a row that closes its k1, and with it an offer of one use; false when the k1 has a row. */
  cancel(channel: Channel, eventsOf: (spent: boolean) => readonly NewEvent[]): Promise<boolean>;
  find(id: string): Promise<Channel | undefined>;
  /** The newest request with this k1; one that did not fail comes first. */
  findByK1(k1: K1): Promise<Channel | undefined>;
  list(filter: ChannelFilter, limit: number, after: string | undefined): Promise<Channel[]>;
  /** Forgets that wallets cancelled on offers of many uses, whose k1 ended long before. */
  removeCancelled(before: number): Promise<void>;
}

export interface ChannelFilter {
  readonly state?: ChannelState | undefined;
  readonly channelOfferId?: string | undefined;
  readonly since?: number | undefined;
}

/** What a wallet asks for, and on what terms. */
export interface WantedChannel {
  readonly channelOfferId: string;
  readonly k1: K1;
  readonly nodeKey: NodeKey;
  readonly capacitySat: number;
  readonly pushSat: number;
  readonly private: boolean;
  readonly satPerVbyte: number | undefined;
}

/** What moves a request on. */
export interface Opening {
  /** Resolves when a step is done, whatever came of it. Never rejects. */
  advance(id: string): Promise<void>;
  /** No more can be begun at the moment. */
  readonly isFull: boolean;
}

interface Parts {
  readonly store: ChannelRequestStore;
  readonly node: Pick<LightningNode, 'isPeerConnected'>;
  readonly opening: Opening;
  readonly clock: Clock;
  readonly random: Random;
  readonly serverDay: ClaimLimits['serverDay'];
  readonly ownKey: () => NodeKey | undefined;
  /** Whether channels may be opened at all. */
  readonly mayOpen: () => boolean;
}

/** wallets call before their connection stands. This much of the 3 s is theirs. */
const PEER_PATIENCE_MS = 1_400;
const PEER_EVERY_MS = 200;
/** Calls that ask the node for a peer again and again, at once. */
const PEER_WAITS_AT_ONCE = 16;
/** After that the wallet hears that its channel is on the way, for that is what is known. */
const OPEN_PATIENCE_MS = 800;

/** Requests for channels: checks one, takes it from its offer, and leaves the opening to the opener. */
export class Channels {
  readonly #parts: Parts;
  readonly #peerWaits = new Gate(PEER_WAITS_AT_ONCE);

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * LUD-02: takes a request that is no repeat. Returns when it is durably kept; nothing that is
   * refused here has taken anything.
   */
  async request(wanted: WantedChannel, signal: AbortSignal): Promise<Channel> {
    const { store, clock, random, serverDay, opening, ownKey } = this.#parts;
    this.assertGoing();
    // LUD02-8.
    if (wanted.nodeKey === ownKey()) throw refused(channelFailureText('to-self'));
    await this.#awaitPeer(wanted.nodeKey, signal);
    if (opening.isFull) throw new NodeError('node-timeout', 'Our node is busy, try again shortly');
    const channel: Channel = {
      ...wanted,
      id: newId('ch', random),
      state: 'requested',
      fundingOutpoint: undefined,
      reason: undefined,
      ambiguousAt: undefined,
      createdAt: clock.now(),
      endedAt: undefined,
    };
    const data = channelEventData(channel);
    const event = newEvent('channel.requested', data, channel.createdAt, random);
    // Whoever gave up has told the wallet that nothing was taken.
    if (signal.aborted) throw new NodeError('node-timeout', 'The Lightning node is too slow');
    try {
      await store.request(channel, { serverDay }, event);
    } catch (error) {
      // Two calls with one k1 raced: the loser answers as a repeat does.
      const winner = await this.repeated(wanted.k1, wanted.nodeKey);
      if (winner) return winner;
      throw error;
    }
    return channel;
  }

  /** Throws why no channel may be opened at the moment: then none is to be offered either. */
  assertGoing(): void {
    if (this.#parts.mayOpen()) return;
    throw new RequestError('link-spent', 'No channels are opened at the moment, try again later');
  }

  /**
   * LUD-02: what the wallet is to hear of its request. Returns when the channel is pending or not
   * refused within a moment; throws in words for the wallet when the node has refused it.
   */
  async assertAccepted({ id }: Pick<Channel, 'id'>): Promise<void> {
    const { store, opening, clock } = this.#parts;
    const told = new AbortController();
    await Promise.race([opening.advance(id), clock.sleep(OPEN_PATIENCE_MS, told.signal)]);
    told.abort();
    const channel = await store.find(id);
    if (channel?.state === 'failed') throw refused(channelFailureText(channel.reason));
  }

  /**
   * LUD02-6: the same k1 for the same node is the same request. For another node it is refused, unless
   * the first is known to have failed.
   */
  async repeated(k1: K1, nodeKey: NodeKey): Promise<Channel | undefined> {
    const before = await this.#parts.store.findByK1(k1);
    if (!before || before.state === 'failed') return undefined;
    if (before.state === 'cancelled') throw used('This channel was cancelled, scan the code again');
    if (before.nodeKey === nodeKey) return before;
    throw used('already used');
  }

  /**
   * LUD02-4: the wallet does not want the channel. Nothing is opened by this k1 any more; cancelling
   * again is no error. Throws when a channel was asked for by it.
   */
  async cancel(unwanted: Omit<WantedChannel, 'nodeKey'>): Promise<void> {
    const { store, clock, random } = this.#parts;
    const now = clock.now();
    const channel: Channel = {
      ...unwanted,
      id: newId('ch', random),
      nodeKey: undefined,
      state: 'cancelled',
      fundingOutpoint: undefined,
      reason: undefined,
      ambiguousAt: undefined,
      createdAt: now,
      endedAt: now,
    };
    const { channelOfferId } = channel;
    const done = await store.cancel(channel, (spent) => [
      newEvent('channel.cancelled', channelEventData(channel), now, random),
      ...(spent
        ? [newEvent('link.spent', { id: channelOfferId, kind: 'channel' }, now, random)]
        : []),
    ]);
    if (done) return;
    const before = await store.findByK1(channel.k1);
    if (before?.state !== 'cancelled') throw used('too late, the channel is being opened');
  }

  async get(id: string): Promise<Channel> {
    const channel = await this.#parts.store.find(id);
    if (!channel) throw new RequestError('not-found', 'There is no channel with this id');
    return channel;
  }

  async list(filter: ChannelFilter, limit: number, after: string | undefined): Promise<Channel[]> {
    return await this.#parts.store.list(filter, limit, after);
  }

  /** A chore: see the store. */
  async removeCancelled(before: number): Promise<void> {
    await this.#parts.store.removeCancelled(before);
  }

  /** LUD02-5: waits a moment for a wallet that called before its connection stood. */
  async #awaitPeer(nodeKey: NodeKey, signal: AbortSignal): Promise<void> {
    const { node, clock } = this.#parts;
    const until = clock.now() + PEER_PATIENCE_MS;
    if (await node.isPeerConnected(nodeKey, signal)) return;
    await this.#peerWaits.run(async () => {
      while (clock.now() < until) {
        await clock.sleep(PEER_EVERY_MS, signal);
        if (await node.isPeerConnected(nodeKey, signal)) return;
      }
      throw refused(channelFailureText('peer-offline'));
    }, signal);
  }
}

function refused(message: string): RequestError {
  return new RequestError('invalid-request', message);
}

function used(message: string): RequestError {
  return new RequestError('k1-used', message);
}
