import { BlockList, isIP } from 'node:net';

/**
 * Whether an IP address may be anybody's on the internet: not this machine, a local network, many
 * receivers or nobody (RFC 6890). IPv4 that comes as IPv6 is judged as IPv4.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !NOT_PUBLIC.check(address, 'ipv4');
  if (family !== 6) return false;
  return !NOT_PUBLIC.check(address, 'ipv6');
}

/** Whether an IP address is this machine's own. */
export function isLoopbackAddress(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && LOOPBACK.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

const LOOPBACK = blockList(['127.0.0.0/8', '::1/128']);

const NOT_PUBLIC = blockList(
  ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ['192.0.0.0/24', '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3'],
  // With ways back into IPv4: translated (RFC 6052), 6to4, Teredo. What is mapped is read as IPv4.
  ['::/96', '64:ff9b::/96', '64:ff9b:1::/48', '2002::/16', '2001::/32'],
  ['100::/64', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
);

function blockList(...lists: readonly (readonly string[])[]): BlockList {
  const blocked = new BlockList();
  for (const range of lists.flat()) {
    const [address = '', bits] = range.split('/');
    blocked.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return blocked;
}
