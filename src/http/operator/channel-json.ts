import { z } from 'zod';
import { CHANNEL_STATES, type Channel } from '../../payments/channel.ts';
import { countJson, hexJson, timeJson } from './json-fields.ts';
import { timeToJson } from './time.ts';

/** A request for a channel as operators read it: never its k1. */
export const channelJson = z
  .strictObject({
    id: z.string(),
    linkId: z.string().meta({ description: 'Id of the channel offer.' }),
    state: z.enum(CHANNEL_STATES),
    nodeKey: hexJson.meta({ description: 'The node that the channel is for.' }).optional(),
    capacitySat: countJson,
    pushSat: countJson,
    private: z.boolean(),
    satPerVbyte: countJson.optional(),
    fundingOutpoint: z.string().meta({ description: '`txid:index`, once it is open.' }).optional(),
    reason: z.string().meta({ description: 'Why it failed or is held.' }).optional(),
    createdAt: timeJson,
    endedAt: timeJson.optional(),
  })
  .meta({ id: 'Channel' });

export function channelToJson(channel: Channel): z.infer<typeof channelJson> {
  const { nodeKey, satPerVbyte, fundingOutpoint, reason, endedAt } = channel;
  return {
    id: channel.id,
    linkId: channel.channelOfferId,
    state: channel.state,
    ...(nodeKey !== undefined && { nodeKey }),
    capacitySat: channel.capacitySat,
    pushSat: channel.pushSat,
    private: channel.private,
    ...(satPerVbyte !== undefined && { satPerVbyte }),
    ...(fundingOutpoint !== undefined && { fundingOutpoint }),
    ...(reason !== undefined && { reason }),
    createdAt: timeToJson(channel.createdAt),
    ...(endedAt !== undefined && { endedAt: timeToJson(endedAt) }),
  };
}
