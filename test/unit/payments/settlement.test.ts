import { describe, expect, it } from '@jest/globals';
import type { Preimage } from '../../../src/hex.ts';
import type { InvoiceUpdate } from '../../../src/lightning/node.ts';
import { msat } from '../../../src/msat.ts';
import type { Invoice } from '../../../src/payments/invoice.ts';
import { type PaymentsWorld, startPayments } from '../../support/pay-store.ts';

const SETTLED_AT = 1_700_000_001_000;

/** What the node says once the customer has paid. */
async function paid(world: PaymentsWorld, invoice: Invoice) {
  const outcome = await world.pay(invoice);
  if (outcome.state !== 'paid') throw new Error('it is not paid');
  const { preimage } = outcome;
  const { paymentHash, amount: received } = invoice;
  return { paymentHash, state: 'settled', received, preimage, settledAt: SETTLED_AT } as const;
}

async function endings(world: PaymentsWorld) {
  const facts = await world.facts();
  return facts.filter(({ type }) => type !== 'link.created' && type !== 'invoice.created');
}

describe('a settlement', () => {
  it('is booked once, however often and from wherever it is told', async () => {
    await using world = await startPayments();
    const invoice = await world.order(await world.link());
    const update = await paid(world, invoice);

    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => await world.settlement.apply(update)),
    );
    await world.settlement.apply({ ...update, received: msat(5000n) });
    await world.settlement.apply({ paymentHash: invoice.paymentHash, state: 'cancelled' });
    await world.settlement.apply({ paymentHash: invoice.paymentHash, state: 'open' });

    expect(new Set(answers)).toEqual(new Set([false]));
    expect(await world.invoices.get(invoice.id)).toEqual({
      ...invoice,
      state: 'settled',
      received: 1000n,
      preimage: update.preimage,
      closedAt: SETTLED_AT,
    });
    expect(await endings(world)).toEqual([
      {
        type: 'invoice.settled',
        data: {
          id: invoice.id,
          linkId: invoice.payLinkId,
          paymentHash: invoice.paymentHash,
          amountMsat: 1000,
          receivedMsat: 1000,
          at: '2023-11-14T22:13:21.000Z',
        },
      },
    ]);
  });

  it('says once that a one-time link has ended (FC-9)', async () => {
    await using world = await startPayments();
    const link = await world.link({ oneTime: true });
    const [a, b] = [await world.order(link), await world.order(link)];
    const updates = [await paid(world, a), await paid(world, b)];

    const answers = [];
    for (const update of [...updates, ...updates]) {
      answers.push(await world.settlement.apply(update));
    }

    expect(answers).toEqual([true, false, false, false]);
    expect((await endings(world)).map(({ type, data }) => [type, data.id, data.surplus])).toEqual([
      ['invoice.settled', a.id, undefined],
      ['link.spent', link.id, undefined],
      ['invoice.settled', b.id, true],
    ]);
  });

  it('is not believed with a preimage that does not fit, and told as a fault', async () => {
    await using world = await startPayments();
    const invoice = await world.order(await world.link());
    const update = await paid(world, invoice);
    const wrong: InvoiceUpdate = { ...update, preimage: 'ab'.repeat(32) as Preimage };

    const answer = await world.settlement.apply(wrong);

    expect(answer).toBe(false);
    expect(await world.invoices.get(invoice.id)).toEqual(invoice);
    expect(world.log.lines.map(({ level }) => level)).toEqual(['error']);
    expect(await world.settlement.apply(update)).toBe(false);
    expect((await world.invoices.get(invoice.id)).state).toBe('settled');
  });

  it("changes nothing for a stranger's invoice", async () => {
    await using world = await startPayments();
    const { bolt11 } = await world.node.createInvoice({
      amount: msat(1000n),
      descriptionHash: 'cd'.repeat(32) as never,
      expirySeconds: 60,
      memo: 'of another program',
    });
    const { paymentHash } = await world.node.decodeInvoice(bolt11);

    await world.settlement.apply(
      await paid(world, { bolt11, paymentHash } as Invoice).then((update) => ({
        ...update,
        received: msat(1000n),
      })),
    );
    await world.settlement.apply({ paymentHash, state: 'cancelled' });

    expect([await world.facts(), world.log.lines]).toEqual([[], []]);
  });

  it('puts no preimage into the log or an event (hazard 3.21)', async () => {
    await using world = await startPayments();
    const invoice = await world.order(await world.link());
    const update = await paid(world, invoice);

    await world.settlement.apply(update);

    const told = JSON.stringify([world.log.lines, await world.facts()]);
    expect(told).toContain(invoice.id);
    expect(told).not.toContain(update.preimage);
  });
});
