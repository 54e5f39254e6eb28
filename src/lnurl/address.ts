import { hostKind, protocolOf } from './web-url.ts';

/** LUD-16 allows these; capitals are read and stored as small letters. */
const NAME = /^[a-z0-9._-]{1,64}$/i;

/**
 * The name of a lightning address as it is registered and looked up (LUD-16), in lower case. `_` is
 * the domain's own name (FC-5). Dots at the ends are refused: some wallets see a path trick in them.
 */
export function parseAddressName(text: string): string | undefined {
  return NAME.test(text) && !/^\.|\.$/.test(text) ? text.toLowerCase() : undefined;
}

/** What follows the plus of `name+tag@domain` (LUD-16), in lower case. */
export function parseAddressTag(text: string): string | undefined {
  return NAME.test(text) ? text.toLowerCase() : undefined;
}

export interface AddressPath {
  readonly name: string;
  /** A note of the payer, which changes the metadata but not who is paid. */
  readonly tag?: string;
}

/**
 * Reads the last segment of `/.well-known/lnurlp/<name>` (LUD-16), still percent-encoded, as loosely
 * as wallets write it: capitals, blanks around it, `₿` in front, a tag behind a plus that may have
 * become a blank on the way. A tag that is not well-formed is ignored. undefined is "no such user".
 */
export function readAddressPath(rawSegment: string): AddressPath | undefined {
  const typed = percentDecoded(rawSegment)?.trim();
  if (typed === undefined) return undefined;
  const [, base = '', tagText] = /^₿?([^+ ]*)(?:[+ ](.*))?$/s.exec(typed) ?? [];
  const name = parseAddressName(base);
  if (name === undefined) return undefined;
  const tag = parseAddressTag(tagText ?? '');
  return tag === undefined ? { name } : { name, tag };
}

/** Where a lightning address is asked about (LUD-16); `name` may carry a tag behind a plus. */
export function addressUrl(name: string, domain: string): string {
  const hostname = domain.replace(/:\d+$/, '');
  return `${protocolOf(hostKind(hostname))}://${domain}/.well-known/lnurlp/${name}`;
}

/** In a path, unlike in a query, a plus is a plus. */
function percentDecoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
