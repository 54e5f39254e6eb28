import { systemClock } from '../../src/clock.ts';
import { DemoNetwork } from '../../src/lightning/demo/network.ts';
import { systemRandom } from '../../src/random.ts';
import { lightningNodeContract } from './lightning-node.ts';

lightningNodeContract('demo', async () => {
  const seed = systemRandom(32);
  const network = new DemoNetwork({ seed, clock: systemClock, random: systemRandom });
  return {
    node: network.ours,
    wallet: network.customer,
    connect: async () => network.connect(),
    atRest: async () => await Promise.resolve(),
    [Symbol.asyncDispose]: async () => network[Symbol.dispose](),
  };
});
