import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type PaymentHash, parseHex32 } from '../../src/hex.ts';
import type { LndNode } from '../../src/lightning/lnd/lnd-node.ts';
import { msat } from '../../src/msat.ts';
import { adapterFor } from '../support/lnd-adapter.ts';
import { channelsActive } from './network/channels.ts';
import { HoldInvoice } from './network/hold-invoice.ts';
import type { LndNode as RegtestNode } from './network/lnd.ts';
import { RegtestNetwork } from './network/network.ts';
import { nextWith } from './network/payments.ts';
import { until, untilTrue } from './network/until.ts';

jest.setTimeout(120_000);

const PAY = { maxFee: msat(100_000n), timeoutMs: 30_000 };
const UNKNOWN = { state: 'unknown', closed: false, existed: false };
/** lnd tells its channel of an HTLC only then, so that a kill before it is sure to come too early. */
const COMMIT_INTERVAL_MS = 3_000;

describe('LND that dies under the adapter', () => {
  let network: RegtestNetwork;
  let node: LndNode;

  beforeAll(async () => {
    const flags = { alice: [`--channel-commit-interval=${COMMIT_INTERVAL_MS}ms`] };
    network = await RegtestNetwork.start({ flags });
    node = adapterFor(network.nodes.alice);
  });

  afterAll(async () => {
    await node?.[Symbol.asyncDispose]();
    await network?.[Symbol.asyncDispose]();
  });

  it('shows that no channel holds a payment which was stopped a moment too early', async () => {
    const { alice, carol } = network.nodes;
    const invoice = await HoldInvoice.create(carol, { value_msat: '60000' });
    const paymentHash = hashOf(invoice.paymentHash);
    const paying = node.pay(invoice.bolt11, PAY);
    await attempted(alice, paymentHash);

    await alice.stop('SIGKILL');
    await alice.start();
    await active(node);
    await channelsActive(alice);

    const again = await node.pay(invoice.bolt11, PAY);
    expect(await paying).toEqual(UNKNOWN);
    expect(again).toEqual({ ...UNKNOWN, closed: true, existed: true });
    expect(await node.trackPayment(paymentHash)).toEqual({ state: 'unknown' });
    expect(await node.mayBeInFlight(paymentHash)).toBe(false);
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'does not end a held payment by %s, and is seen to be another process afterwards',
    async (signal) => {
      const { alice, carol } = network.nodes;
      const invoice = await HoldInvoice.create(carol, { value_msat: '50000' });
      const paymentHash = hashOf(invoice.paymentHash);
      const paying = node.pay(invoice.bolt11, PAY);
      await invoice.accepted();
      const before = node.contact;
      const stoppedAt = Date.now();

      await alice.stop(signal);
      const ending = await paying;
      await alice.start();
      await active(node);
      const after = node.contact;
      await channelsActive(alice);
      const held = [await node.trackPayment(paymentHash), await node.mayBeInFlight(paymentHash)];
      await invoice.settle();

      const paid = await until('the payment to end', async () => {
        const outcome = await node.trackPayment(paymentHash);
        return outcome?.state === 'unknown' ? undefined : outcome;
      });
      expect(ending).toEqual(UNKNOWN);
      expect(after.epoch).toBeGreaterThan(before.epoch);
      expect(after.downAt).toBeGreaterThan(stoppedAt);
      expect(held).toEqual([{ state: 'unknown' }, true]);
      expect(paid?.state).toBe('paid');
    },
  );

  it('reads and pays a blinded invoice, and knows one of its own (FC-3)', async () => {
    const { alice, carol } = network.nodes;
    const request = { value_msat: '77000', is_blinded: true };
    const theirs = await carol.client.call('lnrpc.Lightning/AddInvoice', request);
    const ours = await alice.client.call('lnrpc.Lightning/AddInvoice', request);

    const read = await node.decodeInvoice(theirs.payment_request);
    const paid = await node.pay(theirs.payment_request, PAY);
    const own = await node.decodeInvoice(ours.payment_request);

    expect(read.payee).not.toBe(carol.publicKey);
    expect(paid.state).toBe('paid');
    expect(own.payee).toBe(alice.publicKey);
  });

  it('connects to an address in digits by the names in the certificate', async () => {
    const { alice } = network.nodes;
    await using byAddress = adapterFor(alice, { host: `127.0.0.1:${alice.rpcPort}` });

    expect((await byAddress.info()).nodeKey).toBe(alice.publicKey);
  });
});

async function active(node: LndNode): Promise<void> {
  await untilTrue('the adapter to be connected', () => node.health.state === 'active');
}

/** Waits until a first attempt is on record, whatever the channels know of it. */
async function attempted(payer: RegtestNode, paymentHash: PaymentHash): Promise<void> {
  const payment_hash = Buffer.from(paymentHash, 'hex');
  await untilTrue('an attempt', async () => {
    const track = payer.client.stream('routerrpc.Router/TrackPaymentV2', { payment_hash });
    const state = await nextWith(['IN_FLIGHT'], track).catch(() => undefined);
    await track.return();
    return (state?.htlcs.length ?? 0) > 0;
  });
}

function hashOf(hex: string): PaymentHash {
  const hash = parseHex32<PaymentHash>(hex);
  if (hash === undefined) throw new Error('not a payment hash');
  return hash;
}
