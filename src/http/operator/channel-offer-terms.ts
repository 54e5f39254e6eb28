import type { ChannelTerms, PrivateRule } from '../../accounts/channel-offer.ts';
import type { ChangedChannelOfferFields, NewChannelOfferFields } from './channel-offer-fields.ts';
import { parseTime } from './time.ts';

const NO_PUSH_SAT = 0;
/** LUD-02 lets the wallet say what it wants. */
const PRIVATE_DEFAULT: PrivateRule = 'wallet';
const ONE_USE = 1;

/** The terms of a new offer, with what holds where the operator said nothing. */
export function channelTermsOf(given: NewChannelOfferFields): ChannelTerms {
  return {
    capacitySat: given.capacitySat,
    pushSat: given.pushSat ?? NO_PUSH_SAT,
    private: given.private ?? PRIVATE_DEFAULT,
    satPerVbyte: given.satPerVbyte,
    uses: given.uses ?? ONE_USE,
    validFrom: momentOf(given.validFrom),
    expiresAt: momentOf(given.expiresAt),
    label: given.label,
  };
}

/** What an operator changes of an offer: its terms, and whether it is open at all. */
export type ChannelChanges = Partial<ChannelTerms> & { readonly disabled?: boolean };

/** Only what was given; `null` stands for what holds where nothing is said. */
export function channelChangesOf(given: ChangedChannelOfferFields): ChannelChanges {
  const { capacitySat, uses, disabled } = given;
  return {
    ...(capacitySat !== undefined && { capacitySat }),
    ...(uses !== undefined && { uses }),
    ...(disabled !== undefined && { disabled }),
    ...('pushSat' in given && { pushSat: given.pushSat ?? NO_PUSH_SAT }),
    ...('private' in given && { private: given.private ?? PRIVATE_DEFAULT }),
    ...('satPerVbyte' in given && { satPerVbyte: given.satPerVbyte ?? undefined }),
    ...('validFrom' in given && { validFrom: momentOf(given.validFrom) }),
    ...('expiresAt' in given && { expiresAt: momentOf(given.expiresAt) }),
    ...('label' in given && { label: given.label ?? undefined }),
  };
}

function momentOf(time: string | null | undefined): number | undefined {
  return typeof time === 'string' ? parseTime(time) : undefined;
}
