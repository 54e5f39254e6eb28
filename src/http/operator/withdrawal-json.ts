import { z } from 'zod';
import type { NodeWord } from '../../accounts/held-withdrawals.ts';
import { msatToJson } from '../../msat.ts';
import type { Withdrawal, WithdrawalState } from '../../payments/withdrawal.ts';
import { countJson, hexJson, msatJson, timeJson } from './json-fields.ts';
import { timeToJson } from './time.ts';

export const WITHDRAWAL_STATES = [
  'reserved',
  'sending',
  'paid',
  'failed',
  'held',
] as const satisfies readonly WithdrawalState[];

/** What the node says of a payment at this moment. */
const wordJson = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('paid'), feeMsat: msatJson }),
  z.strictObject({ state: z.literal('failed'), reason: z.string() }),
  z.strictObject({ state: z.enum(['unknown', 'none', 'unreachable']) }),
]);

/** What is known of a held claim, for the person who decides it. */
const evidenceJson = z
  .strictObject({
    sendsStarted: countJson,
    sendsClosed: countJson.meta({ description: 'Those that the node itself ended.' }),
    knownAt: timeJson.meta({ description: 'When the node first showed it.' }).optional(),
    ambiguousAt: timeJson
      .meta({ description: 'When the newest send ended without a word of the node.' })
      .optional(),
    invoiceExpiresAt: timeJson,
    nodeRestartedAt: timeJson.optional(),
    noHtlcAt: timeJson.meta({ description: 'When no channel of the node held it.' }).optional(),
    node: wordJson.meta({ description: 'What the node says now.' }).optional(),
  })
  .meta({ id: 'Evidence' });

/** A claim as operators read it: never its k1, which is the wallet's, nor its preimage. */
export const withdrawalJson = z
  .strictObject({
    id: z.string(),
    linkId: z.string().meta({ description: 'Id of the withdraw link.' }),
    state: z.enum(WITHDRAWAL_STATES),
    amountMsat: msatJson,
    feeCapMsat: msatJson.meta({ description: 'The routing fee may not be more.' }),
    feeMsat: msatJson.optional(),
    paymentHash: hexJson,
    bolt11: z.string(),
    reason: z.string().meta({ description: 'Why it failed or is held.' }).optional(),
    sends: countJson.meta({ description: 'How often sending was begun.' }),
    createdAt: timeJson,
    closedAt: timeJson.optional(),
    evidence: evidenceJson.meta({ description: 'While it is held.' }).optional(),
  })
  .meta({ id: 'Withdrawal' });

export function withdrawalToJson(
  withdrawal: Withdrawal,
  word?: NodeWord,
): z.infer<typeof withdrawalJson> {
  const { fee, reason, closedAt } = withdrawal;
  return {
    id: withdrawal.id,
    linkId: withdrawal.withdrawLinkId,
    state: withdrawal.state,
    amountMsat: msatToJson(withdrawal.amount),
    feeCapMsat: msatToJson(withdrawal.feeCap),
    ...(fee !== undefined && { feeMsat: msatToJson(fee) }),
    paymentHash: withdrawal.paymentHash,
    bolt11: withdrawal.bolt11,
    ...(reason !== undefined && { reason }),
    sends: withdrawal.sendsStarted,
    createdAt: timeToJson(withdrawal.createdAt),
    ...(closedAt !== undefined && { closedAt: timeToJson(closedAt) }),
    ...(withdrawal.state === 'held' && { evidence: evidenceOf(withdrawal, word) }),
  };
}

/** What is known of a held claim, for the person who decides it. */
function evidenceOf(
  withdrawal: Withdrawal,
  word: NodeWord | undefined,
): z.infer<typeof evidenceJson> {
  const { sendsStarted, sendsClosed, knownAt, ambiguousAt, invoiceExpiresAt } = withdrawal;
  const { nodeRestartedAt, noHtlcAt } = withdrawal.stuck ?? {};
  return {
    sendsStarted,
    sendsClosed,
    ...(knownAt !== undefined && { knownAt: timeToJson(knownAt) }),
    ...(ambiguousAt !== undefined && { ambiguousAt: timeToJson(ambiguousAt) }),
    invoiceExpiresAt: timeToJson(invoiceExpiresAt),
    ...(nodeRestartedAt !== undefined && { nodeRestartedAt: timeToJson(nodeRestartedAt) }),
    ...(noHtlcAt !== undefined && { noHtlcAt: timeToJson(noHtlcAt) }),
    ...(word && { node: wordToJson(word) }),
  };
}

function wordToJson(word: NodeWord): z.infer<typeof wordJson> {
  switch (word.state) {
    case 'paid':
      return { state: word.state, feeMsat: msatToJson(word.fee) };
    case 'failed':
      return { state: word.state, reason: word.reason };
    case 'unknown':
    case 'none':
    case 'unreachable':
      return { state: word.state };
    default:
      return word satisfies never;
  }
}
