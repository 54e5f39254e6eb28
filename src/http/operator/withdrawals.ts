import { z } from 'zod';
import type { HeldWithdrawals, WithdrawalDecision } from '../../accounts/held-withdrawals.ts';
import type { WithdrawLinks } from '../../accounts/withdraw-links.ts';
import { type Preimage, parseHex32 } from '../../hex.ts';
import { msat } from '../../msat.ts';
import type { Withdrawal } from '../../payments/withdrawal.ts';
import type { Withdrawals } from '../../payments/withdrawals.ts';
import { note } from './account-fields.ts';
import { type Answer, found } from './answer.ts';
import { invalidFields, says } from './fields.ts';
import type { Caller } from './keys.ts';
import { listed, lists } from './list.ts';
import { choiceParameter, linkIdParameter, sinceParameter } from './parameters.ts';
import { type CallWith, json, type OperatorCall, type OperatorRoute, reads } from './route.ts';
import { assertOwn, RECORDS } from './scopes.ts';
import { text } from './text-fields.ts';
import { WITHDRAWAL_STATES, withdrawalJson, withdrawalToJson } from './withdrawal-json.ts';

const state = choiceParameter('state', WITHDRAWAL_STATES, 'Only what is in this state.');

/** `/withdrawals`: what wallets claimed and what came of it, and a person's word on held ones. */
export function withdrawalRoutes(
  withdrawals: Pick<Withdrawals, 'get' | 'list'>,
  held: HeldWithdrawals,
  withdrawLinks: Pick<WithdrawLinks, 'accountOf'>,
): OperatorRoute[] {
  const get = async (caller: Caller, id: string): Promise<Withdrawal> => {
    const withdrawal = await withdrawals.get(id);
    if (caller.accountId !== undefined) {
      assertOwn(caller, await withdrawLinks.accountOf(withdrawal.withdrawLinkId));
    }
    return withdrawal;
  };
  const list = async ({ caller, query }: OperatorCall): Promise<Answer> => {
    const filter = {
      state: state.read(query),
      withdrawLinkId: linkIdParameter.read(query),
      accountId: caller.accountId,
      since: sinceParameter.read(query),
    };
    return await listed<Withdrawal>(query, {
      list: async (limit, after) => await withdrawals.list(filter, limit, after),
      get: async (id) => await get(caller, id),
      toJson: (withdrawal) => withdrawalToJson(withdrawal),
    });
  };
  const show = async ({ caller, id }: OperatorCall): Promise<Answer> => {
    const withdrawal = await get(caller, id);
    const isHeld = withdrawal.state === 'held';
    const word = isHeld ? await held.nodeWord(withdrawal.paymentHash) : undefined;
    return found(withdrawalToJson(withdrawal, word));
  };
  const resolve = async (call: CallWith<typeof resolution>): Promise<Answer> => {
    const { id, caller, fields, receiptOf } = call;
    const decision = decisionOf(fields());
    const answer = (withdrawal: Withdrawal): Answer => found(withdrawalToJson(withdrawal));
    const withdrawal = await held.resolve(
      id,
      decision,
      caller.apiKeyId,
      receiptOf && ((made) => receiptOf(answer(made))),
    );
    return answer(withdrawal);
  };
  return [
    {
      path: '/withdrawals',
      opening: RECORDS,
      methods: {
        GET: {
          summary: 'Lists what wallets claimed and what came of it.',
          ...lists(withdrawalJson, [state, linkIdParameter, sinceParameter]),
          handle: list,
        },
      },
    },
    {
      path: '/withdrawals/:id',
      opening: RECORDS,
      methods: {
        GET: {
          summary: 'Shows a claim; of a held one also what is known of it.',
          answers: { 200: json(withdrawalJson) },
          handle: show,
        },
      },
    },
    {
      path: '/withdrawals/:id/resolve',
      opening: RECORDS,
      methods: {
        POST: {
          summary: 'Says what became of a held claim. What is proved is not up for decision.',
          ...reads(resolution, resolve),
          answers: { 200: json(withdrawalJson) },
          refusals: ['already-decided'],
        },
      },
    },
  ];
}

/** A body that decides a held withdrawal. */
const resolution = z.strictObject(
  {
    outcome: z.enum(['paid', 'failed'], says('must be paid or failed')),
    preimage: text((given) =>
      parseHex32(given) === undefined ? 'must be 64 characters of hex' : undefined,
    )
      .meta({ description: '64 characters of hex, with outcome `paid` alone.' })
      .optional(),
    feeMsat: z
      .int(says('must be a whole number of millisatoshi'))
      .min(0, 'must not be negative')
      .meta({ description: 'With outcome `paid` alone; needed when the node does not say it.' })
      .optional(),
    note: note.optional(),
  },
  says('must be a JSON object'),
);

function decisionOf(given: z.infer<typeof resolution>): WithdrawalDecision {
  const { outcome, preimage, feeMsat, note } = given;
  if (outcome === 'paid') {
    return {
      ...{ outcome, note },
      preimage: preimage === undefined ? undefined : parseHex32<Preimage>(preimage),
      fee: feeMsat === undefined ? undefined : msat(BigInt(feeMsat)),
    };
  }
  const detail = 'belongs to what was paid';
  const faults = [
    ...(preimage === undefined ? [] : [{ pointer: '/preimage', detail }]),
    ...(feeMsat === undefined ? [] : [{ pointer: '/feeMsat', detail }]),
  ];
  if (faults.length > 0) throw invalidFields(faults);
  return { outcome, note };
}
