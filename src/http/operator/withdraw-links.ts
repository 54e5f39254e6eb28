import type { PayLinks } from '../../accounts/pay-links.ts';
import type { WithdrawLink } from '../../accounts/withdraw-link.ts';
import type { Cover } from '../../accounts/withdraw-links.ts';
import { unknownReference } from '../../accounts/withdraw-terms.ts';
import { type Answer, created, DONE, found } from './answer.ts';
import type { Caller } from './keys.ts';
import { listed, lists } from './list.ts';
import { type CallWith, json, type OperatorCall, type OperatorRoute, reads } from './route.ts';
import { accountFor, assertOwn, PAYOUTS } from './scopes.ts';
import { changedWithdrawLink, newWithdrawLink } from './withdraw-link-fields.ts';
import {
  coverToJson,
  newWithdrawLinkJson,
  type WithdrawLinkWriting,
  withdrawLinkJson,
  withdrawLinkToJson,
} from './withdraw-link-json.ts';
import { voucherTermsOf, withdrawChangesOf } from './withdraw-link-terms.ts';

/** What making withdraw links stands on. */
export interface WithdrawDeskParts extends WithdrawLinkWriting {
  readonly payLinks: Pick<PayLinks, 'find'>;
}

/** `/withdraw-links`: what wallets may take (LUD-03). Vouchers of batches are found here by their id. */
export function withdrawLinkRoutes(parts: WithdrawDeskParts): OperatorRoute[] {
  const desk = new WithdrawLinkDesk(parts);
  return [
    {
      path: '/withdraw-links',
      opening: PAYOUTS,
      methods: {
        GET: {
          summary: 'Lists withdraw links, but not the vouchers of batches.',
          ...lists(withdrawLinkJson),
          handle: async (call) => await desk.list(call),
        },
        POST: {
          summary: 'Makes a code by which wallets take money (LUD-03).',
          ...reads(newWithdrawLink, async (call) => await desk.create(call)),
          answers: { 201: json(newWithdrawLinkJson) },
          refusals: ['balance-too-low'],
        },
      },
    },
    {
      path: '/withdraw-links/:id',
      opening: PAYOUTS,
      methods: {
        GET: {
          summary: 'Shows a withdraw link, or a voucher of a batch.',
          answers: { 200: json(withdrawLinkJson) },
          handle: async (call) => await desk.show(call),
        },
        PATCH: {
          summary: 'Changes a withdraw link, or switches it off or on.',
          ...reads(changedWithdrawLink, async (call) => await desk.change(call)),
          answers: { 200: json(withdrawLinkJson) },
          refusals: ['link-spent'],
        },
        DELETE: {
          summary: 'Deletes a withdraw link: its code is good for nothing any more.',
          answers: { 204: {} },
          handle: async (call) => await desk.remove(call),
        },
      },
    },
  ];
}

/** LUD-19: a voucher that can be topped up names a pay link of ours. */
export async function assertPayLink(
  { payLinks }: Pick<WithdrawDeskParts, 'payLinks'>,
  { accountId }: Pick<Caller, 'accountId'>,
  payLinkId: string | null | undefined,
): Promise<void> {
  if (typeof payLinkId !== 'string') return;
  const link = await payLinks.find(payLinkId);
  if (link && (accountId === undefined || link.accountId === accountId)) return;
  throw unknownReference('/payLinkId');
}

const ONE_USE = 1;

class WithdrawLinkDesk {
  readonly #parts: WithdrawDeskParts;

  constructor(parts: WithdrawDeskParts) {
    this.#parts = parts;
  }

  async create(call: CallWith<typeof newWithdrawLink>): Promise<Answer> {
    const { caller, receiptOf } = call;
    const fields = call.fields();
    await assertPayLink(this.#parts, caller, fields.payLinkId);
    const asked = voucherTermsOf(fields);
    const accountId = accountFor(caller, asked.accountId);
    const terms = { ...asked, accountId, uses: fields.uses ?? ONE_USE };
    const answer = (link: WithdrawLink, cover: Cover): Answer =>
      created({ ...this.#toJson(link), ...coverToJson(cover) });
    const { link, cover } = await this.#parts.withdrawLinks.create(
      terms,
      fields.funded ?? false,
      receiptOf && ((made, itsCover) => receiptOf(answer(made, itsCover))),
    );
    return answer(link, cover);
  }

  async list({ caller, query }: OperatorCall): Promise<Answer> {
    const { withdrawLinks } = this.#parts;
    const { accountId } = caller;
    return await listed<WithdrawLink>(query, {
      list: async (limit, after) => await withdrawLinks.list({ accountId }, limit, after),
      get: async (id) => await this.#own(caller, id),
      toJson: (link) => this.#toJson(link),
    });
  }

  async show({ caller, id }: OperatorCall): Promise<Answer> {
    return found(this.#toJson(await this.#own(caller, id)));
  }

  async change(call: CallWith<typeof changedWithdrawLink>): Promise<Answer> {
    const { caller, id } = call;
    const { withdrawLinks } = this.#parts;
    const before = await this.#own(caller, id);
    const fields = call.fields();
    await assertPayLink(this.#parts, caller, fields.payLinkId);
    const changes = withdrawChangesOf(fields);
    if (Object.keys(changes).length === 0) return found(this.#toJson(before));
    return found(this.#toJson(await withdrawLinks.change(id, changes)));
  }

  async remove({ caller, id }: OperatorCall): Promise<Answer> {
    await this.#own(caller, id);
    await this.#parts.withdrawLinks.remove(id);
    return DONE;
  }

  async #own(caller: Caller, id: string): Promise<WithdrawLink> {
    const link = await this.#parts.withdrawLinks.get(id);
    assertOwn(caller, link.accountId);
    return link;
  }

  #toJson(link: WithdrawLink): object {
    return withdrawLinkToJson(link, this.#parts);
  }
}
