import type { PayTerms } from '../../accounts/pay-link.ts';
import { type Msat, msat } from '../../msat.ts';
import { TREASURY } from '../../payments/ledger.ts';
import type { ChangedPayLinkFields, NewPayLinkFields } from './pay-link-fields.ts';
import { parseTime } from './time.ts';

/** FC-1: payers who swap first need an hour. */
const EXPIRY_DEFAULT_SECONDS = 3_600;

/** The terms of a new link, with what holds where the operator said nothing. */
export function termsOf(given: NewPayLinkFields): PayTerms {
  return {
    min: amountOf(given.minMsat),
    max: amountOf(given.maxMsat),
    description: given.description,
    longDescription: given.longDescription,
    image: given.image,
    commentAllowed: given.commentAllowed ?? 0,
    successAction: given.successAction,
    oneTime: given.oneTime ?? false,
    invoiceExpirySeconds: given.invoiceExpirySeconds ?? EXPIRY_DEFAULT_SECONDS,
    validFrom: momentOf(given.validFrom),
    expiresAt: momentOf(given.expiresAt),
    accountId: given.accountId ?? TREASURY,
    label: given.label,
  };
}

/** What an operator changes of a link: its terms, and whether it is open at all. */
export type PayChanges = Partial<PayTerms> & { readonly disabled?: boolean };

/** Only what was given; `null` stands for what holds where nothing is said. */
export function changesOf(given: ChangedPayLinkFields): PayChanges {
  const { minMsat, maxMsat, description, disabled } = given;
  return {
    ...(minMsat !== undefined && { min: amountOf(minMsat) }),
    ...(maxMsat !== undefined && { max: amountOf(maxMsat) }),
    ...(description !== undefined && { description }),
    ...(disabled !== undefined && { disabled }),
    ...('longDescription' in given && { longDescription: given.longDescription ?? undefined }),
    ...('image' in given && { image: given.image ?? undefined }),
    ...('commentAllowed' in given && { commentAllowed: given.commentAllowed ?? 0 }),
    ...('successAction' in given && { successAction: given.successAction ?? undefined }),
    ...('oneTime' in given && { oneTime: given.oneTime ?? false }),
    ...('invoiceExpirySeconds' in given && {
      invoiceExpirySeconds: given.invoiceExpirySeconds ?? EXPIRY_DEFAULT_SECONDS,
    }),
    ...('validFrom' in given && { validFrom: momentOf(given.validFrom) }),
    ...('expiresAt' in given && { expiresAt: momentOf(given.expiresAt) }),
    ...('accountId' in given && { accountId: given.accountId ?? TREASURY }),
    ...('label' in given && { label: given.label ?? undefined }),
  };
}

/** The schema has seen to it that the number is whole and safe. */
function amountOf(amountMsat: number): Msat {
  return msat(BigInt(amountMsat));
}

function momentOf(time: string | null | undefined): number | undefined {
  return typeof time === 'string' ? parseTime(time) : undefined;
}
