import { isVoucher, type WithdrawLink, withdrawLinkState } from '../../accounts/withdraw-link.ts';
import { visible } from '../../errors.ts';
import type { Notice } from './notice.ts';

/** What is said to a browser when there is nothing to withdraw, or nothing at the moment. */
export function withdrawNoticeOf(
  error: unknown,
  link: WithdrawLink | undefined,
  now: number,
): Notice {
  const { code, status } = visible(error);
  if (code === 'not-found') return NOTHING_HERE;
  if (code === 'invalid-request') return { ...NOTHING_HERE, status: 400 };
  if (code === 'link-spent' && link) return closedNotice(link, now);
  return { ...NOT_NOW, status: status === 500 ? 500 : 503 };
}

/** What is said while a link lives but its budgets have nothing to give (LUD03-3). */
export function emptyNotice(link: WithdrawLink): Notice {
  return { ...NOT_NOW, about: aboutOf(link) };
}

const NOTHING_HERE: Notice = {
  status: 404,
  symbol: 'closed',
  heading: 'There is nothing to withdraw here',
  detail: 'The link may be mistyped or withdrawn. Ask whoever gave it to you.',
};

const NOT_NOW: Notice = {
  status: 503,
  symbol: 'closed',
  heading: 'Nothing can be withdrawn at the moment',
  detail: 'This page tries again by itself.',
  retry: true,
};

const ASK = 'Ask whoever gave it to you for a new one.';

function closedNotice(link: WithdrawLink, now: number): Notice {
  const about = aboutOf(link);
  const over = { status: 410, symbol: 'closed', detail: ASK, about } as const;
  const state = withdrawLinkState(link, now);
  switch (state) {
    case 'spent':
      return isVoucher(link)
        ? {
            ...over,
            symbol: 'paid',
            heading: 'This voucher was paid out',
            detail: 'It is for one payment only.',
          }
        : { ...over, heading: 'This withdraw link is used up' };
    case 'claimed':
      return {
        ...NOT_NOW,
        about,
        heading: 'A wallet is being paid just now',
        detail: 'This page looks again by itself.',
      };
    case 'disabled':
      return { ...over, heading: 'This withdraw link is switched off' };
    case 'expired':
      return { ...over, heading: 'This withdraw link has expired' };
    case 'notYet':
      return {
        ...over,
        status: 404,
        heading: 'This withdraw link is not open yet',
        detail: 'Come back when it opens:',
        opensAt: link.validFrom,
      };
    case 'open':
      return emptyNotice(link);
    default:
      return state satisfies never;
  }
}

function aboutOf({ description }: WithdrawLink): string | undefined {
  return description === '' ? undefined : description;
}
