import { type NodeKey, parseKey33 } from '../../hex.ts';
import { unacceptable } from './unacceptable.ts';

/** A way to a payee without public channels: channels in the order of travel (BOLT-11 field `r`). */
export type RouteHint = readonly HintedChannel[];

export interface HintedChannel {
  /** The node at the start of the channel. */
  readonly nodeKey: NodeKey;
  /** Block, transaction and output, as `589390x3312x1`. */
  readonly shortChannelId: string;
  readonly feeBaseMsat: number;
  readonly feePpm: number;
  readonly cltvDelta: number;
}

const CHANNEL_BYTES = 51;

export function readRouteHint(bytes: Buffer): RouteHint {
  if (bytes.length === 0 || bytes.length % CHANNEL_BYTES !== 0) {
    throw unacceptable('A route hint of the invoice is malformed');
  }
  const count = bytes.length / CHANNEL_BYTES;
  return Array.from({ length: count }, (_, index) => readChannel(bytes, index * CHANNEL_BYTES));
}

function readChannel(bytes: Buffer, at: number): HintedChannel {
  const nodeKey = parseKey33<NodeKey>(bytes.toString('hex', at, at + 33));
  if (nodeKey === undefined) throw unacceptable('A route hint of the invoice names no node');
  const block = bytes.readUIntBE(at + 33, 3);
  const transaction = bytes.readUIntBE(at + 36, 3);
  const output = bytes.readUInt16BE(at + 39);
  return {
    nodeKey,
    shortChannelId: `${block}x${transaction}x${output}`,
    feeBaseMsat: bytes.readUInt32BE(at + 41),
    feePpm: bytes.readUInt32BE(at + 45),
    cltvDelta: bytes.readUInt16BE(at + 49),
  };
}
