import type { VoucherTerms } from '../../accounts/withdraw-batch.ts';
import type { WithdrawChanges } from '../../accounts/withdraw-links.ts';
import { type Msat, msat } from '../../msat.ts';
import { TREASURY } from '../../payments/ledger.ts';
import { parseTime } from './time.ts';
import type { ChangedWithdrawLinkFields, NewVoucherFields } from './withdraw-link-fields.ts';

/** The terms of what is new, with what holds where the operator said nothing. */
export function voucherTermsOf(given: NewVoucherFields): VoucherTerms {
  return {
    description: given.description,
    min: amountOf(given.minMsat),
    max: amountOf(given.maxMsat),
    waitSeconds: given.waitSeconds,
    day: amountOrUndefined(given.dayMsat),
    total: amountOrUndefined(given.totalMsat),
    feeMax: amountOrUndefined(given.feeMaxMsat),
    payLinkId: given.payLinkId,
    validFrom: momentOf(given.validFrom),
    expiresAt: momentOf(given.expiresAt),
    label: given.label,
    accountId: given.accountId ?? TREASURY,
  };
}

/** Only what was given; `null` takes away. */
export function withdrawChangesOf(given: ChangedWithdrawLinkFields): WithdrawChanges {
  const { description, minMsat, maxMsat, uses, disabled } = given;
  return {
    ...(description !== undefined && { description }),
    ...(minMsat !== undefined && { min: amountOf(minMsat) }),
    ...(maxMsat !== undefined && { max: amountOf(maxMsat) }),
    ...(uses !== undefined && { uses }),
    ...(disabled !== undefined && { disabled }),
    ...('waitSeconds' in given && { waitSeconds: given.waitSeconds ?? undefined }),
    ...('dayMsat' in given && { day: amountOrUndefined(given.dayMsat) }),
    ...('totalMsat' in given && { total: amountOrUndefined(given.totalMsat) }),
    ...('feeMaxMsat' in given && { feeMax: amountOrUndefined(given.feeMaxMsat) }),
    ...('payLinkId' in given && { payLinkId: given.payLinkId ?? undefined }),
    ...('validFrom' in given && { validFrom: momentOf(given.validFrom) }),
    ...('expiresAt' in given && { expiresAt: momentOf(given.expiresAt) }),
    ...('label' in given && { label: given.label ?? undefined }),
  };
}

/** The schema has seen to it that the number is whole and safe. */
function amountOf(amountMsat: number): Msat {
  return msat(BigInt(amountMsat));
}

function amountOrUndefined(amountMsat: number | null | undefined): Msat | undefined {
  return typeof amountMsat === 'number' ? amountOf(amountMsat) : undefined;
}

function momentOf(time: string | null | undefined): number | undefined {
  return typeof time === 'string' ? parseTime(time) : undefined;
}
