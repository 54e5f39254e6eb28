import { z } from 'zod';
import { descriptionFault } from '../../lnurl/pay/metadata.ts';
import { amountMsat, limitMsat } from './amount-field.ts';
import { says } from './fields.ts';
import { label, text, time } from './text-fields.ts';

const USES_MAX = 1_000_000;
const COUNT_MAX = 10_000;
/** A year. */
const WAIT_MAX_SECONDS = 31_536_000;

const uses = wholeFrom1(USES_MAX);
const yesOrNo = z.boolean(says('must be true or false'));

const others = {
  waitSeconds: wholeFrom1(WAIT_MAX_SECONDS).meta({ description: 'Between two uses.' }),
  dayMsat: limitMsat(1).meta({ description: 'No more than this in 24 hours, fees included.' }),
  totalMsat: limitMsat(1).meta({ description: 'No more than this in all, fees included.' }),
  feeMaxMsat: limitMsat(0).meta({ description: 'Cap of the routing fee of one claim.' }),
  payLinkId: z
    .string(says('must be the id of a pay link'))
    .meta({ description: 'By which wallets may top it up (LUD-19).' }),
  validFrom: time,
  expiresAt: time,
  label,
};

/** What every body must say that makes something to withdraw. */
const needed = {
  description: text(withdrawDescriptionFault).meta({ description: 'One line, or empty.' }),
  minMsat: amountMsat,
  maxMsat: amountMsat,
};

const OBJECT_RULE = says('must be a JSON object');

const funded = yesOrNo.meta({
  description: 'Sets the money of the worst case aside, and gives back what is left at the end.',
});
const accountId = z
  .string(says('must be an id'))
  .meta({ description: 'Whose money it gives out; `treasury` when absent.' });

const newVoucher = z
  .strictObject({ ...others, funded, accountId }, OBJECT_RULE)
  .partial()
  .extend(needed);

/** A body that makes a withdraw link (LUD-03). */
export const newWithdrawLink = newVoucher.extend({ uses: uses.optional() });

/** A body that makes vouchers, each of which has one use. */
export const newWithdrawBatch = newVoucher.extend({ count: wholeFrom1(COUNT_MAX) });

/** Whose money a link gives out was agreed on when it was handed out. */
const fixed = z
  .undefined('cannot be changed: delete the link and make another')
  .meta({ description: 'Cannot be changed: delete the link and make another.' })
  .optional();

/** A body that changes a withdraw link. `null` takes away what may be absent. */
export const changedWithdrawLink = z
  .strictObject({ ...needed, uses, disabled: yesOrNo }, OBJECT_RULE)
  .partial()
  .extend({
    waitSeconds: others.waitSeconds.nullish(),
    dayMsat: others.dayMsat.nullish(),
    totalMsat: others.totalMsat.nullish(),
    feeMaxMsat: others.feeMaxMsat.nullish(),
    payLinkId: others.payLinkId.nullish(),
    validFrom: others.validFrom.nullish(),
    expiresAt: others.expiresAt.nullish(),
    label: others.label.nullish(),
    funded: fixed,
    accountId: fixed,
  });

/** A body that switches all vouchers of a batch off or on: nothing else of them changes together. */
export const changedWithdrawBatch = z.strictObject({ disabled: yesOrNo }, OBJECT_RULE);

/** What a body holds that makes a withdraw link, or each link of a batch. */
export type NewVoucherFields = z.infer<typeof newVoucher>;
/** What a body of `changedWithdrawLink` holds. */
export type ChangedWithdrawLinkFields = z.infer<typeof changedWithdrawLink>;

/** LUD03-4: it becomes the description of the wallet's invoice, and may be empty. */
function withdrawDescriptionFault(description: string): string | undefined {
  return description === '' ? undefined : descriptionFault(description);
}

function wholeFrom1(most: number) {
  const rule = `must be a whole number from 1 to ${most}`;
  return z.int(says(rule)).min(1, rule).max(most, rule);
}
