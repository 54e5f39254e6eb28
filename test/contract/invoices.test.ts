import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PayLink } from '../../src/accounts/pay-link.ts';
import { newEvent } from '../../src/events/event.ts';
import { hex32, type PaymentHash, type Preimage, paymentHashOf } from '../../src/hex.ts';
import { msat } from '../../src/msat.ts';
import { type Invoice, invoiceEventData, mayMove } from '../../src/payments/invoice.ts';
import type { SettledInvoice } from '../../src/payments/settlement.ts';
import { DATABASES, type OpenDatabase, startPaymentsOn } from '../support/pay-databases.ts';
import type { PaymentsWorld } from '../support/pay-store.ts';

const NOW = 1_700_000_000_000;
const HOUR_MS = 3_600_000;

function preimageOf(number: number): Preimage {
  return hex32<Preimage>(Buffer.alloc(32, number));
}

function hashOf(number: number): PaymentHash {
  return paymentHashOf(preimageOf(number));
}

function invoiceOf(link: PayLink, number: number, changes: Partial<Invoice> = {}): Invoice {
  return {
    id: `inv_${String(number).padStart(4, '0')}`,
    paymentHash: hashOf(number),
    payLinkId: link.id,
    version: 1,
    bolt11: `lnbcrt ${number}`,
    amount: msat(1000n),
    received: undefined,
    comment: undefined,
    tag: undefined,
    caller: 'a caller',
    state: 'open',
    surplus: false,
    createdAt: NOW,
    expiresAt: NOW + HOUR_MS,
    cancelAskedAt: undefined,
    closedAt: undefined,
    preimage: undefined,
    ...changes,
  };
}

async function add(world: PaymentsWorld, ...invoices: readonly Invoice[]): Promise<void> {
  for (const invoice of invoices) {
    const data = invoiceEventData(invoice, NOW);
    await world.store.add(invoice, newEvent('invoice.created', data, NOW, world.random));
  }
}

async function settle(
  world: PaymentsWorld,
  number: number,
  received = 1000n,
  now = NOW + 7,
): Promise<SettledInvoice | undefined> {
  const settled = { received: msat(received), preimage: preimageOf(number), settledAt: NOW + 5 };
  return await world.store.settle(hashOf(number), settled, now, ({ invoice }) => [
    newEvent('invoice.settled', invoiceEventData(invoice, now), now, world.random),
  ]);
}

async function close(
  world: PaymentsWorld,
  number: number,
  now = NOW,
): Promise<Invoice | undefined> {
  return await world.store.close(hashOf(number), now, (invoice) => {
    const type = invoice.state === 'cancelled' ? 'invoice.cancelled' : 'invoice.expired';
    return newEvent(type, invoiceEventData(invoice, now), now, world.random);
  });
}

async function typesOf(world: PaymentsWorld): Promise<string[]> {
  return (await world.facts()).map(({ type }) => type).filter((type) => type !== 'link.created');
}

function idsOf(invoices: readonly Invoice[]): string[] {
  return invoices.map(({ id }) => id);
}

/** What every database does with invoices. */
function invoiceContract(name: string, open: OpenDatabase): void {
  describe(`invoices on ${name}`, () => {
    it('come back as they were added, to the millisatoshi', async () => {
      await using world = await startPaymentsOn(open);
      const link = await world.link();
      const full = invoiceOf(link, 1, {
        version: 3,
        amount: msat(2n ** 53n - 1n),
        comment: `"☕" ' -- \n`,
        tag: 'coffee',
      });

      await add(world, full, invoiceOf(link, 2));

      expect(await world.store.find(full.id)).toEqual(full);
      expect(await world.store.find('inv_0002')).toEqual(invoiceOf(link, 2));
      expect(await world.store.find('inv_9')).toBeUndefined();
      expect(await typesOf(world)).toEqual(['invoice.created', 'invoice.created']);
    });

    it('have a payment hash that no other ever has, and nothing is kept of a second one', async () => {
      await using world = await startPaymentsOn(open);
      const link = await world.link();
      await add(world, invoiceOf(link, 1));
      await settle(world, 1);

      const second = add(world, invoiceOf(link, 2, { paymentHash: hashOf(1) }));

      await expect(second).rejects.toThrow();
      expect(await world.store.find('inv_0002')).toBeUndefined();
      expect(await typesOf(world)).toEqual(['invoice.created', 'invoice.settled']);
    });

    it('settle once, with what came apart from what was asked (FC-8)', async () => {
      await using world = await startPaymentsOn(open);
      const link = await world.link();
      await add(world, invoiceOf(link, 1));

      const [first, again] = [await settle(world, 1, 1500n), await settle(world, 1, 9999n)];

      const invoice = invoiceOf(link, 1, {
        state: 'settled',
        received: msat(1500n),
        preimage: preimageOf(1),
        closedAt: NOW + 5,
      });
      expect([first, again]).toEqual([{ invoice, endedLink: false }, undefined]);
      expect(await world.store.find(invoice.id)).toEqual(invoice);
      expect(await typesOf(world)).toEqual(['invoice.created', 'invoice.settled']);
    });

    it('settle for one of many who see it at the same time', async () => {
      await using world = await startPaymentsOn(open);
      await add(world, invoiceOf(await world.link(), 1));

      const done = await Promise.all([
        ...Array.from({ length: 10 }, async () => await settle(world, 1)),
        ...Array.from({ length: 10 }, async () => await close(world, 1, NOW + HOUR_MS)),
      ]);

      expect(done.filter((one) => one !== undefined)).toHaveLength(1);
      expect(await typesOf(world)).toHaveLength(2);
    });

    it('stay open when their event cannot be written (promise P2)', async () => {
      await using world = await startPaymentsOn(open);
      const link = await world.link({ oneTime: true });
      await add(world, invoiceOf(link, 1), invoiceOf(link, 2));
      const settled = { received: msat(1000n), preimage: preimageOf(1), settledAt: NOW };

      const broken = world.store.settle(hashOf(1), settled, NOW, () => {
        throw new Error('no event');
      });

      await expect(broken).rejects.toThrow('no event');
      expect(await world.store.find('inv_0001')).toEqual(invoiceOf(link, 1));
      expect(await world.store.find('inv_0002')).toEqual(invoiceOf(link, 2));
      expect((await world.payLinks.get(link.id)).paidAt).toBeUndefined();
      expect(await settle(world, 1)).toMatchObject({ endedLink: true });
    });

    it('are not known by a hash that is not theirs', async () => {
      await using world = await startPaymentsOn(open);

      expect([await settle(world, 1), await close(world, 1)]).toEqual([undefined, undefined]);
      expect(await typesOf(world)).toEqual([]);
    });

    it('end a one-time link with the first payment, and mark the second as surplus (FC-9)', async () => {
      await using world = await startPaymentsOn(open);
      const link = await world.link({ oneTime: true });
      const other = await world.link({ oneTime: true });
      await add(world, ...[1, 2, 3].map((number) => invoiceOf(link, number)), invoiceOf(other, 4));

      const [first, second] = [await settle(world, 1), await settle(world, 2)];

      expect([first, second]).toMatchObject([
        { endedLink: true, invoice: { surplus: false } },
        { endedLink: false, invoice: { surplus: true } },
      ]);
      expect((await world.payLinks.get(link.id)).paidAt).toBe(NOW + 7);
      expect((await world.payLinks.get(other.id)).paidAt).toBeUndefined();
      expect(idsOf(await world.store.toCancel(10, undefined))).toEqual(['inv_0003']);
    });

    it('mark nothing as surplus on a link for many', async () => {
      await using world = await startPaymentsOn(open);
      const link = await world.link();
      await add(world, invoiceOf(link, 1), invoiceOf(link, 2));

      const done = [await settle(world, 1), await settle(world, 2)];

      expect(done.map((one) => [one?.endedLink, one?.invoice.surplus])).toEqual([
        [false, false],
        [false, false],
      ]);
      expect(await world.store.toCancel(10, undefined)).toEqual([]);
    });

    it.each([
      ['expired', HOUR_MS, false],
      ['cancelled', HOUR_MS - 1, false],
      ['cancelled', HOUR_MS, true],
    ])('close as %s after %i ms, asked for: %s', async (state, afterMs, isAsked) => {
      await using world = await startPaymentsOn(open);
      const link = await world.link();
      await add(world, invoiceOf(link, 1));
      if (isAsked) await world.store.askToCancelBeyond({ perCaller: 0, perLink: 0 }, NOW + 1);

      const closed = await close(world, 1, NOW + afterMs);

      const wanted = {
        ...invoiceOf(link, 1, { closedAt: NOW + afterMs }),
        state,
        cancelAskedAt: isAsked ? NOW + 1 : undefined,
      };
      expect(closed).toEqual(wanted);
      expect(await world.store.find('inv_0001')).toEqual(wanted);
      expect(await typesOf(world)).toEqual(['invoice.created', `invoice.${state}`]);
    });

    it('are asked to be cancelled beyond the caps, the oldest first (LUD06-16)', async () => {
      await using world = await startPaymentsOn(open);
      const [one, two] = [await world.link(), await world.link()];
      await add(
        world,
        ...[1, 2, 3, 4].map((n) => invoiceOf(one, n, { createdAt: NOW + n, caller: 'x' })),
        ...[5, 6].map((n) => invoiceOf(one, n, { createdAt: NOW + n, caller: 'y' })),
        ...[7, 8].map((n) => invoiceOf(two, n, { createdAt: NOW + n, caller: 'x' })),
      );

      const first = await world.store.askToCancelBeyond({ perCaller: 3, perLink: 4 }, NOW + 50);
      const again = await world.store.askToCancelBeyond({ perCaller: 3, perLink: 4 }, NOW + 60);

      // Of caller x one is too many; then there are five on the link, which is one more too many.
      const asked = await world.store.toCancel(10, undefined);
      expect([first, again]).toEqual([2, 0]);
      expect(asked.map(({ id, cancelAskedAt }) => [id, cancelAskedAt])).toEqual([
        ['inv_0001', NOW + 50],
        ['inv_0002', NOW + 50],
      ]);
    });

    it('are listed by what is asked for, the newest first, page by page', async () => {
      await using world = await startPaymentsOn(open);
      const [one, two] = [await world.link(), await world.link()];
      await add(
        world,
        ...[1, 2, 3].map((n) => invoiceOf(one, n, { createdAt: NOW + n })),
        invoiceOf(two, 4, { createdAt: NOW + 3 }),
      );
      await settle(world, 2);
      const list = async (filter: Parameters<typeof world.store.list>[0], after?: string) =>
        idsOf(await world.store.list(filter, 2, after));

      const lists = [
        await list({}),
        await list({}, 'inv_0003'),
        await list({ state: 'open' }, 'inv_0004'),
        await list({ state: 'settled' }),
        await list({ payLinkId: two.id }),
        await list({ payLinkId: one.id, since: NOW + 3 }),
        await list({ payLinkId: one.id, state: 'expired' }),
        await list({ since: NOW + 4 }),
      ];

      expect(lists).toEqual([
        ['inv_0004', 'inv_0003'],
        ['inv_0002', 'inv_0001'],
        ['inv_0003', 'inv_0001'],
        ['inv_0002'],
        ['inv_0004'],
        ['inv_0003'],
        [],
        [],
      ]);
    });

    it('are walked through while they are open, each once', async () => {
      await using world = await startPaymentsOn(open);
      const link = await world.link();
      await add(world, ...[1, 2, 3, 4, 5].map((number) => invoiceOf(link, number)));
      await settle(world, 3);

      const first = await world.store.open(2, undefined);
      await settle(world, 2);
      const second = await world.store.open(2, first.at(-1)?.id);
      const third = await world.store.open(2, second.at(-1)?.id);

      expect([first, second, third].map(idsOf)).toEqual([
        ['inv_0001', 'inv_0002'],
        ['inv_0004', 'inv_0005'],
        [],
      ]);
    });

    it('never leave a final state, on whatever walk (invoice.ts NEXT)', async () => {
      await using world = await startPaymentsOn(open);
      const link = await world.link({ oneTime: true });
      let count = 0;
      const step = fc.constantFrom('settle', 'close', 'close late', 'ask to cancel', 'settle more');

      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (walk) => {
          count += 1;
          const id = `inv_${String(count).padStart(4, '0')}`;
          await add(world, invoiceOf(link, count));
          let before = await world.store.find(id);
          const eventsBefore = (await world.facts()).length;
          let moves = 0;
          for (const one of walk) {
            if (one === 'settle') await settle(world, count);
            if (one === 'settle more') await settle(world, count, 2000n, NOW + 99);
            if (one === 'close') await close(world, count);
            if (one === 'close late') await close(world, count, NOW + 2 * HOUR_MS);
            if (one === 'ask to cancel') {
              await world.store.askToCancelBeyond({ perCaller: 0, perLink: 0 }, NOW + 1);
            }
            const after = await world.store.find(id);
            if (!before || !after) throw new Error('an invoice is gone');
            if (before.state === after.state) {
              if (before.state !== 'open') expect(after).toEqual(before);
            } else {
              moves += 1;
              expect([before.state, after.state, mayMove(before.state, after.state)]).toEqual([
                before.state,
                after.state,
                true,
              ]);
            }
            before = after;
          }
          expect((await world.facts()).length - eventsBefore).toBe(moves);
          expect(moves).toBeLessThanOrEqual(1);
        }),
        { numRuns: 60 },
      );
    });
  });
}

for (const [name, open] of DATABASES) invoiceContract(name, open);
