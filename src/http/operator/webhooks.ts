import type { Delivery, Webhook } from '../../webhooks/webhook.ts';
import type { WebhookChanges, Webhooks, WithSecret } from '../../webhooks/webhooks.ts';
import { type Answer, created, DONE, found } from './answer.ts';
import { listed, listedByNumber, lists } from './list.ts';
import { type CallWith, json, type OperatorCall, type OperatorRoute, reads } from './route.ts';
import { ADMIN } from './scopes.ts';
import { changedWebhook, newWebhook, replayedWebhook, rotatedWebhook } from './webhook-fields.ts';
import {
  deliveryJson,
  deliveryToJson,
  webhookJson,
  webhookToJson,
  webhookWithSecretJson,
} from './webhook-json.ts';

/** `/webhooks`: who is told of events, signed as Standard Webhooks wants it. */
export function webhookRoutes(webhooks: Webhooks): OperatorRoute[] {
  const desk = new WebhookDesk(webhooks);
  return [
    {
      path: '/webhooks',
      opening: ADMIN,
      methods: {
        GET: {
          summary: 'Lists webhooks.',
          ...lists(webhookJson),
          handle: async (call) => await desk.list(call),
        },
        POST: {
          summary: 'Makes a webhook, and shows its secret this once.',
          ...reads(newWebhook, async (call) => await desk.create(call)),
          answers: { 201: json(webhookWithSecretJson) },
        },
      },
    },
    {
      path: '/webhooks/:id',
      opening: ADMIN,
      methods: {
        GET: {
          summary: 'Shows a webhook, but not its secret.',
          answers: { 200: json(webhookJson) },
          handle: async ({ id }) => found(webhookToJson(await webhooks.get(id))),
        },
        PATCH: {
          summary: 'Changes a webhook, or switches it off or on.',
          ...reads(changedWebhook, async (call) => await desk.change(call)),
          answers: { 200: json(webhookJson) },
        },
        DELETE: {
          summary: 'Deletes a webhook.',
          answers: { 204: {} },
          handle: async (call) => await desk.remove(call),
        },
      },
    },
    {
      path: '/webhooks/:id/deliveries',
      opening: ADMIN,
      methods: {
        GET: {
          summary: 'Lists what was sent, and what came back.',
          ...lists(deliveryJson),
          handle: async (call) => await desk.deliveries(call),
        },
      },
    },
    {
      path: '/webhooks/:id/replay',
      opening: ADMIN,
      methods: {
        POST: {
          summary: 'Sends again everything behind an event.',
          ...reads(replayedWebhook, async (call) => await desk.replay(call)),
          answers: { 200: json(webhookJson) },
        },
      },
    },
    {
      path: '/webhooks/:id/rotate',
      opening: ADMIN,
      methods: {
        POST: {
          summary:
            'Makes a new secret, and shows it this once; the old one stays good for a while.',
          ...reads(rotatedWebhook, async (call) => await desk.rotate(call)),
          answers: { 200: json(webhookWithSecretJson) },
        },
      },
    },
  ];
}

class WebhookDesk {
  readonly #webhooks: Webhooks;

  constructor(webhooks: Webhooks) {
    this.#webhooks = webhooks;
  }

  async create({ caller, fields, receiptOf }: CallWith<typeof newWebhook>): Promise<Answer> {
    const given = fields();
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

  async change({ caller, id, fields }: CallWith<typeof changedWebhook>): Promise<Answer> {
    const given = fields();
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

  async replay(call: CallWith<typeof replayedWebhook>): Promise<Answer> {
    const { caller, id, fields, receiptOf } = call;
    const { after } = fields();
    const answer = (webhook: Webhook): Answer => found(webhookToJson(webhook));
    const receipt = receiptOf && ((moved: Webhook) => receiptOf(answer(moved)));
    return answer(await this.#webhooks.replay(id, BigInt(after), caller.apiKeyId, receipt));
  }

  async rotate(call: CallWith<typeof rotatedWebhook>): Promise<Answer> {
    const { caller, id, fields, receiptOf } = call;
    fields();
    const answer = ({ webhook, secret }: WithSecret): Answer =>
      found({ ...webhookToJson(webhook), secret });
    const receipt = receiptOf && ((made: WithSecret) => receiptOf(answer(made)));
    return answer(await this.#webhooks.rotate(id, caller.apiKeyId, receipt));
  }
}
