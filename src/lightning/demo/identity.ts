import { createHmac } from 'node:crypto';
import type { NodeKey } from '../../hex.ts';
import type { Random } from '../../random.ts';
import { nodeKeyOf, type Sign } from '../bolt11/signature.ts';
import { quickSigners } from './quick-signer.ts';

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
export function identitiesOf(seed: Uint8Array, random: Random): Identities {
  const signerOf = quickSigners(random);
  const identityOf = (name: NodeName): Identity => {
    const privateKey = createHmac('sha256', seed).update(`demo node: ${name}`).digest();
    return { name, nodeKey: nodeKeyOf(privateKey), sign: signerOf(privateKey) };
  };
  return { ours: identityOf('ours'), customer: identityOf('customer') };
}
