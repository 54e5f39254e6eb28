import { describe, expect, it } from '@jest/globals';
import {
  descriptionHashOf,
  type PaymentHash,
  type Preimage,
  paymentHashOf,
} from '../../../../src/hex.ts';
import { msat } from '../../../../src/msat.ts';
import { startLnd } from '../../../support/lnd-node.ts';
import { LndStatus } from '../../../support/lnd-server.ts';

const PREIMAGE = 'ab'.repeat(32) as Preimage;
const HASH = paymentHashOf(PREIMAGE);
const OTHER = 'cd'.repeat(32) as PaymentHash;
const REQUEST = {
  amount: msat(1_234_567n),
  descriptionHash: descriptionHashOf('a coffee'),
  expirySeconds: 3_600,
  memo: 'boltgate inv_1',
};

const OPEN = { r_hash: bytes(HASH), r_preimage: bytes(PREIMAGE), state: 'OPEN' };
const SETTLED = { ...OPEN, state: 'SETTLED', amt_paid_msat: '1300000', settle_date: '1700000123' };
const SETTLED_UPDATE = {
  paymentHash: HASH,
  state: 'settled',
  received: 1_300_000n,
  preimage: PREIMAGE,
  settledAt: 1_700_000_123_000,
};

describe('LND: invoices', () => {
  it('asks for exactly the amount, with the hash and the memo', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    lnd.answers('AddInvoice', () => ({ r_hash: bytes(HASH), payment_request: 'lnbcrt1' }));

    const made = await node.createInvoice(REQUEST);

    expect(made).toEqual({ bolt11: 'lnbcrt1', paymentHash: HASH });
    expect(lnd.heardOf('AddInvoice')[0]?.request).toMatchObject({
      memo: 'boltgate inv_1',
      value_msat: '1234567',
      description_hash: bytes(REQUEST.descriptionHash),
      expiry: '3600',
      private: false,
      route_hints: [],
      r_preimage: Buffer.alloc(0),
    });
  });

  it.each([
    ['no invoice', { r_hash: bytes(HASH) }],
    ['no hash', { payment_request: 'lnbcrt1' }],
    ['a hash of 31 bytes', { r_hash: Buffer.alloc(31), payment_request: 'lnbcrt1' }],
  ])('does not believe an answer with %s', async (_, answer) => {
    await using started = await startLnd();
    started.lnd.answers('AddInvoice', () => answer);

    const made = started.node.createInvoice(REQUEST);

    await expect(made).rejects.toMatchObject({ name: 'NodeError', code: 'node-unavailable' });
  });

  it.each([
    [2, 'memo too large: 1025 bytes (maxsize=1024)', 'node-rejected', 'The Lightning node refused'],
    [2, 'permission denied', 'node-unavailable', /^The Lightning node cannot be reached/],
    [2, 'wallet locked, unlock it to enable full RPC access', 'node-unavailable', /is starting/],
    [4, 'late', 'node-timeout', /did not answer in time/],
  ])('tells a wallet nothing of code %i, %j', async (code, text, expected, message) => {
    await using started = await startLnd();
    started.lnd.answers('AddInvoice', () => {
      throw new LndStatus(code, text);
    });

    const made = started.node.createInvoice(REQUEST);

    await expect(made).rejects.toMatchObject({
      ...{ name: 'NodeError', code: expected },
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['open', OPEN, { paymentHash: HASH, state: 'open' }],
    ['held', { ...OPEN, state: 'ACCEPTED' }, { paymentHash: HASH, state: 'open' }],
    ['cancelled', { ...OPEN, state: 'CANCELED' }, { paymentHash: HASH, state: 'cancelled' }],
    ['settled, with what really came', SETTLED, SETTLED_UPDATE],
  ])('looks up one that is %s', async (_, answer, update) => {
    await using started = await startLnd();
    started.lnd.answers('LookupInvoiceV2', () => answer);

    expect(await started.node.lookupInvoice(HASH)).toEqual(update);
    expect(started.lnd.heardOf('LookupInvoiceV2')[0]?.request).toMatchObject({
      payment_hash: bytes(HASH),
    });
  });

  it.each([
    [5, 'unable to locate invoice'],
    [2, 'there are no existing invoices'],
  ])('knows that LND never had it by code %i, %j', async (code, text) => {
    await using started = await startLnd();
    started.lnd.answers('LookupInvoiceV2', () => {
      throw new LndStatus(code, text);
    });

    expect(await started.node.lookupInvoice(HASH)).toBeUndefined();
  });

  it.each([
    ['another invoice', { ...OPEN, r_hash: bytes(OTHER) }],
    ['a preimage that does not fit', { ...SETTLED, r_preimage: bytes(OTHER) }],
    ['no preimage', { ...SETTLED, r_preimage: Buffer.alloc(0) }],
    ['a negative amount', { ...SETTLED, amt_paid_msat: '-1' }],
    ['no time', { ...SETTLED, settle_date: '0' }],
    ['another state', { ...OPEN, state: 9 }],
    ['nothing', {}],
  ])('does not believe a lookup that shows %s', async (_, answer) => {
    await using started = await startLnd();
    started.lnd.answers('LookupInvoiceV2', () => answer);

    const update = started.node.lookupInvoice(HASH);

    await expect(update).rejects.toMatchObject({ name: 'NodeError', code: 'node-unavailable' });
  });

  it('cancels, and says when it is settled or unknown', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    lnd.answers('CancelInvoice', ({ request }) => {
      if (Buffer.from(request.payment_hash as Buffer).equals(bytes(HASH))) return {};
      throw new LndStatus(2, 'invoice already settled');
    });

    await node.cancelInvoice(HASH);

    await expect(node.cancelInvoice(OTHER)).rejects.toMatchObject({ code: 'node-rejected' });
  });

  it('hears of new and settled invoices from now on, and of no reusable ones', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    lnd.streams('SubscribeInvoices', (stream) => {
      stream.send(OPEN);
      stream.send({ ...OPEN, r_hash: Buffer.alloc(0), is_amp: true, state: 'SETTLED' });
      stream.send(SETTLED);
    });
    const stop = new AbortController();
    const updates = node.watchInvoices(stop.signal)[Symbol.asyncIterator]();

    const told = [await updates.next(), await updates.next()];
    stop.abort();

    expect(told.map(({ value }) => value)).toEqual([
      { paymentHash: HASH, state: 'open' },
      SETTLED_UPDATE,
    ]);
    expect(await updates.next()).toEqual({ done: true, value: undefined });
    // An index makes LND suppress what it believes we had.
    expect(lnd.heardOf('SubscribeInvoices')[0]?.request).toEqual({
      add_index: '0',
      settle_index: '0',
    });
  });

  it('breaks its stream when LND ends it well, fails it or talks nonsense', async () => {
    await using started = await startLnd();
    const { lnd, node } = started;
    const next = async (): Promise<unknown> =>
      await node.watchInvoices(new AbortController().signal)[Symbol.asyncIterator]().next();

    lnd.streams('SubscribeInvoices', (stream) => stream.end());
    await expect(next()).rejects.toMatchObject({ code: 'node-unavailable' });
    lnd.streams('SubscribeInvoices', (stream) => stream.fail(2, 'permission denied'));
    await expect(next()).rejects.toMatchObject({ code: 'node-unavailable' });
    lnd.streams('SubscribeInvoices', (stream) => stream.send({ state: 'OPEN' }));
    await expect(next()).rejects.toMatchObject({ code: 'node-unavailable' });
  });

  it('is not told of a broken stream that nobody reads any more', async () => {
    await using started = await startLnd();
    await started.node.info();

    const updates = started.node.watchInvoices(AbortSignal.abort())[Symbol.asyncIterator]();

    expect((await updates.next()).done).toBe(true);
  });
});

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}
