import type { PayLink } from '../../accounts/pay-link.ts';
import { msatToJson } from '../../msat.ts';
import type { LinkForms } from '../public-urls.ts';
import { timeToJson } from './time.ts';

/** A pay link or an address as operators read it. What it does not have is absent. */
export function payLinkToJson(link: PayLink, forms: LinkForms): object {
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
