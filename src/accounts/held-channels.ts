import type { Clock } from '../clock.ts';
import { NodeError, RequestError } from '../errors.ts';
import type { NewEvent } from '../events/event.ts';
import type { FundingOutpoint, LightningNode } from '../lightning/node.ts';
import type { Log } from '../log.ts';
import { type Channel, channelMemo } from '../payments/channel.ts';
import { type ChannelEnd, channelEndEvents } from '../payments/channel-opener.ts';
import type { Random } from '../random.ts';
import type { AuditEntry } from './audit.ts';
import type { Receipt } from './receipt.ts';

/** What deciding needs of the store. */
export interface HeldChannelStore {
  /** held → opened or failed, with the line of who said so. undefined: it is not held. */
  resolve(
    id: string,
    end: ChannelEnd,
    audit: AuditEntry,
    eventsOf: (channel: Channel, spent: boolean) => readonly NewEvent[],
    receiptOf?: (channel: Channel) => Receipt,
  ): Promise<Channel | undefined>;
  find(id: string): Promise<Channel | undefined>;
}

/** What a person found out about a request that is held. */
export type ChannelDecision = {
  readonly note: string | undefined;
} & (
  | { readonly outcome: 'opened'; readonly fundingOutpoint: FundingOutpoint }
  | { readonly outcome: 'failed' }
);

interface Parts {
  readonly store: HeldChannelStore;
  readonly node: Pick<LightningNode, 'findChannel'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const PATIENCE_MS = 5_000;

/** Requests for channels that a person decides, because the node that was asked is another one now. */
export class HeldChannels {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Ends a held request as a person says; a channel that the node shows is there, whoever says what.
   * `receiptOf` writes the answer into the same transaction (FC-31).
   */
  async resolve(
    id: string,
    decision: ChannelDecision,
    actor: string,
    receiptOf?: (channel: Channel) => Receipt,
  ): Promise<Channel> {
    const { store, clock, random, log } = this.#parts;
    const held = await this.#getHeld(id);
    const end = endOf(decision, await this.#shown(held));
    const now = clock.now();
    const audit: AuditEntry = {
      ...{ actor, action: 'channel.resolved', subject: id, createdAt: now },
      detail: detailOf(decision, end, held),
    };
    const done = await store.resolve(
      id,
      end,
      audit,
      (ended, spent) => channelEndEvents(ended, spent, now, random),
      receiptOf,
    );
    if (!done) {
      await this.#getHeld(id);
      throw new Error('a held channel could not be ended');
    }
    log.info('held channel resolved', { channel: id, state: done.state });
    return done;
  }

  async #getHeld(id: string): Promise<Channel> {
    const channel = await this.#parts.store.find(id);
    if (!channel) throw new RequestError('not-found', 'There is no channel with this id');
    if (channel.state === 'held') return channel;
    throw new RequestError(
      'already-decided',
      `Only a held channel is decided by hand; it is ${channel.state}`,
    );
  }

  /** The channel as the node shows it now; undefined when it shows none, or says nothing. */
  async #shown(channel: Channel): Promise<FundingOutpoint | undefined> {
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      return await this.#parts.node.findChannel(channelMemo(channel), signal);
    } catch (error) {
      if (error instanceof NodeError) return undefined;
      throw error;
    }
  }
}

function endOf(decision: ChannelDecision, shown: FundingOutpoint | undefined): ChannelEnd {
  if (decision.outcome === 'failed') {
    if (shown === undefined) return { state: 'failed', reason: 'operator' };
    throw invalid('/outcome', 'must be opened: the node has the channel');
  }
  const { fundingOutpoint } = decision;
  if (shown === undefined || shown === fundingOutpoint) return { state: 'opened', fundingOutpoint };
  throw invalid('/fundingOutpoint', `must be ${shown}: the node says so`);
}

function invalid(pointer: string, detail: string): RequestError {
  const fields = [{ pointer, detail }];
  return new RequestError('invalid-request', `${pointer.slice(1)} ${detail}`, { fields });
}

function detailOf({ note }: ChannelDecision, end: ChannelEnd, held: Channel): AuditEntry['detail'] {
  return {
    outcome: end.state,
    ...(end.state === 'opened' && { fundingOutpoint: end.fundingOutpoint }),
    ...(held.reason !== undefined && { heldFor: held.reason }),
    ...(note !== undefined && { note }),
  };
}
