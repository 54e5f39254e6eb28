import { NodeError } from '../../errors.ts';
import type { NodeFacts } from '../../lightning/node-facts.ts';
import { msatToJson } from '../../msat.ts';
import type { Watchdog } from '../../payments/watchdog.ts';
import { type Answer, found } from './answer.ts';
import type { OperatorRoute } from './route.ts';

/** `/node`: what the node said of itself lately, and whether our ledger agrees with it. */
export function nodeRoutes(facts: NodeFacts, watchdog: Pick<Watchdog, 'state'>): OperatorRoute[] {
  return [{ path: '/node', methods: { GET: async () => describe(facts, watchdog) } }];
}

function describe({ info, balance }: NodeFacts, { state }: Pick<Watchdog, 'state'>): Answer {
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
    ledger: state,
  });
}
