import { describe, expect, it } from '@jest/globals';
import {
  type DescriptionHash,
  descriptionHashOf,
  type NodeKey,
  type PaymentHash,
  paymentHashOf,
} from '../../src/hex.ts';
import { decodeBolt11 } from '../../src/lightning/bolt11/decode.ts';
import type {
  InvoiceRequest,
  InvoiceUpdate,
  LightningNode,
  NodeBooking,
  OpenChannelRequest,
} from '../../src/lightning/node.ts';
import { msat } from '../../src/msat.ts';

/** Two nodes that can pay each other: the one under test and a wallet. */
export interface NodePair extends AsyncDisposable {
  readonly node: LightningNode;
  readonly wallet: LightningNode;
  /** The wallet's node connects to the one under test. */
  connect(): Promise<void>;
  /** Resolves when no payment is on its way in any channel, so that balances stand still. */
  atRest(): Promise<void>;
}

export type OpenNodes = () => Promise<NodePair>;

const AMOUNT = msat(1_234_567n);
const HASH: DescriptionHash = descriptionHashOf('[["text/plain","a coffee"]]');
const REQUEST: InvoiceRequest = {
  amount: AMOUNT,
  descriptionHash: HASH,
  expirySeconds: 3_600,
  memo: 'boltgate contract',
};
const PAY = { maxFee: msat(100_000n), timeoutMs: 30_000 };
/** The point of the curve with x = 2, whose key nobody knows. */
const NOBODY = `02${'00'.repeat(31)}02` as NodeKey;
const NO_SUCH_HASH = 'ab'.repeat(32) as PaymentHash;

/** What every Lightning node behind `LightningNode` does. */
export function lightningNodeContract(name: string, open: OpenNodes): void {
  describe(`Lightning node: ${name}`, () => {
    it('says who it is', async () => {
      await using nodes = await open();

      const info = await nodes.node.info();

      expect(info.nodeKey).toMatch(/^0[23][0-9a-f]{64}$/);
      expect(info.synced).toBe(true);
      expect((await nodes.wallet.info()).nodeKey).not.toBe(info.nodeKey);
    });

    it('makes an invoice that says what was asked (LUD-06)', async () => {
      await using nodes = await open();
      const { nodeKey, network } = await nodes.node.info();

      const made = await nodes.node.createInvoice(REQUEST);

      const { createdAt, ...read } = decodeBolt11(made.bolt11);
      expect(read).toMatchObject({
        network,
        amount: AMOUNT,
        paymentHash: made.paymentHash,
        description: undefined,
        descriptionHash: HASH,
        expiresAt: createdAt + 3_600_000,
        payee: nodeKey,
        blinded: false,
        doubled: false,
      });
      expect(read.paymentSecret).toMatch(/^[0-9a-f]{64}$/);
    });

    it.each<[string, Partial<InvoiceRequest>]>([
      ['a memo of more than 1,024 bytes', { memo: 'é'.repeat(513) }],
      ['a life of more than a year', { expirySeconds: 31_536_001 }],
    ])('refuses an invoice with %s', async (_, changes) => {
      await using nodes = await open();

      const made = nodes.node.createInvoice({ ...REQUEST, ...changes });

      await expect(made).rejects.toMatchObject({ name: 'NodeError', code: 'node-rejected' });
    });

    it('reads invoices of both nodes, in either case', async () => {
      await using nodes = await open();
      const made = await nodes.wallet.createInvoice(REQUEST);
      const { createdAt, expiresAt } = decodeBolt11(made.bolt11);

      const read = await nodes.node.decodeInvoice(made.bolt11.toUpperCase());

      expect(read).toEqual({
        paymentHash: made.paymentHash,
        amount: AMOUNT,
        descriptionHash: HASH,
        createdAt,
        expiresAt,
        payee: (await nodes.wallet.info()).nodeKey,
      });
    });

    it('refuses to read what is not an invoice', async () => {
      await using nodes = await open();

      const read = nodes.node.decodeInvoice('lnbc1rubbish');

      await expect(read).rejects.toMatchObject({ code: 'invoice-unacceptable' });
    });

    it('settles an invoice that is paid, to the millisatoshi', async () => {
      await using nodes = await open();
      const made = await nodes.node.createInvoice(REQUEST);

      const outcome = await nodes.wallet.pay(made.bolt11, PAY);

      const update = await nodes.node.lookupInvoice(made.paymentHash);
      if (outcome.state !== 'paid' || update?.state !== 'settled') throw new Error('not paid');
      expect(paymentHashOf(outcome.preimage)).toBe(made.paymentHash);
      expect(outcome.fee).toBeLessThanOrEqual(PAY.maxFee);
      expect(update).toEqual({
        paymentHash: made.paymentHash,
        state: 'settled',
        received: AMOUNT,
        preimage: outcome.preimage,
        settledAt: expect.any(Number),
      });
    });

    it('can send less by what it paid, fee included, and receive as much more', async () => {
      await using nodes = await open();
      const made = await nodes.wallet.createInvoice(REQUEST);
      await nodes.atRest();
      const before = await nodes.node.balance();

      const outcome = await nodes.node.pay(made.bolt11, PAY);

      if (outcome.state !== 'paid') throw new Error('not paid');
      await nodes.atRest();
      const after = await nodes.node.balance();
      expect(before.outbound - after.outbound).toBe(AMOUNT + outcome.fee);
      // On a real channel the fee is on the other side as well.
      expect([AMOUNT, AMOUNT + outcome.fee]).toContain(after.inbound - before.inbound);
    });

    it('remembers what became of a payment', async () => {
      await using nodes = await open();
      const made = await nodes.wallet.createInvoice(REQUEST);

      const outcome = await nodes.node.pay(made.bolt11, PAY);

      const { closed, existed, ...became } = outcome;
      expect([closed, existed]).toEqual([true, false]);
      expect(await nodes.node.trackPayment(made.paymentHash)).toEqual(became);
      expect(await nodes.node.trackPayment(NO_SUCH_HASH)).toBeUndefined();
    });

    it('pays an invoice once, however often it is asked', async () => {
      await using nodes = await open();
      const made = await nodes.wallet.createInvoice(REQUEST);
      await nodes.atRest();
      const before = await nodes.node.balance();

      const outcomes = await Promise.all(
        Array.from({ length: 5 }, async () => await nodes.node.pay(made.bolt11, PAY)),
      );

      const last = await nodes.node.trackPayment(made.paymentHash);
      await nodes.atRest();
      const after = await nodes.node.balance();
      if (last?.state !== 'paid') throw new Error('not paid');
      expect(outcomes.filter(({ state }) => state === 'failed')).toEqual([]);
      expect(before.outbound - after.outbound).toBe(AMOUNT + last.fee);
    });

    it('does not pay itself', async () => {
      await using nodes = await open();
      const made = await nodes.node.createInvoice(REQUEST);

      const outcome = await nodes.node.pay(made.bolt11, PAY);

      expect(outcome.state).toBe('failed');
      expect((await nodes.node.lookupInvoice(made.paymentHash))?.state).toBe('open');
    });

    it('does not pay what is not an invoice', async () => {
      await using nodes = await open();

      const outcome = await nodes.node.pay('lnbcrt1rubbish', PAY);

      expect(outcome.state).toBe('failed');
    });

    it('makes an open invoice unpayable, and says yes again when asked again', async () => {
      await using nodes = await open();
      const made = await nodes.node.createInvoice(REQUEST);

      await nodes.node.cancelInvoice(made.paymentHash);
      await nodes.node.cancelInvoice(made.paymentHash);

      expect(await nodes.node.lookupInvoice(made.paymentHash)).toEqual({
        paymentHash: made.paymentHash,
        state: 'cancelled',
      });
      expect((await nodes.wallet.pay(made.bolt11, PAY)).state).toBe('failed');
    });

    it('does not cancel a settled invoice', async () => {
      await using nodes = await open();
      const made = await nodes.node.createInvoice(REQUEST);
      await nodes.wallet.pay(made.bolt11, PAY);

      const cancelled = nodes.node.cancelInvoice(made.paymentHash);

      await expect(cancelled).rejects.toMatchObject({ code: 'node-rejected' });
      expect((await nodes.node.lookupInvoice(made.paymentHash))?.state).toBe('settled');
    });

    it('knows nothing of an invoice that it never had', async () => {
      await using nodes = await open();

      expect(await nodes.node.lookupInvoice(NO_SUCH_HASH)).toBeUndefined();
    });

    it('has books with each payment that it made and each invoice that it settled', async () => {
      await using nodes = await open();
      const asked = await nodes.node.createInvoice(REQUEST);
      const unpaid = await nodes.node.createInvoice(REQUEST);
      const owed = await nodes.wallet.createInvoice({ ...REQUEST, amount: msat(7_654_321n) });
      await nodes.wallet.pay(asked.bolt11, PAY);
      const outcome = await nodes.node.pay(owed.bolt11, PAY);
      await nodes.node.pay(unpaid.bolt11, PAY);

      const books = await bookings(nodes.node, undefined);

      if (outcome.state !== 'paid') throw new Error('not paid');
      const at = expect.any(Number);
      expect(books.get(owed.paymentHash)).toEqual({
        ...{ kind: 'payment', paymentHash: owed.paymentHash, state: 'paid', at },
        ...{ amount: 7_654_321n, fee: outcome.fee },
      });
      expect(books.get(asked.paymentHash)).toEqual({
        ...{ kind: 'invoice', paymentHash: asked.paymentHash, received: AMOUNT, at },
      });
      expect(books.has(unpaid.paymentHash)).toBe(false);
    });

    it('opens its books at a moment, and nothing that began later is missing', async () => {
      await using nodes = await open();
      const asked = await nodes.node.createInvoice(REQUEST);
      const owed = await nodes.wallet.createInvoice(REQUEST);
      await nodes.wallet.pay(asked.bolt11, PAY);
      await nodes.node.pay(owed.bolt11, PAY);
      const all = await bookings(nodes.node, undefined);

      const recent = await bookings(nodes.node, all.get(owed.paymentHash)?.at);
      const later = await bookings(nodes.node, Date.now() + 1_000_000_000);

      expect(recent.get(owed.paymentHash)).toEqual(all.get(owed.paymentHash));
      expect([...later.keys()]).toEqual([]);
    });

    it('knows who is connected to it (LUD-02)', async () => {
      await using nodes = await open();
      const { nodeKey } = await nodes.wallet.info();
      const before = await nodes.node.isPeerConnected(nodeKey);

      await nodes.connect();

      expect([before, await nodes.node.isPeerConnected(nodeKey)]).toEqual([false, true]);
    });

    it('opens a channel to who is connected, and finds it again by its memo (LUD-02)', async () => {
      await using nodes = await open();
      await nodes.connect();
      const request = await channelTo(nodes.wallet, { memo: 'boltgate contract 1' });

      const ending = await nodes.node.openChannel(request);

      if (ending.state !== 'opened') throw new Error('not opened');
      expect(ending.fundingOutpoint).toMatch(/^[0-9a-f]{64}:\d+$/);
      expect(await nodes.node.findChannel('boltgate contract 1')).toBe(ending.fundingOutpoint);
      expect(await nodes.node.findChannel('boltgate contract')).toBeUndefined();
      expect(await nodes.wallet.findChannel('boltgate contract 1')).toBeUndefined();
    });

    it.each<[string, Partial<OpenChannelRequest>]>([
      ['too-small', { capacitySat: 19_999 }],
      ['too-large', { capacitySat: 16_777_216 }],
      ['other', { pushSat: 100_000 }],
      ['other', { memo: 'x'.repeat(501) }],
      ['peer-offline', { peer: NOBODY }],
    ])('refuses to open a channel: %s with %j', async (reason, changes) => {
      await using nodes = await open();
      await nodes.connect();
      const request = await channelTo(nodes.wallet, changes);

      const ending = await nodes.node.openChannel(request);

      expect(ending).toEqual({ state: 'failed', reason });
      expect(await nodes.node.findChannel(request.memo)).toBeUndefined();
    });

    it('opens no channel to itself', async () => {
      await using nodes = await open();

      const ending = await nodes.node.openChannel(await channelTo(nodes.node));

      expect(ending).toEqual({ state: 'failed', reason: 'to-self' });
    });

    it('does not say what became of a channel when nobody waits for it', async () => {
      await using nodes = await open();
      await nodes.connect();

      const ending = await nodes.node.openChannel(
        await channelTo(nodes.wallet),
        AbortSignal.abort(),
      );

      expect(ending).toEqual({ state: 'unknown' });
    });

    it('tells its readers of new and of settled invoices, not of cancelled ones', async () => {
      await using nodes = await open();
      const stop = new AbortController();
      const updates = nodes.node.watchInvoices(stop.signal)[Symbol.asyncIterator]();
      const first = updates.next();
      const dropped = await nodes.node.createInvoice(REQUEST);
      const paid = await nodes.node.createInvoice(REQUEST);

      await nodes.node.cancelInvoice(dropped.paymentHash);
      await nodes.wallet.pay(paid.bolt11, PAY);

      const told = [await first, await updates.next(), await updates.next()];
      stop.abort();
      expect(told.map(({ value }) => stateOf(value))).toEqual([
        [dropped.paymentHash, 'open'],
        [paid.paymentHash, 'open'],
        [paid.paymentHash, 'settled'],
      ]);
      expect((await updates.next()).done).toBe(true);
    });
  });
}

async function channelTo(
  peer: LightningNode,
  changes: Partial<OpenChannelRequest> = {},
): Promise<OpenChannelRequest> {
  return {
    peer: (await peer.info()).nodeKey,
    capacitySat: 100_000,
    pushSat: 0,
    private: true,
    satPerVbyte: undefined,
    memo: 'boltgate contract channel',
    ...changes,
  };
}

async function bookings(
  node: LightningNode,
  since: number | undefined,
): Promise<Map<PaymentHash, NodeBooking>> {
  const books = new Map<PaymentHash, NodeBooking>();
  for await (const booking of node.books(since)) books.set(booking.paymentHash, booking);
  return books;
}

function stateOf(update: InvoiceUpdate): [PaymentHash, string] {
  return [update.paymentHash, update.state];
}
