import { systemClock } from '../../src/clock.ts';
import { LndNode, type LndSettings } from '../../src/lightning/lnd/lnd-node.ts';
import type { LndNode as RegtestNode } from '../regtest/network/lnd.ts';
import { KeptLog } from './lnd-node.ts';

/** Our adapter on a real node, with the macaroon that may do everything. */
export function adapterFor(node: RegtestNode, changes: Partial<LndSettings> = {}): LndNode {
  const macaroon = { kind: 'file', path: node.macaroonPath } as const;
  return new LndNode({
    settings: {
      host: node.host,
      tlsName: undefined,
      cert: { kind: 'file', path: node.certPath },
      macaroons: { receive: macaroon, pay: macaroon, channel: macaroon },
      ...changes,
    },
    hints: 'auto',
    paySelf: false,
    clock: systemClock,
    log: new KeptLog(),
  });
}
