import type { WithdrawBatch } from '../../accounts/withdraw-batch.ts';
import type { WithdrawLink } from '../../accounts/withdraw-link.ts';
import type { WithdrawLinks } from '../../accounts/withdraw-links.ts';
import { type Answer, created, found } from './answer.ts';
import type { Caller } from './keys.ts';
import { listed, lists } from './list.ts';
import {
  type CallWith,
  json,
  type OperatorAction,
  type OperatorCall,
  type OperatorRoute,
  reads,
} from './route.ts';
import { accountFor, assertOwn, PAYOUTS } from './scopes.ts';
import {
  countedWithdrawBatchJson,
  withdrawBatchJson,
  withdrawBatchToJson,
} from './withdraw-batch-json.ts';
import { CSV_BODY, formatParameter } from './withdraw-formats.ts';
import { changedWithdrawBatch, newWithdrawBatch } from './withdraw-link-fields.ts';
import { withdrawLinkJson, withdrawLinkToJson } from './withdraw-link-json.ts';
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
        GET: {
          summary: 'Lists batches of vouchers.',
          ...lists(withdrawBatchJson),
          handle: async (call) => await desk.list(call),
        },
        POST: {
          summary: 'Makes vouchers by the thousand, all or none of them.',
          ...reads(newWithdrawBatch, async (call) => await desk.create(call)),
          answers: { 201: json(withdrawBatchJson) },
          refusals: ['balance-too-low'],
        },
      },
    },
    {
      path: '/withdraw-batches/:id',
      opening: PAYOUTS,
      methods: {
        GET: {
          summary: 'Shows a batch, and how many of its vouchers are in which state.',
          answers: { 200: json(countedWithdrawBatchJson) },
          handle: async (call) => await desk.show(call),
        },
        PATCH: {
          summary: 'Switches all vouchers of a batch off or on.',
          ...reads(changedWithdrawBatch, async (call) => await desk.change(call)),
          answers: { 200: json(countedWithdrawBatchJson) },
        },
      },
    },
    {
      path: '/withdraw-batches/:id/vouchers',
      opening: PAYOUTS,
      methods: { GET: vouchersAction(async (call) => await desk.vouchers(call)) },
    },
  ];
}

/** The list; as CSV it is written by `writesVouchersAsCsv`, all of it in one answer. */
function vouchersAction(handle: OperatorAction['handle']): OperatorAction {
  const { query = [], answers } = lists(withdrawLinkJson, [formatParameter]);
  return {
    summary: 'Lists the vouchers of a batch; as CSV all of them at once.',
    query,
    answers: { 200: { ...answers[200], ...CSV_BODY } },
    handle,
  };
}

class WithdrawBatchDesk {
  readonly #parts: WithdrawDeskParts;

  constructor(parts: WithdrawDeskParts) {
    this.#parts = parts;
  }

  async create(call: CallWith<typeof newWithdrawBatch>): Promise<Answer> {
    const { caller, receiptOf } = call;
    const fields = call.fields();
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

  async change(call: CallWith<typeof changedWithdrawBatch>): Promise<Answer> {
    const { caller, id, fields } = call;
    const { withdrawLinks } = this.#parts;
    await ownBatch(withdrawLinks, caller, id);
    const { disabled } = fields();
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
    return withdrawBatchToJson(batch, this.#parts.urls);
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
