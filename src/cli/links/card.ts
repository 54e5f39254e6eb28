import { formatAmount } from '../amount.ts';
import { terminalQr } from '../qr.ts';
import { pairs } from '../table.ts';
import { localIso } from '../text.ts';
import { addressOf, type LinkAnswer, linkState } from './link.ts';

/** A link to be scanned or copied: the code, then its forms, then its terms. */
export async function linkCard(link: LinkAnswer, now: number): Promise<string> {
  return (await terminalQr(link.lnurl)) + pairs([...forms(link), ...terms(link, now)]);
}

function forms(link: LinkAnswer) {
  return [
    ['url', link.url],
    ['lnurl', link.lnurl],
    ['lud17', link.lud17],
    ['address', addressOf(link)],
    ['id', link.id],
  ] as const;
}

function terms(link: LinkAnswer, now: number) {
  return [
    ['state', linkState(link, now)],
    ['amount', amountRange(link)],
    ['description', link.description],
    ['comment', link.commentAllowed ? `up to ${link.commentAllowed} characters` : undefined],
    ['one time', link.oneTime ? 'yes' : undefined],
    ['label', link.label ?? undefined],
    ['created', localTime(link.createdAt)],
    ['valid from', localTime(link.validFrom)],
    ['expires', localTime(link.expiresAt)],
  ] as const;
}

/** One amount, or the lowest and the highest. */
export function amountRange({ minMsat, maxMsat }: Pick<LinkAnswer, 'minMsat' | 'maxMsat'>): string {
  const min = formatAmount(BigInt(minMsat));
  return minMsat === maxMsat ? min : `${min} to ${formatAmount(BigInt(maxMsat))}`;
}

/** A moment of the API in this machine's time zone. */
export function localTime(moment: string | null | undefined): string | undefined {
  return moment ? localIso(new Date(moment)) : undefined;
}
