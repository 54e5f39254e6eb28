import { join } from 'node:path';
import type { Clock } from './clock.ts';
import type { Config } from './config/config.ts';
import type { LndConfig } from './config/lnd.ts';
import type { Secret } from './config/secret.ts';
import { hexToBytes } from './hex.ts';
import type { Customer } from './http/demo/wallet.ts';
import { DemoNetwork } from './lightning/demo/network.ts';
import type { OnCall } from './lightning/lnd/ended-call.ts';
import type { LightningNode } from './lightning/node.ts';
import type { Log } from './log.ts';
import type { Random } from './random.ts';

interface Parts {
  readonly config: Config;
  readonly serverSecret: Secret;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Told of every call to a real node when it has ended. */
  readonly onCall?: OnCall | undefined;
  /** A demo network that outlives the service. */
  readonly network?: DemoNetwork | undefined;
}

/** The node that a service stands on. Disposing of it ends what it keeps open, and no payment. */
export interface OpenNode extends AsyncDisposable {
  readonly node: LightningNode;
  /** The wallet of a customer, which there is on the demo network alone. */
  readonly customer: Customer | undefined;
}

/** Opens the node that the configuration names. It may be down: it is asked again until it answers. */
export async function openNode(parts: Parts): Promise<OpenNode> {
  const { config, network } = parts;
  // A network that was given outlives the service.
  if (network) return demoNode(network, () => undefined);
  // The configuration refuses it before.
  if (config.node.kind === 'lnd-rest') throw new Error('only LND over gRPC can be opened');
  if (config.node.kind === 'lnd') return await lndNode(config.node, parts);
  const own = openDemoNetwork(parts);
  return demoNode(own, () => own[Symbol.dispose]());
}

function demoNode({ ours, customer }: DemoNetwork, close: () => void): OpenNode {
  return {
    ...{ node: ours, customer },
    [Symbol.asyncDispose]: async () => {
      close();
      await Promise.resolve();
    },
  };
}

async function lndNode(
  settings: LndConfig,
  { config, clock, log, onCall }: Parts,
): Promise<OpenNode> {
  const { nodeHints: hints, paySelf } = config;
  // gRPC is loaded by those who need it: a start without it is a third shorter.
  const { LndNode } = await import('./lightning/lnd/lnd-node.ts');
  const node = new LndNode({ settings, hints, paySelf, clock, log, onCall });
  return {
    ...{ node, customer: undefined },
    [Symbol.asyncDispose]: async () => await node[Symbol.asyncDispose](),
  };
}

/** The demo node lives beside the database, so that it knows its invoices again after a restart. */
function openDemoNetwork({ config, serverSecret, clock, random }: Parts): DemoNetwork {
  const seed = hexToBytes(serverSecret.reveal());
  const journalPath = join(config.dataDir, 'demo-network.jsonl');
  return new DemoNetwork({ seed, clock, random, journalPath });
}
