import { describe, expect, it } from '@jest/globals';
import type { PayLink } from '../../../src/accounts/pay-link.ts';
import { newEvent } from '../../../src/events/event.ts';
import { RememberedLinks } from '../../../src/store/remembered-links.ts';
import { COFFEE_TERMS, startPayments } from '../../support/pay-store.ts';

const NOW = 1_700_000_000_000;

/** A store in memory whose reads can be held back, and a count of them. */
async function startRemembering() {
  const world = await startPayments();
  const link = await world.payLinks.create(COFFEE_TERMS, { name: 'alice', domain: 'a.org' });
  let reads = 0;
  let hold: Promise<void> | undefined;
  const later = async <T>(answer: Promise<T>): Promise<T> => {
    reads += 1;
    const [found] = await Promise.all([answer, hold]);
    return found;
  };
  const { linkStore } = world;
  const slow = {
    ...bound(linkStore),
    findByToken: async (hash: string) => await later(linkStore.findByToken(hash)),
    findByAddress: async (name: string, domains: readonly string[]) =>
      await later(linkStore.findByAddress(name, domains)),
  };
  return {
    links: new RememberedLinks(slow),
    link,
    hash: await hashOf(world),
    reads: () => reads,
    /** Holds back the answers of reads that begin from now on, until what it returns is called. */
    holdReads: () => {
      let release: () => void = () => undefined;
      hold = new Promise((resolve) => {
        release = resolve;
      });
      return () => {
        hold = undefined;
        release();
      };
    },
    rename: async (links: RememberedLinks, before: PayLink, label: string): Promise<PayLink> => {
      const after = { ...before, label, revision: before.revision + 1 };
      const event = newEvent('link.changed', { id: before.id, kind: 'pay' }, NOW, world.random);
      expect(await links.change(after, before, event)).toBe(true);
      return after;
    },
    [Symbol.asyncDispose]: async () => await world[Symbol.asyncDispose](),
  };
}

function bound(store: Awaited<ReturnType<typeof startPayments>>['linkStore']) {
  return {
    add: store.add.bind(store),
    change: store.change.bind(store),
    remove: store.remove.bind(store),
    find: store.find.bind(store),
    list: store.list.bind(store),
    accountOf: store.accountOf.bind(store),
    metadataOf: store.metadataOf.bind(store),
  };
}

async function hashOf({ sql }: Awaited<ReturnType<typeof startPayments>>): Promise<string> {
  const [row] = await sql.query<{ token_hash: string }>('select token_hash from pay_links');
  return row?.token_hash ?? '';
}

describe('remembered links', () => {
  it('are read once until something changes', async () => {
    await using world = await startRemembering();
    const { links, hash } = world;

    const found = [await links.findByToken(hash), await links.findByToken(hash)];
    const named = [
      await links.findByAddress('alice', ['a.org']),
      await links.findByAddress('alice', ['a.org']),
    ];

    expect(found).toEqual([world.link, world.link]);
    expect(named).toEqual([[world.link], [world.link]]);
    expect(world.reads()).toBe(2);
  });

  it('are what they are after a change, whatever was remembered', async () => {
    await using world = await startRemembering();
    const { links, hash } = world;
    await links.findByToken(hash);
    await links.findByAddress('alice', ['a.org']);

    const changed = await world.rename(links, world.link, 'new');

    expect(await links.findByToken(hash)).toEqual(changed);
    expect(await links.findByAddress('alice', ['a.org'])).toEqual([changed]);
  });

  it('are not what a read saw that began before the change and ended behind it', async () => {
    await using world = await startRemembering();
    const { links, hash } = world;
    const release = world.holdReads();
    const late = [links.findByToken(hash), links.findByAddress('alice', ['a.org'])];
    const changed = await world.rename(links, world.link, 'new');
    release();
    await Promise.all(late);

    const found = [
      await links.findByToken(hash),
      ...(await links.findByAddress('alice', ['a.org'])),
    ];

    expect(found).toEqual([changed, changed]);
  });

  it('are not there when they were removed, and what was not there is looked for again', async () => {
    await using world = await startRemembering();
    const { links, hash, link } = world;
    await links.findByToken(hash);
    const event = newEvent(
      'link.changed',
      { id: link.id, kind: 'pay' },
      NOW,
      () => new Uint8Array(16),
    );
    await links.remove(link.id, NOW, event);
    const before = world.reads();

    const found = [await links.findByToken(hash), await links.findByToken(hash)];

    expect([found, world.reads() - before]).toEqual([[undefined, undefined], 2]);
  });

  it('say by another number that something may have changed', async () => {
    await using world = await startRemembering();
    const { links } = world;
    const first = links.generation;
    await links.findByAddress('alice', ['a.org']);
    const second = links.generation;

    links.forget();

    expect([first === second, first === links.generation]).toEqual([true, false]);
  });
});
