import { z } from 'zod';
import { localTime } from '../links/card.ts';
import { terminalQr } from '../qr.ts';
import { pairs } from '../table.ts';

const moment = z.iso.datetime().nullish();

/** A channel offer, as far as the command line shows it. */
export const offerAnswer = z.object({
  id: z.string(),
  url: z.string(),
  lnurl: z.string(),
  lud17: z.string(),
  capacitySat: z.int(),
  pushSat: z.int(),
  private: z.string(),
  satPerVbyte: z.int().nullish(),
  uses: z.int(),
  usesLeft: z.int(),
  state: z.string(),
  label: z.string().nullish(),
  createdAt: z.iso.datetime(),
  validFrom: moment,
  expiresAt: moment,
});

export type OfferAnswer = z.infer<typeof offerAnswer>;

/** An offer to be scanned or copied: the code, then its forms, then its terms. */
export async function offerCard(offer: OfferAnswer): Promise<string> {
  const { pushSat, satPerVbyte } = offer;
  const terms = [
    ['url', offer.url],
    ['lnurl', offer.lnurl],
    ['lud17', offer.lud17],
    ['id', offer.id],
    ['state', stateText(offer)],
    ['capacity', `${offer.capacitySat} sat`],
    ['given away', pushSat > 0 ? `${pushSat} sat` : undefined],
    ['private', offer.private === 'wallet' ? 'as the wallet wishes' : offer.private],
    ['fee rate', satPerVbyte ? `${satPerVbyte} sat/vbyte` : undefined],
    ['uses left', usesText(offer)],
    ['label', offer.label ?? undefined],
    ['created', localTime(offer.createdAt)],
    ['valid from', localTime(offer.validFrom)],
    ['expires', localTime(offer.expiresAt)],
  ] as const;
  return (await terminalQr(offer.lnurl)) + pairs(terms);
}

export function usesText({ uses, usesLeft }: OfferAnswer): string {
  return `${usesLeft} of ${uses}`;
}

/** The state in words. */
export function stateText({ state }: Pick<OfferAnswer, 'state'>): string {
  return state === 'notYet' ? 'not yet open' : state;
}
