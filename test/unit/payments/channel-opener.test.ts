import { describe, expect, it, jest } from '@jest/globals';
import type { NodeKey } from '../../../src/hex.ts';
import type { ChannelBehaviour } from '../../../src/lightning/demo/faults.ts';
import { type Channel, channelMemo } from '../../../src/payments/channel.ts';
import { ChannelOpener } from '../../../src/payments/channel-opener.ts';
import { ONE_CHANNEL, startChannels } from '../../support/channel-rooms.ts';
import { keyOf } from '../../support/channel-wallet.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { until } from '../../support/wallet.ts';

const MINUTE_MS = 60_000;
const NEVER = new AbortController().signal;
const OUTPOINT = expect.stringMatching(/^[0-9a-f]{64}:0$/);

async function start() {
  const world = await startChannels();
  const { channels, channelOffers, opener, store, network, clock, wallet } = world;
  const opens = jest.spyOn(network.ours, 'openChannel');
  /** A request that is kept, while its node is connected. */
  const request = async (nodeKey: NodeKey = wallet): Promise<Channel> => {
    network.connect(nodeKey);
    const offer = await channelOffers.create({ ...ONE_CHANNEL, pushSat: 7, satPerVbyte: 2 });
    const { id: channelOfferId, capacitySat, pushSat, satPerVbyte } = offer;
    const terms = { channelOfferId, capacitySat, pushSat, satPerVbyte, private: false };
    return await channels.request({ ...terms, nodeKey, k1: channelOffers.challenge(offer) }, NEVER);
  };
  /** As a process leaves it that is killed right after it has begun to ask. */
  const killed = async (): Promise<Channel> => {
    const channel = await request();
    const begun = await store.begin(channel.id, clock.now());
    if (!begun) throw new Error('not begun');
    return begun;
  };
  const advance = async ({ id }: Channel): Promise<Channel | undefined> => {
    await opener.advance(id, NEVER);
    return await store.find(id);
  };
  return { ...world, opens, request, killed, advance };
}

type World = Awaited<ReturnType<typeof start>>;

/** What the node is asked for by a request. */
function orderOf(channel: Channel) {
  const { capacitySat, pushSat, satPerVbyte } = channel;
  const peer = channel.nodeKey as NodeKey;
  const memo = channelMemo(channel);
  return { peer, capacitySat, pushSat, satPerVbyte, private: channel.private, memo };
}

describe('opening a channel', () => {
  it('asks the node for what was agreed, under a memo of its own', async () => {
    await using world = await start();
    const channel = await world.request();

    const ended = await world.advance(channel);

    expect(world.opens.mock.calls.map(([order]) => order)).toEqual([
      {
        ...{ peer: world.wallet, capacitySat: 100_000, pushSat: 7, satPerVbyte: 2, private: false },
        memo: `lnurlc:${channel.id}`,
      },
    ]);
    expect(ended).toMatchObject({ state: 'opened', fundingOutpoint: OUTPOINT });
  });

  it('is told to the log without k1 and without the text of the node', async () => {
    await using world = await start();
    const channel = await world.request();
    world.network.faults.nextChannel({ kind: 'fail', reason: 'reserve' });

    await world.advance(channel);

    expect(world.log.lines).toEqual([
      {
        ...{ level: 'info', message: 'channel request ended' },
        fields: { channel: channel.id, state: 'failed', reason: 'reserve' },
      },
    ]);
  });

  it('asks once for two that open at the same time', async () => {
    await using world = await start();
    const { store, network, clock, random, log } = world;
    const continuity = { check: async () => 'same' as const, restartedSince: () => false };
    const another = new ChannelOpener({
      ...{ store, node: network.ours, continuity, clock, random, log },
    });
    const channel = await world.request();

    await Promise.all([world.advance(channel), another.advance(channel.id, NEVER)]);

    expect(world.opens).toHaveBeenCalledTimes(1);
    expect(await store.find(channel.id)).toMatchObject({ state: 'opened' });
  });

  it('does not ask for what was requested too long ago', async () => {
    await using world = await start();
    const channel = await world.request();
    world.clock.advance(11 * MINUTE_MS);

    const ended = await world.advance(channel);

    expect(ended).toMatchObject({ state: 'failed', reason: 'never-opened' });
    expect(world.opens).not.toHaveBeenCalled();
  });

  it('does not ask a node that is another one now', async () => {
    await using world = await start();
    const channel = await world.request();
    await nodeWas(world, keyOf(9));

    const ended = await world.advance(channel);

    expect(ended).toMatchObject({ state: 'failed', reason: 'never-opened' });
    expect(world.opens).not.toHaveBeenCalled();
  });

  it('gives a peer 20 seconds, and then looks for the channel', async () => {
    await using world = await start();
    const channel = await world.request();
    world.network.faults.nextChannel({ kind: 'hang' });
    const step = world.advance(channel);
    await until(
      async () => world.clock.nextWakeMs,
      (ms) => ms === 20_000,
    );

    world.clock.advance(20_000);

    expect(await step).toMatchObject({ state: 'opening', ambiguousAt: world.clock.now() });
    expect(world.opens).toHaveBeenCalledTimes(1);
  });

  it('leaves a request in doubt when the server stops meanwhile', async () => {
    await using world = await start();
    const channel = await world.request();
    world.network.faults.nextChannel({ kind: 'hang' });
    const stop = new AbortController();
    const step = world.opener.advance(channel.id, stop.signal);
    await until(
      async () => world.clock.nextWakeMs,
      (ms) => ms === 20_000,
    );

    stop.abort();
    await step;

    expect(await world.store.find(channel.id)).toMatchObject({ state: 'opening' });
  });
});

describe('a request of which nobody knows the end', () => {
  it('is opened when the node has its channel, and is never asked for again', async () => {
    await using world = await start();
    const channel = await world.killed();
    await world.network.ours.openChannel(orderOf(channel));
    world.opens.mockClear();

    const ended = await world.advance(channel);

    expect(ended).toMatchObject({ state: 'opened', fundingOutpoint: OUTPOINT });
    expect(world.opens).not.toHaveBeenCalled();
    expect(world.network.channels).toHaveLength(1);
  });

  it('stays while nothing is found and nothing is proved', async () => {
    await using world = await start();
    const channel = await world.killed();
    const states: unknown[] = [];

    for (const minutes of [0, 1, 11, 12]) {
      world.clock.advance(minutes * MINUTE_MS);
      states.push((await world.advance(channel))?.state);
    }

    expect(states).toEqual(['opening', 'opening', 'opening', 'opening']);
    expect(world.opens).not.toHaveBeenCalled();
  });

  it.each<[string, (world: World) => void]>([
    ['25 minutes passed', ({ clock }) => clock.advance(25 * MINUTE_MS + 1)],
    [
      'the node was down',
      ({ clock, network }) => {
        clock.advance(1);
        network.faults.goDown();
        network.faults.comeBack();
      },
    ],
    [
      'the peer left a minute later',
      ({ clock, network }) => {
        clock.advance(MINUTE_MS + 1);
        network.disconnect();
      },
    ],
  ])('has failed, and its use is back, once %s', async (_, happens) => {
    await using world = await start();
    const channel = await world.killed();

    happens(world);
    const ended = await world.advance(channel);

    const { usesTaken } = await world.channelOffers.get(channel.channelOfferId);
    expect(ended).toMatchObject({ state: 'failed', reason: 'never-opened' });
    expect(usesTaken).toBe(0);
  });

  it.each<[string, (world: World) => void]>([
    ['the peer left while the call may still be on its way', ({ network }) => network.disconnect()],
    ['the node is down now', ({ network }) => network.faults.goDown()],
  ])('stays when %s', async (_, happens) => {
    await using world = await start();
    const channel = await world.killed();

    happens(world);

    expect(await world.advance(channel)).toMatchObject({ state: 'opening' });
  });

  it('stays when the node was down only before it was asked', async () => {
    await using world = await start();
    world.network.faults.goDown();
    world.network.faults.comeBack();
    world.clock.advance(1);
    const channel = await world.killed();

    expect(await world.advance(channel)).toMatchObject({ state: 'opening' });
  });

  it('has its proof before it is looked for, so that what comes in between is found', async () => {
    await using world = await start();
    const channel = await world.killed();
    world.clock.advance(2 * MINUTE_MS);
    world.network.disconnect();
    const { ours } = world.network;
    const ask = ours.isPeerConnected.bind(ours);
    // The wallet is back and the channel open in the moment after the node has said that it left.
    jest.spyOn(ours, 'isPeerConnected').mockImplementationOnce(async (key, signal) => {
      const said = await ask(key, signal);
      world.network.connect();
      await ours.openChannel(orderOf(channel));
      return said;
    });

    expect(await world.advance(channel)).toMatchObject({ state: 'opened' });
  });

  it('is held when the node is another one, and no channel is offered any more', async () => {
    await using world = await start();
    const channel = await world.killed();
    await nodeWas(world, keyOf(9));

    const held = await world.advance(channel);

    expect(held).toMatchObject({ state: 'held', reason: 'node-changed' });
    expect((await world.facts()).at(-1)).toMatchObject({
      type: 'channel.held',
      data: { id: channel.id, reason: 'node-changed' },
    });
    await expect(world.request(keyOf(3))).rejects.toMatchObject({
      message: 'No channels are opened at the moment, try again later',
    });
  });
});

describe('whatever happens', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'a request opens one channel or none, and what failed has none (walk %i)',
    async (walk) => {
      await using world = await start();
      const draw = seededRandom(`walk ${walk}`);
      const pick = (most: number) => (draw(1)[0] ?? 0) % most;
      const requests: Channel[] = [];

      for (let step = 0; step < 200; step += 1) await stumble(world, requests, pick);
      await settle(world, requests);

      const ends = await Promise.all(requests.map(({ id }) => world.store.find(id)));
      const memos = world.network.channels.map(({ memo }) => memo);
      const opened = ends.filter((end) => end?.state === 'opened');
      expect(requests.length).toBeGreaterThan(20);
      expect(new Set(memos).size).toBe(memos.length);
      expect(new Set(opened.map((end) => end && channelMemo(end)))).toEqual(new Set(memos));
      expect(new Set(ends.map((end) => end?.state))).toEqual(new Set(['opened', 'failed']));
      for (const end of ends) {
        const { usesTaken } = await world.channelOffers.get(end?.channelOfferId ?? '');
        expect(usesTaken).toBe(end?.state === 'opened' ? 1 : 0);
      }
    },
  );
});

const KINDS = ['open', 'hang', 'unknown', 'cut', 'empty', 'fail'] as const;

/** One random thing: a request, a step, a fault, or time that passes. */
async function stumble(
  world: World,
  requests: Channel[],
  pick: (most: number) => number,
): Promise<void> {
  const { network, clock } = world;
  // One of the newest: what is long over is no adventure.
  const some = requests.at(-1 - pick(3));
  const chance = pick(16);
  if (chance < 4) {
    const kind = KINDS[pick(KINDS.length)] ?? 'open';
    network.faults.nextChannel(
      kind === 'fail' ? { kind, reason: 'peer-refused' } : ({ kind } as ChannelBehaviour),
    );
    // Another node each time, for with one node one channel is opened at a time.
    const channel = await world.request(keyOf(requests.length + 1));
    requests.push(channel);
    if (pick(3) > 0) await shortly(world, channel);
  } else if (chance < 8) {
    if (some) await shortly(world, some);
  } else if (chance < 10) {
    releaseOne(world, requests, pick(3) > 0 ? 'open' : 'drop');
  } else if (chance < 11) {
    network.faults.goDown();
    if (some) await shortly(world, some);
    network.faults.comeBack();
  } else if (chance < 12) {
    if (some?.nodeKey) network.disconnect(some.nodeKey);
  } else clock.advance(pick(200) * 1_000);
}

/** One step that is stopped as soon as the node was asked for a channel and has not answered. */
async function shortly({ opener, opens }: World, { id }: Channel): Promise<void> {
  const asked = opens.mock.calls.length;
  const stop = new AbortController();
  let isDone = false;
  const step = opener.advance(id, stop.signal).finally(() => {
    isDone = true;
  });
  while (!isDone && opens.mock.calls.length === asked) await new Promise(setImmediate);
  await new Promise(setImmediate);
  stop.abort();
  await step;
}

/** The newest that waits for its peer goes on, if there is one. */
function releaseOne(
  { network }: World,
  requests: readonly Channel[],
  ending: 'open' | 'drop',
): void {
  for (const channel of requests.toReversed()) {
    try {
      network.releaseChannel(channelMemo(channel), ending);
      return;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // This one does not wait.
    }
  }
}

/** Time passes until everything is decided. */
async function settle({ clock, opener }: World, requests: readonly Channel[]): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    clock.advance(30 * MINUTE_MS);
    for (const { id } of requests) await opener.advance(id, NEVER);
  }
}

/** The node of before had that key. */
async function nodeWas({ sql, network }: World, key: NodeKey): Promise<void> {
  await sql.query("delete from settings where name = 'node_key'");
  await sql.query("insert into settings (name, value) values ('node_key', $1)", [key]);
  network.faults.goDown();
  network.faults.comeBack();
  network.connect();
}
