import { isIP } from 'node:net';
import { isDomain, isLoopback, isOnion } from './host.ts';

/** An origin that wallets may see, or why a text is none. */
export type OriginResult = { readonly origin: string } | { readonly fault: string };

/**
 * Reads an origin such as `https://pay.example.org` for the URLs that we give out. Wallets refuse
 * plain http but for .onion, addresses in digits and unusual ports; login keys depend on the bare
 * host (LUD-01, LUD-04, LUD-05). This machine itself is for trying out, with any port.
 */
export function readOrigin(text: string): OriginResult {
  // The URL parser mends what we would rather refuse: backslashes, spaces, a missing slash.
  const url = /^https?:\/\/[^\s\\]+$/i.test(text) ? parseUrl(text) : undefined;
  if (url === undefined)
    return { fault: 'is no URL; wanted is an origin such as https://pay.example.org' };
  const fault = faultOfParts(text, url) ?? faultOfHost(url);
  return fault === undefined ? { origin: url.origin } : { fault };
}

function faultOfParts(text: string, url: URL): string | undefined {
  // The value may hold a password here, so it is not repeated.
  if (text.includes('@')) return 'holds a user name or password; give the origin alone';
  const rest = url.pathname !== '/' || text.includes('?') || text.includes('#');
  return rest ? 'has a path, query or fragment; give the origin alone' : undefined;
}

function faultOfHost(url: URL): string | undefined {
  const host = url.hostname;
  if (isLoopback(host)) return undefined;
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) return 'is an IP address; wallets want a host name';
  if (!isDomain(host)) return 'has no host name that a wallet could find';
  if (url.port !== '') return 'has a port; wallets want the usual one';
  if (host.endsWith('.onion')) return isOnion(host) ? undefined : 'is no onion name of version 3';
  if (url.protocol !== 'https:') return 'is plain http; that is for .onion and localhost alone';
  return undefined;
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
