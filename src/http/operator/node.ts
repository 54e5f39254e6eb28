import { z } from 'zod';
import { NodeError } from '../../errors.ts';
import type { Network } from '../../lightning/node.ts';
import type { NodeFacts } from '../../lightning/node-facts.ts';
import { msatToJson } from '../../msat.ts';
import type { Watchdog } from '../../payments/watchdog.ts';
import { LEDGER_STATES } from '../../payments/watchdog.ts';
import { type Answer, found } from './answer.ts';
import { hexJson, msatJson } from './json-fields.ts';
import { json, type OperatorRoute } from './route.ts';
import { SERVER_RECORDS } from './scopes.ts';

const NETWORKS = ['bc', 'tb', 'tbs', 'bcrt'] as const satisfies readonly Network[];

/** The node as operators read it. */
const nodeJson = z
  .strictObject({
    alias: z.string(),
    nodeKey: hexJson,
    network: z.enum(NETWORKS).meta({ description: 'As bolt11 writes it.' }),
    version: z.string(),
    synced: z.boolean().meta({ description: 'To its chain.' }),
    uris: z.array(z.string()).meta({ description: '`pubkey@host:port`, as the node announces.' }),
    outboundMsat: msatJson.meta({ description: 'What it can send.' }).optional(),
    inboundMsat: msatJson.meta({ description: 'What it can receive.' }).optional(),
    ledger: z.enum(LEDGER_STATES).meta({ description: 'Whether ledger and node agree.' }),
  })
  .meta({ id: 'Node' });

/** `/node`: what the node said of itself lately, and whether our ledger agrees with it. */
export function nodeRoutes(facts: NodeFacts, watchdog: Pick<Watchdog, 'state'>): OperatorRoute[] {
  return [
    {
      path: '/node',
      opening: SERVER_RECORDS,
      methods: {
        GET: {
          summary:
            'Shows what the node said of itself lately, and whether our ledger agrees with it.',
          answers: { 200: json(nodeJson) },
          refusals: ['node-unavailable'],
          handle: async () => describe(facts, watchdog),
        },
      },
    },
  ];
}

function describe({ info, balance }: NodeFacts, { state }: Pick<Watchdog, 'state'>): Answer {
  if (!info) {
    throw new NodeError('node-unavailable', 'The Lightning node has not answered lately');
  }
  const { alias, nodeKey, network, version, synced, uris } = info;
  const answer: z.infer<typeof nodeJson> = {
    alias,
    nodeKey,
    network,
    version,
    synced,
    uris: [...uris],
    // Not told with a macaroon that only opens channels.
    outboundMsat: balance && msatToJson(balance.outbound),
    inboundMsat: balance && msatToJson(balance.inbound),
    ledger: state,
  };
  return found(answer);
}
