import { z } from 'zod';
import { EVENT_TYPES } from '../../events/event.ts';
import type { Delivery, Webhook } from '../../webhooks/webhook.ts';
import { countJson, timeJson, urlJson } from './json-fields.ts';
import { timeToJson } from './time.ts';

/** A webhook as operators read it: its secret is in the answer that made it, and in no other. */
export const webhookJson = z
  .strictObject({
    id: z.string(),
    url: urlJson,
    events: z.array(z.enum(EVENT_TYPES)).meta({ description: 'Absent: every kind.' }).optional(),
    label: z.string().optional(),
    state: z.enum(['open', 'paused', 'disabled']),
    lastSeq: countJson.meta({
      description: 'Number of the last event that it took, or that was none of its kind.',
    }),
    tries: countJson.meta({ description: 'Of the event that it has not taken yet.' }).optional(),
    nextTryAt: timeJson.optional(),
    pausedFor: z.string().meta({ description: 'Why it was given up.' }).optional(),
    pausedAt: timeJson.optional(),
    createdAt: timeJson,
    disabledAt: timeJson.optional(),
  })
  .meta({ id: 'Webhook' });

/** A webhook with what it is signed with. */
export const webhookWithSecretJson = webhookJson
  .extend({ secret: z.string().meta({ description: 'Shown here, and never again.' }) })
  .meta({ id: 'WebhookWithSecret' });

/** What was sent of one event, and what came back. */
export const deliveryJson = z
  .strictObject({
    seq: countJson.meta({ description: 'Number of the event.' }),
    eventId: z.string(),
    type: z.enum(EVENT_TYPES),
    tries: countJson,
    state: z.enum(['delivered', 'failed']),
    status: z.int().meta({ description: 'Absent: nobody answered.' }).optional(),
    error: z.string().meta({ description: 'Why it did not arrive.' }).optional(),
    firstTryAt: timeJson,
    lastTryAt: timeJson,
    deliveredAt: timeJson.optional(),
  })
  .meta({ id: 'Delivery' });

export function webhookToJson(webhook: Webhook): z.infer<typeof webhookJson> {
  const { id, url: target, types, label: text, seq, attempt } = webhook;
  const { createdAt, disabledAt, pausedAt, pausedFor } = webhook;
  return {
    ...{ id, url: target },
    ...(types !== undefined && { events: [...types] }),
    ...(text !== undefined && { label: text }),
    state: pausedAt !== undefined ? 'paused' : disabledAt !== undefined ? 'disabled' : 'open',
    lastSeq: Number(seq),
    ...(attempt && { tries: attempt.tries, nextTryAt: timeToJson(attempt.nextAt) }),
    ...(pausedFor !== undefined && { pausedFor }),
    ...(pausedAt !== undefined && { pausedAt: timeToJson(pausedAt) }),
    createdAt: timeToJson(createdAt),
    ...(disabledAt !== undefined && { disabledAt: timeToJson(disabledAt) }),
  };
}

export function deliveryToJson(delivery: Delivery): z.infer<typeof deliveryJson> {
  const { seq, eventId, type, tries, status, error, deliveredAt } = delivery;
  return {
    ...{ seq, eventId, type, tries },
    state: deliveredAt === undefined ? 'failed' : 'delivered',
    ...(status !== undefined && { status }),
    ...(error !== undefined && { error }),
    firstTryAt: timeToJson(delivery.firstTryAt),
    lastTryAt: timeToJson(delivery.lastTryAt),
    ...(deliveredAt !== undefined && { deliveredAt: timeToJson(deliveredAt) }),
  };
}
