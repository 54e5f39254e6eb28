import { randomBytes } from 'node:crypto';
import type { Btcd } from './btcd.ts';
import type { Channel, ChannelEdge } from './calls.ts';
import type { LndNode } from './lnd.ts';
import { until, untilTrue } from './until.ts';

/** Nodes tell others of a channel only then. */
const CONFIRMATIONS_TO_ANNOUNCE = 6;
const SAT_PER_VBYTE = '2';

export interface ChannelOptions {
  readonly btcd: Btcd;
  readonly from: LndNode;
  readonly to: LndNode;
  readonly amountSat: number;
  /** What the other side has of it at the beginning. */
  readonly pushSat?: number | undefined;
  readonly privacy?: 'public' | 'private' | undefined;
  /** What `from` takes for passing a payment on over it. */
  readonly fee?: { readonly baseMsat: number; readonly ppm: number } | undefined;
}

/** Opens a channel, mines it and waits until both sides can pay over it. */
export async function openChannel(options: ChannelOptions): Promise<Channel> {
  const { btcd, from, to } = options;
  await connect(from, to);
  const memo = randomBytes(8).toString('hex');
  await from.client.call('lnrpc.Lightning/OpenChannelSync', {
    node_pubkey: Buffer.from(to.publicKey, 'hex'),
    local_funding_amount: String(options.amountSat),
    push_sat: String(options.pushSat ?? 0),
    private: options.privacy === 'private',
    memo,
    sat_per_vbyte: SAT_PER_VBYTE,
    ...feeFields(options.fee),
  });
  await btcd.mine(CONFIRMATIONS_TO_ANNOUNCE);
  const channel = await until(`a channel from ${from.name} to ${to.name}`, async () => {
    const channels = await channelsOf(from);
    return channels.find((each) => each.memo === memo && each.active);
  });
  await untilTrue(`${to.name} to use the channel of ${from.name}`, async () => {
    const channels = await channelsOf(to);
    return channels.some((each) => each.channel_point === channel.channel_point && each.active);
  });
  return channel;
}

/** Connects two nodes; they stay so if they were. */
export async function connect(from: LndNode, to: LndNode): Promise<void> {
  const addr = { pubkey: to.publicKey, host: to.peerHost };
  await from.client.call('lnrpc.Lightning/ConnectPeer', { addr }).catch((error) => {
    if (!/already connected to peer/.test(String(error.details))) throw error;
  });
  // A call may return before the peer is one.
  await untilTrue(`${from.name} to know ${to.name}`, async () => {
    const { peers } = await from.client.call('lnrpc.Lightning/ListPeers', {});
    return peers.some((peer) => peer.pub_key === to.publicKey);
  });
}

/** Waits until every channel of the node is active, as after a start. */
export async function channelsActive(node: LndNode): Promise<void> {
  await untilTrue(`the channels of ${node.name}`, async () => {
    const channels = await channelsOf(node);
    return channels.every((channel) => channel.active);
  });
}

/** Waits until the node can find routes over the channel in both directions. */
export async function channelKnown(node: LndNode, channelId: string): Promise<void> {
  await untilTrue(`${node.name} to know of a channel`, async () => {
    const { edges } = await node.client.call('lnrpc.Lightning/DescribeGraph', {});
    return edges.some((edge) => edge.channel_id === channelId && isUsable(edge));
  });
}

/** The open channels of a node. */
export async function channelsOf(node: LndNode): Promise<readonly Channel[]> {
  return (await node.client.call('lnrpc.Lightning/ListChannels', {})).channels;
}

function isUsable({ node1_policy, node2_policy }: ChannelEdge): boolean {
  return [node1_policy, node2_policy].every((policy) => policy !== null && !policy.disabled);
}

function feeFields(fee: ChannelOptions['fee']) {
  if (!fee) return {};
  return {
    ...{ base_fee: String(fee.baseMsat), use_base_fee: true },
    ...{ fee_rate: String(fee.ppm), use_fee_rate: true },
  };
}
