import { z } from 'zod';
import type { NodeKey } from '../../hex.ts';
import { hexToBytes } from '../../hex.ts';
import { endingOfYes } from '../channel-point.ts';
import type { ChannelEnding, FundingOutpoint, OpenChannelRequest } from '../node.ts';
import type { LndCalls } from './calls.ts';
import { nodeKeyField } from './fields.ts';
import { RPCS } from './rpcs.ts';
import { channelRefusalOf, LndFailure } from './status.ts';

const PEERS = z.object({ peers: z.array(z.object({ pub_key: nodeKeyField })) });

/** `txid:index`, as explorers write it. */
const POINT = z.string().regex(/^[0-9a-f]{64}:\d{1,10}$/);
const NOTED = z.object({ channel_point: POINT, memo: z.string() });
const IN_LIST = z.array(z.object({ channel: NOTED }));
const OPEN = z.object({ channels: z.array(NOTED) });
const PENDING = z.object({
  pending_open_channels: IN_LIST,
  pending_closing_channels: IN_LIST,
  pending_force_closing_channels: IN_LIST,
  waiting_close_channels: IN_LIST,
});

/** Of the updates only the first matters here: the transaction is signed by both. */
const OPENING = z.object({
  chan_pending: z
    .object({
      txid: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
      output_index: z.number().int(),
    })
    .nullable(),
});

const UNKNOWN: ChannelEnding = { state: 'unknown' };

/** Channels that we open for others over LND. */
export class LndChannels {
  readonly #calls: LndCalls;

  constructor(calls: LndCalls) {
    this.#calls = calls;
  }

  async isConnected(nodeKey: NodeKey, signal?: AbortSignal): Promise<boolean> {
    const asked = { latest_error: true };
    const { peers } = await this.#calls.unary(RPCS.listPeers, asked, PEERS, signal);
    return peers.some((peer) => peer.pub_key === nodeKey);
  }

  /**
   * Asks once. LND knows no second call of the same wish and takes none back: all that it does not say
   * itself is unknown, also the good end without a transaction that it gives when it goes down.
   */
  async open(request: OpenChannelRequest, signal?: AbortSignal): Promise<ChannelEnding> {
    if (signal?.aborted) return UNKNOWN;
    try {
      const updates = this.#calls.stream(RPCS.openChannel, openingOf(request), OPENING, signal);
      for await (const { chan_pending: pending } of updates) {
        if (pending) return endingOfYes(displayed(pending.txid), pending.output_index);
      }
      return UNKNOWN;
    } catch (error) {
      if (!(error instanceof LndFailure)) return UNKNOWN;
      const reason = channelRefusalOf(error);
      return reason === undefined ? UNKNOWN : { state: 'failed', reason };
    }
  }

  /**
   * Pending first: a channel moves from there to the open ones, and back when it closes. One that is
   * closed and resolved has no memo any more and is not found.
   */
  async find(memo: string, signal?: AbortSignal): Promise<FundingOutpoint | undefined> {
    const inPending = await this.#findPending(memo, signal);
    if (inPending !== undefined) return inPending;
    const { channels } = await this.#calls.unary(RPCS.listChannels, {}, OPEN, signal);
    const open = channels.find((channel) => channel.memo === memo)?.channel_point;
    // It may have begun to close between the two looks.
    return open ?? (await this.#findPending(memo, signal));
  }

  async #findPending(memo: string, signal?: AbortSignal): Promise<FundingOutpoint | undefined> {
    const pending = await this.#calls.unary(RPCS.pendingChannels, {}, PENDING, signal);
    return Object.values(pending)
      .flat()
      .find(({ channel }) => channel.memo === memo)?.channel.channel_point;
  }
}

function openingOf(request: OpenChannelRequest): object {
  const { peer, capacitySat, pushSat, satPerVbyte, memo } = request;
  return {
    node_pubkey: hexToBytes(peer),
    local_funding_amount: capacitySat,
    push_sat: pushSat,
    private: request.private,
    memo,
    ...(satPerVbyte === undefined ? {} : { sat_per_vbyte: satPerVbyte }),
  };
}

/** LND gives the id as it is hashed; it is written the other way round. */
function displayed(txid: Uint8Array): string {
  return Buffer.from(txid).reverse().toString('hex');
}
