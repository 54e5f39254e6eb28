import { z } from 'zod';
import type { VoucherTerms } from '../../accounts/withdraw-batch.ts';
import {
  isVoucher,
  WITHDRAW_LINK_STATES,
  type WithdrawLink,
  withdrawLinkState,
} from '../../accounts/withdraw-link.ts';
import type { Cover, WithdrawLinks } from '../../accounts/withdraw-links.ts';
import { toScheme } from '../../lnurl/schemes.ts';
import { fastWithdrawUrl } from '../../lnurl/withdraw/withdraw.ts';
import { msatToJson } from '../../msat.ts';
import type { PublicUrls } from '../public-urls.ts';
import { countJson, linkFormsJson, msatJson, timeJson, urlJson } from './json-fields.ts';
import { timeToJson } from './time.ts';

/** What the operator chose, as it is read. What was left open is absent. */
export const voucherTermsJson = {
  description: z.string(),
  minMsat: msatJson,
  maxMsat: msatJson,
  waitSeconds: countJson.optional(),
  dayMsat: msatJson.optional(),
  totalMsat: msatJson.optional(),
  feeMaxMsat: msatJson.optional(),
  payLinkId: z.string().optional(),
  validFrom: timeJson.optional(),
  expiresAt: timeJson.optional(),
  accountId: z.string().meta({ description: 'Whose money it gives out.' }),
  label: z.string().optional(),
};

/** FC-15. */
export const coverJson = {
  worstCaseMsat: msatJson.meta({ description: 'What it can cost with all its fees.' }),
  uncoveredMsat: msatJson.meta({ description: 'What the account lacks for that.' }),
};

/** A withdraw link as operators read it, its code included. What it does not have is absent. */
export const withdrawLinkJson = z
  .strictObject({
    id: z.string(),
    batchId: z.string().optional(),
    ...linkFormsJson,
    lud08: urlJson.meta({ description: 'For links that are tapped, never for codes.' }).optional(),
    ...voucherTermsJson,
    uses: countJson,
    usesLeft: countJson,
    usesPaid: countJson,
    takenMsat: msatJson,
    funded: z.boolean(),
    setAsideMsat: msatJson.optional(),
    state: z.enum(WITHDRAW_LINK_STATES),
    createdAt: timeJson,
    disabledAt: timeJson.optional(),
    endedAt: timeJson.optional(),
  })
  .meta({ id: 'WithdrawLink' });

/** A withdraw link in the answer that made it. */
export const newWithdrawLinkJson = withdrawLinkJson
  .extend(coverJson)
  .meta({ id: 'NewWithdrawLink' });

type Members<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>>;

/** What is needed to write a link down: its secrets are derived, not kept. */
export interface WithdrawLinkWriting {
  readonly withdrawLinks: WithdrawLinks;
  readonly urls: PublicUrls;
  readonly clock: { now(): number };
}

export function withdrawLinkToJson(
  link: WithdrawLink,
  writing: WithdrawLinkWriting,
): z.infer<typeof withdrawLinkJson> {
  const { withdrawLinks, urls, clock } = writing;
  const { id, batchId, setAside, disabledAt, endedAt } = link;
  return {
    id,
    ...(batchId !== undefined && { batchId }),
    ...urls.withdrawForms(withdrawLinks.token(link)),
    ...(isVoucher(link) && { lud08: fastLink(link, writing) }),
    ...voucherTermsToJson(link),
    uses: link.uses,
    usesLeft: link.uses - link.usesTaken,
    usesPaid: link.usesPaid,
    takenMsat: msatToJson(link.taken),
    funded: setAside !== undefined,
    ...(setAside !== undefined && { setAsideMsat: msatToJson(setAside) }),
    state: withdrawLinkState(link, clock.now()),
    createdAt: timeToJson(link.createdAt),
    ...(disabledAt !== undefined && { disabledAt: timeToJson(disabledAt) }),
    ...(endedAt !== undefined && { endedAt: timeToJson(endedAt) }),
  };
}

/** FC-15: what it may cost at worst, said before anybody can claim. */
export function coverToJson({ worstCase, uncovered }: Cover): Members<typeof coverJson> {
  return { worstCaseMsat: msatToJson(worstCase), uncoveredMsat: msatToJson(uncovered) };
}

/** What the operator chose of a link, or of each voucher of a batch. */
export function voucherTermsToJson(terms: VoucherTerms): Members<typeof voucherTermsJson> {
  const { waitSeconds, day, total, feeMax, payLinkId, validFrom, expiresAt, label } = terms;
  return {
    description: terms.description,
    minMsat: msatToJson(terms.min),
    maxMsat: msatToJson(terms.max),
    ...(waitSeconds !== undefined && { waitSeconds }),
    ...(day !== undefined && { dayMsat: msatToJson(day) }),
    ...(total !== undefined && { totalMsat: msatToJson(total) }),
    ...(feeMax !== undefined && { feeMaxMsat: msatToJson(feeMax) }),
    ...(payLinkId !== undefined && { payLinkId }),
    ...(validFrom !== undefined && { validFrom: timeToJson(validFrom) }),
    ...(expiresAt !== undefined && { expiresAt: timeToJson(expiresAt) }),
    accountId: terms.accountId,
    ...(label !== undefined && { label }),
  };
}

/** LUD-08: for links that are tapped, never for QR codes. Its k1 is good as soon as the link is. */
function fastLink(link: WithdrawLink, { withdrawLinks, urls }: WithdrawLinkWriting): string {
  const token = withdrawLinks.token(link);
  const url = fastWithdrawUrl(urls.withdrawLink(token), {
    callback: urls.withdrawCallback(token),
    k1: withdrawLinks.challenge(link),
    description: link.description,
    min: link.min,
    max: link.max,
    payLink: undefined,
  });
  return toScheme(url, 'lnurlw');
}
