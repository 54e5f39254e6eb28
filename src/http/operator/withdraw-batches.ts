import type { WithdrawBatch } from '../../accounts/withdraw-batch.ts';
import type { WithdrawLink } from '../../accounts/withdraw-link.ts';
import { type Answer, created, found } from './answer.ts';
import { readFields } from './fields.ts';
import { listed } from './list.ts';
import type { OperatorCall, OperatorRoute } from './route.ts';
import { timeToJson } from './time.ts';
import { changedWithdrawBatch, newWithdrawBatch } from './withdraw-link-fields.ts';
import { coverToJson, voucherTermsToJson, withdrawLinkToJson } from './withdraw-link-json.ts';
import { voucherTermsOf } from './withdraw-link-terms.ts';
import { assertPayLink, type WithdrawDeskParts } from './withdraw-links.ts';

/** `/withdraw-batches`: vouchers by the thousand, all or none of them made. */
export function withdrawBatchRoutes(parts: WithdrawDeskParts): OperatorRoute[] {
  const desk = new WithdrawBatchDesk(parts);
  return [
    {
      path: '/withdraw-batches',
      methods: {
        GET: async (call) => await desk.list(call),
        POST: async (call) => await desk.create(call),
      },
    },
    {
      path: '/withdraw-batches/:id',
      methods: {
        GET: async (call) => await desk.show(call),
        PATCH: async (call) => await desk.change(call),
      },
    },
    {
      path: '/withdraw-batches/:id/vouchers',
      methods: { GET: async (call) => await desk.vouchers(call) },
    },
  ];
}

class WithdrawBatchDesk {
  readonly #parts: WithdrawDeskParts;

  constructor(parts: WithdrawDeskParts) {
    this.#parts = parts;
  }

  async create({ body, receiptOf }: OperatorCall): Promise<Answer> {
    const fields = readFields(newWithdrawBatch, body());
    await assertPayLink(this.#parts, fields.payLinkId);
    const answer = (batch: WithdrawBatch): Answer => created(this.#toJson(batch));
    const batch = await this.#parts.withdrawLinks.createBatch(
      voucherTermsOf(fields),
      fields.count,
      fields.funded ?? false,
      receiptOf && ((made) => receiptOf(answer(made))),
    );
    return answer(batch);
  }

  async list({ query }: OperatorCall): Promise<Answer> {
    const { withdrawLinks } = this.#parts;
    return await listed<WithdrawBatch>(query, {
      list: async (limit, after) => await withdrawLinks.batches(limit, after),
      get: async (id) => await withdrawLinks.batch(id),
      toJson: (batch) => this.#toJson(batch),
    });
  }

  async show({ id }: OperatorCall): Promise<Answer> {
    return await this.#shown(await this.#parts.withdrawLinks.batch(id));
  }

  async change({ id, body }: OperatorCall): Promise<Answer> {
    const { withdrawLinks } = this.#parts;
    await withdrawLinks.batch(id);
    const { disabled } = readFields(changedWithdrawBatch, body());
    return await this.#shown(await withdrawLinks.switchBatch(id, disabled ? 'off' : 'on'));
  }

  async vouchers({ id, query }: OperatorCall): Promise<Answer> {
    const { withdrawLinks } = this.#parts;
    await withdrawLinks.batch(id);
    return await listed<WithdrawLink>(query, {
      list: async (limit, after) => await withdrawLinks.vouchers(id, limit, after),
      get: async (linkId) => await withdrawLinks.get(linkId),
      toJson: (link) => withdrawLinkToJson(link, this.#parts),
    });
  }

  async #shown(batch: WithdrawBatch): Promise<Answer> {
    const states = await this.#parts.withdrawLinks.voucherCounts(batch.id);
    return found({ ...this.#toJson(batch), states });
  }

  #toJson(batch: WithdrawBatch): object {
    const { id, count, funded, createdAt } = batch;
    return {
      id,
      ...this.#parts.urls.withdrawBatch(id),
      count,
      ...voucherTermsToJson(batch),
      funded,
      ...coverToJson(batch),
      createdAt: timeToJson(createdAt),
    };
  }
}
