import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { tempFolder } from '../support/temp-folder.ts';
import type { DecodedInvoice } from './network/calls.ts';
import { channelsOf, closeChannel, openChannels } from './network/channels.ts';
import type { LndNode } from './network/lnd.ts';
import { RegtestNetwork } from './network/network.ts';
import { pay, payMore } from './network/payments.ts';
import { until } from './network/until.ts';
import { NodeServer } from './server.ts';
import { Counter } from './support/counter.ts';
import { COFFEE } from './support/guest.ts';

jest.setTimeout(120_000);

const PRIVATE_SAT = 1_000_000;

const folder = tempFolder();
let network: RegtestNetwork;

beforeAll(async () => {
  network = await RegtestNetwork.start();
});

afterAll(async () => {
  await network?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe('a server on a node with a public channel', () => {
  let server: NodeServer;
  let counter: Counter;

  beforeAll(async () => {
    server = await NodeServer.start({ node: network.nodes.alice, home: join(folder.path, 'open') });
    counter = new Counter(server);
  });

  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  it.each([
    ['bob', 'over one hop', 1_000],
    ['bob', 'over one hop', 21_000_999],
    ['carol', 'over bob', 1_001],
    ['carol', 'over bob', 123_456],
  ] as const)('LUD-06: %s pays %s, and %i msat are booked', async (payer, _, amountMsat) => {
    const { id, url } = await counter.operator('POST', '/pay-links', COFFEE);
    const { pr, verify } = await order(counter, url, amountMsat);
    const before = await counter.wallet(verify);

    const payment = await pay(network.nodes[payer], pr);

    expect([payment.status, payment.value_msat]).toEqual(['SUCCEEDED', `${amountMsat}`]);
    expect(before).toEqual({ status: 'OK', settled: false, preimage: null, pr });
    expect(await settled(counter, id)).toMatchObject({
      ...{ state: 'settled', amountMsat, receivedMsat: amountMsat, surplus: false },
      paymentHash: payment.payment_hash,
    });
    // LUD-21: the proof that the payer has, and nobody else could know.
    expect(await counter.wallet(verify)).toEqual({
      ...{ status: 'OK', settled: true, preimage: payment.payment_preimage, pr },
    });
  });

  it("LUD-06: the invoice is bound to what the wallet saw, by the payer's own reading", async () => {
    const { url } = await counter.operator('POST', '/pay-links', {
      ...{ ...COFFEE, description: 'Kaffee für zwölf Gäste ☕', longDescription: 'Nur "schwarz"' },
    });
    const { metadata, pr } = await order(counter, url, 21_000);

    const read = await decoded(network.nodes.carol, pr);

    expect(read).toMatchObject({
      ...{ destination: network.nodes.alice.publicKey, num_msat: '21000', expiry: '3600' },
      ...{ description: '', description_hash: sha256(metadata) },
      // FC-7: the public channel takes it, so that no hint makes the code larger.
      route_hints: [],
    });
  });

  it('LUD-16: an address is paid, and names itself in what the invoice is bound to', async () => {
    await counter.operator('POST', '/addresses', { ...COFFEE, name: 'cafe' });
    const address = `${server.origin}/.well-known/lnurlp/cafe`;
    const { id, metadata, pr } = await order(counter, address, 42_000);

    const { description_hash } = await decoded(network.nodes.carol, pr);
    const payment = await pay(network.nodes.carol, pr);

    expect(JSON.parse(metadata)).toEqual([
      ['text/plain', 'Coffee'],
      ['text/identifier', 'cafe@localhost'],
    ]);
    expect(description_hash).toBe(sha256(metadata));
    expect(payment.status).toBe('SUCCEEDED');
    expect((await settled(counter, id)).receivedMsat).toBe(42_000);
  });

  it('FC-9: when a one-time link is paid, its other invoices cannot be paid any more', async () => {
    const terms = { ...COFFEE, oneTime: true };
    const { id, url } = await counter.operator('POST', '/pay-links', terms);
    const [first, second] = [await order(counter, url, 10_000), await order(counter, url, 10_000)];

    const paid = await pay(network.nodes.carol, first.pr);
    const other = (await decoded(network.nodes.carol, second.pr)).payment_hash;
    await stateAtNode(network.nodes.alice, other, 'CANCELED');
    const refused = await pay(network.nodes.carol, second.pr);

    expect([paid.status, refused.status]).toEqual(['SUCCEEDED', 'FAILED']);
    expect(await counter.wallet(url)).toEqual({
      ...{ status: 'ERROR', reason: 'This payment link has already been paid.' },
    });
    const { items } = await counter.operator('GET', `/invoices?linkId=${id}`);
    expect(items.map(({ state }: { state: string }) => state).toSorted()).toEqual([
      ...['cancelled', 'settled'],
    ]);
  });

  it('FC-8: what a payer sends beyond the amount is booked too', async () => {
    const { id, url } = await counter.operator('POST', '/pay-links', COFFEE);
    const { pr } = await order(counter, url, 100_000);

    const { status } = await payMore(network.nodes.carol, pr, 150_000);

    expect(status).toBe('SUCCEEDED');
    expect(await settled(counter, id)).toMatchObject({
      ...{ amountMsat: 100_000, receivedMsat: 150_000 },
    });
  });

  it('twenty wallets at once are all booked, each once', async () => {
    const { id, url } = await counter.operator('POST', '/pay-links', COFFEE);
    const amounts = Array.from({ length: 20 }, (_, index) => 10_000 + index);
    const before = await counter.reconcile();
    const { callback } = await counter.wallet(url);

    const payments = await Promise.all(
      amounts.map(async (amount) => {
        const { pr } = await counter.wallet(callback, { amount });
        return await pay(network.nodes.carol, pr);
      }),
    );

    await until('all of them to be settled', async () => {
      const { items } = await counter.operator('GET', `/invoices?state=settled&linkId=${id}`);
      return items.length === amounts.length || undefined;
    });
    const after = await counter.reconcile();
    expect(new Set(payments.map(({ status }) => status))).toEqual(new Set(['SUCCEEDED']));
    expect(after).toMatchObject({ agrees: true, invoices: before.invoices + amounts.length });
    expect(after.heldMsat - before.heldMsat).toBe(amounts.reduce((sum, one) => sum + one, 0));
  });

  it('an invoice that nobody of ours made is no business of the ledger', async () => {
    const { alice, carol } = network.nodes;
    const theirs = await alice.client.call('lnrpc.Lightning/AddInvoice', { value_msat: '5000' });
    const before = await counter.reconcile();

    await pay(carol, theirs.payment_request);

    const after = await counter.reconcile();
    expect(before).toMatchObject({ agrees: true, differences: [] });
    expect(after).toMatchObject({
      ...{ agrees: true, differences: [], heldMsat: before.heldMsat },
      ...{ invoices: before.invoices, foreign: { invoices: before.foreign.invoices + 1 } },
    });
  });
});

/** FC-7. In this order: the public channel is closed for good. */
describe('a server on a node with private channels', () => {
  it('tells of one when it is told to, and is paid', async () => {
    const { alice, bob, carol } = network.nodes;
    const [channel] = await openChannels(network.btcd, [
      { from: bob, to: alice, amountSat: PRIVATE_SAT, privacy: 'private' },
    ]);

    await using world = await openWorld('always');
    const { id, pr } = await world.order(30_000);
    const { route_hints } = await decoded(carol, pr);
    const payment = await pay(carol, pr);

    expect(route_hints.map(({ hop_hints }) => hop_hints)).toEqual([
      [{ node_id: bob.publicKey, chan_id: channel?.chan_id }],
    ]);
    expect(payment.status).toBe('SUCCEEDED');
    expect((await settled(world.counter, id)).receivedMsat).toBe(30_000);
  });

  it('is paid in several parts what no channel can take alone', async () => {
    await using world = await openWorld('auto');
    const channels = await channelsOf(network.nodes.alice);
    const inboundMsat = channels.map(({ remote_balance }) => Number(remote_balance) * 1_000);
    const amountMsat = Math.max(...inboundMsat) + 100_000_000;
    const terms = { ...COFFEE, maxMsat: amountMsat };
    const { id, url } = await world.counter.operator('POST', '/pay-links', terms);
    const { pr } = await order(world.counter, url, amountMsat);

    const payment = await pay(network.nodes.bob, pr, { max_parts: 8 });

    const parts = payment.htlcs.filter(({ status }) => status === 'SUCCEEDED');
    expect(payment.status).toBe('SUCCEEDED');
    expect(parts.length).toBeGreaterThan(1);
    expect((await settled(world.counter, id)).receivedMsat).toBe(amountMsat);
  });

  it('cannot be paid without a hint when there is nothing else, and is never told of it', async () => {
    const { alice, bob, carol } = network.nodes;
    const open = (await channelsOf(alice)).find((channel) => !channel.private);
    if (!open) throw new Error('alice has no public channel');
    await closeChannel(network.btcd, [alice, bob], open);

    await using world = await openWorld('never');
    const { pr } = await world.order(30_000);
    const { route_hints } = await decoded(carol, pr);
    const payment = await pay(carol, pr);

    expect(route_hints).toEqual([]);
    expect([payment.status, payment.failure_reason]).toEqual([
      ...['FAILED', 'FAILURE_REASON_NO_ROUTE'],
    ]);
  });

  it('is paid over a private channel by itself when there is nothing else', async () => {
    const { alice, bob, carol } = network.nodes;

    await using world = await openWorld('auto');
    const { id, metadata, pr } = await world.order(30_001);
    const { description_hash, num_msat } = await decoded(carol, pr);
    const payment = await pay(carol, pr);

    const hops = payment.htlcs.at(-1)?.route?.hops.map(({ pub_key }) => pub_key);
    expect([description_hash, num_msat]).toEqual([sha256(metadata), '30001']);
    expect([payment.status, hops]).toEqual(['SUCCEEDED', [bob.publicKey, alice.publicKey]]);
    expect((await settled(world.counter, id)).receivedMsat).toBe(30_001);
  });

  it('tells of two ways when there are two: one of them may be down', async () => {
    const { alice, bob, carol } = network.nodes;
    await openChannels(network.btcd, [
      { from: carol, to: alice, amountSat: PRIVATE_SAT, privacy: 'private' },
    ]);

    await using world = await openWorld('auto');
    const { pr } = await world.order(30_000);
    const { route_hints } = await decoded(bob, pr);

    const ways = route_hints.map(({ hop_hints }) => hop_hints.map(({ node_id }) => node_id));
    expect(ways.toSorted()).toEqual([[bob.publicKey], [carol.publicKey]].toSorted());
  });
});

/** A new server on alice, which knows of her channels as they are now. */
async function openWorld(hints: 'auto' | 'always' | 'never') {
  const home = join(folder.path, `${hints}-${Date.now()}`);
  const env = { BOLTGATE_NODE_HINTS: hints };
  const server = await NodeServer.start({ node: network.nodes.alice, home, env });
  const counter = new Counter(server);
  const { url } = await counter.operator('POST', '/pay-links', COFFEE);
  return {
    counter,
    order: async (amountMsat: number) => await order(counter, url, amountMsat),
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  };
}

/** LUD-06: both calls of a wallet. */
async function order(counter: Counter, url: string, amount: number) {
  const { tag, callback, metadata } = await counter.wallet(url);
  expect(tag).toBe('payRequest');
  const { pr, verify } = await counter.wallet(callback, { amount });
  const { items } = await counter.operator('GET', '/invoices?limit=1');
  return { id: items[0].linkId, metadata, pr, verify };
}

/** The invoice of a link that was paid, once it is booked. */
async function settled(counter: Counter, linkId: string) {
  return await until('the invoice to be settled', async () => {
    const { items } = await counter.operator('GET', `/invoices?state=settled&linkId=${linkId}`);
    return items[0];
  });
}

async function stateAtNode(payee: LndNode, hash: string, wanted: string): Promise<void> {
  await until(`an invoice to be ${wanted}`, async () => {
    const request = { r_hash: Buffer.from(hash, 'hex') };
    const { state } = await payee.client.call('lnrpc.Lightning/LookupInvoice', request);
    return state === wanted || undefined;
  });
}

async function decoded(node: LndNode, bolt11: string): Promise<DecodedInvoice> {
  return await node.client.call('lnrpc.Lightning/DecodePayReq', { pay_req: bolt11 });
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
