import { BlockList, isIP } from 'node:net';

/** Networks that no stranger of the internet asks from: this machine, RFC 1918, RFC 4193, link-local. */
const LOCAL = new BlockList();
LOCAL.addSubnet('127.0.0.0', 8, 'ipv4');
LOCAL.addSubnet('10.0.0.0', 8, 'ipv4');
LOCAL.addSubnet('172.16.0.0', 12, 'ipv4');
LOCAL.addSubnet('192.168.0.0', 16, 'ipv4');
LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LOCAL.addAddress('::1', 'ipv6');
LOCAL.addSubnet('fc00::', 7, 'ipv6');
LOCAL.addSubnet('fe80::', 10, 'ipv6');

/** Whether an address belongs to this machine or to a private network; false for what is no address. */
export function isLocalAddress(address: string): boolean {
  const plain = withoutMapping(address);
  const family = isIP(plain);
  if (family === 0) return false;
  return LOCAL.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

/** `::ffff:192.0.2.1`, as a socket for both families writes an IPv4 address. */
export function withoutMapping(address: string): string {
  return address.toLowerCase().startsWith('::ffff:') && address.includes('.')
    ? address.slice('::ffff:'.length)
    : address;
}
