import { z } from 'zod';
import { formatAmount } from '../amount.ts';
import { amountRange, localTime } from '../links/card.ts';
import { terminalQr } from '../qr.ts';
import { type Column, pairs } from '../table.ts';

const moment = z.iso.datetime().nullish();
const amount = z.int().nullish();

/** What can be withdrawn, of a link or of each voucher of a batch. */
export const voucherTerms = z.object({
  description: z.string(),
  minMsat: z.int(),
  maxMsat: z.int(),
  waitSeconds: z.int().nullish(),
  dayMsat: amount,
  totalMsat: amount,
  feeMaxMsat: amount,
  funded: z.boolean(),
  payLinkId: z.string().nullish(),
  accountId: z.string(),
  validFrom: moment,
  expiresAt: moment,
  label: z.string().nullish(),
  createdAt: z.iso.datetime(),
  worstCaseMsat: amount,
  uncoveredMsat: amount,
});

/** A withdraw link, as far as the command line shows it. */
export const withdrawLinkAnswer = voucherTerms.extend({
  id: z.string(),
  batchId: z.string().nullish(),
  url: z.string(),
  lnurl: z.string(),
  lud17: z.string(),
  uses: z.int(),
  usesLeft: z.int(),
  usesPaid: z.int(),
  setAsideMsat: amount,
  state: z.string(),
});

export type WithdrawLinkAnswer = z.infer<typeof withdrawLinkAnswer>;

/** A link to be scanned or copied: the code, then its forms, then its terms. */
export async function withdrawLinkCard(link: WithdrawLinkAnswer): Promise<string> {
  const entries = [
    ['url', link.url],
    ['lnurl', link.lnurl],
    ['lud17', link.lud17],
    ['id', link.id],
    ['batch', link.batchId ?? undefined],
    ['state', stateText(link)],
    ['uses left', usesText(link)],
    ...voucherEntries(link),
    ['set aside', amountText(link.setAsideMsat)],
  ] as const;
  return (await terminalQr(link.lnurl)) + pairs(entries);
}

/** The terms, and what they may cost when that was just said (FC-15). */
export function voucherEntries(terms: z.infer<typeof voucherTerms>) {
  return [
    ['amount', amountRange(terms)],
    ['description', terms.description],
    ['wait', terms.waitSeconds ? `${terms.waitSeconds} s between uses` : undefined],
    ['a day', amountText(terms.dayMsat)],
    ['in all', amountText(terms.totalMsat)],
    ['fee cap', amountText(terms.feeMaxMsat)],
    ['account', terms.accountId],
    ['topped up by', terms.payLinkId ?? undefined],
    ['label', terms.label ?? undefined],
    ['created', localTime(terms.createdAt)],
    ['valid from', localTime(terms.validFrom)],
    ['expires', localTime(terms.expiresAt)],
    ['funded', terms.funded ? 'yes' : undefined],
    ['at worst', amountText(terms.worstCaseMsat)],
    ['not covered', terms.uncoveredMsat ? amountText(terms.uncoveredMsat) : undefined],
  ] as const;
}

export function usesText({ uses, usesLeft }: WithdrawLinkAnswer): string {
  return `${usesLeft} of ${uses}`;
}

/** The state in words. */
export function stateText({ state }: Pick<WithdrawLinkAnswer, 'state'>): string {
  return state === 'notYet' ? 'not yet open' : state;
}

export function amountText(amountMsat: number | null | undefined): string | undefined {
  return typeof amountMsat === 'number' ? formatAmount(BigInt(amountMsat)) : undefined;
}

/** One line a link. */
export const WITHDRAW_LINK_COLUMNS: readonly Column<WithdrawLinkAnswer>[] = [
  { title: 'ID', value: (link) => link.id },
  { title: 'STATE', value: stateText },
  { title: 'AMOUNT', value: amountRange, align: 'right' },
  { title: 'USES LEFT', value: usesText, align: 'right' },
  { title: 'CREATED', value: (link) => localTime(link.createdAt) ?? '' },
  { title: 'DESCRIPTION', value: (link) => link.description },
  { title: 'LABEL', value: (link) => link.label ?? '' },
];
