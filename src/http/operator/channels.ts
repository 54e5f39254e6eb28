import { z } from 'zod';
import type { ChannelDecision, HeldChannels } from '../../accounts/held-channels.ts';
import { CHANNEL_STATES, type Channel } from '../../payments/channel.ts';
import type { Channels } from '../../payments/channels.ts';
import { note } from './account-fields.ts';
import { type Answer, found } from './answer.ts';
import { channelJson, channelToJson } from './channel-json.ts';
import { invalidFields, says } from './fields.ts';
import { listed, lists } from './list.ts';
import { choiceParameter, linkIdParameter, sinceParameter } from './parameters.ts';
import { type CallWith, json, type OperatorCall, type OperatorRoute, reads } from './route.ts';
import { SERVER_RECORDS } from './scopes.ts';

const state = choiceParameter('state', CHANNEL_STATES, 'Only what is in this state.');

/** `/channels`: what wallets asked for and what came of it, and the word of a person on what is held. */
export function channelRoutes(channels: Channels, held: HeldChannels): OperatorRoute[] {
  const list = async ({ query }: OperatorCall): Promise<Answer> => {
    const filter = {
      state: state.read(query),
      channelOfferId: linkIdParameter.read(query),
      since: sinceParameter.read(query),
    };
    return await listed<Channel>(query, {
      list: async (limit, after) => await channels.list(filter, limit, after),
      get: async (id) => await channels.get(id),
      toJson: channelToJson,
    });
  };
  const resolve = async (call: CallWith<typeof resolution>): Promise<Answer> => {
    const { id, fields, caller, receiptOf } = call;
    const decision = decisionOf(fields());
    const answer = (channel: Channel): Answer => found(channelToJson(channel));
    const receipt = receiptOf && ((done: Channel) => receiptOf(answer(done)));
    return answer(await held.resolve(id, decision, caller.apiKeyId, receipt));
  };
  return [
    {
      path: '/channels',
      opening: SERVER_RECORDS,
      methods: {
        GET: {
          summary: 'Lists what wallets asked for and what came of it.',
          ...lists(channelJson, [state, linkIdParameter, sinceParameter]),
          handle: list,
        },
      },
    },
    {
      path: '/channels/:id',
      opening: SERVER_RECORDS,
      methods: {
        GET: {
          summary: 'Shows one request for a channel.',
          answers: { 200: json(channelJson) },
          handle: async ({ id }) => found(channelToJson(await channels.get(id))),
        },
      },
    },
    {
      path: '/channels/:id/resolve',
      opening: SERVER_RECORDS,
      methods: {
        POST: {
          summary: 'Says what became of a held request.',
          ...reads(resolution, resolve),
          answers: { 200: json(channelJson) },
          refusals: ['already-decided'],
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
    fundingOutpoint: z
      .string(says(OUTPOINT_RULE))
      .regex(OUTPOINT, OUTPOINT_RULE)
      .meta({ description: '`txid:index`: needed with outcome `opened`, refused with `failed`.' })
      .optional(),
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
