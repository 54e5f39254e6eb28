import { describe, expect, it } from '@jest/globals';
import type { PayLink } from '../../src/accounts/pay-link.ts';
import { AlreadyAnswered, type Receipt } from '../../src/accounts/receipt.ts';
import { type NewEvent, newEvent } from '../../src/events/event.ts';
import { MAX_MSAT, msat } from '../../src/msat.ts';
import { DATABASES, type OpenDatabase, startPaymentsOn } from '../support/pay-databases.ts';
import { COFFEE_TERMS, type PaymentsWorld } from '../support/pay-store.ts';
import { seededRandom } from '../support/seeded-random.ts';

const NOW = 1_700_000_000_000;
const random = seededRandom('pay-links contract');

function linkOf(number: number, changes: Partial<PayLink> = {}): PayLink {
  return {
    ...COFFEE_TERMS,
    id: `pl_${number}`,
    address: undefined,
    revision: 1,
    version: 1,
    metadata: `[["text/plain","Coffee ${number}"]]`,
    createdAt: NOW,
    disabledAt: undefined,
    paidAt: undefined,
    ...changes,
  };
}

/** A link with everything that a link may have. */
const FULL = linkOf(1, {
  address: { name: 'alice', domain: 'example.org' },
  min: msat(1000n),
  max: msat(MAX_MSAT),
  description: `Crème "brûlée" ☕ ' -- ; \\`,
  longDescription: 'two\nlines',
  image: { kind: 'png', base64: 'iVBORw0KGgo=' },
  commentAllowed: 500,
  successAction: { tag: 'url', description: 'Order', url: 'https://example.org/1' },
  oneTime: true,
  invoiceExpirySeconds: 86_400,
  validFrom: NOW + 1,
  expiresAt: NOW + 2,
  label: 'a label',
});

function told(link: PayLink, type: 'link.created' | 'link.changed' = 'link.changed'): NewEvent {
  return newEvent(type, { id: link.id, kind: 'pay' }, NOW, random);
}

async function add(world: PaymentsWorld, ...links: readonly PayLink[]): Promise<void> {
  for (const link of links) {
    await world.linkStore.add(link, `token of ${link.id}`, told(link, 'link.created'));
  }
}

/** What every database does with pay links and addresses. */
function payLinkContract(name: string, open: OpenDatabase): void {
  describe(`pay links on ${name}`, () => {
    it('come back as they were added, by id, by token and by address', async () => {
      await using world = await startPaymentsOn(open);

      await add(world, FULL, linkOf(2));

      expect(await world.linkStore.find('pl_1')).toEqual(FULL);
      expect(await world.linkStore.findByToken('token of pl_1')).toEqual(FULL);
      expect(await world.linkStore.findByAddress('alice', ['example.org'])).toEqual([FULL]);
      expect(await world.linkStore.find('pl_2')).toEqual(linkOf(2));
      expect(await world.linkStore.metadataOf('pl_1', 1)).toBe(FULL.metadata);
    });

    it('are not found by what they are not known by', async () => {
      await using world = await startPaymentsOn(open);
      await add(world, FULL);

      const found = [
        await world.linkStore.find('token of pl_1'),
        await world.linkStore.findByToken('pl_1'),
        await world.linkStore.metadataOf('pl_1', 2),
        await world.linkStore.metadataOf('pl_9', 1),
        ...(await world.linkStore.findByAddress('Alice', ['example.org'])),
        ...(await world.linkStore.findByAddress('alice', ['other.org'])),
        ...(await world.linkStore.findByAddress('alic', ['example.org'])),
        ...(await world.linkStore.findByAddress('%', ['example.org'])),
      ];

      expect(new Set(found)).toEqual(new Set([undefined]));
    });

    it('say when a name stands on several of the domains (FC-6)', async () => {
      await using world = await startPaymentsOn(open);
      const domains = ['one.org', 'two.org', 'three.org'];
      const links = domains.map((domain, index) =>
        linkOf(index, { address: { name: 'bob', domain } }),
      );
      await add(world, ...links);

      const [all, one] = [
        await world.linkStore.findByAddress('bob', domains),
        await world.linkStore.findByAddress('bob', ['two.org', 'four.org']),
      ];

      expect(all).toHaveLength(2);
      expect(one).toEqual([links[1]]);
    });

    it('have an address once, and nothing is kept of a second one', async () => {
      await using world = await startPaymentsOn(open);
      await add(world, FULL);

      const second = add(world, linkOf(2, { address: FULL.address }));

      await expect(second).rejects.toMatchObject({ code: 'name-taken' });
      expect(await world.linkStore.find('pl_2')).toBeUndefined();
      expect(await world.facts()).toHaveLength(1);
    });

    it('are written with the answer of an Idempotency-Key, or neither (FC-31)', async () => {
      await using world = await startPaymentsOn(open);
      const receipt: Receipt = {
        apiKeyId: 'key_1',
        key: 'once',
        requestHash: 'hash',
        status: 201,
        body: '{}',
        createdAt: NOW,
      };
      const addWith = async (link: PayLink) =>
        await world.linkStore.add(link, link.id, told(link, 'link.created'), receipt);

      await addWith(linkOf(1));

      await expect(addWith(linkOf(2))).rejects.toBeInstanceOf(AlreadyAnswered);
      expect(await world.linkStore.find('pl_2')).toBeUndefined();
      expect(await world.facts()).toHaveLength(1);
    });

    it('change in all that may change, and keep every text that was shown (LUD06-7, FC-10)', async () => {
      await using world = await startPaymentsOn(open);
      await add(world, linkOf(1));
      const { id, address, createdAt, metadata } = linkOf(1);
      const changed = { ...FULL, id, address, createdAt, revision: 2, version: 2, metadata: '[2]' };
      const off = { ...changed, revision: 3, disabledAt: NOW + 5 };

      const done = [
        await world.linkStore.change(changed, linkOf(1), told(changed)),
        await world.linkStore.change(off, changed, told(off)),
      ];

      expect(done).toEqual([true, true]);
      expect(await world.linkStore.find(id)).toEqual(off);
      expect(await world.linkStore.metadataOf(id, 1)).toBe(metadata);
      expect(await world.linkStore.metadataOf(id, 2)).toBe('[2]');
      expect((await world.facts()).map(({ type }) => type)).toEqual([
        'link.created',
        'link.changed',
        'link.changed',
      ]);
    });

    it('do not change from what they are no more', async () => {
      await using world = await startPaymentsOn(open);
      const before = linkOf(1);
      await add(world, before);
      const one = { ...before, revision: 2, label: 'one' };
      const two = { ...before, revision: 2, version: 2, metadata: '[2]', label: 'two' };

      const done = await Promise.all([
        world.linkStore.change(one, before, told(one)),
        world.linkStore.change(two, before, told(two)),
      ]);

      expect(done.sort()).toEqual([false, true]);
      const found = await world.linkStore.find('pl_1');
      expect(found?.label).toBe((await world.linkStore.metadataOf('pl_1', 2)) ? 'two' : 'one');
      expect(await world.facts()).toHaveLength(2);
    });

    it('lose no change of many that come at once', async () => {
      await using world = await startPaymentsOn(open);
      const { id } = await world.link();

      await Promise.all([
        world.payLinks.change(id, { label: 'new label' }),
        world.payLinks.change(id, { disabled: true }),
        world.payLinks.change(id, { description: 'Tea' }),
        world.payLinks.change(id, { commentAllowed: 7 }),
        world.payLinks.change(id, { max: msat(2000n) }),
        world.payLinks.change(id, { min: msat(2000n) }),
      ]);

      expect(await world.payLinks.get(id)).toMatchObject({
        label: 'new label',
        disabledAt: NOW,
        description: 'Tea',
        metadata: '[["text/plain","Tea"]]',
        commentAllowed: 7,
        min: 2000n,
        max: 2000n,
        revision: 7,
        version: 2,
      });
      expect(await world.facts()).toHaveLength(7);
    });

    it('are gone for everybody when they are removed, and their address is free', async () => {
      await using world = await startPaymentsOn(open);
      await add(world, FULL);
      const changed = { ...FULL, revision: 2, label: 'x' };

      const removed = [
        await world.linkStore.remove('pl_1', NOW, told(FULL)),
        await world.linkStore.remove('pl_1', NOW, told(FULL)),
        await world.linkStore.remove('pl_9', NOW, told(FULL)),
        await world.linkStore.change(changed, FULL, told(FULL)),
      ];

      expect(removed).toEqual([true, false, false, false]);
      const found = [
        await world.linkStore.find('pl_1'),
        await world.linkStore.findByToken('token of pl_1'),
        ...(await world.linkStore.findByAddress('alice', ['example.org'])),
        ...(await world.linkStore.list({ kind: 'addresses' }, 10, undefined)),
        ...(await world.linkStore.list({ kind: 'pay-links' }, 10, undefined)),
      ];
      expect(found).toEqual([undefined, undefined]);
      expect(await world.facts()).toHaveLength(2);
      await add(world, linkOf(2, { address: FULL.address }));
      expect(await world.linkStore.findByAddress('alice', ['example.org'])).toHaveLength(1);
    });

    it('are listed by kind, the newest first, page by page', async () => {
      await using world = await startPaymentsOn(open);
      const named = linkOf(9, { address: { name: 'a', domain: 'b.org' } });
      await add(world, linkOf(1), linkOf(2), linkOf(3, { createdAt: NOW + 1 }), named);

      const first = await world.linkStore.list({ kind: 'pay-links' }, 2, undefined);
      const second = await world.linkStore.list({ kind: 'pay-links' }, 2, first.at(-1)?.id);
      const third = await world.linkStore.list({ kind: 'pay-links' }, 2, second.at(-1)?.id);

      expect([first, second, third].map((page) => page.map(({ id }) => id))).toEqual([
        ['pl_3', 'pl_2'],
        ['pl_1'],
        [],
      ]);
      expect(await world.linkStore.list({ kind: 'addresses' }, 2, undefined)).toEqual([named]);
    });

    it('wake whoever waits for events, and only when something changed', async () => {
      await using world = await startPaymentsOn(open);
      const counts: number[] = [];
      const count = () => counts.push(world.changed.count);

      await add(world, linkOf(1));
      count();
      await world.linkStore.change({ ...linkOf(1), revision: 2 }, linkOf(1), told(linkOf(1)));
      count();
      await world.linkStore.change({ ...linkOf(1), revision: 2 }, linkOf(1), told(linkOf(1)));
      await world.linkStore.remove('pl_9', NOW, told(linkOf(1)));
      count();
      await world.linkStore.remove('pl_1', NOW, told(linkOf(1)));
      count();

      expect(counts).toEqual([1, 2, 2, 3]);
    });
  });
}

for (const [name, open] of DATABASES) payLinkContract(name, open);
