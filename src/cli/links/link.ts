import { z } from 'zod';

const moment = z.iso.datetime().nullish();

/** A pay link or an address, as far as the command line shows it. */
export const linkAnswer = z.object({
  id: z.string(),
  url: z.string(),
  lnurl: z.string(),
  lud17: z.string(),
  name: z.string().nullish(),
  domain: z.string().nullish(),
  description: z.string(),
  label: z.string().nullish(),
  minMsat: z.int(),
  maxMsat: z.int(),
  commentAllowed: z.int().nullish(),
  oneTime: z.boolean().nullish(),
  createdAt: z.iso.datetime(),
  validFrom: moment,
  expiresAt: moment,
  disabledAt: moment,
  paidAt: moment,
});

export type LinkAnswer = z.infer<typeof linkAnswer>;

/** `name@domain` of an address; undefined for a pay link. */
export function addressOf({ name, domain }: LinkAnswer): string | undefined {
  return name && domain ? `${name}@${domain}` : undefined;
}

export type LinkState = 'open' | 'disabled' | 'paid' | 'expired' | 'not yet open';

/** What a wallet would be told now, in a word. */
export function linkState(link: LinkAnswer, now: number): LinkState {
  if (link.disabledAt) return 'disabled';
  if (link.paidAt) return 'paid';
  if (link.expiresAt && Date.parse(link.expiresAt) <= now) return 'expired';
  if (link.validFrom && Date.parse(link.validFrom) > now) return 'not yet open';
  return 'open';
}
