import { z } from 'zod';
import type { ChannelDecision, HeldChannels } from '../../accounts/held-channels.ts';
import { CHANNEL_STATES, type Channel } from '../../payments/channel.ts';
import type { Channels } from '../../payments/channels.ts';
import { note } from './account-fields.ts';
import { type Answer, found } from './answer.ts';
import { invalidFields, readFields, says } from './fields.ts';
import { listed } from './list.ts';
import type { OperatorCall, OperatorRoute } from './route.ts';
import { SERVER_RECORDS } from './scopes.ts';
import { timeToJson } from './time.ts';

/** `/channels`: what wallets asked for and what came of it, and the word of a person on what is held. */
export function channelRoutes(channels: Channels, held: HeldChannels): OperatorRoute[] {
  const list = async ({ query }: OperatorCall): Promise<Answer> => {
    const filter = {
      state: query.choice('state', CHANNEL_STATES),
      channelOfferId: query.get('linkId'),
      since: query.time('since'),
    };
    return await listed<Channel>(query, {
      list: async (limit, after) => await channels.list(filter, limit, after),
      get: async (id) => await channels.get(id),
      toJson: channelToJson,
    });
  };
  return [
    { path: '/channels', opening: SERVER_RECORDS, methods: { GET: list } },
    {
      path: '/channels/:id',
      opening: SERVER_RECORDS,
      methods: { GET: async ({ id }) => found(channelToJson(await channels.get(id))) },
    },
    {
      path: '/channels/:id/resolve',
      opening: SERVER_RECORDS,
      methods: {
        POST: async ({ id, body, caller, receiptOf }) => {
          const decision = decisionOf(readFields(resolution, body()));
          const answer = (channel: Channel): Answer => found(channelToJson(channel));
          const receipt = receiptOf && ((done: Channel) => receiptOf(answer(done)));
          return answer(await held.resolve(id, decision, caller.apiKeyId, receipt));
        },
      },
    },
  ];
}

const OUTPOINT_RULE = 'must be txid:index, as the node shows the channel point';
const OUTPOINT = /^[0-9a-f]{64}:(?:0|[1-9]\d{0,4})$/;

/** A body that decides a held request. */
const resolution = z.strictObject(
  {
    outcome: z.enum(['opened', 'failed'], says('must be opened or failed')),
    fundingOutpoint: z.string(says(OUTPOINT_RULE)).regex(OUTPOINT, OUTPOINT_RULE).optional(),
    note: note.optional(),
  },
  says('must be a JSON object'),
);

function decisionOf({
  outcome,
  fundingOutpoint,
  note,
}: z.infer<typeof resolution>): ChannelDecision {
  if (outcome === 'opened' && fundingOutpoint !== undefined) {
    return { outcome, fundingOutpoint, note };
  }
  const [pointer, given] = ['/fundingOutpoint', fundingOutpoint !== undefined] as const;
  if (outcome === 'opened') throw invalidFields([{ pointer, detail: 'is missing' }]);
  if (given) throw invalidFields([{ pointer, detail: 'belongs to outcome opened' }]);
  return { outcome, note };
}

/** A request for a channel as operators read it: never its k1. */
function channelToJson(channel: Channel): object {
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
