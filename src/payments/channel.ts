import type { ChannelEventData } from '../events/event.ts';
import type { K1, NodeKey } from '../hex.ts';
import type { ChannelRefusal, FundingOutpoint } from '../lightning/node.ts';

/**
 * requested ──► opening ──► opened          the node says so, or shows it under its memo
 *     │            ├──────► failed          the node refused, or a proof says that none will come
 *     │            └──────► held ──► opened | failed     a person decides
 *     └──► failed                           the node was not asked yet
 *
 * cancelled                                 the wallet does not want it; nothing was ever asked
 *
 * `opened`, `failed` and `cancelled` are final. The node is asked once: doubt never asks again.
 */
export const CHANNEL_NEXT = {
  requested: ['opening', 'failed'],
  opening: ['opened', 'failed', 'held'],
  held: ['opened', 'failed'],
  opened: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;

export type ChannelState = keyof typeof CHANNEL_NEXT;

export const CHANNEL_STATES = Object.keys(CHANNEL_NEXT) as readonly ChannelState[];

/** The states from which a request may come to this one. */
export function channelSourcesOf(to: ChannelState): readonly ChannelState[] {
  return CHANNEL_STATES.filter((from) => {
    const next: readonly ChannelState[] = CHANNEL_NEXT[from];
    return next.includes(to);
  });
}

/** Why there is no channel. */
export type ChannelFailure = ChannelRefusal | 'never-opened' | 'operator';

/** Why a person has to decide. */
export type ChannelHeldReason = 'node-changed';

/** A request for a channel, and what came of it. Times are milliseconds since 1970. */
export interface Channel {
  readonly id: string;
  readonly channelOfferId: string;
  readonly k1: K1;
  /** undefined when it was cancelled by a wallet that did not say who it is. */
  readonly nodeKey: NodeKey | undefined;
  readonly capacitySat: number;
  readonly pushSat: number;
  readonly private: boolean;
  readonly satPerVbyte: number | undefined;
  readonly state: ChannelState;
  readonly fundingOutpoint: FundingOutpoint | undefined;
  readonly reason: string | undefined;
  /** When the node was asked; later, when that call ended without a word of the node. */
  readonly ambiguousAt: number | undefined;
  readonly createdAt: number;
  readonly endedAt: number | undefined;
}

/** The note in the node's own books by which the channel of a request is found again. */
export function channelMemo({ id }: Pick<Channel, 'id'>): string {
  return `lnurlc:${id}`;
}

/** What events say of a request: never its k1. */
export function channelEventData(channel: Channel): ChannelEventData {
  const { nodeKey, fundingOutpoint, reason } = channel;
  return {
    id: channel.id,
    linkId: channel.channelOfferId,
    ...(nodeKey !== undefined && { nodeKey }),
    capacitySat: channel.capacitySat,
    pushSat: channel.pushSat,
    private: channel.private,
    ...(fundingOutpoint !== undefined && { fundingOutpoint }),
    ...(reason !== undefined && { reason }),
  };
}

const NOT_OPENED = 'channel could not be opened';
const NOT_NOW = 'no channel can be paid for at the moment, try again later';

const FAILURE_TEXTS = {
  'peer-offline': 'not connected to peer',
  'peer-refused': 'your node refused the channel, look at its settings and try again',
  'no-funds': NOT_NOW,
  reserve: NOT_NOW,
  'not-synced': 'our node is not ready for channels at the moment, try again later',
  'to-self': 'cannot open to this node',
  'too-small': NOT_OPENED,
  'too-large': NOT_OPENED,
  'never-opened': NOT_OPENED,
  operator: NOT_OPENED,
  other: NOT_OPENED,
} as const satisfies Record<ChannelFailure, string>;

/** FC-20: why there is no channel, in short words of our own for the person with the wallet. */
export function channelFailureText(reason: string | undefined): string {
  const known: Readonly<Record<string, string>> = FAILURE_TEXTS;
  return known[reason ?? 'other'] ?? NOT_OPENED;
}
