import { randomBytes } from 'node:crypto';
import type { Btcd } from './btcd.ts';
import type { Channel, ChannelEdge } from './calls.ts';
import type { LndNode } from './lnd.ts';
import { until, untilTrue } from './until.ts';

/** Nodes tell others of a channel only then. */
const CONFIRMATIONS_TO_ANNOUNCE = 6;
const SAT_PER_VBYTE = '2';
/** What lnd asks for by itself. */
const FEE_RATE_PPM = 1;
const TIME_LOCK_DELTA = 80;

export interface ChannelOptions {
  readonly from: LndNode;
  readonly to: LndNode;
  readonly amountSat: number;
  /** What the other side has of it at the beginning. */
  readonly pushSat?: number | undefined;
  readonly privacy?: 'public' | 'private' | undefined;
  /** What `from` takes for passing a payment on over it. */
  readonly fee?: { readonly baseMsat: number; readonly ppm: number } | undefined;
}

/**
 * Opens channels, mines them and waits until both sides of each can pay over it. Nothing else may be
 * mined meanwhile: an lnd that still negotiates when its funding is mined never sees it confirmed.
 */
export async function openChannels(
  btcd: Btcd,
  wanted: readonly ChannelOptions[],
): Promise<readonly Channel[]> {
  const memos: string[] = [];
  for (const options of wanted) memos.push(await beginChannel(options));
  await btcd.mine(CONFIRMATIONS_TO_ANNOUNCE);
  return await Promise.all(
    wanted.map(async ({ from, to }, index) => {
      const isOurs = ({ memo }: Channel) => memo === memos[index];
      const channel = await activeChannel(from, isOurs);
      await activeChannel(to, ({ channel_point }) => channel_point === channel.channel_point);
      // Without the policy of the other side a private channel is in no hint of an invoice.
      for (const side of [from, to]) await channelKnown(side, channel.chan_id);
      return channel;
    }),
  );
}

/** Comes back with the memo of the channel, once the funding is published. */
async function beginChannel(options: ChannelOptions): Promise<string> {
  const { from, to } = options;
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
  return memo;
}

/** Closes a channel together with its other side, and waits until both have forgotten it. */
export async function closeChannel(
  btcd: Btcd,
  sides: readonly [LndNode, LndNode],
  { channel_point }: Pick<Channel, 'channel_point'>,
): Promise<void> {
  const [txid = '', index] = channel_point.split(':');
  const updates = sides[0].client.stream('lnrpc.Lightning/CloseChannel', {
    channel_point: { funding_txid_str: txid, output_index: Number(index) },
    sat_per_vbyte: SAT_PER_VBYTE,
  });
  for await (const { update } of updates) if (update === 'close_pending') break;
  await btcd.mine(CONFIRMATIONS_TO_ANNOUNCE);
  for (const side of sides) {
    await untilTrue(`${side.name} to forget a channel`, async () => {
      const channels = await channelsOf(side);
      return channels.every((channel) => channel.channel_point !== channel_point);
    });
  }
}

/** What a node takes for passing a payment on, over all of its channels; `hearer` knows of it then. */
export async function chargeForPassing(
  node: LndNode,
  baseMsat: number,
  hearer: LndNode,
): Promise<void> {
  await node.client.call('lnrpc.Lightning/UpdateChannelPolicy', {
    ...{ global: true, base_fee_msat: String(baseMsat), fee_rate_ppm: FEE_RATE_PPM },
    time_lock_delta: TIME_LOCK_DELTA,
  });
  await untilTrue(`${hearer.name} to hear of a fee of ${node.name}`, async () => {
    const { edges } = await hearer.client.call('lnrpc.Lightning/DescribeGraph', {});
    return edges.every((edge) => {
      const policy = policyOf(edge, node.publicKey);
      return policy === undefined || policy?.fee_base_msat === String(baseMsat);
    });
  });
}

/** What one end of a channel asks for passing on over it; undefined for whoever is no end of it. */
function policyOf(edge: ChannelEdge, publicKey: string): ChannelEdge['node1_policy'] | undefined {
  if (edge.node1_pub === publicKey) return edge.node1_policy;
  return edge.node2_pub === publicKey ? edge.node2_policy : undefined;
}

/** Waits until the node can pay over the channel. */
async function activeChannel(node: LndNode, isIt: (channel: Channel) => boolean): Promise<Channel> {
  return await until(`${node.name} to use a new channel`, async () => {
    const channels = await channelsOf(node);
    return channels.find((channel) => channel.active && isIt(channel));
  });
}

/** Connects two nodes; they stay so if they were. */
export async function connect(
  from: LndNode,
  to: Pick<LndNode, 'name' | 'publicKey' | 'peerHost'>,
): Promise<void> {
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
    const request = { include_unannounced: true };
    const { edges } = await node.client.call('lnrpc.Lightning/DescribeGraph', request);
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
