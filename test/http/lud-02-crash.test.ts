import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { newEvent } from '../../src/events/event.ts';
import type { K1 } from '../../src/hex.ts';
import { DemoNetwork } from '../../src/lightning/demo/network.ts';
import { type Channel, channelEventData, channelMemo } from '../../src/payments/channel.ts';
import { SqlChannels } from '../../src/store/channels.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import {
  askChannel,
  channelsOf,
  customerKey,
  makeOffer,
  OK,
  offerOf,
  readChannelRequest,
  refusal,
  silently,
} from '../support/channel-wallet.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { start } from '../support/start.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { type Server, until } from '../support/wallet.ts';

const MINUTE_MS = 60_000;
const OUTPOINT = expect.stringMatching(/^[0-9a-f]{64}:0$/);

jest.setTimeout(60_000);

/** One database and one network under services that come and go; one offer of one channel. */
async function world() {
  const folder = tempFolder();
  const clock = new ManualClock();
  const random = seededRandom('crash');
  const network = new DemoNetwork({ seed: new Uint8Array(32).fill(4), clock, random });
  const opens = jest.spyOn(network.ours, 'openChannel');
  const databasePath = join(folder.path, 'boltgate.db');
  const service = async () => await start({ databasePath, network, clock });
  const first = await service();
  const offer = await makeOffer(first);
  const request = await readChannelRequest(first, offer.url);
  const remoteid = await customerKey(first);
  network.connect();
  return {
    ...{ clock, network, opens, databasePath, service, first, offer, request, remoteid },
    ask: async (server: Server) => await askChannel(server, request, { remoteid }),
    [Symbol.asyncDispose]: async () => {
      network[Symbol.dispose]();
      folder[Symbol.dispose]();
    },
  };
}

type World = Awaited<ReturnType<typeof world>>;

/** What a process leaves behind that is killed right after one of its commits. */
async function killedAfter(
  { databasePath, clock, offer, request, remoteid, first }: World,
  commit: 'request' | 'fence',
): Promise<Channel> {
  await first[Symbol.asyncDispose]();
  await using sql = await openSqlite(databasePath);
  const store = new SqlChannels(sql, () => {});
  const channel: Channel = {
    ...{ id: 'ch_killed', channelOfferId: offer.id, k1: request.k1 as K1, nodeKey: remoteid },
    ...{ capacitySat: 100_000, pushSat: 0, private: true, satPerVbyte: undefined },
    ...{ state: 'requested', fundingOutpoint: undefined, reason: undefined },
    ...{ ambiguousAt: undefined, createdAt: clock.now(), endedAt: undefined },
  };
  const random = seededRandom('killed');
  const event = newEvent('channel.requested', channelEventData(channel), clock.now(), random);
  await store.request(channel, { serverDay: undefined }, event);
  if (commit === 'fence') await store.begin(channel.id, clock.now());
  return channel;
}

async function onlyChannel(server: Server) {
  const [only, ...others] = await channelsOf(server);
  expect(others).toEqual([]);
  return only;
}

async function ended(server: Server) {
  return await until(
    async () => await onlyChannel(server),
    (channel) => channel?.state !== 'opening' && channel?.state !== 'requested',
  );
}

describe('LUD-02: a server that died', () => {
  it('between the call and its answer finds the channel by its memo, and opens no second', async () => {
    await using all = await world();
    const channel = await killedAfter(all, 'fence');
    // The call of the dead process had arrived.
    await all.network.ours.openChannel({
      ...{ peer: all.remoteid, capacitySat: 100_000, pushSat: 0, private: true },
      ...{ satPerVbyte: undefined, memo: channelMemo(channel) },
    });
    all.opens.mockClear();

    await using second = await all.service();
    const end = await ended(second);

    expect(end).toMatchObject({ id: channel.id, state: 'opened', fundingOutpoint: OUTPOINT });
    expect(await all.ask(second)).toEqual(OK);
    expect(all.opens).not.toHaveBeenCalled();
    expect(all.network.channels).toHaveLength(1);
    expect(await offerOf(second, all.offer)).toMatchObject({ usesLeft: 0, state: 'spent' });
  });

  it('while the peer kept silent finds the channel that came after its end', async () => {
    await using all = await world();
    all.network.faults.nextChannel({ kind: 'hang' });
    const heard = await silently(all.first, all.ask(all.first));
    const before = await onlyChannel(all.first);
    await all.first[Symbol.asyncDispose]();
    all.network.releaseChannel(`lnurlc:${before?.id}`, 'open');

    await using second = await all.service();
    const end = await ended(second);

    expect([heard, before?.state]).toEqual([OK, 'opening']);
    expect(end).toMatchObject({ id: before?.id, state: 'opened' });
    expect(all.opens).toHaveBeenCalledTimes(1);
    expect(all.network.channels).toHaveLength(1);
  });

  it('before it asked the node asks now, once', async () => {
    await using all = await world();
    await killedAfter(all, 'request');

    await using second = await all.service();
    const [end, answer] = [await ended(second), await all.ask(second)];

    expect(end).toMatchObject({ id: 'ch_killed', state: 'opened' });
    expect(answer).toEqual(OK);
    expect(all.opens).toHaveBeenCalledTimes(1);
  });

  it('before its call arrived asks never again by itself, and gives the use back when that is proved', async () => {
    await using all = await world();
    await killedAfter(all, 'fence');

    await using second = await all.service();
    const repeated = await all.ask(second);
    const inDoubt = await onlyChannel(second);
    all.network.disconnect();
    all.clock.advance(2 * MINUTE_MS);
    const end = await ended(second);

    expect([repeated, inDoubt?.state]).toEqual([OK, 'opening']);
    expect(end).toMatchObject({ state: 'failed', reason: 'never-opened' });
    expect(all.opens).not.toHaveBeenCalled();
    expect(await offerOf(second, all.offer)).toMatchObject({ usesLeft: 1, state: 'open' });
    all.network.connect();
    expect(await all.ask(second)).toEqual(OK);
    expect(all.network.channels).toHaveLength(1);
  });

  it('remembers to whom the k1 belongs', async () => {
    await using all = await world();
    await killedAfter(all, 'fence');
    await using second = await all.service();
    const other = (await second.network.ours.info()).nodeKey;

    const answer = await askChannel(second, all.request, { remoteid: other });

    expect(answer).toEqual(refusal('already used'));
  });
});
