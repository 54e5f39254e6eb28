import { RequestError } from '../../errors.ts';
import { type K1, parseHex32 } from '../../hex.ts';
import { type Msat, msatToJson } from '../../msat.ts';
import type { WalletQuery } from '../query.ts';

/** What the protocol says of an offer to be paid out. */
export interface WithdrawOffer {
  readonly callback: string;
  readonly k1: K1;
  readonly description: string;
  readonly min: Msat;
  /** 0 with a `min` of 0 when there is nothing to withdraw at the moment (LUD03-3). */
  readonly max: Msat;
  /** LUD-19: where the voucher can be topped up, as `lnurlp://…`. */
  readonly payLink: string | undefined;
}

/** LUD-03, first answer, in the members that the documents define and no others. */
export interface WithdrawRequest {
  readonly tag: 'withdrawRequest';
  readonly callback: string;
  readonly k1: string;
  readonly defaultDescription: string;
  readonly minWithdrawable: number;
  readonly maxWithdrawable: number;
  readonly payLink?: string;
}

/** LUD-03: the terms of an offer. LUD-19: `payLink` only when there is one. */
export function withdrawRequest(offer: WithdrawOffer): WithdrawRequest {
  return {
    tag: 'withdrawRequest',
    callback: offer.callback,
    k1: offer.k1,
    defaultDescription: offer.description,
    minWithdrawable: msatToJson(offer.min),
    maxWithdrawable: msatToJson(offer.max),
    ...(offer.payLink !== undefined && { payLink: offer.payLink }),
  };
}

/**
 * LUD-08: the same offer written into a link, so that a wallet may skip the first call. The values
 * are hints; a plain GET of the link answers as LUD-03 says, and the callback believes none of them.
 */
export function fastWithdrawUrl(url: string, offer: WithdrawOffer): string {
  const { tag, callback, k1, defaultDescription, minWithdrawable, maxWithdrawable } =
    withdrawRequest(offer);
  const query = new URLSearchParams({
    tag,
    k1,
    minWithdrawable: String(minWithdrawable),
    maxWithdrawable: String(maxWithdrawable),
    defaultDescription,
    callback,
  });
  // Percent-encoding alone: not every wallet reads `+` as a blank.
  return `${url}?${query.toString().replaceAll('+', '%20')}`;
}

/** What a wallet claims in its second call. */
export interface WithdrawClaim {
  readonly k1: K1;
  /** Lower case, without a `lightning:` prefix. */
  readonly bolt11: string;
}

/** LUD-03, second call: one challenge and one invoice. */
export function readWithdrawClaim(query: WalletQuery): WithdrawClaim {
  const k1 = parseHex32<K1>(query.need('k1'));
  const text = query.need('pr');
  if (!k1) throw new RequestError('invalid-request', 'invalid k1');
  const bolt11 = calmed(text);
  if (bolt11.includes(',')) {
    throw new RequestError('invoice-unacceptable', 'only one invoice allowed');
  }
  return { k1, bolt11 };
}

/** LUD03-6: wallets send invoices in either case, with blanks around them and the prefix of a link. */
function calmed(text: string): string {
  const bare = text
    .trim()
    .replace(/^lightning:(\/\/)?/i, '')
    .trim();
  if (bare === '') throw new RequestError('invalid-request', 'missing pr');
  const isMixed = bare !== bare.toLowerCase() && bare !== bare.toUpperCase();
  if (isMixed) throw new RequestError('invoice-unacceptable', 'invalid invoice');
  return bare.toLowerCase();
}
