import { isIP } from 'node:net';
import { type NodeKey, parseKey33 } from '../hex.ts';
import { isPublicAddress } from '../public-address.ts';

/** Where a node may be reached, as far as we know. */
export interface KnownUris {
  /** The operator's own word, which wins over all; undefined when there is none. */
  readonly setting: string | undefined;
  /** What the node announces: possibly nothing, or what nobody can reach. */
  readonly announced: readonly string[];
  /** Whether this machine is near enough, as it is for the demo network. */
  readonly local: boolean;
}

/**
 * FC-19: the `pubkey@host:port` that wallets can connect to: of what is announced a public IPv4
 * address or name, then IPv6, then an onion. undefined when there is none: an empty text helps nobody.
 */
export function reachableUri({ setting, announced, local }: KnownUris): string | undefined {
  if (setting !== undefined) return setting;
  const ranked = announced.flatMap((uri) => {
    const rank = rankOf(uri, local);
    return rank === undefined ? [] : [{ uri, rank }];
  });
  // Sorting is stable: among equals the node's own order counts.
  return ranked.toSorted((a, b) => a.rank - b.rank)[0]?.uri;
}

const URI =
  /^(?<key>[0-9a-f]{66})@(?:\[(?<v6>[0-9a-f:.]+)\]|(?<host>[a-z0-9.-]+)):(?<port>[1-9]\d{0,4})$/i;
const MAX_PORT = 65_535;
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const NAME = new RegExp(`^(?:${LABEL}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$`);

/** The lower the better; undefined for what no wallet can reach. */
function rankOf(uri: string, local: boolean): 0 | 1 | 2 | undefined {
  const { key = '', v6, host = '', port } = URI.exec(uri)?.groups ?? {};
  if (!parseKey33<NodeKey>(key) || Number(port) > MAX_PORT) return undefined;
  if (v6 !== undefined) return isIP(v6) === 6 && isPublicAddress(v6) ? 1 : undefined;
  const name = host.toLowerCase();
  if (isIP(name) === 4) return isPublicAddress(name) || (local && isLoopback(name)) ? 0 : undefined;
  if (name.endsWith('.onion')) return 2;
  if (isLoopback(name)) return local ? 0 : undefined;
  return NAME.test(name) && !/\.(?:local|lan|internal|localhost)$/.test(name) ? 0 : undefined;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.startsWith('127.');
}
