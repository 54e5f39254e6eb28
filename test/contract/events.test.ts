import { describe, expect, it } from '@jest/globals';
import { type NewEvent, newEvent } from '../../src/events/event.ts';
import { appendEvents } from '../../src/store/event-log.ts';
import { DATABASES, type OpenDatabase, startPaymentsOn } from '../support/pay-databases.ts';
import type { PaymentsWorld } from '../support/pay-store.ts';

const NOW = 1_700_000_000_000;

function eventOf(world: PaymentsWorld, id: string): NewEvent {
  return newEvent('link.changed', { id, kind: 'pay' }, NOW, world.random);
}

async function write(world: PaymentsWorld, ...ids: readonly string[]): Promise<void> {
  await world.sql.transaction(
    async (tx) =>
      await appendEvents(
        tx,
        ids.map((id) => eventOf(world, id)),
      ),
  );
}

/** What every database does with the log of events. */
function eventContract(name: string, open: OpenDatabase): void {
  describe(`events on ${name}`, () => {
    it('come back in their order, with the text that was written', async () => {
      await using world = await startPaymentsOn(open);
      const first = newEvent(
        'link.created',
        { id: 'pl_1', kind: 'pay', label: 'a "label"\n\u2028☕' },
        NOW,
        world.random,
      );

      await world.sql.transaction(
        async (tx) => await appendEvents(tx, [first, eventOf(world, 'pl_2')]),
      );

      expect(await world.events.after(0n, 10)).toEqual([
        {
          seq: 1n,
          id: first.id,
          type: 'link.created',
          createdAt: NOW,
          data: JSON.stringify(first.data),
        },
        expect.objectContaining({ seq: 2n, data: '{"id":"pl_2","kind":"pay"}' }),
      ]);
      expect(await world.events.head()).toBe(2n);
    });

    it('begin with nothing', async () => {
      await using world = await startPaymentsOn(open);

      expect([await world.events.head(), await world.events.after(0n, 10)]).toEqual([0n, []]);
    });

    it('are read page by page, behind a number', async () => {
      await using world = await startPaymentsOn(open);
      await write(world, 'a', 'b', 'c', 'd', 'e');

      const pages = [
        await world.events.after(0n, 2),
        await world.events.after(2n, 2),
        await world.events.after(4n, 2),
        await world.events.after(5n, 2),
        await world.events.after(99n, 2),
      ];

      expect(pages.map((page) => page.map(({ seq }) => Number(seq)))).toEqual([
        [1, 2],
        [3, 4],
        [5],
        [],
        [],
      ]);
    });

    it('have numbers without a gap, however many write at once and some give up', async () => {
      await using world = await startPaymentsOn(open);
      const work = Array.from({ length: 60 }, async (_, index) => {
        if (index % 3 !== 0) return await write(world, `one ${index}`, `two ${index}`);
        const broken = world.sql.transaction(async (tx) => {
          await appendEvents(tx, [eventOf(world, `never ${index}`)]);
          throw new Error('given up');
        });
        return await expect(broken).rejects.toThrow('given up');
      });
      await Promise.all(work);

      const events = await world.events.after(0n, 1000);

      expect(events.map(({ seq }) => Number(seq))).toEqual(
        Array.from({ length: 80 }, (_, index) => index + 1),
      );
      const ids = events.map(({ data }) => JSON.parse(data).id);
      expect(ids.filter((id) => id.startsWith('never'))).toEqual([]);
      // Events of one transaction stand together.
      for (let index = 0; index < ids.length; index += 2) {
        expect(ids[index + 1]).toBe(ids[index].replace('one', 'two'));
      }
    });
  });
}

for (const [name, open] of DATABASES) eventContract(name, open);
