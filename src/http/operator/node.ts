import { NodeError } from '../../errors.ts';
import type { NodeFacts } from '../../lightning/node-facts.ts';
import { msatToJson } from '../../msat.ts';
import { type Answer, found } from './answer.ts';
import type { OperatorRoute } from './route.ts';

/** `/node`: what the node said of itself lately. */
export function nodeRoutes(facts: NodeFacts): OperatorRoute[] {
  return [{ path: '/node', methods: { GET: async () => describe(facts) } }];
}

function describe({ info, balance }: NodeFacts): Answer {
  if (!info || !balance) {
    throw new NodeError('node-unavailable', 'The Lightning node has not answered lately');
  }
  const { alias, nodeKey, network, version, synced, uris } = info;
  return found({
    alias,
    nodeKey,
    network,
    version,
    synced,
    uris,
    outboundMsat: msatToJson(balance.outbound),
    inboundMsat: msatToJson(balance.inbound),
  });
}
