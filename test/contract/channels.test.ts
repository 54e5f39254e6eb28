import { describe, expect, it } from '@jest/globals';
import type { ChannelOffer, ChannelTerms } from '../../src/accounts/channel-offer.ts';
import { AlreadyAnswered, type Receipt } from '../../src/accounts/receipt.ts';
import { type NewEvent, newEvent } from '../../src/events/event.ts';
import type { K1, NodeKey } from '../../src/hex.ts';
import { msat } from '../../src/msat.ts';
import { type Channel, channelEventData } from '../../src/payments/channel.ts';
import { channelEndEvents } from '../../src/payments/channel-opener.ts';
import type { Sql } from '../../src/store/sql.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { ONE_CHANNEL, startChannels } from '../support/channel-rooms.ts';
import { keyOf } from '../support/channel-wallet.ts';

const NO_LIMIT = { serverDay: undefined };
const OUTPOINT = `${'ab'.repeat(32)}:1`;
const OPENED = { state: 'opened', fundingOutpoint: OUTPOINT } as const;
const REFUSED = { state: 'failed', reason: 'peer-refused' } as const;

/** What every database does with channel offers and requests for channels. */
function channelContract(name: string, open: () => Promise<Sql>): void {
  describe(`channels on ${name}`, () => {
    async function start() {
      const world = await startChannels({ open });
      const { store, clock, random, channelOffers } = world;
      const of = (offer: ChannelOffer, number = 1, changes: Partial<Channel> = {}): Channel => ({
        id: `ch_${number}`,
        channelOfferId: offer.id,
        k1: number.toString(16).padStart(64, '0') as K1,
        nodeKey: keyOf(number),
        ...{ capacitySat: 100_000, pushSat: 0, private: true, satPerVbyte: undefined },
        ...{ state: 'requested', fundingOutpoint: undefined, reason: undefined },
        ...{ ambiguousAt: undefined, createdAt: clock.now(), endedAt: undefined },
        ...changes,
      });
      const told = (channel: Channel): NewEvent =>
        newEvent('channel.requested', channelEventData(channel), clock.now(), random);
      const offerOf = async (uses = 1) => await channelOffers.create({ ...ONE_CHANNEL, uses });
      const request = async (channel: Channel, limits = NO_LIMIT) =>
        await store.request(channel, limits, told(channel));
      const finish = async (id: string, end: typeof OPENED | typeof REFUSED) =>
        await store.finish(id, end, clock.now(), (ended, spent) =>
          channelEndEvents(ended, spent, clock.now(), random),
        );
      const cancel = async (channel: Channel) =>
        await store.cancel({ ...channel, state: 'cancelled', endedAt: clock.now() }, (spent) => [
          newEvent('channel.cancelled', channelEventData(channel), clock.now(), random),
          ...(spent
            ? [newEvent('link.spent', { id: 'co', kind: 'channel' }, clock.now(), random)]
            : []),
        ]);
      const uses = async ({ id }: ChannelOffer) => {
        const { usesTaken, usesSpent } = await channelOffers.get(id);
        return [usesTaken, usesSpent];
      };
      return { ...world, of, offerOf, request, finish, cancel, uses };
    }

    it('give an offer back as it was made, by id and by token, the newest first', async () => {
      await using world = await start();
      const terms: ChannelTerms = {
        ...{ capacitySat: 16_777_215, pushSat: 5, satPerVbyte: 7, uses: 3 },
        ...{ validFrom: 1, expiresAt: 2, label: 'Käse' },
        private: 'never',
      };

      const first = await world.channelOffers.create(terms);
      const second = await world.channelOffers.create(ONE_CHANNEL);

      const { id, revision, usesTaken, usesSpent, createdAt, disabledAt, ...kept } = first;
      expect(kept).toEqual(terms);
      expect(await world.channelOffers.get(id)).toEqual(first);
      expect(await world.channelOffers.byToken(world.channelOffers.token(first))).toEqual(first);
      const page = await world.channelOffers.list(1, undefined);
      const rest = await world.channelOffers.list(5, page[0]?.id);
      expect(new Set([...page, ...rest].map((offer) => offer.id))).toEqual(
        new Set([id, second.id]),
      );
      expect(page).toHaveLength(1);
    });

    it('write the answer of an Idempotency-Key with the offer, or neither (FC-31)', async () => {
      await using world = await start();
      const receipt: Receipt = {
        ...{ apiKeyId: 'key_1', key: 'once', requestHash: 'hash' },
        ...{ status: 201, body: '{}', createdAt: 1 },
      };
      await world.channelOffers.create(ONE_CHANNEL, () => receipt);

      const again = world.channelOffers.create(ONE_CHANNEL, () => receipt);

      await expect(again).rejects.toBeInstanceOf(AlreadyAnswered);
      expect(await world.channelOffers.list(5, undefined)).toHaveLength(1);
    });

    it('let no two changes of an offer undo each other', async () => {
      await using world = await start();
      const { id } = await world.offerOf(5);

      await Promise.all([
        world.channelOffers.change(id, { label: 'a' }),
        world.channelOffers.change(id, { satPerVbyte: 9 }),
        world.channelOffers.change(id, { disabled: true }),
      ]);

      expect(await world.channelOffers.get(id)).toMatchObject({
        ...{ label: 'a', satPerVbyte: 9, disabledAt: world.clock.now(), revision: 4 },
      });
    });

    it('hide an offer that was taken away and keep its channels', async () => {
      await using world = await start();
      const offer = await world.offerOf();
      await world.request(world.of(offer));

      await world.channelOffers.remove(offer.id);

      await expect(world.channelOffers.get(offer.id)).rejects.toMatchObject({ code: 'not-found' });
      expect(await world.store.find('ch_1')).toEqual(world.of(offer));
      expect(await world.finish('ch_1', REFUSED)).toMatchObject({ state: 'failed' });
    });

    it('give a request back as it was made, by id and by k1', async () => {
      await using world = await start();
      const channel = world.of(await world.offerOf(), 1, {
        ...{ pushSat: 3, private: false, satPerVbyte: 2 },
      });

      await world.request(channel);

      expect(await world.store.find('ch_1')).toEqual(channel);
      expect(await world.store.findByK1(channel.k1)).toEqual(channel);
      expect(await world.store.find('ch_2')).toBeUndefined();
    });

    it('take a use with the request, give it back with a failure, and spend it with a channel', async () => {
      await using world = await start();
      const offer = await world.offerOf(2);
      const taken: number[][] = [];

      await world.request(world.of(offer, 1));
      await world.request(world.of(offer, 2));
      taken.push(await world.uses(offer));
      await world.finish('ch_1', REFUSED);
      taken.push(await world.uses(offer));
      await world.store.begin('ch_2', 1);
      await world.finish('ch_2', OPENED);
      taken.push(await world.uses(offer));

      expect(taken).toEqual([
        [2, 0],
        [1, 0],
        [1, 1],
      ]);
    });

    it.each([['used up'], ['switched off']])(
      'take nothing of an offer that is %s',
      async (what) => {
        await using world = await start();
        const offer = await world.offerOf();
        if (what === 'used up') await world.request(world.of(offer, 1));
        else await world.channelOffers.change(offer.id, { disabled: true });
        const before = await world.uses(offer);

        const request = world.request(world.of(offer, 2));

        await expect(request).rejects.toMatchObject({ code: 'link-spent' });
        expect(await world.uses(offer)).toEqual(before);
        expect(await world.store.find('ch_2')).toBeUndefined();
      },
    );

    it.each<[string, object]>([
      ['before its time', { validFrom: 1_700_000_000_001 }],
      ['after its time', { expiresAt: 1_700_000_000_000 }],
    ])('take nothing of an offer %s', async (_, times) => {
      await using world = await start();
      const offer = await world.channelOffers.create({ ...ONE_CHANNEL, ...times });

      const request = world.request(world.of(offer));

      await expect(request).rejects.toMatchObject({ code: 'link-spent' });
    });

    it('have one request a k1, unless it failed (LUD02-6)', async () => {
      await using world = await start();
      const offer = await world.offerOf(5);
      const { k1 } = world.of(offer, 1);
      await world.request(world.of(offer, 1));

      const second = world.request(world.of(offer, 2, { k1 }));

      await expect(second).rejects.toMatchObject({ code: 'k1-used' });
      expect(await world.uses(offer)).toEqual([1, 0]);
      await world.finish('ch_1', REFUSED);
      world.clock.advance(1);
      await world.request(world.of(offer, 3, { k1 }));
      expect(await world.store.findByK1(k1)).toMatchObject({ id: 'ch_3', state: 'requested' });
    });

    it('have one unfinished request a node', async () => {
      await using world = await start();
      const offer = await world.offerOf(5);
      const nodeKey = keyOf(1);
      await world.request(world.of(offer, 1));

      const second = world.request(world.of(offer, 2, { nodeKey }));

      await expect(second).rejects.toMatchObject({ code: 'too-many-requests' });
      expect(await world.uses(offer)).toEqual([1, 0]);
      await world.finish('ch_1', REFUSED);
      await world.request(world.of(offer, 3, { nodeKey }));
    });

    it('give one of ten racing requests the last use (GEN-32)', async () => {
      await using world = await start();
      const offer = await world.offerOf(1);
      const numbers = Array.from({ length: 10 }, (_, index) => index + 1);

      const ends = await Promise.allSettled(
        numbers.map(async (number) => await world.request(world.of(offer, number))),
      );

      expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await world.uses(offer)).toEqual([1, 0]);
      expect(await world.store.list({}, 20, undefined)).toHaveLength(1);
    });

    it('count what is given away against the day, and count it back when it was not (P3)', async () => {
      await using world = await start();
      const offer = await world.offerOf(5);
      const limits = { serverDay: msat(5_000_000n) };
      const gift = { pushSat: 3_000 };
      await world.store.request(world.of(offer, 1, gift), limits, toldOf(world.of(offer, 1)));

      const over = world.store.request(
        world.of(offer, 2, gift),
        limits,
        toldOf(world.of(offer, 2)),
      );

      await expect(over).rejects.toMatchObject({ code: 'link-spent' });
      expect(await world.uses(offer)).toEqual([1, 0]);
      await world.finish('ch_1', REFUSED);
      await world.store.request(world.of(offer, 3, gift), limits, toldOf(world.of(offer, 3)));

      function toldOf(channel: Channel): NewEvent {
        return newEvent('channel.requested', channelEventData(channel), 1, world.random);
      }
    });

    it('let one of ten begin', async () => {
      await using world = await start();
      await world.request(world.of(await world.offerOf()));

      const begun = await Promise.all(
        Array.from({ length: 10 }, async () => await world.store.begin('ch_1', 5)),
      );

      expect(begun.filter((channel) => channel)).toMatchObject([
        { id: 'ch_1', state: 'opening', ambiguousAt: 5 },
      ]);
    });

    it('move by the picture of the states alone', async () => {
      await using world = await start();
      const { store } = world;
      const hold = async () =>
        await store.hold('ch_1', 'node-changed', (channel) =>
          newEvent('channel.held', channelEventData(channel), 1, world.random),
        );
      await world.request(world.of(await world.offerOf()));
      const states: (string | undefined)[] = [];

      states.push((await hold())?.state, (await store.doubt('ch_1', 1))?.state);
      states.push((await world.finish('ch_1', OPENED))?.state);
      await store.begin('ch_1', 5);
      states.push((await store.doubt('ch_1', 9))?.state);
      states.push((await hold())?.state, (await store.doubt('ch_1', 9))?.state);
      states.push((await world.finish('ch_1', OPENED))?.state);
      states.push((await world.finish('ch_1', REFUSED))?.state, (await hold())?.state);

      expect(states).toEqual([
        ...[undefined, undefined],
        undefined, // requested is not opened
        'opening',
        ...['held', undefined],
        'opened',
        ...[undefined, undefined],
      ]);
      expect(await store.find('ch_1')).toMatchObject({
        ...{ ambiguousAt: 9, fundingOutpoint: OUTPOINT, reason: undefined },
      });
    });

    it('close a k1 when it is cancelled, and with it an offer of one use (LUD02-4)', async () => {
      await using world = await start();
      const [one, many] = [await world.offerOf(1), await world.offerOf(2)];
      const nobody = { nodeKey: undefined };

      const done = [
        await world.cancel(world.of(one, 1, nobody)),
        await world.cancel(world.of(one, 2, { ...nobody, k1: world.of(one, 1).k1 })),
        await world.cancel(world.of(many, 3, nobody)),
      ];

      expect(done).toEqual([true, false, true]);
      expect([await world.uses(one), await world.uses(many)]).toEqual([
        [1, 1],
        [0, 0],
      ]);
      const types = (await world.facts()).map(({ type }) => type);
      expect(types.slice(2)).toEqual(['channel.cancelled', 'link.spent', 'channel.cancelled']);
      const request = world.request(world.of(many, 4, { k1: world.of(many, 3).k1 }));
      await expect(request).rejects.toMatchObject({ code: 'k1-used' });
    });

    it('forget what was cancelled on offers of many uses, after a while', async () => {
      await using world = await start();
      const [one, many] = [await world.offerOf(1), await world.offerOf(2)];
      await world.cancel(world.of(one, 1));
      await world.cancel(world.of(many, 2));
      await world.request(world.of(many, 3));
      const { store, clock } = world;

      await store.removeCancelled(clock.now());
      const before = await store.list({}, 10, undefined);
      await store.removeCancelled(clock.now() + 1);

      const after = await store.list({}, 10, undefined);
      expect(before.map(({ id }) => id)).toEqual(['ch_3', 'ch_2', 'ch_1']);
      expect(after.map(({ id }) => id)).toEqual(['ch_3', 'ch_1']);
    });

    it('list what is unfinished oldest first, and all by filter newest first', async () => {
      await using world = await start();
      const [one, two] = [await world.offerOf(9), await world.offerOf(9)];
      for (const number of [1, 2, 3, 4]) {
        await world.request(world.of(number % 2 === 0 ? one : two, number));
        world.clock.advance(10);
      }
      const { store, clock } = world;
      await store.begin('ch_2', 1);
      await world.finish('ch_3', REFUSED);
      const ids = (channels: readonly Channel[]) => channels.map(({ id }) => id);

      const unfinished = ids(await store.unfinished(2, undefined));

      expect(unfinished).toEqual(['ch_1', 'ch_2']);
      expect(ids(await store.unfinished(9, 'ch_2'))).toEqual(['ch_4']);
      expect(ids(await store.list({}, 2, undefined))).toEqual(['ch_4', 'ch_3']);
      expect(ids(await store.list({}, 9, 'ch_3'))).toEqual(['ch_2', 'ch_1']);
      expect(ids(await store.list({ state: 'failed' }, 9, undefined))).toEqual(['ch_3']);
      expect(ids(await store.list({ channelOfferId: one.id }, 9, undefined))).toEqual([
        'ch_4',
        'ch_2',
      ]);
      const since = clock.now() - 20;
      expect(ids(await store.list({ since }, 9, undefined))).toEqual(['ch_4', 'ch_3']);
    });

    it('tell each change in its transaction, and never a k1', async () => {
      await using world = await start();
      const offer = await world.offerOf();
      const channel = world.of(offer);

      await world.request(channel);
      await world.store.begin('ch_1', 1);
      await world.finish('ch_1', OPENED);

      const facts = await world.facts();
      expect(facts.map(({ type }) => type)).toEqual([
        ...['link.created', 'channel.requested', 'channel.opened', 'link.spent'],
      ]);
      expect(JSON.stringify(facts)).not.toContain(channel.k1);
      expect(facts[2]?.data).toEqual({
        ...{ id: 'ch_1', linkId: offer.id, nodeKey: keyOf(1) as NodeKey, capacitySat: 100_000 },
        ...{ pushSat: 0, private: true, fundingOutpoint: OUTPOINT },
      });
    });
  });
}

channelContract('SQLite', async () => await openSqlite(':memory:'));
