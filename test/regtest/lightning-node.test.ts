import { afterAll, beforeAll, describe, jest } from '@jest/globals';
import type { LndNode } from '../../src/lightning/lnd/lnd-node.ts';
import { lightningNodeContract } from '../contract/lightning-node.ts';
import { adapterFor } from '../support/lnd-adapter.ts';
import { channelsOf, connect } from './network/channels.ts';
import { RegtestNetwork } from './network/network.ts';
import { untilTrue } from './network/until.ts';

jest.setTimeout(120_000);

// LND answers differently from its two stores: in texts, in statuses, and in what it leaves out.
describe.each(['bbolt', 'sqlite'] as const)('real nodes with their data in %s', (database) => {
  let network: RegtestNetwork;
  let ours: LndNode;
  let wallet: LndNode;

  beforeAll(async () => {
    network = await RegtestNetwork.start({ database });
    ours = adapterFor(network.nodes.alice);
    wallet = adapterFor(network.nodes.carol);
  });

  afterAll(async () => {
    await Promise.all([ours, wallet].map(async (node) => await node?.[Symbol.asyncDispose]()));
    await network?.[Symbol.asyncDispose]();
  });

  // One network for all: the contract asks for changes, not for a fresh world.
  lightningNodeContract('lnd', async () => ({
    node: ours,
    wallet,
    connect: async () => await connect(network.nodes.carol, network.nodes.alice),
    atRest: async () => {
      await untilTrue('all payments to be over', async () => await isAtRest(network));
    },
    [Symbol.asyncDispose]: async () => await Promise.resolve(),
  }));
});

/** A payment has ended for its payer before the last hop has forgotten it. */
async function isAtRest({ nodes }: RegtestNetwork): Promise<boolean> {
  const lists = await Promise.all(Object.values(nodes).map(channelsOf));
  return lists.flat().every(({ pending_htlcs }) => pending_htlcs.length === 0);
}
