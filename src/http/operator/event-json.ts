import { z } from 'zod';
import { LOGIN_ACTIONS } from '../../accounts/login.ts';
import { EVENT_TYPES } from '../../events/event.ts';
import { countJson, hexJson, msatJson, timeJson } from './json-fields.ts';

const invoiceData = z.strictObject({
  id: z.string(),
  linkId: z.string(),
  paymentHash: hexJson,
  amountMsat: msatJson,
  receivedMsat: msatJson.optional(),
  comment: z.string().optional(),
  tag: z.string().optional(),
  surplus: z
    .boolean()
    .meta({ description: 'true when a one-time link had been paid already.' })
    .optional(),
  at: timeJson,
});

const linkData = z.strictObject({
  id: z.string(),
  kind: z.enum(['pay', 'withdraw', 'withdraw-batch', 'channel']),
  label: z.string().optional(),
  address: z.string().optional(),
  batchId: z.string().optional(),
  count: countJson.meta({ description: 'How many vouchers a batch has.' }).optional(),
  disabled: z.boolean().optional(),
  deleted: z.boolean().optional(),
});

const withdrawalData = z.strictObject({
  id: z.string(),
  linkId: z.string(),
  paymentHash: hexJson,
  amountMsat: msatJson,
  feeCapMsat: msatJson,
  feeMsat: msatJson.meta({ description: 'Once it is paid.' }).optional(),
  reason: z.string().meta({ description: 'Why it failed or is held.' }).optional(),
});

const channelData = z.strictObject({
  id: z.string(),
  linkId: z.string(),
  nodeKey: hexJson.meta({ description: 'The node that the channel is for.' }).optional(),
  capacitySat: countJson,
  pushSat: countJson,
  private: z.boolean(),
  fundingOutpoint: z.string().meta({ description: '`txid:index`, once it is open.' }).optional(),
  reason: z.string().meta({ description: 'Why it failed or is held.' }).optional(),
});

const loginData = z.strictObject({
  id: z.string(),
  linkingKey: hexJson,
  action: z.enum(LOGIN_ACTIONS).optional(),
});

/** A fact as programs read it: in a stream, by WebSocket and by webhook. */
export const eventJson = z
  .discriminatedUnion('type', [
    eventOf('invoice', invoiceData).meta({ id: 'InvoiceEvent' }),
    eventOf('link', linkData).meta({ id: 'LinkEvent' }),
    eventOf('withdrawal', withdrawalData).meta({ id: 'WithdrawalEvent' }),
    eventOf('channel', channelData).meta({ id: 'ChannelEvent' }),
    eventOf('login', loginData).meta({ id: 'LoginEvent' }),
  ])
  .meta({ id: 'Event' });

function eventOf<Data extends z.ZodType>(family: string, data: Data) {
  return z.strictObject({
    seq: countJson.meta({ description: 'Counts all events from 1, without a gap.' }),
    id: z.string(),
    type: z.enum(EVENT_TYPES.filter((type) => type.startsWith(`${family}.`))),
    createdAt: timeJson,
    data,
  });
}
