import type { ChannelOffer } from '../../accounts/channel-offer.ts';
import type { ChannelOffers } from '../../accounts/channel-offers.ts';
import type { PublicUrls } from '../public-urls.ts';
import { type Answer, created, DONE, found } from './answer.ts';
import { changedChannelOffer, newChannelOffer } from './channel-offer-fields.ts';
import { channelOfferJson, channelOfferToJson } from './channel-offer-json.ts';
import { channelChangesOf, channelTermsOf } from './channel-offer-terms.ts';
import { listed, lists } from './list.ts';
import { type CallWith, json, type OperatorCall, type OperatorRoute, reads } from './route.ts';
import { CHANNEL_OFFERS } from './scopes.ts';

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
        GET: {
          summary: 'Lists channel offers.',
          ...lists(channelOfferJson),
          handle: async (call) => await desk.list(call),
        },
        POST: {
          summary: 'Makes a code by which wallets get a channel from our node (LUD-02).',
          ...reads(newChannelOffer, async (call) => await desk.create(call)),
          answers: { 201: json(channelOfferJson) },
        },
      },
    },
    {
      path: '/channel-offers/:id',
      opening: CHANNEL_OFFERS,
      methods: {
        GET: {
          summary: 'Shows a channel offer.',
          answers: { 200: json(channelOfferJson) },
          handle: async (call) => await desk.show(call),
        },
        PATCH: {
          summary: 'Changes a channel offer, or switches it off or on.',
          ...reads(changedChannelOffer, async (call) => await desk.change(call)),
          answers: { 200: json(channelOfferJson) },
          refusals: ['link-spent'],
        },
        DELETE: {
          summary: 'Deletes a channel offer: its code is good for nothing any more.',
          answers: { 204: {} },
          handle: async (call) => await desk.remove(call),
        },
      },
    },
  ];
}

class ChannelOfferDesk {
  readonly #parts: ChannelOfferDeskParts;

  constructor(parts: ChannelOfferDeskParts) {
    this.#parts = parts;
  }

  async create({ fields, receiptOf }: CallWith<typeof newChannelOffer>): Promise<Answer> {
    const terms = channelTermsOf(fields());
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

  async change({ id, fields }: CallWith<typeof changedChannelOffer>): Promise<Answer> {
    const { channelOffers } = this.#parts;
    const before = await channelOffers.get(id);
    const changes = channelChangesOf(fields());
    if (Object.keys(changes).length === 0) return found(this.#toJson(before));
    return found(this.#toJson(await channelOffers.change(id, changes)));
  }

  async remove({ id }: OperatorCall): Promise<Answer> {
    await this.#parts.channelOffers.remove(id);
    return DONE;
  }

  #toJson(offer: ChannelOffer): object {
    const { channelOffers, urls, clock } = this.#parts;
    const forms = urls.channelForms(channelOffers.token(offer));
    return channelOfferToJson(offer, forms, clock.now());
  }
}
