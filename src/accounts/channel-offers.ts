import type { Clock } from '../clock.ts';
import { RequestError } from '../errors.ts';
import { type LinkEventData, type NewEvent, newEvent } from '../events/event.ts';
import type { K1 } from '../hex.ts';
import type { Challenges } from '../lnurl/k1.ts';
import { newId, type Random } from '../random.ts';
import {
  assertChannelChange,
  assertChannelTerms,
  type ChannelOffer,
  type ChannelTerms,
  isSingle,
} from './channel-offer.ts';
import type { Receipt } from './receipt.ts';
import { type Tokens, tokenHash } from './tokens.ts';

/** What channel offers need of the store. */
export interface ChannelOfferStore {
  /** Throws AlreadyAnswered for the receipt. */
  add(offer: ChannelOffer, tokenHash: string, event: NewEvent, receipt?: Receipt): Promise<void>;
  /**
   * Replaces the terms if they still are those of `before`, and no more uses were taken than the new
   * ones have.
   */
  change(offer: ChannelOffer, before: ChannelOffer, event: NewEvent): Promise<boolean>;
  remove(id: string, now: number, event: NewEvent): Promise<boolean>;
  find(id: string): Promise<ChannelOffer | undefined>;
  findByToken(tokenHash: string): Promise<ChannelOffer | undefined>;
  list(limit: number, after: string | undefined): Promise<ChannelOffer[]>;
}

interface Parts {
  readonly store: ChannelOfferStore;
  readonly tokens: Tokens;
  readonly challenges: Challenges;
  readonly clock: Clock;
  readonly random: Random;
}

/** Offers to open channels: made and changed by the operator, taken up by wallets. */
export class ChannelOffers {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Makes an offer. `receiptOf` writes the answer into the same transaction (FC-31). */
  async create(
    terms: ChannelTerms,
    receiptOf?: (offer: ChannelOffer) => Receipt,
  ): Promise<ChannelOffer> {
    assertChannelTerms(terms);
    const { store, tokens, clock, random } = this.#parts;
    const id = newId('co', random);
    const offer: ChannelOffer = {
      ...terms,
      id,
      revision: 1,
      usesTaken: 0,
      usesSpent: 0,
      createdAt: clock.now(),
      disabledAt: undefined,
    };
    await store.add(
      offer,
      tokenHash(tokens.ofLink(id)),
      this.#told('link.created', offer),
      receiptOf?.(offer),
    );
    return offer;
  }

  /** Changes terms, or switches the offer off and on. Requests that were made keep theirs. */
  async change(
    id: string,
    changes: Partial<ChannelTerms> & { readonly disabled?: boolean },
  ): Promise<ChannelOffer> {
    const before = await this.get(id);
    const { disabled, ...terms } = changes;
    const offer: ChannelOffer = {
      ...before,
      ...terms,
      revision: before.revision + 1,
      disabledAt: this.#disabledAt(before, disabled),
    };
    assertChannelTerms(offer);
    assertChannelChange(offer, before);
    const done = await this.#parts.store.change(offer, before, this.#told('link.changed', offer));
    // Something came between the read and the write: this change starts again from there.
    return done ? await this.get(id) : await this.change(id, changes);
  }

  /** Takes an offer away for good. Its channels and their history stay. */
  async remove(id: string): Promise<void> {
    const offer = await this.get(id);
    const { store, clock, random } = this.#parts;
    const data = { ...channelOfferEventData(offer), deleted: true };
    await store.remove(id, clock.now(), newEvent('link.changed', data, clock.now(), random));
  }

  async get(id: string): Promise<ChannelOffer> {
    const offer = await this.#parts.store.find(id);
    if (!offer) throw new RequestError('not-found', 'There is no channel offer with this id');
    return offer;
  }

  /** The offer behind the token of a URL (LUD-02). */
  async byToken(token: string): Promise<ChannelOffer> {
    const offer = await this.#parts.store.findByToken(tokenHash(token));
    if (!offer) throw new RequestError('not-found', 'channel offer unknown or expired');
    return offer;
  }

  async list(limit: number, after: string | undefined): Promise<ChannelOffer[]> {
    return await this.#parts.store.list(limit, after);
  }

  /** LUD-02: of an offer of one use it stays the same until it is used; others are new at every call. */
  challenge(offer: ChannelOffer): K1 {
    const { challenges, clock } = this.#parts;
    return isSingle(offer) ? challenges.fixed(offer.id) : challenges.issue(offer.id, clock.now());
  }

  /** LUD02-6: a challenge that is not of this offer, or too old, opens nothing. */
  assertChallenge(offer: ChannelOffer, k1: K1): void {
    const verdict = this.#judge(offer, k1);
    if (verdict === 'good') return;
    if (verdict === 'expired') throw new RequestError('k1-expired', 'expired, scan the code again');
    throw new RequestError('invalid-request', 'k1 does not belong to this offer');
  }

  token(offer: Pick<ChannelOffer, 'id'>): string {
    return this.#parts.tokens.ofLink(offer.id);
  }

  #judge(offer: ChannelOffer, k1: K1): 'good' | 'expired' | 'strange' {
    const { challenges, clock } = this.#parts;
    if (!isSingle(offer)) return challenges.judge(k1, offer.id, clock.now());
    return challenges.isFixed(k1, offer.id) ? 'good' : 'strange';
  }

  #disabledAt(before: ChannelOffer, disabled: boolean | undefined): number | undefined {
    if (disabled === undefined) return before.disabledAt;
    return disabled ? (before.disabledAt ?? this.#parts.clock.now()) : undefined;
  }

  #told(type: 'link.created' | 'link.changed', offer: ChannelOffer): NewEvent {
    const { clock, random } = this.#parts;
    return newEvent(type, channelOfferEventData(offer), clock.now(), random);
  }
}

/** What events say of an offer: never its token or k1. */
function channelOfferEventData({ id, label, disabledAt }: ChannelOffer): LinkEventData {
  return {
    id,
    kind: 'channel',
    ...(label !== undefined && { label }),
    ...(disabledAt !== undefined && { disabled: true }),
  };
}
