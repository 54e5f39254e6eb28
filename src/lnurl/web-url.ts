/** Blanks, backslashes and invisible characters: URL parsers disagree about them, so none may stay. */
const AMBIGUOUS = /[\s\\\p{Cc}\p{Cf}\p{Cs}]/u;

/** Reads an absolute http or https URL; undefined when it names a user or can be read in two ways. */
export function parseWebUrl(text: string): URL | undefined {
  if (AMBIGUOUS.test(text) || !/^https?:\/\/[^/]/i.test(text)) return undefined;
  // Whoever stands before an `@` only looks like the host.
  if (/^https?:\/\/[^/?#]*@/i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}

/**
 * What a host is to us: `domain` is a public DNS name, `loopback` is this machine, `ip` any other
 * address, and `other` a name without a dot, which only a local network knows.
 */
export type HostKind = 'domain' | 'onion' | 'loopback' | 'ip' | 'other';

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const ONION = new RegExp(`^(?:${LABEL}\\.)+onion$`);
/** The last label is letters or punycode, so that no IPv4 address is taken for a name. */
const DOMAIN = new RegExp(`^(?:${LABEL}\\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$`);
const MAX_DOMAIN_CHARACTERS = 253;

/** Sorts a host name as `URL.hostname` gives it: lower case, IPv6 in brackets. */
export function hostKind(hostname: string): HostKind {
  if (/^(?:.+\.)?localhost$/.test(hostname)) return 'loopback';
  if (hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)) return 'loopback';
  if (hostname.startsWith('[') || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(hostname)) return 'ip';
  if (hostname.length > MAX_DOMAIN_CHARACTERS) return 'other';
  if (ONION.test(hostname)) return 'onion';
  return DOMAIN.test(hostname) ? 'domain' : 'other';
}

/**
 * How a host is spoken to when the link does not say (LUD-17): http for an onion, which brings its
 * own encryption, and for this machine, where nobody has a certificate; https for all others.
 */
export function protocolOf(kind: HostKind): 'http' | 'https' {
  return kind === 'onion' || kind === 'loopback' ? 'http' : 'https';
}
