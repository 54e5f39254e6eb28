import { RequestError } from '../../errors.ts';
import { type Msat, msatToJson, parseMsat } from '../../msat.ts';
import type { WalletQuery } from '../query.ts';
import { checkComment } from './comment.ts';
import type { SuccessAction } from './success-action.ts';

/** What the protocol says of an offer to be paid. */
export interface PayOffer {
  readonly callback: string;
  readonly min: Msat;
  readonly max: Msat;
  readonly metadata: string;
  /** Longest comment in characters; 0 for none. */
  readonly commentAllowed: number;
}

/** LUD-06, first answer. LUD-12: `commentAllowed` is there even when it is 0 (FC-4). */
export interface PayRequest {
  readonly tag: 'payRequest';
  readonly callback: string;
  readonly minSendable: number;
  readonly maxSendable: number;
  readonly metadata: string;
  readonly commentAllowed: number;
}

/** LUD-06: the terms of an offer, in the members that the document defines and no others. */
export function payRequest(offer: PayOffer): PayRequest {
  return {
    tag: 'payRequest',
    callback: offer.callback,
    minSendable: msatToJson(offer.min),
    maxSendable: msatToJson(offer.max),
    metadata: offer.metadata,
    commentAllowed: offer.commentAllowed,
  };
}

/** What a wallet asked for in its second call. */
export interface PayChoice {
  readonly amount: Msat;
  readonly comment: string | undefined;
}

/** LUD-06, second call: the amount within the bounds, to the millisatoshi; LUD-12: the comment. */
export function readPayChoice(
  query: WalletQuery,
  offer: Pick<PayOffer, 'min' | 'max' | 'commentAllowed'>,
): PayChoice {
  const amount = readAmount(query.need('amount'));
  if (amount < offer.min) {
    throw outOfRange(`amount too low, minimum ${offer.min} msat`);
  }
  if (amount > offer.max) {
    throw outOfRange(`amount too high, maximum ${offer.max} msat`);
  }
  return { amount, comment: checkComment(query.get('comment'), offer.commentAllowed) };
}

/** LUD06-8: digits only. An amount of 0 would make an invoice over any amount (LUD06-9). */
function readAmount(text: string): Msat {
  const amount = parseMsat(text);
  if (!amount) throw new RequestError('invalid-request', 'invalid amount');
  return amount;
}

function outOfRange(message: string): RequestError {
  return new RequestError('amount-out-of-range', message);
}

/** LUD-06, second answer. */
export interface PayAnswer {
  readonly pr: string;
  readonly routes: readonly [];
  readonly successAction?: SuccessAction;
  readonly disposable: boolean;
  readonly verify: string;
}

interface Payable {
  readonly bolt11: string;
  readonly verifyUrl: string;
  readonly oneTime: boolean;
  readonly successAction: SuccessAction | undefined;
}

/**
 * LUD-06: the invoice; LUD-09: `successAction` only when there is one; LUD-11: `disposable` always
 * said; LUD-21: where to ask whether it was paid.
 */
export function payAnswer({ bolt11, verifyUrl, oneTime, successAction }: Payable): PayAnswer {
  return {
    pr: bolt11,
    routes: [],
    ...(successAction && { successAction }),
    disposable: oneTime,
    verify: verifyUrl,
  };
}

/** LUD-21: what became of an invoice. The preimage is shown for a settled one only. */
export interface VerifyAnswer {
  readonly status: 'OK';
  readonly settled: boolean;
  readonly preimage: string | null;
  readonly pr: string;
}

/** LUD-21: all four members in both states; `null` is right here and nowhere else. */
export function verifyAnswer(invoice: {
  bolt11: string;
  preimage: string | undefined;
}): VerifyAnswer {
  const { bolt11, preimage } = invoice;
  return { status: 'OK', settled: preimage !== undefined, preimage: preimage ?? null, pr: bolt11 };
}
