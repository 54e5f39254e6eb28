import type { WithdrawBatch } from '../../accounts/withdraw-batch.ts';
import type { WithdrawLink } from '../../accounts/withdraw-link.ts';
import type { WithdrawLinks } from '../../accounts/withdraw-links.ts';
import { type Answer, created, found } from './answer.ts';
import { readFields } from './fields.ts';
import type { Caller } from './keys.ts';
import { listed } from './list.ts';
import type { OperatorCall, OperatorRoute } from './route.ts';
import { accountFor, assertOwn, PAYOUTS } from './scopes.ts';
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
      opening: PAYOUTS,
      methods: {
        GET: async (call) => await desk.list(call),
        POST: async (call) => await desk.create(call),
      },
    },
    {
      path: '/withdraw-batches/:id',
      opening: PAYOUTS,
      methods: {
        GET: async (call) => await desk.show(call),
        PATCH: async (call) => await desk.change(call),
      },
    },
    {
      path: '/withdraw-batches/:id/vouchers',
      opening: PAYOUTS,
      methods: { GET: async (call) => await desk.vouchers(call) },
    },
  ];
}

class WithdrawBatchDesk {
  readonly #parts: WithdrawDeskParts;

  constructor(parts: WithdrawDeskParts) {
    this.#parts = parts;
  }

  async create({ caller, body, receiptOf }: OperatorCall): Promise<Answer> {
    const fields = readFields(newWithdrawBatch, body());
    await assertPayLink(this.#parts, caller, fields.payLinkId);
    const asked = voucherTermsOf(fields);
    const answer = (batch: WithdrawBatch): Answer => created(this.#toJson(batch));
    const batch = await this.#parts.withdrawLinks.createBatch(
      { ...asked, accountId: accountFor(caller, asked.accountId) },
      fields.count,
      fields.funded ?? false,
      receiptOf && ((made) => receiptOf(answer(made))),
    );
    return answer(batch);
  }

  async list({ caller, query }: OperatorCall): Promise<Answer> {
    const { withdrawLinks } = this.#parts;
    const { accountId } = caller;
    return await listed<WithdrawBatch>(query, {
      list: async (limit, after) => await withdrawLinks.batches({ accountId }, limit, after),
      get: async (id) => await ownBatch(withdrawLinks, caller, id),
      toJson: (batch) => this.#toJson(batch),
    });
  }

  async show({ caller, id }: OperatorCall): Promise<Answer> {
    return await this.#shown(await ownBatch(this.#parts.withdrawLinks, caller, id));
  }

  async change({ caller, id, body }: OperatorCall): Promise<Answer> {
    const { withdrawLinks } = this.#parts;
    await ownBatch(withdrawLinks, caller, id);
    const { disabled } = readFields(changedWithdrawBatch, body());
    return await this.#shown(await withdrawLinks.switchBatch(id, disabled ? 'off' : 'on'));
  }

  async vouchers({ caller, id, query }: OperatorCall): Promise<Answer> {
    const { withdrawLinks } = this.#parts;
    await ownBatch(withdrawLinks, caller, id);
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

/** A batch that this key may see. */
export async function ownBatch(
  withdrawLinks: Pick<WithdrawLinks, 'batch'>,
  caller: Caller,
  id: string,
): Promise<WithdrawBatch> {
  const batch = await withdrawLinks.batch(id);
  assertOwn(caller, batch.accountId);
  return batch;
}
