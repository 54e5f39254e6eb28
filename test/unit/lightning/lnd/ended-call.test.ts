import { status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { hex32, type Preimage, paymentHashOf } from '../../../../src/hex.ts';
import type { EndedCall } from '../../../../src/lightning/lnd/ended-call.ts';
import { startLnd } from '../../../support/lnd-node.ts';
import { LndStatus } from '../../../support/lnd-server.ts';

/** Our adapter on a stand-in for LND, with what it tells of its calls of one name. */
async function startCounted(method: string) {
  const ended: EndedCall[] = [];
  const started = await startLnd({
    onCall: (call) => {
      if (call.method === method) ended.push(call);
    },
  });
  return { ...started, ended };
}

describe('a call to LND that has ended is told of', () => {
  it('with its name and how long it took', async () => {
    await using started = await startCounted('ChannelBalance');
    started.lnd.answers('ChannelBalance', () => ({
      local_balance: { msat: '1' },
      remote_balance: { msat: '2' },
    }));

    await started.node.balance();

    expect(started.ended).toEqual([
      { method: 'ChannelBalance', outcome: 'ok', durationMs: expect.any(Number) },
    ]);
  });

  it.each([
    ['refused', status.UNKNOWN, 'no such thing'],
    ['macaroon', status.UNKNOWN, 'permission denied'],
    ['not-ready', status.UNKNOWN, 'wallet locked, unlock it to enable full RPC access'],
    ['stranger', status.UNIMPLEMENTED, 'what is that'],
  ])('by who ended it: %s', async (outcome, code, text) => {
    await using started = await startCounted('ChannelBalance');
    started.lnd.answers('ChannelBalance', () => {
      throw new LndStatus(code, text);
    });

    await expect(started.node.balance()).rejects.toMatchObject({ name: 'NodeError' });

    expect(started.ended.map((call) => call.outcome)).toEqual([outcome]);
  });

  it('once for each time that it was made again', async () => {
    await using started = await startCounted('ChannelBalance');
    started.lnd.answers('ChannelBalance', () => {
      throw new LndStatus(status.UNAVAILABLE, 'gone');
    });

    await expect(started.node.balance()).rejects.toMatchObject({ name: 'NodeError' });

    expect(started.ended.map(({ outcome }) => outcome)).toEqual([
      'unreachable',
      'unreachable',
      'unreachable',
    ]);
  });

  it('without a time when it lasts as long as what it tells of', async () => {
    await using started = await startCounted('SubscribeInvoices');
    started.lnd.streams('SubscribeInvoices', (stream) => stream.fail(status.UNKNOWN, 'no'));
    const updates = started.node.watchInvoices(new AbortController().signal);

    await expect(updates[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      name: 'NodeError',
    });

    expect(started.ended).toEqual([
      { method: 'SubscribeInvoices', outcome: 'refused', durationMs: undefined },
    ]);
  });

  it('as well when nobody wants to hear more of a stream', async () => {
    await using started = await startCounted('TrackPaymentV2');
    const hash = paymentHashOf(hex32<Preimage>(new Uint8Array(32)));
    started.lnd.streams('TrackPaymentV2', (stream) => {
      stream.send({ status: 'IN_FLIGHT', payment_hash: hash });
    });

    await started.node.trackPayment(hash);

    expect(started.ended.map(({ outcome }) => outcome)).toEqual(['ok']);
  });
});
