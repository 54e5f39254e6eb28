import { describe, expect, it } from '@jest/globals';
import { type PaymentHash, type Preimage, paymentHashOf } from '../../../../src/hex.ts';
import type { LndNode } from '../../../../src/lightning/lnd/lnd-node.ts';
import type { NodeBooking } from '../../../../src/lightning/node.ts';
import { startLnd } from '../../../support/lnd-node.ts';
import type { FakeLnd } from '../../../support/lnd-server.ts';

const AT = 1_700_000_000_500;
const NS = '000000';

describe('LND: the books', () => {
  it('has what left or may still leave, and what came in', async () => {
    await using started = await startLnd();
    listPayments(started.lnd, [
      payment(1, 'SUCCEEDED'),
      payment(2, 'FAILED'),
      payment(3, 'IN_FLIGHT'),
      payment(4, 'INITIATED'),
    ]);
    listInvoices(started.lnd, [
      settled(1),
      { r_hash: bytes(hashOf(2)), state: 'OPEN' },
      { r_hash: bytes(hashOf(3)), state: 'CANCELED' },
      { is_amp: true, state: 'SETTLED' },
    ]);

    const books = await read(started.node);

    const sent = { kind: 'payment', amount: 21_000n, fee: 1_000n, at: AT };
    expect(books).toEqual([
      { ...sent, paymentHash: hashOf(1), state: 'paid' },
      { ...sent, paymentHash: hashOf(3), state: 'unknown' },
      { ...sent, paymentHash: hashOf(4), state: 'unknown' },
      { kind: 'invoice', paymentHash: hashOf(1), received: 42_001n, at: 1_700_000_000_000 },
    ]);
    expect(started.lnd.heardOf('ListPayments')[0]?.request).toEqual({
      include_incomplete: true,
      index_offset: '0',
      max_payments: '100',
      creation_date_start: '0',
      omit_hops: false,
    });
  });

  it('goes through all pages', async () => {
    await using started = await startLnd();
    const numbers = Array.from({ length: 450 }, (_, index) => index + 1);
    listPayments(
      started.lnd,
      numbers.map((number) => payment(number, 'SUCCEEDED')),
    );
    listInvoices(started.lnd, numbers.map(settled));

    const books = await read(started.node);

    expect(books).toHaveLength(900);
    expect(new Set(books.map(({ kind, paymentHash }) => kind + paymentHash)).size).toBe(900);
    expect(started.lnd.heardOf('ListInvoices')).toHaveLength(3);
  });

  it('opens at a moment, and looks for invoices that are older than their settlement', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    listPayments(lnd, [payment(1, 'SUCCEEDED', AT - 1), payment(2, 'SUCCEEDED', AT)]);
    listInvoices(lnd, [settled(3), { ...settled(4), settle_date: '1699999999' }]);

    const books = await read(node, AT);

    expect(books.map(({ paymentHash }) => paymentHash)).toEqual([hashOf(2), hashOf(3)]);
    const from = (name: string): unknown => lnd.heardOf(name)[0]?.request.creation_date_start;
    expect([from('ListPayments'), from('ListInvoices')]).toEqual([
      '1700000000',
      String(1_700_000_000 - 26 * 3_600),
    ]);
  });

  it('does not read the same page for ever', async () => {
    await using started = await startLnd();
    const page = Array.from({ length: 100 }, (_, index) => payment(index, 'SUCCEEDED'));
    started.lnd.answers('ListPayments', () => ({ payments: page, last_index_offset: '0' }));

    await expect(read(started.node)).rejects.toMatchObject({ code: 'node-unavailable' });
  });

  it('breaks off at a line that makes no sense', async () => {
    await using started = await startLnd();
    listPayments(started.lnd, [{ ...payment(1, 'SUCCEEDED'), value_msat: '-1' }]);

    await expect(read(started.node)).rejects.toMatchObject({ name: 'NodeError' });
  });
});

function payment(number: number, status: string, at = AT): object {
  return {
    payment_hash: hashOf(number),
    status,
    value_msat: '21000',
    fee_msat: '1000',
    creation_time_ns: `${at}${NS}`,
  };
}

function settled(number: number): object {
  return {
    r_hash: bytes(hashOf(number)),
    r_preimage: bytes(preimageOf(number)),
    state: 'SETTLED',
    amt_paid_msat: '42001',
    settle_date: '1700000000',
  };
}

/** Lists in pages, as LND does: after an offset, with the offset of the last line. */
function listPayments(lnd: FakeLnd, payments: readonly object[]): void {
  lnd.answers('ListPayments', ({ request }) => {
    const from = Number(request.index_offset);
    const page = payments.slice(from, from + Number(request.max_payments));
    return { payments: page, last_index_offset: String(from + page.length) };
  });
}

function listInvoices(lnd: FakeLnd, invoices: readonly object[]): void {
  lnd.answers('ListInvoices', ({ request }) => {
    const from = Number(request.index_offset);
    const page = invoices.slice(from, from + Number(request.num_max_invoices));
    return { invoices: page, last_index_offset: String(from + page.length) };
  });
}

async function read(node: LndNode, since?: number): Promise<NodeBooking[]> {
  const books: NodeBooking[] = [];
  for await (const booking of node.books(since)) books.push(booking);
  return books;
}

function preimageOf(number: number): Preimage {
  return number.toString(16).padStart(64, '0') as Preimage;
}

function hashOf(number: number): PaymentHash {
  return paymentHashOf(preimageOf(number));
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}
