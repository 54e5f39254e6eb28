import type { Clock } from '../clock.ts';
import { NodeError } from '../errors.ts';
import { type NewEvent, newEvent } from '../events/event.ts';
import type { ChannelEnding, FundingOutpoint, LightningNode } from '../lightning/node.ts';
import type { Log } from '../log.ts';
import type { Random } from '../random.ts';
import {
  type Channel,
  type ChannelFailure,
  type ChannelHeldReason,
  channelEventData,
  channelMemo,
} from './channel.ts';
import type { Continuity } from './continuity.ts';

/** How a request ends. */
export type ChannelEnd =
  | { readonly state: 'opened'; readonly fundingOutpoint: FundingOutpoint }
  | { readonly state: 'failed'; readonly reason: ChannelFailure };

/** What opening needs of the store. Each method is one transaction and a compare-and-set. */
export interface ChannelOpenerStore {
  /** Requests whose end is not known and that no person decides, oldest first, after this id. */
  unfinished(limit: number, after: string | undefined): Promise<Channel[]>;
  find(id: string): Promise<Channel | undefined>;
  /** The fence, requested → opening. undefined: somebody was first, and this caller must not ask. */
  begin(id: string, now: number): Promise<Channel | undefined>;
  /** The call ended without a word of the node. */
  doubt(id: string, now: number): Promise<Channel | undefined>;
  /** requested, opening or held → opened or failed. undefined: it had ended already. */
  finish(
    id: string,
    end: ChannelEnd,
    now: number,
    eventsOf: (channel: Channel, spent: boolean) => readonly NewEvent[],
  ): Promise<Channel | undefined>;
  /** opening → held. */
  hold(
    id: string,
    reason: ChannelHeldReason,
    eventOf: (channel: Channel) => NewEvent,
  ): Promise<Channel | undefined>;
}

interface Parts {
  readonly store: ChannelOpenerStore;
  readonly node: Pick<LightningNode, 'isPeerConnected' | 'openChannel' | 'findChannel'>;
  readonly continuity: Pick<Continuity, 'check' | 'restartedSince'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** LUD02-7: a peer gets so long to agree; after that the channel is looked for by its memo. */
const OPEN_PATIENCE_MS = 20_000;
const ASK_PATIENCE_MS = 10_000;
/** A request that the node was not asked for in so long is nothing that a wallet still waits for. */
const REQUEST_LIFE_MS = 10 * 60_000;
/** After that no call of ours can still be on its way to the node. */
const DELIVERY_MS = 60_000;
/**
 * A node gives up a silent peer ten minutes after its last message, and looks once a minute. A peer
 * sends one message before the last one, so it can take that long twice, and some time is left over.
 */
const ABSENT_AFTER_MS = 25 * 60_000;

/** Moves requests on: asks the node once, and looks for the channel when nobody heard how that ended. */
export class ChannelOpener {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * One step for one request, by what is known of it now; for one request one step at a time. Never
   * throws for what the node does: what is not known stays where it is and is looked for again.
   */
  async advance(id: string, stop: AbortSignal): Promise<void> {
    const channel = await this.#parts.store.find(id);
    if (channel?.state === 'requested') await this.#open(channel, stop);
    else if (channel?.state === 'opening') await this.#reconcile(channel, stop);
  }

  /** Nothing was asked yet, so everything that is odd ends the request without a loss. */
  async #open(channel: Channel, stop: AbortSignal): Promise<void> {
    const { store, clock, continuity } = this.#parts;
    const isLate = clock.now() > channel.createdAt + REQUEST_LIFE_MS;
    if (isLate || (await continuity.check()) !== 'same') {
      await this.#finish(channel, { state: 'failed', reason: 'never-opened' });
      return;
    }
    const fenced = await store.begin(channel.id, clock.now());
    if (!fenced) return;
    const ending = await this.#ask(fenced, stop);
    if (ending.state !== 'unknown') {
      await this.#finish(fenced, ending);
      return;
    }
    const doubted = await store.doubt(fenced.id, clock.now());
    if (doubted) await this.#reconcile(doubted, stop);
  }

  /** The one call that opens a channel. Giving up on it says nothing of its end. */
  async #ask(channel: Channel, stop: AbortSignal): Promise<ChannelEnding> {
    const { node } = this.#parts;
    const { nodeKey: peer, capacitySat, pushSat, satPerVbyte } = channel;
    if (peer === undefined) throw new Error('a channel is for nobody');
    const memo = channelMemo(channel);
    const terms = { capacitySat, pushSat, private: channel.private, satPerVbyte };
    return await this.#within(
      OPEN_PATIENCE_MS,
      stop,
      async (signal) => await node.openChannel({ peer, ...terms, memo }, signal),
    );
  }

  /** Looks for the channel; that it is not there counts only with a proof that it will never be. */
  async #reconcile(channel: Channel, stop: AbortSignal): Promise<void> {
    const identity = await this.#parts.continuity.check();
    // To another node, or one that forgot, every channel of before is "not found".
    if (identity === 'changed') await this.#hold(channel, 'node-changed');
    if (identity !== 'same') return;
    const end = await this.#look(channel, stop);
    if (end) await this.#finish(channel, end);
  }

  /** undefined: nobody knows yet. */
  async #look(channel: Channel, stop: AbortSignal): Promise<ChannelEnd | undefined> {
    const { node } = this.#parts;
    try {
      return await this.#within(ASK_PATIENCE_MS, stop, async (signal) => {
        // The proof comes first: whatever appeared before it held is found by the search after it.
        const isAbsent = await this.#isAbsent(channel, signal);
        const fundingOutpoint = await node.findChannel(channelMemo(channel), signal);
        if (fundingOutpoint !== undefined) return { state: 'opened', fundingOutpoint };
        return isAbsent ? { state: 'failed', reason: 'never-opened' } : undefined;
      });
    } catch (error) {
      if (error instanceof NodeError) return undefined;
      throw error;
    }
  }

  /** Whether a channel that is not there by now will never come. */
  async #isAbsent({ ambiguousAt, nodeKey }: Channel, signal: AbortSignal): Promise<boolean> {
    const { node, clock, continuity } = this.#parts;
    if (ambiguousAt === undefined || nodeKey === undefined) return false;
    if (continuity.restartedSince(ambiguousAt)) return true;
    const passedMs = clock.now() - ambiguousAt;
    if (passedMs > ABSENT_AFTER_MS) return true;
    // A node drops what it was opening with a peer that leaves.
    return passedMs > DELIVERY_MS && !(await node.isPeerConnected(nodeKey, signal));
  }

  async #within<T>(
    durationMs: number,
    stop: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const done = new AbortController();
    const late = new AbortController();
    const timer = this.#parts.clock
      .sleep(durationMs, AbortSignal.any([done.signal, stop]))
      .then(() => late.abort());
    try {
      return await work(late.signal);
    } finally {
      done.abort();
      await timer;
    }
  }

  async #finish(channel: Channel, end: ChannelEnd): Promise<void> {
    const { store, clock, random, log } = this.#parts;
    const now = clock.now();
    const done = await store.finish(channel.id, end, now, (ended, spent) =>
      channelEndEvents(ended, spent, now, random),
    );
    if (!done) return;
    log.info('channel request ended', { channel: done.id, state: done.state, reason: done.reason });
  }

  async #hold(channel: Channel, reason: ChannelHeldReason): Promise<void> {
    const { store, clock, random, log } = this.#parts;
    const now = clock.now();
    const held = await store.hold(channel.id, reason, (row) =>
      newEvent('channel.held', channelEventData(row), now, random),
    );
    if (held) log.warn('channel held: a person must decide', { channel: held.id, reason });
  }
}

/** What is told when a request has ended. */
export function channelEndEvents(
  ended: Channel,
  spent: boolean,
  now: number,
  random: Random,
): readonly NewEvent[] {
  const type = ended.state === 'opened' ? 'channel.opened' : 'channel.failed';
  const event = newEvent(type, channelEventData(ended), now, random);
  if (!spent) return [event];
  const link = { id: ended.channelOfferId, kind: 'channel' } as const;
  return [event, newEvent('link.spent', link, now, random)];
}
