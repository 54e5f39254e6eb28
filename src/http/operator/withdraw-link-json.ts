import type { VoucherTerms } from '../../accounts/withdraw-batch.ts';
import { isVoucher, type WithdrawLink, withdrawLinkState } from '../../accounts/withdraw-link.ts';
import type { Cover, WithdrawLinks } from '../../accounts/withdraw-links.ts';
import { toScheme } from '../../lnurl/schemes.ts';
import { fastWithdrawUrl } from '../../lnurl/withdraw/withdraw.ts';
import { type Msat, msatToJson } from '../../msat.ts';
import type { PublicUrls } from '../public-urls.ts';
import { timeToJson } from './time.ts';

/** What is needed to write a link down: its secrets are derived, not kept. */
export interface WithdrawLinkWriting {
  readonly withdrawLinks: WithdrawLinks;
  readonly urls: PublicUrls;
  readonly clock: { now(): number };
}

/** A withdraw link as operators read it, its code included. What it does not have is absent. */
export function withdrawLinkToJson(link: WithdrawLink, writing: WithdrawLinkWriting): object {
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
export function coverToJson({ worstCase, uncovered }: Cover): object {
  return { worstCaseMsat: msatToJson(worstCase), uncoveredMsat: msatToJson(uncovered) };
}

/** What the operator chose of a link, or of each voucher of a batch. */
export function voucherTermsToJson(terms: VoucherTerms): object {
  const { waitSeconds, payLinkId, validFrom, expiresAt, label } = terms;
  return {
    description: terms.description,
    minMsat: msatToJson(terms.min),
    maxMsat: msatToJson(terms.max),
    ...(waitSeconds !== undefined && { waitSeconds }),
    ...amount('dayMsat', terms.day),
    ...amount('totalMsat', terms.total),
    ...amount('feeMaxMsat', terms.feeMax),
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

function amount(name: string, value: Msat | undefined): object {
  return value === undefined ? {} : { [name]: msatToJson(value) };
}
