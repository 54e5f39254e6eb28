import { z } from 'zod';
import { descriptionFault, imageFault, longDescriptionFault } from '../../lnurl/pay/metadata.ts';
import { amountMsat } from './amount-field.ts';
import { says } from './fields.ts';
import { addressName, label, successAction, text, time } from './text-fields.ts';

const COMMENT_MAX_CHARACTERS = 500;
const EXPIRY_MIN_SECONDS = 60;
const EXPIRY_MAX_SECONDS = 86_400;

const COMMENT_RULE = `must be a whole number from 0 to ${COMMENT_MAX_CHARACTERS}`;
const commentAllowed = z
  .int(says(COMMENT_RULE))
  .min(0, COMMENT_RULE)
  .max(COMMENT_MAX_CHARACTERS, COMMENT_RULE)
  .meta({ description: 'LUD-12: characters of a comment, 0 for none.' });

const EXPIRY_RULE = `must be whole seconds from ${EXPIRY_MIN_SECONDS} to ${EXPIRY_MAX_SECONDS}`;
const invoiceExpirySeconds = z
  .int(says(EXPIRY_RULE))
  .min(EXPIRY_MIN_SECONDS, EXPIRY_RULE)
  .max(EXPIRY_MAX_SECONDS, EXPIRY_RULE);

const image = z
  .strictObject(
    {
      kind: z.enum(['png', 'jpeg'], says('must be png or jpeg')),
      base64: z.string(says('must be a text')),
    },
    says('must be an object of kind and base64'),
  )
  .superRefine((given, ctx) => {
    const fault = imageFault(given);
    if (fault !== undefined) ctx.addIssue({ code: 'custom', message: fault, path: ['base64'] });
  })
  .meta({
    description:
      'A picture for wallets, base64 of at most 136,536 characters, of the kind it says.',
  });

const yesOrNo = z.boolean(says('must be true or false'));

/** What a body says of a pay link, whether it makes or changes it. */
function members(publicUrl: string) {
  return {
    description: text(descriptionFault).meta({
      description: 'What wallets show: one line of at most 639 bytes in UTF-8.',
      examples: ['Coffee'],
    }),
    longDescription: text(longDescriptionFault).meta({
      description: 'LUD-20: at most 4,000 characters, and line breaks.',
    }),
    image,
    minMsat: amountMsat,
    maxMsat: amountMsat,
    commentAllowed,
    successAction: successAction(publicUrl),
    oneTime: yesOrNo.meta({ description: 'Ends when it is paid (LUD-11).' }),
    invoiceExpirySeconds,
    validFrom: time,
    expiresAt: time,
    accountId: z
      .string(says('must be the id of an account, or treasury'))
      .meta({ description: 'Whose the money is that comes in; `treasury` when absent.' }),
    label,
  };
}

const OBJECT_RULE = says('must be a JSON object');

/** A body that makes a pay link. */
export function newPayLink(publicUrl: string) {
  const { description, minMsat, maxMsat, ...others } = members(publicUrl);
  return z.strictObject(others, OBJECT_RULE).partial().extend({ description, minMsat, maxMsat });
}

/** A body that makes an address (LUD-16) under one of our domains. */
export function newAddress(publicUrl: string, domains: readonly string[]) {
  const domain = text((given) =>
    domains.includes(given.toLowerCase()) ? undefined : `must be one of ${domains.join(', ')}`,
  ).meta({ description: 'One of the configured domains; the first of them when absent.' });
  return newPayLink(publicUrl).extend({ name: addressName, domain: domain.optional() });
}

/** A body that changes a pay link. `null` takes away what may be absent. */
export function changedPayLink(publicUrl: string) {
  const { description, minMsat, maxMsat, ...others } = members(publicUrl);
  return z
    .strictObject({ description, minMsat, maxMsat, disabled: yesOrNo }, OBJECT_RULE)
    .partial()
    .extend({
      longDescription: others.longDescription.nullish(),
      image: others.image.nullish(),
      commentAllowed: others.commentAllowed.nullish(),
      successAction: others.successAction.nullish(),
      oneTime: others.oneTime.nullish(),
      invoiceExpirySeconds: others.invoiceExpirySeconds.nullish(),
      validFrom: others.validFrom.nullish(),
      expiresAt: others.expiresAt.nullish(),
      accountId: others.accountId.nullish(),
      label: others.label.nullish(),
    });
}

/** A body that changes an address: what wallets know it by stays. */
export function changedAddress(publicUrl: string) {
  const fixed = z
    .undefined('cannot be changed: delete the address and make another')
    .meta({ description: 'Cannot be changed: delete the address and make another.' })
    .optional();
  return changedPayLink(publicUrl).extend({ name: fixed, domain: fixed });
}

/** What a body of `newPayLink` holds. */
export type NewPayLinkFields = z.infer<ReturnType<typeof newPayLink>>;
/** What a body of `changedPayLink` holds. */
export type ChangedPayLinkFields = z.infer<ReturnType<typeof changedPayLink>>;
