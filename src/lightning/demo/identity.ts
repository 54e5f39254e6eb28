import { createHmac } from 'node:crypto';
import type { NodeKey } from '../../hex.ts';
import { nodeKeyOf, type Sign, signerOf } from '../bolt11/signature.ts';

/** The two nodes of the simulated network: the server's own and a customer's wallet. */
export type NodeName = 'ours' | 'customer';

export function otherThan(name: NodeName): NodeName {
  return name === 'ours' ? 'customer' : 'ours';
}

/** Who a demo node is. */
export interface Identity {
  readonly name: NodeName;
  readonly nodeKey: NodeKey;
  readonly sign: Sign;
}

export type Identities = Readonly<Record<NodeName, Identity>>;

/** The same seed gives the same nodes, so that they outlive a restart. */
export function identitiesOf(seed: Uint8Array): Identities {
  return { ours: identityOf(seed, 'ours'), customer: identityOf(seed, 'customer') };
}

function identityOf(seed: Uint8Array, name: NodeName): Identity {
  const privateKey = createHmac('sha256', seed).update(`demo node: ${name}`).digest();
  return { name, nodeKey: nodeKeyOf(privateKey), sign: signerOf(privateKey) };
}
