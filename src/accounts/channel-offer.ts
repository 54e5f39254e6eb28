import { RequestError } from '../errors.ts';

/** Whether the channel is told to the network: as the wallet wishes, or the same for all. */
export const PRIVATE_RULES = ['wallet', 'always', 'never'] as const;
export type PrivateRule = (typeof PRIVATE_RULES)[number];

/** What the operator chooses of a channel offer. Times are milliseconds since 1970. */
export interface ChannelTerms {
  readonly capacitySat: number;
  /** Given to the wallet: it is theirs from the start. */
  readonly pushSat: number;
  readonly private: PrivateRule;
  /** undefined leaves the fee of the transaction to the node. */
  readonly satPerVbyte: number | undefined;
  readonly uses: number;
  readonly validFrom: number | undefined;
  readonly expiresAt: number | undefined;
  readonly label: string | undefined;
}

/** An offer to open channels from our node, with what was taken from it. */
export interface ChannelOffer extends ChannelTerms {
  readonly id: string;
  /** Grows with every change of the terms. */
  readonly revision: number;
  /** Uses of requests that are under way or ended well. */
  readonly usesTaken: number;
  /** Those of them that never come back. */
  readonly usesSpent: number;
  readonly createdAt: number;
  readonly disabledAt: number | undefined;
}

/** One use, and so one k1 that stays the same until it is used. */
export function isSingle(offer: Pick<ChannelTerms, 'uses'>): boolean {
  return offer.uses === 1;
}

/** What an operator sees of an offer, in a word. */
export type ChannelOfferState = (typeof CHANNEL_OFFER_STATES)[number];

export const CHANNEL_OFFER_STATES = [
  'open',
  'notYet',
  'claimed',
  'spent',
  'expired',
  'disabled',
] as const;

/** `spent` when no use will come back, `claimed` when every use is taken and some may. */
export function channelOfferState(offer: ChannelOffer, now: number): ChannelOfferState {
  const { uses, usesTaken, usesSpent, validFrom, expiresAt, disabledAt } = offer;
  if (usesSpent >= uses) return 'spent';
  if (usesTaken >= uses) return 'claimed';
  if (disabledAt !== undefined) return 'disabled';
  if (expiresAt !== undefined && now >= expiresAt) return 'expired';
  return validFrom !== undefined && now < validFrom ? 'notYet' : 'open';
}

/** LUD02-3: what a wallet that says nothing of it gets is a channel that nobody is told of. */
export function isPrivate(rule: PrivateRule, wish: boolean | undefined): boolean {
  return rule === 'wallet' ? (wish ?? true) : rule === 'always';
}

/** Refuses terms of which each is right, but not all together; names every field that is wrong. */
export function assertChannelTerms(terms: ChannelTerms): void {
  const { capacitySat, pushSat, validFrom, expiresAt } = terms;
  const neverOpen = validFrom !== undefined && expiresAt !== undefined && validFrom >= expiresAt;
  refuseFaults([
    pushSat >= capacitySat && { pointer: '/pushSat', detail: 'must be less than capacitySat' },
    neverOpen && { pointer: '/validFrom', detail: 'must be before expiresAt' },
  ]);
}

/** Refuses a change that would undo what was promised by the offer `before`. */
export function assertChannelChange(offer: ChannelOffer, before: ChannelOffer): void {
  refuseFaults([
    offer.uses < before.usesTaken && {
      pointer: '/uses',
      detail: `must not be less than the ${before.usesTaken} taken`,
    },
    isSingle(offer) !== isSingle(before) && {
      pointer: '/uses',
      detail: 'an offer of one use stays one, and one of many stays one of many',
    },
  ]);
}

function refuseFaults(checks: readonly (false | { pointer: string; detail: string })[]): void {
  const fields = checks.filter((check) => check !== false);
  const [first] = fields;
  if (!first) return;
  const name = first.pointer.slice(1);
  throw new RequestError('invalid-request', `${name} ${first.detail}`, { fields });
}

/** Refuses an offer that cannot be taken up now, in words for the person who scanned it. */
export function assertOfferOpen(offer: ChannelOffer, now: number): void {
  if (offer.disabledAt !== undefined) throw closed('This channel offer is switched off.');
  if (offer.usesSpent >= offer.uses) throw closed('This channel offer has already been used.');
  if (offer.expiresAt !== undefined && now >= offer.expiresAt) {
    throw closed('This channel offer has expired.');
  }
  if (offer.validFrom !== undefined && now < offer.validFrom) {
    throw closed('This channel offer is not open yet.');
  }
  if (offer.usesTaken >= offer.uses) {
    throw closed('The channel of this offer is being opened already.');
  }
}

function closed(message: string): RequestError {
  return new RequestError('link-spent', message);
}
