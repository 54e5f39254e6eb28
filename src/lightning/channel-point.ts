import type { ChannelEnding } from './node.ts';

/**
 * What the yes of a node says. A node that stops in the middle of opening answers yes without a
 * transaction, and then nobody knows what became of the channel.
 */
export function endingOfYes(txid: string, outputIndex: number): ChannelEnding {
  if (!/^[0-9a-f]{64}$/.test(txid) || /^0+$/.test(txid)) return { state: 'unknown' };
  return { state: 'opened', fundingOutpoint: `${txid}:${outputIndex}` };
}
