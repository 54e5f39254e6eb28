import type { Response } from 'express';
import type { PayLink } from '../../accounts/pay-link.ts';
import { visible } from '../../errors.ts';
import { openTemplate } from './template.ts';
import { timeText } from './time-text.ts';

/** Why there is no code to scan, for a person. Wallets are told the same by LUD-01, with HTTP 200. */
export interface Notice {
  readonly status: 404 | 410 | 400 | 503 | 500;
  readonly symbol: 'paid' | 'closed';
  readonly heading: string;
  readonly detail: string;
  /** What the link was for. */
  readonly about?: string | undefined;
  readonly opensAt?: number | undefined;
  /** Whether the page asks again by itself. */
  readonly retry?: boolean;
}

/** What is said to a browser when there is nothing to pay, or nothing can be paid right now. */
export function noticeOf(error: unknown, link: PayLink | undefined, now: number): Notice {
  const { code, status, message } = visible(error);
  if (code === 'not-found') return NOTHING_HERE;
  if (code === 'invalid-request') return { ...NOTHING_HERE, status: 400 };
  if (code === 'link-spent' && link) return closedNotice(link, message, now);
  return {
    status: status === 500 ? 500 : 503,
    symbol: 'closed',
    heading: withoutStop(message),
    detail: 'This page tries again by itself.',
    about: link?.description,
    retry: true,
  };
}

const NOTHING_HERE: Notice = {
  status: 404,
  symbol: 'closed',
  heading: 'There is nothing to pay here',
  detail: 'The link may be mistyped or withdrawn. Ask whoever gave it to you.',
};

function closedNotice(link: PayLink, message: string, now: number): Notice {
  const notice = {
    symbol: 'closed',
    heading: withoutStop(message),
    about: link.description,
  } as const;
  if (opensLater(link, now)) {
    return { ...notice, status: 404, detail: 'Come back when it opens:', opensAt: link.validFrom };
  }
  if (link.paidAt !== undefined && link.disabledAt === undefined) {
    return {
      ...notice,
      status: 410,
      symbol: 'paid',
      detail: 'It is for one payment only. Thank you!',
    };
  }
  return { ...notice, status: 410, detail: 'Ask whoever gave it to you for a new one.' };
}

function opensLater({ disabledAt, validFrom }: PayLink, now: number): boolean {
  return disabledAt === undefined && validFrom !== undefined && now < validFrom;
}

function withoutStop(message: string): string {
  return message.replace(/\.$/, '');
}

const NAMES = [
  'about',
  'base',
  'detail',
  'heading',
  'opens',
  'opensText',
  'retry',
  'site',
  'symbol',
] as const;

/** Reads the template and returns what writes notices with it; `site` is the host of this server. */
export function noticeWriter(site: string): (res: Response, base: string, notice: Notice) => void {
  const page = openTemplate('notice.html', NAMES);
  return (res, base, { status, heading, detail, symbol, about, opensAt, retry }) => {
    const html = page({
      about,
      base,
      detail,
      heading,
      opens: opensAt === undefined ? undefined : new Date(opensAt).toISOString(),
      opensText: opensAt === undefined ? undefined : timeText(opensAt),
      retry: retry ? String(RETRY_SECONDS) : undefined,
      site,
      symbol,
    });
    res.status(status).type('html').send(html);
  };
}

const RETRY_SECONDS = 10;
