import type { Clock } from '../clock.ts';
import { RequestError } from '../errors.ts';
import type { NewEvent } from '../events/event.ts';
import type { FundingOutpoint } from '../lightning/node.ts';
import type { Log } from '../log.ts';
import type { Channel } from '../payments/channel.ts';
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
export type ChannelDecision =
  | { readonly state: 'opened'; readonly fundingOutpoint: FundingOutpoint }
  | { readonly state: 'failed' };

interface Parts {
  readonly store: HeldChannelStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Requests for channels that a person decides, because the node that was asked is another one now. */
export class HeldChannels {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Ends a held request. `receiptOf` writes the answer into the same transaction (FC-31). */
  async resolve(
    id: string,
    decision: ChannelDecision,
    actor: string,
    receiptOf?: (channel: Channel) => Receipt,
  ): Promise<Channel> {
    const { store, clock, random, log } = this.#parts;
    const now = clock.now();
    const end: ChannelEnd =
      decision.state === 'opened' ? decision : { state: 'failed', reason: 'operator' };
    const audit: AuditEntry = {
      ...{ actor, action: 'channel.resolved', subject: id, detail: { ...decision } },
      createdAt: now,
    };
    const done = await store.resolve(
      id,
      end,
      audit,
      (ended, spent) => channelEndEvents(ended, spent, now, random),
      receiptOf,
    );
    if (done) {
      log.info('held channel resolved', { channel: id, state: done.state });
      return done;
    }
    const channel = await store.find(id);
    if (!channel) throw new RequestError('not-found', 'There is no channel with this id');
    throw new RequestError('invalid-request', `Only a held one is decided; it is ${channel.state}`);
  }
}
