import { addressUrl, parseAddressName, parseAddressTag } from './address.ts';
import { decodeLnurl } from './lnurl.ts';
import { calmed, fromScheme, type LnurlTag, TAG_OF } from './schemes.ts';
import { type HostKind, hostKind, parseWebUrl } from './web-url.ts';

/** What a person pasted, once it is understood. */
export type Link =
  | { readonly kind: 'url'; readonly url: string; readonly tag?: LnurlTag }
  | {
      readonly kind: 'address';
      /** With its tag, if one was given: `alice+coffee`. */
      readonly name: string;
      /** With its port, which only local ones may have. */
      readonly domain: string;
      readonly url: string;
    };

export interface ParseLinkOptions {
  /** Also follow links to this machine and to IP addresses, over http too: for the demo server. */
  readonly allowLocal?: boolean;
}

/** Room for a page's URL around an lnurl that is as long as lnurls get. */
const MAX_LINK_CHARACTERS = 8_192;

/**
 * Reads whatever a person may paste: an lnurl in either case, alone, behind `lightning:` or in the
 * `lightning` parameter of a page (LUD-01), a LUD-17 link, a plain URL, a lightning address (LUD-16)
 * or only its `@domain` (FC-5). Hosts are public names over https, or onions; nothing is fetched.
 */
export function parseLink(text: string, options: ParseLinkOptions = {}): Link | undefined {
  if (text.length > MAX_LINK_CHARACTERS) return undefined;
  const allowLocal = options.allowLocal ?? false;
  const link = text
    .trim()
    .replace(/^lightning:(?:\/\/)?/i, '')
    .trim();
  if (isPage(link)) return fromPage(link, allowLocal);
  const url = fromUrlText(decodeLnurl(link) ?? link, allowLocal);
  if (url) return url;
  // A line break in what should be one address means that more was pasted than an address.
  return LINE_BREAK.test(text) ? undefined : fromAddress(link, allowLocal);
}

const LINE_BREAK = /[\n\v\f\r\u0085\u2028\u2029]/;

/** A URL with a query may be the page around an lnurl (LUD-01), or BIP-21 with an lnurl as a second way. */
function isPage(link: string): boolean {
  return /^(?:https?:\/\/|bitcoin:)[^?#]*\?/i.test(link);
}

function fromPage(page: string, allowLocal: boolean): Link | undefined {
  const [, query] = /^[^?#]*\?([^#]*)/.exec(page) ?? [];
  const parameters = [...new URLSearchParams(query)];
  const inside = parameters.filter(([name]) => name.toLowerCase() === 'lightning');
  const [first] = inside;
  if (first) {
    return inside.length === 1 ? fromUrlText(decodeLnurl(first[1]) ?? '', allowLocal) : undefined;
  }
  // Some other page about an lnurl: neither the page nor what it shows is what was meant.
  if (parameters.some(([, value]) => /^lnurl1/i.test(value))) return undefined;
  return fromUrlText(page, allowLocal);
}

/** A LUD-17 link or a web URL, whose fragment is dropped, as no server ever sees it. */
function fromUrlText(text: string, allowLocal: boolean): Link | undefined {
  const [whole = ''] = text.split('#', 1);
  const named = fromScheme(whole);
  const url =
    named?.url ?? calmed(whole).replace(/^https?:/i, (protocol) => protocol.toLowerCase());
  const parsed = parseWebUrl(url);
  if (!parsed || !isAllowed(parsed, allowLocal)) return undefined;
  if (!named) return { kind: 'url', url };
  const tag = TAG_OF[named.scheme];
  // Scheme and query must not say two things (LUD-17).
  return (parsed.searchParams.get('tag') ?? tag) === tag ? { kind: 'url', url, tag } : undefined;
}

/** LUD-01 allows https, and http for onions alone. */
function isAllowed(url: URL, allowLocal: boolean): boolean {
  const kind = hostKind(url.hostname);
  if (kind === 'domain') return url.protocol === 'https:';
  return kind === 'onion' || (allowLocal && isLocal(kind));
}

function isLocal(kind: HostKind): boolean {
  return kind === 'loopback' || kind === 'ip';
}

/** Printable ASCII around one `@`; a `₿` in front is how some wallets show an address (BIP-353). */
const ADDRESS = /^₿?([!-?A-~]*)@([!-?A-~]+)$/;

/** As strict as the strictest wallet: one tag at most, no port, no address of a machine (LUD-16). */
function fromAddress(text: string, allowLocal: boolean): Link | undefined {
  const [, before, domain] = ADDRESS.exec(text)?.map((part) => part.toLowerCase()) ?? [];
  if (before === undefined || domain === undefined) return undefined;
  const name = nameWithTag(before === '' ? '_' : before);
  if (name === undefined || !isAddressDomain(domain, allowLocal)) return undefined;
  return { kind: 'address', name, domain, url: addressUrl(name, domain) };
}

function nameWithTag(text: string): string | undefined {
  const [base = '', tag, ...more] = text.split('+');
  if (parseAddressName(base) === undefined || more.length > 0) return undefined;
  if (tag !== undefined && parseAddressTag(tag) === undefined) return undefined;
  return text;
}

function isAddressDomain(domain: string, allowLocal: boolean): boolean {
  const site = parseWebUrl(addressUrl('_', domain));
  // What the parser had to mend (a path, `127.1`, a default port) was no plain host.
  if (site?.host !== domain) return false;
  return isAllowed(site, allowLocal) && (site.port === '' || isLocal(hostKind(site.hostname)));
}
