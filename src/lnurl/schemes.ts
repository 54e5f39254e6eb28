import { hostKind, parseWebUrl, protocolOf } from './web-url.ts';

/** The scheme of a link without bech32 says what it is for (LUD-17). */
export type LnurlScheme = 'lnurlp' | 'lnurlw' | 'lnurlc' | 'keyauth';

/** The `tag` that the answer behind a scheme must have (LUD-17). */
export const TAG_OF = {
  lnurlp: 'payRequest',
  lnurlw: 'withdrawRequest',
  lnurlc: 'channelRequest',
  keyauth: 'login',
} as const satisfies Record<LnurlScheme, string>;

export type LnurlTag = (typeof TAG_OF)[LnurlScheme];

/**
 * One of our URLs in its LUD-17 form. The form does not carry http or https: what comes back is
 * https, but http for an onion and for localhost, the only hosts that we serve so.
 */
export function toScheme(url: string, scheme: LnurlScheme): string {
  if (!parseWebUrl(url)) throw new RangeError('only an http or https URL has a LUD-17 form');
  return url.replace(/^https?:/i, `${scheme}:`);
}

export interface SchemeLink {
  readonly url: string;
  readonly scheme: LnurlScheme;
}

/**
 * Reads a LUD-17 link into its URL, with the text behind the scheme left as it is. Also read: no
 * slashes behind the colon, and `lnurla`, an older name of `keyauth`.
 */
export function fromScheme(text: string): SchemeLink | undefined {
  const match = /^(lnurlp|lnurlw|lnurlc|lnurla|keyauth):(?:\/\/)?([^/].*)$/i.exec(calmed(text));
  const [, name, rest] = match ?? [];
  if (name === undefined || rest === undefined) return undefined;
  const host = parseWebUrl(`https://${rest}`)?.hostname;
  const kind = hostKind(host ?? '');
  if (kind === 'other') return undefined;
  return { url: `${protocolOf(kind)}://${rest}`, scheme: schemeNamed(name.toLowerCase()) };
}

/**
 * A link all in upper case was made so for the QR code's alphanumeric mode (LUD-01), path included:
 * the links of this field are lower case, so that is what it was before.
 */
export function calmed(link: string): string {
  return /\p{Ll}/u.test(link) ? link : link.toLowerCase();
}

function schemeNamed(name: string): LnurlScheme {
  return name in TAG_OF ? (name as LnurlScheme) : 'keyauth';
}
