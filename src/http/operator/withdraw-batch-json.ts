import { z } from 'zod';
import type { WithdrawBatch } from '../../accounts/withdraw-batch.ts';
import { WITHDRAW_LINK_STATES } from '../../accounts/withdraw-link.ts';
import type { PublicUrls } from '../public-urls.ts';
import { countJson, timeJson, urlJson } from './json-fields.ts';
import { timeToJson } from './time.ts';
import {
  coverJson,
  coverToJson,
  voucherTermsJson,
  voucherTermsToJson,
} from './withdraw-link-json.ts';

/** A batch as operators read it, without its vouchers. */
export const withdrawBatchJson = z
  .strictObject({
    id: z.string(),
    vouchers: urlJson.meta({ description: 'Where its vouchers are listed.' }),
    print: urlJson.meta({ description: 'A page to print them from.' }),
    count: countJson,
    ...voucherTermsJson,
    funded: z.boolean(),
    ...coverJson,
    createdAt: timeJson,
  })
  .meta({ id: 'WithdrawBatch' });

/** A batch with what became of its vouchers. */
export const countedWithdrawBatchJson = withdrawBatchJson
  .extend({
    states: z
      .record(z.enum(WITHDRAW_LINK_STATES), countJson)
      .meta({ description: 'How many of its vouchers are in which state.' }),
  })
  .meta({ id: 'CountedWithdrawBatch' });

export function withdrawBatchToJson(
  batch: WithdrawBatch,
  urls: Pick<PublicUrls, 'withdrawBatch'>,
): z.infer<typeof withdrawBatchJson> {
  const { id, count, funded, createdAt } = batch;
  return {
    id,
    ...urls.withdrawBatch(id),
    count,
    ...voucherTermsToJson(batch),
    funded,
    ...coverToJson(batch),
    createdAt: timeToJson(createdAt),
  };
}
