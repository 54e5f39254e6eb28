import { isIP } from 'node:net';
import { isLocalAddress, withoutMapping } from '../local-address.ts';

/**
 * Under what a caller is counted; undefined for callers that are not counted by address.
 *
 * An IPv6 customer has a whole /64 to choose from, so that is one caller. Who asks from this machine or a
 * private network is no stranger, or is a proxy that nobody told us of: to count those together would
 * shut out everybody (FC-26). The same goes for what is no address at all.
 */
export function addressKey(caller: string): string | undefined {
  const address = withoutMapping(withoutPort(caller));
  const family = isIP(address);
  if (family === 0 || isLocalAddress(address)) return undefined;
  return family === 4 ? address : `${networkOf(address)}/64`;
}

/** Some proxies write the port of the peer too. */
function withoutPort(text: string): string {
  const bracketed = /^\[(?<address>[^\]]+)\](?::\d+)?$/.exec(text)?.groups?.address;
  if (bracketed !== undefined) return bracketed;
  return /^[\d.]+:\d+$/.test(text) ? text.slice(0, text.indexOf(':')) : text;
}

const GROUPS = 8;
const NETWORK_GROUPS = 4;

/** The first four groups, written in one way. */
function networkOf(address: string): string {
  const [head = [], tail] = address.split('::').map(groupsOf);
  const zeros = tail ? GROUPS - head.length - tail.length : 0;
  const groups = [...head, ...Array.from({ length: zeros }, () => '0'), ...(tail ?? [])];
  return groups
    .slice(0, NETWORK_GROUPS)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** An IPv4 address at the end stands for two groups. */
function groupsOf(part: string): string[] {
  const groups = part === '' ? [] : part.split(':');
  return groups.flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}
