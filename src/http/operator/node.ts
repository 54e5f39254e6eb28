import { NodeError } from '../../errors.ts';
import type { NodeFacts } from '../../lightning/node-facts.ts';
import { msatToJson } from '../../msat.ts';
import type { Watchdog } from '../../payments/watchdog.ts';
import { type Answer, found } from './answer.ts';
import type { OperatorRoute } from './route.ts';
import { SERVER_RECORDS } from './scopes.ts';

/** `/node`: what the node said of itself lately, and whether our ledger agrees with it. */
export function nodeRoutes(facts: NodeFacts, watchdog: Pick<Watchdog, 'state'>): OperatorRoute[] {
  return [
    {
      path: '/node',
      opening: SERVER_RECORDS,
      methods: { GET: async () => describe(facts, watchdog) },
    },
  ];
}

function describe({ info, balance }: NodeFacts, { state }: Pick<Watchdog, 'state'>): Answer {
  if (!info) {
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
    // Not told with a macaroon that only opens channels.
    outboundMsat: balance && msatToJson(balance.outbound),
    inboundMsat: balance && msatToJson(balance.inbound),
    ledger: state,
  });
}
