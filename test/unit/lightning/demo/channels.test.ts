import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { NodeKey } from '../../../../src/hex.ts';
import type { ChannelBehaviour } from '../../../../src/lightning/demo/faults.ts';
import { DemoNetwork } from '../../../../src/lightning/demo/network.ts';
import type { ChannelEnding, OpenChannelRequest } from '../../../../src/lightning/node.ts';
import { ManualClock } from '../../../support/manual-clock.ts';
import { seededRandom } from '../../../support/seeded-random.ts';
import { tempFolder } from '../../../support/temp-folder.ts';

const MEMO = 'a channel';
const OUTPOINT = expect.stringMatching(/^[0-9a-f]{64}:0$/);
const UNKNOWN: ChannelEnding = { state: 'unknown' };
const STRANGER = `02${'00'.repeat(31)}02` as NodeKey;
const MINUTE_MS = 60_000;

async function start(journalPath?: string) {
  const clock = new ManualClock();
  const random = seededRandom('demo channels');
  const network = new DemoNetwork({ seed: Buffer.alloc(32, 1), clock, random, journalPath });
  const { nodeKey: peer } = await network.customer.info();
  const request: OpenChannelRequest = {
    ...{ peer, capacitySat: 100_000, pushSat: 1_000, private: true, satPerVbyte: 3, memo: MEMO },
  };
  const open = (signal?: AbortSignal) => network.ours.openChannel(request, signal);
  return { clock, network, ours: network.ours, request, open };
}

describe('channels of the demo network', () => {
  it.each<[ChannelBehaviour['kind'], ChannelEnding, number]>([
    ['open', { state: 'opened', fundingOutpoint: OUTPOINT as never }, 1],
    ['unknown', UNKNOWN, 1],
    ['cut', UNKNOWN, 0],
    ['empty', UNKNOWN, 0],
  ])('end as they are told: %s', async (kind, ending, count) => {
    const { network, open } = await start();
    network.connect();
    network.faults.nextChannel({ kind } as ChannelBehaviour);

    const told = await open();

    expect([told, network.channels.length]).toEqual([ending, count]);
  });

  it.each([['peer-refused'], ['reserve'], ['not-synced'], ['no-funds']] as const)(
    'are refused once when they are told to: %s',
    async (reason) => {
      const { network, open } = await start();
      network.connect();
      network.faults.nextChannel({ kind: 'fail', reason });

      const endings = [await open(), await open()];

      expect(endings).toEqual([
        { state: 'failed', reason },
        { state: 'opened', fundingOutpoint: OUTPOINT },
      ]);
    },
  );

  it('come although nobody waits any more, once the peer answers', async () => {
    const { network, ours, open } = await start();
    network.connect();
    network.faults.nextChannel({ kind: 'hang' });
    const patience = new AbortController();
    const call = open(patience.signal);
    patience.abort();

    const told = [await call, await ours.findChannel(MEMO)];
    network.releaseChannel(MEMO, 'open');

    expect(told).toEqual([UNKNOWN, undefined]);
    expect(await ours.findChannel(MEMO)).toEqual(OUTPOINT);
  });

  it('are told to who still waits', async () => {
    const { network, open } = await start();
    network.connect();
    network.faults.nextChannel({ kind: 'hang' });
    const call = open();
    await Promise.resolve(); // The call has to arrive first.

    network.releaseChannel(MEMO, 'open');

    expect(await call).toEqual({ state: 'opened', fundingOutpoint: OUTPOINT });
  });

  it.each<[string, (world: Awaited<ReturnType<typeof start>>) => void]>([
    ['our node went down', ({ network }) => network.faults.goDown()],
    ['the peer left', ({ network }) => network.disconnect()],
    ['the peer kept silent for too long', ({ clock }) => clock.advance(12 * MINUTE_MS)],
    ['it was dropped', ({ network }) => network.releaseChannel(MEMO, 'drop')],
  ])('do not come any more after %s', async (_, happens) => {
    const world = await start();
    world.network.connect();
    world.network.faults.nextChannel({ kind: 'hang' });
    const call = world.open(AbortSignal.timeout(50));
    await Promise.resolve();

    happens(world);

    expect((await call).state).not.toBe('opened');
    expect(() => world.network.releaseChannel(MEMO, 'open')).toThrow(RangeError);
    expect(world.network.channels).toEqual([]);
  });

  it('end the connections when our node goes down', async () => {
    const { network, ours, request } = await start();
    network.connect();
    network.connect(STRANGER);
    const before = [await ours.isPeerConnected(request.peer), await ours.isPeerConnected(STRANGER)];

    network.faults.goDown();
    network.faults.comeBack();

    const after = [await ours.isPeerConnected(request.peer), await ours.isPeerConnected(STRANGER)];
    expect([before, after]).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  it("let the customer's node connect to the address that ours announces, and to no other", async () => {
    const { network, ours } = await start();
    const { uris } = await ours.info();

    await network.customer.connect(uris[0] ?? '');

    expect(await network.customer.isPeerConnected((await ours.info()).nodeKey)).toBe(true);
    await expect(network.customer.connect(`${STRANGER}@localhost:9735`)).rejects.toMatchObject({
      code: 'node-rejected',
    });
  });

  it('say what our node was told to announce (FC-19)', async () => {
    const { network, ours } = await start();

    network.faults.announce([]);

    expect((await ours.info()).uris).toEqual([]);
    expect((await network.customer.info()).uris).toHaveLength(1);
  });

  it('are remembered by the journal', async () => {
    using folder = tempFolder();
    const path = join(folder.path, 'demo.jsonl');
    const before = await start(path);
    before.network.connect();
    await before.open();
    before.network[Symbol.dispose]();

    const again = await start(path);
    again.network[Symbol.dispose]();
    const oncemore = await start(path);

    expect(oncemore.network.channels).toEqual(before.network.channels);
    expect(await oncemore.ours.isPeerConnected(oncemore.request.peer)).toBe(false);
  });
});
