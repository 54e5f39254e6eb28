import { isIP } from 'node:net';
import { isLoopbackAddress, isPublicAddress } from '../public-address.ts';

/** Where a call may go. */
export interface TargetRules {
  /** For trying out: this machine, and plain http to it. */
  readonly loopback: boolean;
}

const URL_MAX_CHARACTERS = 2_000;

/** What is wrong with a URL that somebody else chose for us to call; undefined: nothing that it shows. */
export function targetFault(text: string, rules: TargetRules): string | undefined {
  if (text.length > URL_MAX_CHARACTERS) return `is longer than ${URL_MAX_CHARACTERS} characters`;
  // The URL parser mends what we would rather refuse, and reads addresses in any notation.
  const url = /^https?:\/\/[^\s\\]+$/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (!url) return 'must be a URL such as https://shop.example.org/hook';
  if (text.includes('@')) return 'must not hold a user name or password';
  if (url.hash !== '') return 'must not have a fragment';
  const host = hostOf(url);
  // FC-30: an onion is reached over a proxy that we do not have.
  if (host.endsWith('.onion')) return 'is an onion address, which cannot be reached from here';
  const isLoopback = host === 'localhost' || isLoopbackAddress(host);
  if (isLoopback && rules.loopback) return undefined;
  if (isLoopback || (isIP(host) !== 0 && !isPublicAddress(host))) {
    return 'is an address of this machine or of a local network';
  }
  if (url.protocol !== 'https:') return 'must be https';
  return isIP(host) !== 0 || host.includes('.') ? undefined : 'has no host name of the internet';
}

/** The host without the brackets of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/** Whether a connection may be made to this address, which a name was resolved to. */
export function mayConnect(address: string, rules: TargetRules): boolean {
  return isPublicAddress(address) || (rules.loopback && isLoopbackAddress(address));
}
