import { z } from 'zod';
import { PRIVATE_RULES } from '../../accounts/channel-offer.ts';
import { says } from './fields.ts';
import { label, time } from './text-fields.ts';

/** The bounds of channels that every node opens. */
const CAPACITY_MIN_SAT = 20_000;
const CAPACITY_MAX_SAT = 16_777_215;
const FEE_MAX_SAT_PER_VBYTE = 5_000;
const USES_MAX = 1_000_000;

const capacitySat = whole(CAPACITY_MIN_SAT, CAPACITY_MAX_SAT);
const uses = whole(1, USES_MAX);
const pushSat = whole(0, CAPACITY_MAX_SAT).meta({
  description: 'Given to the wallet; less than capacitySat. 0 when absent.',
});
const privateRule = z.enum(PRIVATE_RULES, says(`must be one of ${PRIVATE_RULES.join(', ')}`)).meta({
  description: 'Whether the network is told of it; `wallet`, the default, lets the wallet say.',
});
const satPerVbyte = whole(1, FEE_MAX_SAT_PER_VBYTE).meta({
  description: 'Fee of the funding transaction; without it the node decides.',
});

const OBJECT_RULE = says('must be a JSON object');

/** A body that makes a channel offer (LUD-02). */
export const newChannelOffer = z
  .strictObject(
    {
      ...{ pushSat, private: privateRule, satPerVbyte, uses, label },
      ...{ validFrom: time, expiresAt: time },
    },
    OBJECT_RULE,
  )
  .partial()
  .extend({ capacitySat });

/** A body that changes a channel offer. `null` takes away what may be absent. */
export const changedChannelOffer = z
  .strictObject(
    { capacitySat, uses, disabled: z.boolean(says('must be true or false')) },
    OBJECT_RULE,
  )
  .partial()
  .extend({
    pushSat: pushSat.nullish(),
    private: privateRule.nullish(),
    satPerVbyte: satPerVbyte.nullish(),
    validFrom: time.nullish(),
    expiresAt: time.nullish(),
    label: label.nullish(),
  });

export type NewChannelOfferFields = z.infer<typeof newChannelOffer>;
export type ChangedChannelOfferFields = z.infer<typeof changedChannelOffer>;

function whole(least: number, most: number) {
  const rule = `must be a whole number from ${least} to ${most}`;
  return z.int(says(rule)).min(least, rule).max(most, rule);
}
