import { z } from 'zod';
import type { Network, NodeBalance, NodeInfo } from '../node.ts';
import type { LndCalls } from './calls.ts';
import { msatField, nodeKeyField } from './fields.ts';
import { RPCS } from './rpcs.ts';

/** Networks by the name that LND gives them. A node on any other one is not ours. */
const NETWORKS = {
  mainnet: 'bc',
  testnet: 'tb',
  testnet4: 'tb',
  signet: 'tbs',
  regtest: 'bcrt',
} as const satisfies Record<string, Network>;

const CHAIN = z.object({
  network: z.enum(Object.keys(NETWORKS) as (keyof typeof NETWORKS)[]),
});

const INFO = z.object({
  identity_pubkey: nodeKeyField,
  alias: z.string(),
  version: z.string().min(1),
  synced_to_chain: z.boolean(),
  uris: z.array(z.string()),
  chains: z.tuple([CHAIN], CHAIN),
});

const AMOUNT = z.object({ msat: msatField });
const BALANCE = z.object({ local_balance: AMOUNT, remote_balance: AMOUNT });

/** Who LND says it is. */
export async function readInfo(calls: LndCalls, signal?: AbortSignal): Promise<NodeInfo> {
  const info = await calls.unary(RPCS.getInfo, {}, INFO, signal);
  return {
    nodeKey: info.identity_pubkey,
    alias: info.alias,
    network: NETWORKS[info.chains[0].network],
    version: info.version,
    synced: info.synced_to_chain,
    uris: info.uris,
  };
}

/** What LND has on both sides of its channels: reserves are in it, so it is an upper bound. */
export async function readBalance(calls: LndCalls, signal?: AbortSignal): Promise<NodeBalance> {
  const balance = await calls.unary(RPCS.channelBalance, {}, BALANCE, signal);
  return { outbound: balance.local_balance.msat, inbound: balance.remote_balance.msat };
}
