import type { Link } from '../../lnurl/parse-link.ts';
import type { LnurlTag } from '../../lnurl/schemes.ts';
import { Refusal } from '../failure.ts';

const PURPOSE = {
  payRequest: 'to be paid',
  withdrawRequest: 'to be paid out',
  channelRequest: 'to ask for a channel',
  login: 'to log in',
} as const satisfies Record<LnurlTag, string>;

/** LUD-17: the scheme of a link, or the `tag` in its URL, may say already that it is something else. */
export function assertPurpose(link: Link, wanted: LnurlTag): void {
  const scheme = link.kind === 'url' ? link.tag : undefined;
  const tag = scheme ?? new URL(link.url).searchParams.get('tag') ?? wanted;
  if (tag === wanted) return;
  const known = Object.entries(PURPOSE).find(([name]) => name === tag);
  throw new Refusal(`This link is not ${PURPOSE[wanted]}${known ? `, but ${known[1]}` : ''}`);
}
