import { describe, expect, it, jest } from '@jest/globals';
import { DemoNetwork } from '../../../src/lightning/demo/network.ts';
import { NodeFacts } from '../../../src/lightning/node-facts.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const LIFETIME_MS = 30_000;
const RETRY_MS = 2_000;

async function startFacts(isUp = true) {
  const clock = new ManualClock();
  const seed = new Uint8Array(32);
  const network = new DemoNetwork({ seed, clock, random: seededRandom('facts') });
  if (!isUp) network.faults.goDown();
  const infoCalls = jest.spyOn(network.ours, 'info');
  const facts = new NodeFacts(network.ours, clock);
  await facts.start();
  return {
    ...{ clock, network, facts, infoCalls },
    /** Moves the clock and lets what it woke have its turn. */
    pass: async (durationMs: number) => {
      clock.advance(durationMs);
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    },
    [Symbol.asyncDispose]: async () => {
      await facts[Symbol.asyncDispose]();
      network[Symbol.dispose]();
    },
  };
}

describe('what the node said lately', () => {
  it('is known after the start, and asked for again every 30 s', async () => {
    await using world = await startFacts();
    const { facts, infoCalls } = world;
    const { outbound, inbound } = await world.network.ours.balance();

    const known = [facts.network, facts.inbound, facts.info?.alias, facts.balance];
    await world.pass(LIFETIME_MS - 1);
    const before = infoCalls.mock.calls.length;
    await world.pass(1);

    expect(known).toEqual(['bcrt', inbound, 'Boltgate demo', { outbound, inbound }]);
    expect([before, infoCalls.mock.calls.length]).toEqual([1, 2]);
  });

  it('is not asked for by those who read it', async () => {
    await using world = await startFacts();

    for (let read = 0; read < 100; read += 1) world.facts.inbound;

    expect(world.infoCalls).toHaveBeenCalledTimes(1);
  });

  it('is forgotten a minute after the node fell silent, but for its network', async () => {
    await using world = await startFacts();
    const { facts } = world;
    world.network.faults.goDown();

    await world.pass(LIFETIME_MS);
    const still = [facts.info?.alias, facts.inbound];
    await world.pass(LIFETIME_MS);

    expect(still).toEqual(['Boltgate demo', expect.any(BigInt)]);
    expect([facts.info, facts.inbound, facts.balance, facts.network]).toEqual([
      undefined,
      undefined,
      undefined,
      'bcrt',
    ]);
  });

  it('is asked for every 2 s until there is an answer', async () => {
    await using world = await startFacts(false);
    const { facts } = world;
    const before = [facts.info, facts.network];
    await world.pass(RETRY_MS);
    world.network.faults.comeBack();

    await world.pass(RETRY_MS);

    expect(before).toEqual([undefined, undefined]);
    expect([facts.info?.alias, facts.network]).toEqual(['Boltgate demo', 'bcrt']);
    expect(world.infoCalls).toHaveBeenCalledTimes(3);
  });

  it('is asked for no more once it is stopped', async () => {
    const world = await startFacts();
    await world[Symbol.asyncDispose]();

    await world.pass(10 * LIFETIME_MS);

    expect(world.infoCalls).toHaveBeenCalledTimes(1);
    expect(world.clock.sleepers).toBe(0);
  });
});
