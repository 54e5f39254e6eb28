import { z } from 'zod';
import {
  CHANNEL_OFFER_STATES,
  type ChannelOffer,
  channelOfferState,
  PRIVATE_RULES,
} from '../../accounts/channel-offer.ts';
import type { LinkForms } from '../public-urls.ts';
import { countJson, linkFormsJson, timeJson } from './json-fields.ts';
import { timeToJson } from './time.ts';

/** A channel offer as operators read it. What it does not have is absent. */
export const channelOfferJson = z
  .strictObject({
    id: z.string(),
    ...linkFormsJson,
    capacitySat: countJson,
    pushSat: countJson.meta({ description: 'Given to the wallet.' }),
    private: z.enum(PRIVATE_RULES),
    satPerVbyte: countJson.meta({ description: 'Absent: the node decides.' }).optional(),
    uses: countJson,
    usesLeft: countJson,
    validFrom: timeJson.optional(),
    expiresAt: timeJson.optional(),
    label: z.string().optional(),
    state: z.enum(CHANNEL_OFFER_STATES),
    createdAt: timeJson,
    disabledAt: timeJson.optional(),
  })
  .meta({ id: 'ChannelOffer' });

export function channelOfferToJson(
  offer: ChannelOffer,
  forms: LinkForms,
  now: number,
): z.infer<typeof channelOfferJson> {
  const { satPerVbyte, validFrom, expiresAt, label, disabledAt } = offer;
  return {
    id: offer.id,
    ...forms,
    capacitySat: offer.capacitySat,
    pushSat: offer.pushSat,
    private: offer.private,
    ...(satPerVbyte !== undefined && { satPerVbyte }),
    uses: offer.uses,
    usesLeft: offer.uses - offer.usesTaken,
    ...(validFrom !== undefined && { validFrom: timeToJson(validFrom) }),
    ...(expiresAt !== undefined && { expiresAt: timeToJson(expiresAt) }),
    ...(label !== undefined && { label }),
    state: channelOfferState(offer, now),
    createdAt: timeToJson(offer.createdAt),
    ...(disabledAt !== undefined && { disabledAt: timeToJson(disabledAt) }),
  };
}
