import { z } from 'zod';
import { EVENT_TYPES } from '../../events/event.ts';
import type { Delivery, Webhook } from '../../webhooks/webhook.ts';
import type { WebhookChanges, Webhooks, WithSecret } from '../../webhooks/webhooks.ts';
import { type Answer, created, DONE, found } from './answer.ts';
import { readFields, says } from './fields.ts';
import { listed, listedByNumber } from './list.ts';
import type { OperatorCall, OperatorRoute } from './route.ts';
import { ADMIN } from './scopes.ts';
import { labelFault, text } from './text-fields.ts';
import { timeToJson } from './time.ts';

const OBJECT_RULE = says('must be a JSON object');
const TYPES_RULE = 'must be a list of kinds of events, such as invoice.settled';

const url = z.string(says('must be a URL such as https://shop.example.org/hook'));
const events = z
  .array(z.enum(EVENT_TYPES, says(TYPES_RULE)), says(TYPES_RULE))
  .min(1, 'must name at least one kind, or be left out for all of them')
  .refine((types) => new Set(types).size === types.length, 'must name each kind once');
const label = text(labelFault);

/** A body that makes a webhook. Without `events` it gets all of them. */
const newWebhook = z.strictObject(
  { url, events: events.nullish(), label: label.nullish() },
  OBJECT_RULE,
);

/** A body that changes a webhook. `null` takes away what may be absent. */
const changedWebhook = z
  .strictObject(
    {
      url,
      events: events.nullable(),
      label: label.nullable(),
      disabled: z.boolean(says('must be true or false')),
    },
    OBJECT_RULE,
  )
  .partial();

const replayed = z.strictObject(
  { after: z.int(says('must be the number of an event, or 0')).min(0, 'must not be negative') },
  OBJECT_RULE,
);

const nothing = z.strictObject({}, OBJECT_RULE);

/** `/webhooks`: who is told of events, signed as Standard Webhooks wants it. */
export function webhookRoutes(webhooks: Webhooks): OperatorRoute[] {
  const desk = new WebhookDesk(webhooks);
  return [
    {
      path: '/webhooks',
      opening: ADMIN,
      methods: {
        GET: async (call) => await desk.list(call),
        POST: async (call) => await desk.create(call),
      },
    },
    {
      path: '/webhooks/:id',
      opening: ADMIN,
      methods: {
        GET: async ({ id }) => found(webhookToJson(await webhooks.get(id))),
        PATCH: async (call) => await desk.change(call),
        DELETE: async (call) => await desk.remove(call),
      },
    },
    {
      path: '/webhooks/:id/deliveries',
      opening: ADMIN,
      methods: { GET: async (call) => await desk.deliveries(call) },
    },
    {
      path: '/webhooks/:id/replay',
      opening: ADMIN,
      methods: { POST: async (call) => await desk.replay(call) },
    },
    {
      path: '/webhooks/:id/rotate',
      opening: ADMIN,
      methods: { POST: async (call) => await desk.rotate(call) },
    },
  ];
}

class WebhookDesk {
  readonly #webhooks: Webhooks;

  constructor(webhooks: Webhooks) {
    this.#webhooks = webhooks;
  }

  async create({ caller, body, receiptOf }: OperatorCall): Promise<Answer> {
    const given = readFields(newWebhook, body());
    const terms = {
      url: given.url,
      types: given.events ?? undefined,
      label: given.label ?? undefined,
    };
    const answer = ({ webhook, secret }: WithSecret): Answer =>
      created({ ...webhookToJson(webhook), secret });
    const receipt = receiptOf && ((made: WithSecret) => receiptOf(answer(made)));
    return answer(await this.#webhooks.create(terms, caller.apiKeyId, receipt));
  }

  async list({ query }: OperatorCall): Promise<Answer> {
    return await listed<Webhook>(query, {
      list: async (limit, after) => await this.#webhooks.list(limit, after),
      get: async (id) => await this.#webhooks.get(id),
      toJson: webhookToJson,
    });
  }

  async change({ caller, id, body }: OperatorCall): Promise<Answer> {
    const given = readFields(changedWebhook, body());
    const changes: WebhookChanges = {
      ...(given.url !== undefined && { url: given.url }),
      ...(given.events !== undefined && { types: given.events ?? undefined }),
      ...(given.label !== undefined && { label: given.label ?? undefined }),
      ...(given.disabled !== undefined && { disabled: given.disabled }),
    };
    if (Object.keys(changes).length === 0)
      return found(webhookToJson(await this.#webhooks.get(id)));
    return found(webhookToJson(await this.#webhooks.change(id, changes, caller.apiKeyId)));
  }

  async remove({ caller, id }: OperatorCall): Promise<Answer> {
    await this.#webhooks.remove(id, caller.apiKeyId);
    return DONE;
  }

  async deliveries({ id, query }: OperatorCall): Promise<Answer> {
    return await listedByNumber<Delivery>(query, {
      list: async (limit, after) => await this.#webhooks.deliveries(id, limit, after),
      toJson: deliveryToJson,
    });
  }

  async replay({ caller, id, body, receiptOf }: OperatorCall): Promise<Answer> {
    const { after } = readFields(replayed, body());
    const answer = (webhook: Webhook): Answer => found(webhookToJson(webhook));
    const receipt = receiptOf && ((moved: Webhook) => receiptOf(answer(moved)));
    return answer(await this.#webhooks.replay(id, BigInt(after), caller.apiKeyId, receipt));
  }

  async rotate({ caller, id, body, receiptOf }: OperatorCall): Promise<Answer> {
    readFields(nothing, body());
    const answer = ({ webhook, secret }: WithSecret): Answer =>
      found({ ...webhookToJson(webhook), secret });
    const receipt = receiptOf && ((made: WithSecret) => receiptOf(answer(made)));
    return answer(await this.#webhooks.rotate(id, caller.apiKeyId, receipt));
  }
}

/** A webhook as operators read it: its secret is in the answer that made it, and in no other. */
function webhookToJson(webhook: Webhook): object {
  const { id, url: target, types, label: text, seq, attempt } = webhook;
  const { createdAt, disabledAt, pausedAt, pausedFor } = webhook;
  return {
    ...{ id, url: target },
    ...(types !== undefined && { events: types }),
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

function deliveryToJson(delivery: Delivery): object {
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
