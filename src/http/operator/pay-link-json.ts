import { z } from 'zod';
import type { PayLink } from '../../accounts/pay-link.ts';
import { msatToJson } from '../../msat.ts';
import type { LinkForms } from '../public-urls.ts';
import { countJson, linkFormsJson, msatJson, timeJson } from './json-fields.ts';
import { timeToJson } from './time.ts';

const successActionJson = z.discriminatedUnion('tag', [
  z.strictObject({ tag: z.literal('message'), message: z.string() }),
  z.strictObject({ tag: z.literal('url'), description: z.string(), url: z.string() }),
]);

const imageJson = z.strictObject({ kind: z.enum(['png', 'jpeg']), base64: z.string() });

/** A pay link as operators read it. What it does not have is absent. */
export const payLinkJson = z
  .strictObject({
    id: z.string(),
    ...linkFormsJson,
    description: z.string(),
    longDescription: z.string().optional(),
    image: imageJson.optional(),
    minMsat: msatJson,
    maxMsat: msatJson,
    commentAllowed: countJson.meta({ description: 'Characters; 0 for no comments.' }),
    successAction: successActionJson.optional(),
    oneTime: z.boolean(),
    invoiceExpirySeconds: countJson,
    validFrom: timeJson.optional(),
    expiresAt: timeJson.optional(),
    accountId: z.string().meta({ description: 'Whose the money is that comes in.' }),
    label: z.string().optional(),
    createdAt: timeJson,
    disabledAt: timeJson.optional(),
    paidAt: timeJson.meta({ description: 'When a one-time link was paid.' }).optional(),
  })
  .meta({ id: 'PayLink' });

/** An address as operators read it: a pay link with a name (LUD-16). */
export const addressJson = payLinkJson
  .extend({
    name: z.string(),
    domain: z.string(),
    address: z.string().meta({ description: '`name@domain`.' }),
  })
  .meta({ id: 'Address' });

/** Writes either of them. */
export function payLinkToJson(
  link: PayLink,
  forms: LinkForms,
): z.infer<typeof payLinkJson> & Partial<z.infer<typeof addressJson>> {
  const { id, address, longDescription, image, successAction, label } = link;
  const { validFrom, expiresAt, disabledAt, paidAt } = link;
  return {
    id,
    ...(address && { ...address, address: `${address.name}@${address.domain}` }),
    ...forms,
    description: link.description,
    ...(longDescription !== undefined && { longDescription }),
    ...(image && { image }),
    minMsat: msatToJson(link.min),
    maxMsat: msatToJson(link.max),
    commentAllowed: link.commentAllowed,
    ...(successAction && { successAction }),
    oneTime: link.oneTime,
    invoiceExpirySeconds: link.invoiceExpirySeconds,
    ...(validFrom !== undefined && { validFrom: timeToJson(validFrom) }),
    ...(expiresAt !== undefined && { expiresAt: timeToJson(expiresAt) }),
    accountId: link.accountId,
    ...(label !== undefined && { label }),
    createdAt: timeToJson(link.createdAt),
    ...(disabledAt !== undefined && { disabledAt: timeToJson(disabledAt) }),
    ...(paidAt !== undefined && { paidAt: timeToJson(paidAt) }),
  };
}
