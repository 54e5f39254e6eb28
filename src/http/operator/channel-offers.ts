import { type ChannelOffer, channelOfferState } from '../../accounts/channel-offer.ts';
import type { ChannelOffers } from '../../accounts/channel-offers.ts';
import type { PublicUrls } from '../public-urls.ts';
import { type Answer, created, DONE, found } from './answer.ts';
import { changedChannelOffer, newChannelOffer } from './channel-offer-fields.ts';
import { channelChangesOf, channelTermsOf } from './channel-offer-terms.ts';
import { readFields } from './fields.ts';
import { listed } from './list.ts';
import type { OperatorCall, OperatorRoute } from './route.ts';
import { CHANNEL_OFFERS } from './scopes.ts';
import { timeToJson } from './time.ts';

export interface ChannelOfferDeskParts {
  readonly channelOffers: ChannelOffers;
  readonly urls: Pick<PublicUrls, 'channelForms'>;
  readonly clock: { now(): number };
}

/** `/channel-offers`: codes by which wallets get a channel from our node (LUD-02). */
export function channelOfferRoutes(parts: ChannelOfferDeskParts): OperatorRoute[] {
  const desk = new ChannelOfferDesk(parts);
  return [
    {
      path: '/channel-offers',
      opening: CHANNEL_OFFERS,
      methods: {
        GET: async (call) => await desk.list(call),
        POST: async (call) => await desk.create(call),
      },
    },
    {
      path: '/channel-offers/:id',
      opening: CHANNEL_OFFERS,
      methods: {
        GET: async (call) => await desk.show(call),
        PATCH: async (call) => await desk.change(call),
        DELETE: async (call) => await desk.remove(call),
      },
    },
  ];
}

class ChannelOfferDesk {
  readonly #parts: ChannelOfferDeskParts;

  constructor(parts: ChannelOfferDeskParts) {
    this.#parts = parts;
  }

  async create({ body, receiptOf }: OperatorCall): Promise<Answer> {
    const terms = channelTermsOf(readFields(newChannelOffer, body()));
    const answer = (offer: ChannelOffer): Answer => created(this.#toJson(offer));
    const offer = await this.#parts.channelOffers.create(
      terms,
      receiptOf && ((made) => receiptOf(answer(made))),
    );
    return answer(offer);
  }

  async list({ query }: OperatorCall): Promise<Answer> {
    const { channelOffers } = this.#parts;
    return await listed<ChannelOffer>(query, {
      list: async (limit, after) => await channelOffers.list(limit, after),
      get: async (id) => await channelOffers.get(id),
      toJson: (offer) => this.#toJson(offer),
    });
  }

  async show({ id }: OperatorCall): Promise<Answer> {
    return found(this.#toJson(await this.#parts.channelOffers.get(id)));
  }

  async change({ id, body }: OperatorCall): Promise<Answer> {
    const { channelOffers } = this.#parts;
    const before = await channelOffers.get(id);
    const changes = channelChangesOf(readFields(changedChannelOffer, body()));
    if (Object.keys(changes).length === 0) return found(this.#toJson(before));
    return found(this.#toJson(await channelOffers.change(id, changes)));
  }

  async remove({ id }: OperatorCall): Promise<Answer> {
    await this.#parts.channelOffers.remove(id);
    return DONE;
  }

  /** A channel offer as operators read it. What it does not have is absent. */
  #toJson(offer: ChannelOffer): object {
    const { channelOffers, urls, clock } = this.#parts;
    const { satPerVbyte, validFrom, expiresAt, label, disabledAt } = offer;
    return {
      id: offer.id,
      ...urls.channelForms(channelOffers.token(offer)),
      capacitySat: offer.capacitySat,
      pushSat: offer.pushSat,
      private: offer.private,
      ...(satPerVbyte !== undefined && { satPerVbyte }),
      uses: offer.uses,
      usesLeft: offer.uses - offer.usesTaken,
      ...(validFrom !== undefined && { validFrom: timeToJson(validFrom) }),
      ...(expiresAt !== undefined && { expiresAt: timeToJson(expiresAt) }),
      ...(label !== undefined && { label }),
      state: channelOfferState(offer, clock.now()),
      createdAt: timeToJson(offer.createdAt),
      ...(disabledAt !== undefined && { disabledAt: timeToJson(disabledAt) }),
    };
  }
}
