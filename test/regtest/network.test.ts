import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { channelsActive, openChannels } from './network/channels.ts';
import { HoldInvoice } from './network/hold-invoice.ts';
import { NODE_NAMES, RegtestNetwork } from './network/network.ts';
import { nextWith, pay, sendPayment } from './network/payments.ts';

jest.setTimeout(120_000);

describe('the network in a box', () => {
  let network: RegtestNetwork;

  beforeAll(async () => {
    network = await RegtestNetwork.start();
  });

  afterAll(async () => {
    await network[Symbol.asyncDispose]();
  });

  it('stands in a row, and every node tells where it is reached', async () => {
    const infos = await Promise.all(
      NODE_NAMES.map(async (name) => await network.nodes[name].info()),
    );

    const told = infos.map(({ alias, num_active_channels, uris }) => [
      ...[alias, num_active_channels, uris.length],
    ]);
    expect(told).toEqual([
      ['alice', 1, 1],
      ['bob', 2, 1],
      ['carol', 1, 1],
    ]);
  });

  it.each([
    ['alice', 'carol'],
    ['carol', 'alice'],
  ] as const)('lets %s pay %s over two hops', async (payer, payee) => {
    const invoice = await network.nodes[payee].client.call('lnrpc.Lightning/AddInvoice', {
      value_msat: '1234567',
    });

    const payment = await pay(network.nodes[payer], invoice.payment_request);

    const hops = payment.htlcs.map(({ route }) => route?.hops.map(({ pub_key }) => pub_key));
    expect([payment.status, payment.value_msat]).toEqual(['SUCCEEDED', '1234567']);
    expect(hops).toEqual([[network.nodes.bob.publicKey, network.nodes[payee].publicKey]]);
  });

  it('keeps the payment of a hold invoice in flight until the payee decides', async () => {
    const { alice, carol } = network.nodes;
    const kept = await HoldInvoice.create(carol, { value_msat: '50000' });
    const refused = await HoldInvoice.create(carol, { value_msat: '60000' });

    const updates = [kept, refused].map(({ bolt11 }) => sendPayment(alice, bolt11));
    for (const update of updates) await nextWith(['IN_FLIGHT'], update);
    await Promise.all([kept.accepted(), refused.accepted()]);
    await kept.settle();
    await refused.cancel();

    const ends = await Promise.all(
      updates.map(async (update) => await nextWith(['SUCCEEDED', 'FAILED'], update)),
    );
    expect(ends.map(({ status }) => status)).toEqual(['SUCCEEDED', 'FAILED']);
  });

  it('takes up a payment in flight where it was when the node is killed and started again', async () => {
    const { alice, carol } = network.nodes;
    const invoice = await HoldInvoice.create(carol, { value_msat: '70000' });
    await nextWith(['IN_FLIGHT'], sendPayment(alice, invoice.bolt11));
    await invoice.accepted();

    await alice.stop('SIGKILL');
    await alice.start();
    await channelsActive(alice);
    await invoice.settle();

    const tracked = alice.client.stream('routerrpc.Router/TrackPaymentV2', {
      payment_hash: Buffer.from(invoice.paymentHash, 'hex'),
    });
    const payment = await nextWith(['SUCCEEDED', 'FAILED'], tracked);
    expect(payment.status).toBe('SUCCEEDED');
  });

  it('names a new private channel in the hints of an invoice', async () => {
    const { bob, carol } = network.nodes;

    const [channel] = await openChannels(network.btcd, [
      { from: bob, to: carol, amountSat: 500_000, privacy: 'private' },
    ]);

    const { payment_request } = await carol.client.call('lnrpc.Lightning/AddInvoice', {
      ...{ value_msat: '1000', private: true },
    });
    const { route_hints } = await carol.client.call('lnrpc.Lightning/DecodePayReq', {
      pay_req: payment_request,
    });
    expect(route_hints.map(({ hop_hints }) => hop_hints)).toEqual([
      [{ node_id: bob.publicKey, chan_id: channel?.chan_id }],
    ]);
  });

  it('hears of new blocks in every node', async () => {
    const before = await network.btcd.height();

    await network.mine(3);

    const infos = await Promise.all(
      NODE_NAMES.map(async (name) => await network.nodes[name].info()),
    );
    expect(infos.map(({ block_height }) => block_height)).toEqual(Array(3).fill(before + 3));
  });
});

it('leaves no process behind, on SQLite as well', async () => {
  const network = await RegtestNetwork.start({ database: 'sqlite' });
  const { pids } = network;
  const before = pids.filter(isAlive);

  await network[Symbol.asyncDispose]();

  expect(before).toEqual(pids);
  expect(pids.filter(isAlive)).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
