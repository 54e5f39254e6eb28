import { z } from 'zod';
import type {
  HeldWithdrawals,
  NodeWord,
  WithdrawalDecision,
} from '../../accounts/held-withdrawals.ts';
import type { WithdrawLinks } from '../../accounts/withdraw-links.ts';
import { type Preimage, parseHex32 } from '../../hex.ts';
import { msat, msatToJson } from '../../msat.ts';
import type { Withdrawal, WithdrawalState } from '../../payments/withdrawal.ts';
import type { Withdrawals } from '../../payments/withdrawals.ts';
import { note } from './account-fields.ts';
import { type Answer, found } from './answer.ts';
import { invalidFields, readFields, says } from './fields.ts';
import type { Caller } from './keys.ts';
import { listed } from './list.ts';
import type { OperatorCall, OperatorRoute } from './route.ts';
import { assertOwn, RECORDS } from './scopes.ts';
import { text } from './text-fields.ts';
import { timeToJson } from './time.ts';

const STATES = [
  'reserved',
  'sending',
  'paid',
  'failed',
  'held',
] as const satisfies readonly WithdrawalState[];

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
      state: query.choice('state', STATES),
      withdrawLinkId: query.get('linkId'),
      accountId: caller.accountId,
      since: query.time('since'),
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
  const resolve = async ({ id, caller, body, receiptOf }: OperatorCall): Promise<Answer> => {
    const decision = decisionOf(readFields(resolution, body()));
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
    { path: '/withdrawals', opening: RECORDS, methods: { GET: list } },
    { path: '/withdrawals/:id', opening: RECORDS, methods: { GET: show } },
    { path: '/withdrawals/:id/resolve', opening: RECORDS, methods: { POST: resolve } },
  ];
}

/** A body that decides a held withdrawal. */
const resolution = z.strictObject(
  {
    outcome: z.enum(['paid', 'failed'], says('must be paid or failed')),
    preimage: text((given) =>
      parseHex32(given) === undefined ? 'must be 64 characters of hex' : undefined,
    ).optional(),
    feeMsat: z
      .int(says('must be a whole number of millisatoshi'))
      .min(0, 'must not be negative')
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

/** A claim as operators read it: never its k1, which is the wallet's, nor its preimage. */
function withdrawalToJson(withdrawal: Withdrawal, word?: NodeWord): object {
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
function evidenceOf(withdrawal: Withdrawal, word: NodeWord | undefined): object {
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

function wordToJson(word: NodeWord): object {
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
