import { isIP } from 'node:net';

const MAX_NAME_CHARACTERS = 253;
const MAX_PORT = 65_535;
const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const NAME = new RegExp(`^${LABEL}(\\.${LABEL})*$`);
const ONION = /(^|\.)[a-z2-7]{56}\.onion$/;
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

export interface HostPort {
  /** A name or an IP address, the latter without brackets. */
  readonly host: string;
  readonly port: number;
}

/** True for a lower-case host name; `localhost` is one, an IP address is not. */
export function isHostName(text: string): boolean {
  return text.length <= MAX_NAME_CHARACTERS && NAME.test(text) && !/(^|\.)\d+$/.test(text);
}

/** True for a host name that the public DNS or Tor may know: it has a dot. */
export function isDomain(text: string): boolean {
  return isHostName(text) && text.includes('.');
}

/** True for the name of a version 3 onion service. */
export function isOnion(host: string): boolean {
  return ONION.test(host);
}

/** True for this very machine. `host` is as in a URL, with the brackets of an IPv6 address. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.includes(host);
}

/** Parses `host:port`, where an IPv6 address stands in brackets. */
export function parseHostPort(text: string): HostPort | undefined {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):(0|[1-9]\d{0,4})$/.exec(text.toLowerCase());
  const [, inBrackets, plain = '', digits = ''] = parts ?? [];
  const port = Number(digits);
  if (parts === null || port > MAX_PORT) return undefined;
  if (inBrackets !== undefined)
    return isIP(inBrackets) === 6 ? { host: inBrackets, port } : undefined;
  return isIP(plain) === 4 || isHostName(plain) ? { host: plain, port } : undefined;
}

/** Writes `host:port` so that `parseHostPort` reads it. */
export function formatHostPort({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
